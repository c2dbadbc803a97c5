"""Native buttons: what of a choice stands in a button, and how it is read back. What comes back is
a claim of the platform's; who pressed is compared with whom it was offered to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.contract import Choice
from channels.errors import RejectedSendError

CUSTOM_ID_CHARACTERS = 100
ROW = 5
_SEPARATOR = "|"
_PARTS = 3
_ROW_TYPE, _BUTTON_TYPE, _SECONDARY = 1, 2, 2


def mark_of(delivery: str) -> str:
    """24 characters that stand for a delivery, the same in every try: its nonce, too."""
    return hashlib.sha256(delivery.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Button:
    """``delivery`` is the mark of the delivery that offered it; ``person`` is whom it was offered
    to, empty where everybody who reads it is meant."""

    delivery: str
    person: str
    choice: str

    @property
    def custom_id(self) -> str:
        return _SEPARATOR.join((self.delivery, self.person, self.choice))

    @classmethod
    def parse(cls, custom_id: str) -> Button | None:
        """None for a button that is not of ours."""
        parts = custom_id.split(_SEPARATOR, _PARTS - 1)
        if len(parts) != _PARTS or len(parts[0]) != len(mark_of("")) or not parts[2]:
            return None
        return cls(*parts)


def rows(choices: Sequence[Choice], delivery: str, person: str) -> list[dict[str, Any]]:
    """The choices as rows of five buttons.

    Raises:
        RejectedSendError: a choice's id does not fit into a button.
    """
    buttons = [_button(choice, Button(mark_of(delivery), person, choice.id)) for choice in choices]
    return [
        {"type": _ROW_TYPE, "components": buttons[start : start + ROW]}
        for start in range(0, len(buttons), ROW)
    ]


def _button(choice: Choice, button: Button) -> dict[str, Any]:
    if len(button.custom_id) > CUSTOM_ID_CHARACTERS:
        raise RejectedSendError("the id of a choice is too long for a button of Discord's")
    return {
        "type": _BUTTON_TYPE,
        "style": _SECONDARY,
        "label": choice.label,
        "custom_id": button.custom_id,
    }
