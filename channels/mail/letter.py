"""What is known of one mail once it was read, checked as it comes out of the process apart: a
parser that a mail has turned may not say what it likes. Never holds the raw bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from channels.events import Attachment

_ID = re.compile(r"<[!-;=?-~]{1,250}>")


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Answer(_Told):
    """What the process says of itself."""

    refused: str | None = None
    spent: bool = False


class Recipient(_Told):
    address: str
    action: str
    status: str
    reason: str


class Report(_Told):
    """A delivery report: ``messages`` and ``addressees`` and
    ``copies`` are of the mail that it is about."""

    recipients: tuple[Recipient, ...] = Field(strict=False)
    messages: tuple[str, ...] = Field(strict=False)
    addressees: tuple[str, ...] = Field(strict=False)
    copies: tuple[str, ...] = Field(strict=False)
    feedback: bool


class Letter(_Told):
    """``fields`` are the headers that matter, each with its values from the top; ``people`` the
    (name, address) pairs of those with addresses; ``text`` are the sender's own words, ``whole``
    all that stood there."""

    fields: Mapping[str, tuple[str, ...]] = Field(strict=False)
    people: Mapping[str, tuple[tuple[str, str], ...]] = Field(strict=False)
    text: str
    whole: str
    report: Report | None
    mentions: tuple[str, ...] = Field(strict=False)
    files: tuple[tuple[str, str, int], ...] = Field(strict=False)

    def all(self, name: str) -> tuple[str, ...]:
        return self.fields.get(name, ())

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    def ids(self, name: str) -> tuple[str, ...]:
        """The message ids in a header, in order; malformed headers are common."""
        return tuple(_ID.findall(" ".join(self.all(name))))

    def addresses(self, *names: str) -> tuple[str, ...]:
        return tuple(address for name in names for _, address in self.people.get(name, ()))

    @property
    def message_id(self) -> str | None:
        return next(iter(self.ids("message-id")), None)


@dataclass(frozen=True, slots=True)
class Read:
    """A letter, and the bytes of its files one after the other."""

    letter: Letter
    data: bytes

    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(self._attachments())

    def _attachments(self) -> Iterator[Attachment]:
        at = 0
        for name, kind, size in self.letter.files:
            content = self.data[at : at + size]
            at += size
            yield Attachment(name, kind, len(content), content)
