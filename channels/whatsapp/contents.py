"""Buttons as Content resources at Twilio, which sends native buttons in no other way.

One resource serves every text of the same shape with the same buttons: its body holds a variable
for each line, as the value of a variable may hold no line break (Twilio's error 21656), and its
buttons are written out. Resources are found again by their name, so a restart makes none twice.
Whatever fails here costs the message its buttons, never the message: the caller then writes the
choices out.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList

from channels.contract import Choice, Clock
from channels.whatsapp.payloads import CHOICE
from channels.whatsapp.refusals import Broken, Refusal, Unreached

# Twilio's own limits of a quick reply: 1,024 characters of body, 100 variables, 20 of a title.
BODY_UNITS = 1_000
LINES = 60
TITLE_CHARACTERS = 20
ID_CHARACTERS = 200
KEPT = 500
# How long nothing is made after it failed once: a send must not pay for it again and again.
REST_SECONDS = 60.0
# Less than a send may take, so that the words go out in time without their buttons.
SECONDS = 5.0
NO_ANSWER = (
    Refusal,
    Unreached,
    Broken,
    TwilioException,
    TimeoutError,
    ValueError,
    KeyError,
    TypeError,
)
_SPACES = re.compile(r" {5,}")
_NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class Shaped:
    """A text as a template of variables, and their values as Twilio takes them: a JSON string."""

    body: str
    values: str


def shaped(text: str) -> Shaped | None:
    """The text with a variable for each line; None where a quick reply cannot hold it."""
    lines = text.replace("\t", "    ").splitlines()
    too_long = len(text.encode("utf-16-le")) // 2 > BODY_UNITS or len(lines) > LINES
    # What looks like a variable could be replaced once more.
    if too_long or "{{" in text:
        return None
    rows: list[str] = []
    values: dict[str, str] = {}
    for line in lines:
        number = str(len(values) + 1)
        rows.append(f"{{{{{number}}}}}" if line.strip() else "")
        if line.strip():
            values[number] = _SPACES.sub(lambda found: _NO_BREAK * len(found[0]), line)
    return Shaped("\n".join(rows), json.dumps(values, ensure_ascii=False)) if values else None


def buttons(choices: Sequence[Choice]) -> list[dict[str, str]] | None:
    """The choices as quick replies; None where WhatsApp does not take such buttons."""
    titles = [choice.label.strip() for choice in choices]
    ids = [CHOICE + choice.id for choice in choices]
    too_long = any(len(title) > TITLE_CHARACTERS for title in titles)
    if too_long or not all(titles) or len(set(titles)) < len(titles):
        return None
    if any(len(id) > ID_CHARACTERS or "{{" in id for id in ids) or any("{{" in t for t in titles):
        return None
    return [
        {"type": "QUICK_REPLY", "title": title, "id": id}
        for title, id in zip(titles, ids, strict=True)
    ]


@dataclass(eq=False)
class Contents:
    """Finds or makes Content resources, and remembers them while the channel lives."""

    client: Client
    clock: Clock
    _known: OrderedDict[str, str] = field(default_factory=OrderedDict[str, str], init=False)
    _resting_until: float = field(default=0.0, init=False)

    async def quick_reply(self, body: str, actions: Sequence[dict[str, str]]) -> str | None:
        """The SID of the resource with this body and these buttons; None when there is none to be
        had now."""
        types = {"twilio/quick-reply": {"body": body, "actions": list(actions)}}
        raw = json.dumps(types, sort_keys=True).encode()
        name = f"frontdesk_choices_{hashlib.sha256(raw).hexdigest()[:24]}"
        if name in self._known:
            self._known.move_to_end(name)
            return self._known[name]
        if self.clock.monotonic() < self._resting_until:
            return None
        try:
            async with asyncio.timeout(SECONDS):
                sid = await self._existing(name) or await make(self.client, name, types)
        except NO_ANSWER:
            self.rest()
            return None
        self._known[name] = sid
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return sid

    async def _existing(self, name: str) -> str | None:
        """Where the search is refused as such, one more resource does no harm."""
        try:
            return await find(self.client, name)
        except Refusal as refusal:
            if refusal.status in {400, 404}:
                return None
            raise

    def forget(self, sid: str) -> None:
        """Twilio refused this resource: it was deleted, or cannot be sent."""
        for name in [name for name, known in self._known.items() if known == sid]:
            del self._known[name]
        self.rest()

    def rest(self) -> None:
        self._resting_until = self.clock.monotonic() + REST_SECONDS


async def find(client: Client, name: str) -> str | None:
    """The resource of exactly this name; the search itself takes a pattern."""
    found = await client.content.v2.contents.list_async(
        content_name=f"^{re.escape(name)}$", limit=20, page_size=20
    )
    return next((each.sid for each in found if each.friendly_name == name and each.sid), None)


async def make(
    client: Client,
    name: str,
    types: dict[str, Any],
    *,
    language: str = "en",
    samples: dict[str, str] | None = None,
) -> str:
    """A new resource's SID.

    Raises:
        Refusal, Unreached, Broken. ValueError: Twilio's answer names none.
    """
    wanted = {
        "friendly_name": name,
        "language": language,
        "variables": samples or {},
        "types": types,
    }
    made = await client.content.v1.contents.create_async(ContentList.ContentCreateRequest(wanted))
    if not made.sid:
        raise ValueError("Twilio made a Content resource and did not say which")
    return made.sid
