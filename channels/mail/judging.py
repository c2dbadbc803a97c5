"""What one mail of the mailbox means: a message, a report about one of ours, or nothing that is
answered. Pure but for the pace that it keeps; it never fetches and never sends."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from channels.events import (
    Address,
    DeliveryUpdate,
    Event,
    Ignored,
    InboundMessage,
    Json,
    Sender,
    Unreadable,
)
from channels.mail.guards import automatic
from channels.mail.letter import Letter, Read, Report
from channels.mail.pace import Arrival, Pace
from channels.mail.seal import Seal
from channels.mail.settings import EmailSettings
from channels.mail.threads import answered, bare_subject, references, referred, thread
from channels.mail.trust import verified

COPIES = 10
# What the store is given of a mail that cannot be read.
RAW_BYTES = 1024 * 1024
# A subject of fewer is a title.
WORDS_OF_A_QUESTION = 5
_TO = ("to", "cc")
_DELIVERED = ("to", "cc", "delivered-to", "envelope-to", "x-original-to")
_PASSING = re.compile(
    r"delayed|warning|not yet been delivered|will (?:be retried|keep trying|continue)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"(?m)^.*\b5\d\d[ -]|\b5\.\d\.\d\b")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as the server keeps it. ``arrived`` is the server's own date of it, in seconds
    since the epoch; ``sent`` says that it lies in the folder of sent mail."""

    folder: str
    validity: int
    uid: int
    raw: bytes = field(repr=False)
    arrived: float | None = None
    sent: bool = False

    @property
    def external_id(self) -> str:
        """The hash of its bytes: the same after the server has numbered anew or the mail was
        moved, and out of the reach of senders, whose copies get another Received header."""
        return external_id(self.raw)

    @property
    def order(self) -> str:
        return f"{self.arrived or 0:015.0f}.{self.uid:010d}"


def unreadable(mail: Mail, why: str) -> Unreadable:
    """A mail that a person has to look at; the whole of a large one lies in the mailbox."""
    return Unreadable(mail.external_id, why, mail.raw[:RAW_BYTES])


