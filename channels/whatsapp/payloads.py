"""Turns what Twilio posts, or lists, into events; pure. Names and texts in it are a stranger's, and
parameters that nobody knows yet are passed over, as Twilio adds some without notice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from channels.events import (
    Address,
    Attachment,
    Chosen,
    DeliveryUpdate,
    Event,
    Ignored,
    InboundMessage,
    Sender,
    Unreadable,
)
from channels.whatsapp.refusals import failure

State: TypeAlias = Literal["sent", "delivered", "read", "failed"]
# In front of the id of each of our choices, so that another program's buttons are not taken for it.
CHOICE: Final = "fd:"
FILES = 10
NAME_CHARACTERS = 200
_SID = re.compile(r"[SM]M[0-9a-fA-F]{32}")
_ADDRESS = re.compile(r"whatsapp:[!-~]{1,200}")
_STATES: Mapping[str, State] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
_ENDINGS = {
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "application/pdf": "pdf",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/plain": "txt",
    "text/csv": "csv",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


@dataclass(frozen=True, slots=True)
class Posted:
    """A form whose signature was right. ``raw`` is its body."""

    fields: Mapping[str, str]
    raw: bytes
    digest: str

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]], raw: bytes) -> Posted:
        fields: dict[str, str] = {}
        for name, value in pairs:
            fields.setdefault(name, value)
        signed = "".join(name + value for name, value in sorted(set(pairs)))
        digest = hashlib.sha256(signed.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(fields, raw, digest)

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def sid(self) -> str | None:
        """The message's id, None where there is none of Twilio's form. A signed form can be cut
        into names and values in more than one way; this holds it to the one that was meant."""
        found = self.get("MessageSid") or self.get("SmsMessageSid") or self.get("SmsSid")
        return found if is_message(found) else None

    def unreadable(self, reason: str) -> Unreadable:
        sender = self.get("From")
        address = Address(sender) if _ADDRESS.fullmatch(sender) else None
        return Unreadable(self.sid or f"unreadable:{self.digest}", reason, self.raw, address)


def is_message(sid: str) -> bool:
    """Whether it has the form of a message's id at Twilio."""
    return _SID.fullmatch(sid) is not None


def message_event(posted: Posted, sender: str, sent_at: float | None = None) -> Event:
    """What a customer did; ``sender`` is our own number."""
    sid, origin = posted.sid, posted.get("From")
    if sid is None:
        return posted.unreadable("Twilio posted no MessageSid that is one")
    if _ADDRESS.fullmatch(origin) is None:
        return posted.unreadable("Twilio posted no sender on WhatsApp")
    if origin == sender:
        return Ignored(sid, "our own message")
    if posted.get("To") != sender:
        return posted.unreadable(
            "it went to another sender than this channel's `from`; give that sender a channel of"
            " its own, or correct its webhook in the Twilio console"
        )
    return _chosen(posted, sid) or _said(posted, sid, sent_at)


def _chosen(posted: Posted, sid: str) -> Event | None:
    """A press of one of our buttons, where Twilio says which message held it. Otherwise the
    button's words are taken as typed: the gateway knows what it offered last."""
    button = posted.get("ButtonPayload") or posted.get("ListId")
    offer = posted.get("OriginalRepliedMessageSid")
    if not button.startswith(CHOICE) or not is_message(offer):
        return None
    choice = button.removeprefix(CHOICE)
    return Chosen(sid, _address(posted), offer, choice, _person(posted), _context(sid))


def _said(posted: Posted, sid: str, sent_at: float | None) -> Event:
    files = tuple(_files(posted))
    text = posted.get("Body") or posted.get("ButtonText") or posted.get("ListTitle")
    place = _place(posted)
    if place:
        text = f"{text}\n{place}" if text else place
    if not text and not files:
        kind = posted.get("MessageType")[:40] or "unknown"
        return posted.unreadable(
            f"the customer sent something that Twilio does not pass on (type: {kind})"
        )
    quoted = posted.get("OriginalRepliedMessageSid")
    return InboundMessage(
        external_id=sid,
        address=_address(posted),
        text=text,
        sender=_person(posted),
        attachments=files,
        reply_to=quoted if is_message(quoted) else None,
        reply_context=_context(sid),
        sent_at=sent_at,
    )


def _address(posted: Posted) -> Address:
    """Replies go to exactly what the message came from: a number, or an id in its place."""
    return Address(posted.get("From"))


def _context(sid: str) -> dict[str, str]:
    return {"message": sid}


def _person(posted: Posted) -> Sender:
    """By every id that Twilio knows of them, as a customer who hides their number comes with
    another one than before."""
    ids = [posted.get("From")]
    number, scoped = posted.get("WaId"), posted.get("ExternalUserIdentifier")
    if number.isascii() and number.isdigit() and len(number) <= 15:  # noqa: PLR2004 - E.164
        ids.append(f"whatsapp:+{number}")
    if scoped:
        ids.append(scoped if scoped.startswith("whatsapp:") else f"whatsapp:{scoped}")
    known = (each for each in ids if _ADDRESS.fullmatch(each))
    name = " ".join(posted.get("ProfileName").split())[:NAME_CHARACTERS] or None
    return Sender(tuple(dict.fromkeys(known)), name, verified="whatsapp")


def _files(posted: Posted) -> Iterator[Attachment]:
    count = posted.get("NumMedia")
    number = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0  # noqa: PLR2004 - there is one, as a rule
    for index in range(min(number, FILES)):
        url = posted.get(f"MediaUrl{index}")
        if url:
            yield file_of(url, posted.get(f"MediaContentType{index}"), index + 1)


def file_of(url: str, content_type: str, number: int) -> Attachment:
    """A file by its address at Twilio, which gives it no name."""
    kind = content_type.partition(";")[0].strip().lower() or "application/octet-stream"
    family = kind.partition("/")[0]
    noun = {"image": "picture", "audio": "recording", "video": "video"}.get(family, "file")
    noun = "contact" if kind in {"text/vcard", "text/x-vcard"} else noun
    ending = _ENDINGS.get(kind, "bin")
    return Attachment(f"{noun}-{number}.{ending}", kind, ref={"url": url, "type": kind})


def _place(posted: Posted) -> str:
    """A shared location in words."""
    latitude, longitude = posted.get("Latitude"), posted.get("Longitude")
    if not (latitude and longitude):
        return ""
    named = [posted.get("Label"), posted.get("Address"), f"{latitude}, {longitude}"]
    return "Location: " + " · ".join(" ".join(part.split()) for part in named if part.strip())


def status_event(posted: Posted) -> Event:
    """What became of a message of ours."""
    sid = posted.sid
    status = (posted.get("MessageStatus") or posted.get("SmsStatus")).lower()[:40]
    if sid is None or not status:
        return posted.unreadable("Twilio reported a status without a MessageSid or without one")
    state, key = _STATES.get(status), f"{sid}:{status}"
    if state is None:
        return Ignored(key, f"status {status}")
    return DeliveryUpdate(key, sid, state, _reason(posted) if state == "failed" else None)


def _reason(posted: Posted) -> str:
    said = posted.get("ErrorMessage") or posted.get("ChannelStatusMessage")
    return failure(posted.get("ErrorCode"), said)
