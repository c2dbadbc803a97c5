"""A message of ours as the bytes of a mail, and the one gate that all its headers pass. Never takes
a recipient from anywhere but the conversation's address and what was kept for the reply."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, cast

from channels.contract import OutboundMessage
from channels.errors import RejectedSendError
from channels.events import Attachment
from channels.mail.seal import Seal
from channels.mail.settings import EmailSettings
from channels.mail.threads import reply_subject

MAIL_BYTES = 20 * 1024 * 1024
COPIES = 10
SUBJECT_CHARACTERS = 300
NAME_CHARACTERS = 100
# Of an encoded word, and of the text in one: 45 bytes are 60 characters of base64.
WORD_CHARACTERS = 75
WORD_BYTES = 45
DEFAULT_SUBJECT = "Your message"
# Folded at 78 characters, long ids would be written as encoded words, on which nothing threads;
# with 7 bits, no server on the way has to rewrite the body.
POLICY = SMTP.clone(max_line_length=998, cte_type="7bit")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
# Every control sign, and what some programs take for the end of a line.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_FIELD = re.compile(rb"([A-Za-z-]+): ?")
_WORD = re.compile(rb"=\?utf-8\?([bq])\?([^?\s]*)\?=")
_ALLOWED = frozenset(
    {
        b"auto-submitted",
        b"cc",
        b"content-transfer-encoding",
        b"content-type",
        b"date",
        b"from",
        b"in-reply-to",
        b"message-id",
        b"mime-version",
        b"references",
        b"reply-to",
        b"subject",
        b"to",
        b"x-auto-response-suppress",
    }
)


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail that is ready: its envelope and its bytes. ``to`` is the correspondent, ``copies``
    the others."""

    sender: str
    to: str
    copies: tuple[str, ...]
    message_id: str
    raw: bytes


def compose(message: OutboundMessage, settings: EmailSettings, seal: Seal, now: float) -> Composed:
    """The same delivery gives the same Message-ID each time.

    Raises:
        RejectedSendError: it has no usable recipient, or is larger than servers take.
    """
    context = message.reply_context
    to = _usable(message.address.chat)
    if to is None or to in settings.own:
        raise RejectedSendError("the conversation's address is no mail address that can be sent to")
    copies = _copies(message, settings, to)
    message_id = seal.message_id(message.delivery_id, to)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _mailbox(settings.name or "", settings.address)
    mail["To"] = _mailbox(_name_of(context.get("to"), to), to)
    if copies:
        mail["Cc"] = [_mailbox(name, address) for address, name in copies.items()]
    if settings.plus_addressing:
        mail["Reply-To"] = _mailbox("", seal.reply_address(message.delivery_id, to))
    mail["Subject"] = _subject(message)
    mail["Date"] = datetime.fromtimestamp(now, UTC)
    mail["Message-ID"] = message_id
    for name, value in _threaded(message):
        mail[name] = value
    if message.author != "staff":
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    _fill(mail, message)
    raw = checked(short_words(mail.as_bytes()))
    return Composed(settings.address, to, tuple(copies), message_id, raw)


