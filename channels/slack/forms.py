"""Forms: opened for whoever has just pressed a button, and read when they are sent. A press opens
one for three seconds at most, so what opens it is kept in memory alone."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from channels.contract import Form
from channels.events import Address
from channels.slack.payloads import Id, Text, Ts

FORM = "frontdesk-form"
WORDS = "words"
# Slack's own limits of what a field holds.
CHARACTERS = 3_000
TITLE_CHARACTERS = 24
# Somewhat less than the three seconds that Slack gives.
FRESH_SECONDS = 2.5
REMEMBERED = 500


class Place(BaseModel):
    """What a form carries along unseen: where its button was, and what it comes back as."""

    channel: Id
    root: Ts
    message: str = Field(max_length=200)
    choice: str = Field(min_length=1, max_length=300)


@dataclass(slots=True)
class Triggers:
    """What each person's last press in a place may open, and when they pressed (monotonic
    seconds)."""

    _held: OrderedDict[tuple[str, str], tuple[str, float]] = field(
        default_factory=OrderedDict[tuple[str, str], tuple[str, float]]
    )

    def pressed(self, where: Address, person: str, trigger: str, now: float) -> None:
        self._held[where.key, person] = (trigger, now)
        self._held.move_to_end((where.key, person))
        if len(self._held) > REMEMBERED:
            self._held.popitem(last=False)

    def take(self, where: Address, person: str, now: float) -> str | None:
        """Each opens one form; None where there is none, or none any more."""
        trigger, at = self._held.pop((where.key, person), ("", 0.0))
        return trigger if trigger and now - at <= FRESH_SECONDS else None


def fits(form: Form) -> bool:
    """Whether Slack can show all of the words: a part of them is never offered for sending."""
    return len(form.text) <= CHARACTERS


def view(form: Form, place: Place) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": place.model_dump_json(),
        "title": _plain(form.title[:TITLE_CHARACTERS]),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": WORDS,
                "label": _plain(form.label),
                "element": {
                    "type": "plain_text_input",
                    "action_id": WORDS,
                    "multiline": True,
                    "max_length": CHARACTERS,
                    "initial_value": form.text,
                },
            }
        ],
    }


class _Value(BaseModel):
    value: Text | None = None


class _State(BaseModel):
    values: dict[str, dict[str, _Value]] = Field(default_factory=dict[str, dict[str, _Value]])


class Sent(BaseModel):
    """A form as it comes back."""

    id: Id
    callback_id: str = ""
    private_metadata: str = Field(default="", max_length=CHARACTERS)
    state: _State = Field(default_factory=_State)

    @property
    def ours(self) -> bool:
        return self.callback_id == FORM

    @property
    def place(self) -> Place:
        """
        Raises:
            ValidationError: it is none that we have opened.
        """
        return Place.model_validate_json(self.private_metadata)

    @property
    def words(self) -> str:
        return self.state.values.get(WORDS, {}).get(WORDS, _Value()).value or ""


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
