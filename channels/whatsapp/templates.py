"""The approved template that carries an answer out of the 24-hour window: finding it, making it,
having it approved by WhatsApp."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from twilio.rest import Client
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from channels.errors import ChannelMisconfigured
from channels.whatsapp.contents import NO_ANSWER, find, make
from channels.whatsapp.refusals import Refusal
from channels.whatsapp.sending import is_content

NAME: Final = "frontdesk_answer"
CATEGORY: Final = "UTILITY"
TEMPLATE_CHARACTERS = 1_024
_NAME = re.compile(r"[a-z0-9_]{1,64}")
_VARIABLE = re.compile(r"\{\{([A-Za-z0-9_]{1,16})\}\}")
# Twilio's words for an approval that is on its way.
_WAITING = frozenset({"unsubmitted", "received", "pending", "in_review", "submitted"})


@dataclass(frozen=True, slots=True)
class Approval:
    """Where a template stands with WhatsApp. ``status`` is Twilio's word for it (``approved``,
    ``pending``, ``received``, ``rejected``, ``paused``, ``disabled``, ``unsubmitted``)."""

    sid: str
    status: str
    reason: str = ""

    @property
    def usable(self) -> bool:
        return self.status == "approved"

    @property
    def mend(self) -> str:
        """What to do where it cannot be used."""
        if self.status == "unsubmitted":
            return "submit it for WhatsApp approval in Twilio's Content Template Builder"
        if self.status in _WAITING:
            return "WhatsApp is looking at it; that takes minutes to a day, so look again later"
        why = f" ({self.reason})" if self.reason else ""
        return f"WhatsApp does not let it be sent{why}; make another one and set `template` to it"


async def resolve(client: Client, template: str) -> str:
    """The SID of a template that is named by SID or by name.

    Raises:
        Refusal, Unreached, Broken. ChannelMisconfigured: there is none of that name.
    """
    if is_content(template):
        return template
    sid = await find(client, template)
    if sid is None:
        raise ChannelMisconfigured(
            f"Twilio has no template called {template!r}; correct `template`, or make one in its"
            " Content Template Builder"
        )
    return sid


async def approval(client: Client, sid: str) -> Approval:
    """
    Raises:
        Refusal, Unreached, Broken. ChannelMisconfigured: there is no such template.
    """
    try:
        found = await client.content.v1.contents(sid).approval_fetch().fetch_async()
    except Refusal as refusal:
        if refusal.status == 404:  # noqa: PLR2004 - not there
            raise ChannelMisconfigured(
                f"Twilio has no template {sid}; correct `template`, or make one in its Content"
                " Template Builder"
            ) from refusal
        raise
    told = cast("Mapping[str, Any]", found.whatsapp or {})
    status = str(told.get("status") or "unsubmitted").lower()
    return Approval(sid, status, str(told.get("rejection_reason") or "")[:200])


async def propose(
    client: Client, text: str, samples: Mapping[str, str], *, language: str, name: str
) -> Approval:
    """Make the template and ask WhatsApp to approve it, or find the one of this name and say where
    it stands. ``text`` has its variables as ``{{1}}``; ``samples`` give each an example.

    Raises:
        ChannelMisconfigured: WhatsApp or Twilio would not take it, with the mend.
    """
    require_proposable(text, samples, name)
    try:
        sid = await find(client, name)
        if sid is None:
            types = {"twilio/text": {"body": text}}
            sid = await make(client, name, types, language=language, samples=dict(samples))
        stands = await approval(client, sid)
        return await _submit(client, sid, name) if stands.status == "unsubmitted" else stands
    except NO_ANSWER as error:
        raise ChannelMisconfigured(
            f"the template could not be made: {error}; make it in Twilio's Content Template"
            " Builder, category utility, and set `template` to its SID"
        ) from error


async def _submit(client: Client, sid: str, name: str) -> Approval:
    wanted = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": CATEGORY})
    made = await client.content.v1.contents(sid).approval_create.create_async(wanted)
    return Approval(sid, str(made.status or "received").lower(), made.rejection_reason or "")


def require_proposable(text: str, samples: Mapping[str, str], name: str) -> None:
    """WhatsApp's own rules, so that a template is not refused a day later.

    Raises:
        ChannelMisconfigured: with the mend.
    """
    bare = text.strip()
    variables = _VARIABLE.findall(bare)
    wrong = ""
    if not _NAME.fullmatch(name):
        wrong = "its name may have small letters, digits and underscores only"
    elif not bare or len(bare) > TEMPLATE_CHARACTERS:
        wrong = f"its text must have 1 to {TEMPLATE_CHARACTERS} characters"
    elif bare.startswith("{{") or bare.endswith("}}") or re.search(r"\}\}\s*\{\{", bare):
        wrong = "no variable may stand first, last or beside another"
    elif set(variables) != set(samples) or not all(value.strip() for value in samples.values()):
        wrong = "each of its variables needs a sample"
    if wrong:
        raise ChannelMisconfigured(f"WhatsApp would refuse the template: {wrong}; change its text")