def external_id(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Answered:
    """A mail of the mailbox that another one answers: its external id, and its thread."""

    external_id: str
    thread: str


@dataclass(frozen=True, slots=True)
class _Correspondent:
    name: str
    address: str
    verified: str | None
    form: bool = False


class Judge:
    """Decides for one mailbox."""

    def __init__(self, settings: EmailSettings, seal: Seal, pace: Pace) -> None:
        self._settings = settings
        self._seal = seal
        self._pace = pace

    def judge(self, mail: Mail, read: Read) -> Event:
        """What a mail of a folder that is read means."""
        letter = read.letter
        if letter.report is not None:
            return self._reported(mail, letter, letter.report)
        if letter.message_id is not None and self._seal.is_ours(letter.message_id):
            return Ignored(mail.external_id, "our own mail")
        people = letter.people.get("from", ())
        if len(people) != 1 or len(letter.all("from")) != 1:
            why = f"it names {len(people)} senders, where it should be one"
            return unreadable(mail, why)
        who = self._correspondent(letter)
        reason = automatic(letter, people[0][1], form=who.form)
        if reason is not None:
            return self._bounced(mail, letter) or Ignored(mail.external_id, reason)
        if self._is_own(who.address):
            return Ignored(mail.external_id, "our own mail")
        if not self._is_addressed(letter):
            return Ignored(mail.external_id, "not addressed to us")
        return self._said(mail, read, who)

    def wanted(self, letter: Letter) -> tuple[str, ...]:
        """Of a mail that somebody of ours sent: the ids that it answers and that are not ours."""
        return tuple(each for each in referred(letter) if not self._seal.is_ours(each))

    def answered(
        self, raw: bytes, letter: Letter, correspondents: Sequence[str]
    ) -> Answered | None:
        """What is known of a mail that somebody of ours answered; None unless it was written by
        one of those to whom the answer goes."""
        who = letter.addresses("from")[:1]
        if not who or who[0] not in correspondents:
            return None
        id, vouched = external_id(raw), verified(letter, who[0], self._settings.authserv)
        return Answered(id, thread(letter, id, verified=vouched is not None))

    def operator(self, mail: Mail, read: Read, known: Sequence[Answered]) -> Event:
        """What a mail of the folder of sent mail means. ``known`` are those mails of the mailbox
        that it answers."""
        letter = read.letter
        if letter.message_id is not None and self._seal.is_ours(letter.message_id):
            return Ignored(mail.external_id, "our own mail")
        to = [each for each in letter.addresses(*_TO) if not self._is_own(each)]
        author = next(iter(letter.people.get("from", ())), ("", ""))
        if not to or not self._is_own(author[1]) or automatic(letter, author[1]):
            return Ignored(mail.external_id, "no answer of ours to a customer")
        refs = answered(letter, self._seal, to[0], ())
        refs += tuple(each.external_id for each in known)
        if not refs:
            return Ignored(mail.external_id, "sent by hand, outside of any conversation")
        return InboundMessage(
            external_id=mail.external_id,
            address=Address(to[0], _thread(mail, letter, known)),
            text=letter.text,
            sender=Sender((author[1],), author[0] or None, kind="operator"),
            order=mail.order,
            attachments=read.attachments(),
            thread_refs=refs,
            raw=mail.raw,
            sent_at=mail.arrived,
        )

    def _said(self, mail: Mail, read: Read, who: _Correspondent) -> Event:
        letter, vouched = read.letter, who.verified is not None
        refs = answered(letter, self._seal, who.address, letter.addresses(*_DELIVERED))
        arrival = Arrival(
            external_id=mail.external_id,
            sender=who.address,
            thread=bare_subject(letter.first("subject")),
            answers=refs,
            text=letter.text,
            verified=vouched,
        )
        return InboundMessage(
            external_id=mail.external_id,
            address=Address(who.address, thread(letter, mail.external_id, verified=vouched)),
            text=_text(letter),
            sender=Sender((who.address,), who.name or None, verified=who.verified),
            order=mail.order,
            attachments=read.attachments(),
            thread_refs=refs,
            reply_context=self._context(letter, who),
            raw=mail.raw,
            sent_at=mail.arrived,
            unanswered=self._pace.too_much(arrival),
            # An answer came to an address of our making; where it began is known.
            place=None if refs else self._place(letter),
        )

    def _context(self, letter: Letter, who: _Correspondent) -> Json:
        """What a reply needs, as JSON. Copies go to those whom a person would answer as well."""
        left = {who.address, *letter.addresses("from")}
        people = [each for name in _TO for each in letter.people.get(name, ())]
        copies = {
            address: name
            for name, address in people
            if address not in left and not self._is_own(address)
        }
        return {
            "message_id": letter.message_id,
            "references": references(letter),
            "subject": letter.first("subject")[:500],
            "to": [who.name, who.address],
            "cc": [[name, address] for address, name in copies.items()][:COPIES],
            "verified": who.verified is not None,
        }

    def _correspondent(self, letter: Letter) -> _Correspondent:
        """Who is answered: From, and never an address that Reply-To puts in its place, unless a
        form of ours wrote the mail."""
        name, address = letter.people["from"][0]
        others = letter.people.get("reply-to", ())
        if address in self._settings.forms and len(others) == 1:
            return _Correspondent(*others[0], verified=None, form=True)
        vouched = verified(letter, address, self._settings.authserv)
        return _Correspondent(name, address, vouched, address in self._settings.forms)

    def _is_addressed(self, letter: Letter) -> bool:
        return any(self._is_own(each) for each in letter.addresses(*_TO))

    def _place(self, letter: Letter) -> str | None:
        """Which of our addresses the customer wrote to, with what stands behind a plus."""
        return next((each for each in letter.addresses(*_DELIVERED) if self._is_own(each)), None)

    def _is_own(self, address: str) -> bool:
        local, _, domain = address.partition("@")
        return f"{local.partition('+')[0]}@{domain}" in self._settings.own or (
            address in self._settings.own
        )

    def _reported(self, mail: Mail, letter: Letter, report: Report) -> Event:
        if report.feedback:
            return Ignored(mail.external_id, "a complaint report")
        about = [each for each in (*report.messages, *letter.mentions) if self._seal.is_ours(each)]
        failed = [each for each in report.recipients if each.action == "failed"]
        if not about or not failed:
            return Ignored(mail.external_id, "a delivery report")
        told = failed[0]
        why = f"{told.address}: {told.status} {told.reason}".strip()
        names = {each.address for each in failed}
        if any(self._seal.is_for(about[0], each) for each in names) or not (
            names & set(report.copies)
        ):
            return DeliveryUpdate(mail.external_id, about[0].lower(), "failed", why)
        return Ignored(mail.external_id, f"a copy was not delivered to {why}")

    def _bounced(self, mail: Mail, letter: Letter) -> Event | None:
        """A bounce without a report in it, as older systems write them."""
        about = [each for each in letter.mentions if self._seal.is_ours(each)]
        text = letter.whole[:20_000]
        refusal = _REFUSAL.search(text)
        address = letter.people["from"][0][1]
        if not about or refusal is None or automatic(letter, address) != _SYSTEM:
            return None
        if _PASSING.search(letter.first("subject")):
            return None
        why = text[refusal.start() :].strip().partition("\n")[0][:500]
        return DeliveryUpdate(mail.external_id, about[0].lower(), "failed", why)


_SYSTEM = "a bounce or a message of a mail system"


def _thread(mail: Mail, letter: Letter, known: Sequence[Answered]) -> str:
    """Where it goes if no conversation has any of its ``thread_refs``."""
    return known[0].thread if known else thread(letter, mail.external_id, verified=False)


def _text(letter: Letter) -> str:
    """The words, or the subject where a mail has no others. Blank where what is meant stands in
    files alone, such as a photo or what is encrypted: nobody is answered by such a mail's title."""
    if letter.whole.strip():
        return letter.text
    subject = letter.first("subject").strip()
    asks = "?" in subject or len(subject.split()) >= WORDS_OF_A_QUESTION
    if letter.files and (letter.text.strip() or not asks):
        return ""
    return letter.text if letter.text.strip() else subject or "[This mail has no text.]"
