"""What one message becomes at Twilio: words, a template, and files one by one, as WhatsApp takes a
single file a message and no words beside a document. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias, cast
from urllib.parse import urlsplit

from channels.contract import Choice, OutboundMessage
from channels.errors import RejectedSendError
from channels.events import Attachment
from channels.settings import is_loopback

_BREAKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Words:
    """Free text, and what the customer may press below it."""

    text: str
    choices: tuple[Choice, ...] = ()

    def written_out(self) -> str:
        """The text with its choices as lines, to be answered in words: what is left where buttons
        cannot be had. They bear no numbers, as the gateway expects the words here."""
        lines = "\n".join(f"• {choice.label}" for choice in self.choices)
        return "\n\n".join(part for part in (self.text, lines) if part)


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template, by SID or name; None is the channel's own."""

    name: str | None
    variables: Mapping[str, str]

    @property
    def values(self) -> str:
        """The variables as Twilio takes them: a JSON string, each value one line, none blank."""
        shown = {name: " ".join(value.split()) or "–" for name, value in self.variables.items()}
        return json.dumps(shown, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file that Twilio fetches from an address of ours."""

    url: str


Piece: TypeAlias = Words | Template | File


def pieces(message: OutboundMessage, *, fetched_here: bool = False) -> tuple[Piece, ...]:
    """The pieces in order. ``fetched_here`` says that what stands for Twilio runs on this machine
    and so reaches its addresses.

    Raises:
        RejectedSendError: there is nothing to send, or a file that Twilio could not fetch.
    """
    if message.template is not None:
        return (_template(message.template),)
    words: tuple[Piece, ...] = ()
    if message.text.strip() or message.choices:
        words = (Words(message.text, message.choices),)
    files = tuple(File(_address(each, fetched_here=fetched_here)) for each in message.attachments)
    if not (words or files):
        raise RejectedSendError("the message is empty; write something")
    return words + files


def _template(given: Mapping[str, object]) -> Template:
    name, variables = given.get("content_sid"), given.get("variables", {})
    if not isinstance(name, str | None) or not isinstance(variables, Mapping):
        raise RejectedSendError("a template is named by content_sid, with a mapping of variables")
    named = cast("Mapping[object, object]", variables)
    return Template(name or None, {str(key): str(value) for key, value in named.items()})


def _address(file: Attachment, *, fetched_here: bool) -> str:
    url = file.url or ""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if fetched_here and is_loopback(host):
        return url
    if parts.scheme != "https" or not host or _is_private(host):
        raise RejectedSendError(
            f"{file.name!r} has no public https address, and WhatsApp takes files from such only;"
            " set public_url to one, or send the words without the file"
        )
    return url


def _is_private(host: str) -> bool:
    if is_loopback(host):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host


def same_words(ours: str, theirs: str) -> bool:
    """Whether two texts read the same; Twilio may give back other white space."""
    return _BREAKS.sub(" ", ours).strip() == _BREAKS.sub(" ", theirs).strip()