def short_words(raw: bytes) -> bytes:
    """The mail with no encoded word in its headers longer than RFC 2047 allows, which the library
    writes where lines may be long; strict readers show such a word as it stands."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    return _WORD.sub(_shortened, head) + gap + body


def _shortened(word: re.Match[bytes]) -> bytes:
    if len(word[0]) <= WORD_CHARACTERS:
        return word[0]
    encoded = word[2]
    if word[1] == b"b":
        text = base64.b64decode(encoded).decode("utf-8", "replace")
    else:
        text = quopri.decodestring(encoded, header=True).decode("utf-8", "replace")
    pieces = [""]
    for sign in text:
        if len((pieces[-1] + sign).encode()) > WORD_BYTES:
            pieces.append("")
        pieces[-1] += sign
    words = (b"=?utf-8?b?%s?=" % base64.b64encode(each.encode()) for each in pieces)
    return b"\r\n ".join(words)


def checked(raw: bytes) -> bytes:
    """The bytes, if their headers are exactly those that are ours to write, each once.

    Raises:
        RejectedSendError: anything else; somebody tried to write headers.
    """
    seen: set[bytes] = set()
    for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        whole = b"\r" not in line and b"\n" not in line
        if line[:1] in {b" ", b"\t"} and seen and whole:
            continue
        found = _FIELD.match(line)
        name = found[1].lower() if found is not None else b""
        if name not in _ALLOWED or name in seen or not whole:
            raise RejectedSendError("its headers are not what was meant; it was not sent")
        seen.add(name)
    if len(raw) > MAIL_BYTES:
        raise RejectedSendError("it is larger than 20 MB, which mail servers refuse; send a link")
    return raw


def header_text(value: str, limit: int) -> str:
    """A value on one line that no reader takes for more than words."""
    text = " ".join(_BREAKS.sub(" ", value).split())
    # What looks like an encoded word would be decoded, to whatever it holds.
    return text.replace("=?", "= ?")[:limit].strip()


def _mailbox(name: str, address: str) -> Mailbox:
    local, _, domain = address.rpartition("@")
    shown = header_text(name, NAME_CHARACTERS)
    return Mailbox(display_name="" if "@" in shown else shown, username=local, domain=domain)


def _usable(address: object) -> str | None:
    """The address, where it is one that every server takes."""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        return None
    local, _, domain = address.partition("@")
    dotted = all(local.split(".")) and all(part.strip("-") for part in domain.split("."))
    return address.lower() if dotted else None


def _name_of(kept: object, address: str) -> str:
    match kept:
        case [str(name), str(of)] if of == address:
            return name
        case _:
            return ""


def _copies(message: OutboundMessage, settings: EmailSettings, to: str) -> dict[str, str]:
    """Who else is answered. A machine writes to those whom a stranger names only where our mail
    server vouches for the stranger: otherwise we would carry spam."""
    context = message.reply_context
    if message.author != "staff" and not context.get("verified"):
        return {}
    pairs: list[tuple[object, object]] = [("", address) for address in message.cc]
    kept: object = context.get("cc")
    if isinstance(kept, list) and not message.cc:
        items = cast("list[Any]", kept)
        pairs = [(item[0], item[1]) for item in items if isinstance(item, list) and len(item) == 2]  # pyright: ignore[reportUnknownArgumentType]  # noqa: PLR2004 - name and address
    found: dict[str, str] = {}
    for name, address in pairs:
        usable = _usable(address)
        if usable is not None and usable != to and usable not in settings.own:
            found.setdefault(usable, name if isinstance(name, str) else "")
    return dict(list(found.items())[:COPIES])


def _subject(message: OutboundMessage) -> str:
    if message.subject is not None:
        return header_text(message.subject, SUBJECT_CHARACTERS) or DEFAULT_SUBJECT
    asked = message.reply_context.get("subject")
    if not isinstance(asked, str) or not asked.strip():
        return f"Re: {DEFAULT_SUBJECT}" if message.reply_context else DEFAULT_SUBJECT
    # Where no mail is answered, the context is all that begins one.
    answers = "message_id" in message.reply_context
    return header_text(reply_subject(asked) if answers else asked, SUBJECT_CHARACTERS)


def _threaded(message: OutboundMessage) -> Iterator[tuple[str, str]]:
    for name, key in (("In-Reply-To", "message_id"), ("References", "references")):
        value = message.reply_context.get(key)
        found: Sequence[str] = _ID.findall(value) if isinstance(value, str) else []
        # The library decodes encoded words even within ids, line breaks included.
        ids = [each for each in found if "=?" not in each]
        if ids:
            yield name, " ".join(ids)


def _fill(mail: EmailMessage, message: OutboundMessage) -> None:
    links = [f"{file.name}: {file.url}" for file in message.attachments if file.content is None]
    if any(file.content is None and file.url is None for file in message.attachments):
        raise RejectedSendError("a file has neither bytes nor an address; it cannot be sent")
    mail.set_content("\n\n".join(each for each in (_clean(message.plain), *links) if each))
    if message.text != message.plain:
        html = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{message.text}'
        listed = "".join(f"<p>{_escaped(link)}</p>" for link in links)
        mail.add_alternative(_clean(f"{html}{listed}</body></html>"), subtype="html")
    for file in message.attachments:
        if file.content is not None:
            _attach(mail, file, file.content)


def _attach(mail: EmailMessage, file: Attachment, content: bytes) -> None:
    kind = file.content_type.lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    main, _, sub = kind.partition("/")
    mail.add_attachment(content, main, sub, filename=header_text(file.name, 120) or "file")


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
