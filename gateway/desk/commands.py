"""What a line typed by staff means: a message to the customer, or a note that stays here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateway.desk.records import NothingToSay

NOTE_MARKS = ("//", "／／")  # noqa: RUF001 - the second is what some keyboards type
A_NOTE = "A text that begins with // is a note and is not sent; leave the mark out, or send a note."
# Characters that cannot be seen must not turn a note into a message.
_UNSEEN = " \t\r\n\v\f\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\u2028\u2029\ufeff"


@dataclass(frozen=True, slots=True)
class Line:
    kind: Literal["message", "note"]
    text: str


def bare(text: str) -> str:
    """The text without what cannot be seen around it."""
    return text.strip(_UNSEEN)


def for_the_customer(typed: str) -> str:
    """The words of a message.

    Raises:
        NothingToSay: it is a note.
    """
    line = parse(typed)
    if line.kind == "note":
        raise NothingToSay(A_NOTE)
    return line.text


def parse(typed: str, *, note: bool = False) -> Line:
    """``note`` says that it is one, mark or not."""
    text = bare(typed)
    for mark in NOTE_MARKS:
        if text.startswith(mark):
            return Line("note", bare(text.removeprefix(mark)))
    return Line("note" if note else "message", text)
