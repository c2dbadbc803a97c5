"""Buttons under a message: what each carries back when it is pressed, in 64 bytes; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.contract import Choice

DATA_BYTES = 64
_VERSION = "c1"


@dataclass(frozen=True, slots=True)
class Carried:
    """What a pressed button says: which choice, and who alone may press it (None: anybody)."""

    choice: str
    person: int | None


def carry(choice: str, person: int | None) -> str | None:
    """The data of a button; None where it does not fit."""
    data = f"{_VERSION}.{'' if person is None else _letters(person)}.{choice}"
    return data if len(data.encode("utf-8", "replace")) <= DATA_BYTES else None


def carried(data: str) -> Carried | None:
    """What the data says; None where it is not ours."""
    version, dot, rest = data.partition(".")
    person, second, choice = rest.partition(".")
    if version != _VERSION or not (dot and second and choice):
        return None
    try:
        return Carried(choice, int(person, 36) if person else None)
    except ValueError:
        return None


def keyboard(choices: Sequence[Choice], person: int | None) -> dict[str, object] | None:
    """A row for each choice; None without any. A choice whose id does not fit has no button: it
    can be answered with its words."""
    rows = [
        [{"text": choice.label, "callback_data": data}]
        for choice in choices
        if (data := carry(choice.id, person)) is not None
    ]
    return {"inline_keyboard": rows} if rows else None


def _letters(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    out = ""
    while number:
        number, digit = divmod(number, 36)
        out = digits[digit] + out
    return out or "0"
