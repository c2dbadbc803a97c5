"""What the customer's new messages say to a proposal that waits for a yes. Pure: the words are read
here, and whether the yes still counts is decided in the unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from brain.actions.consent import said
from brain.contract import Said
from gateway.conversations.proposals import NO, YES, Standing, named_by
from gateway.turns.opened import Opened

Heard: TypeAlias = Literal["yes", "no", "unclear", "again", "expired", "settled"]
_One: TypeAlias = Literal["pressed yes", "pressed no", "yes", "no", "unclear", "gone"]
_SHOWING = frozenset({"confirm", "confirm_unclear"})
_OVER = frozenset({"expired", "withdrawn", "declined"})
# What a proof by message has to be repeated by the message that says yes.
_BY_MESSAGE = frozenset({"site", "mail"})


def heard(opened: Opened, now: float) -> Heard | None:
    """None where the messages are about something else; ``again`` asks to be shown it once more,
    ``settled`` presses a button whose action is under way or done."""
    each: list[_One | None] = [_one(message, opened.standing) for message in opened.new]
    if not each or all(one is None for one in each):
        return None
    if all(one == "gone" for one in each):
        return "expired" if opened.pressed in _OVER or opened.pressed is None else "settled"
    standing = opened.standing
    if standing is None:
        return None
    if all(one in {"pressed no", "no"} for one in each):
        return _declined(each, opened, standing)
    if not all(one in {"pressed yes", "yes"} for one in each):
        # A yes is void with anything else beside it; without one, something else is meant.
        return "unclear" if any(_is_yes(one) for one in each) else None
    return _agreed(each, opened, standing, now)


def _agreed(
    each: Sequence[_One | None], opened: Opened, standing: Standing, now: float
) -> Heard | None:
    if standing.row["expires_at"] <= now:
        return "expired"
    if standing.row["proof"] in _BY_MESSAGE and opened.proof.customer != standing.row["customer"]:
        return "unclear"
    # What had not arrived when it was answered has not been read: it is shown once more.
    if standing.arrived and ("pressed yes" in each or _was_last_said(opened, standing)):
        return "yes"
    return "again"


def _declined(each: Sequence[_One | None], opened: Opened, standing: Standing) -> Heard | None:
    """A no takes nothing to be sure of, but it may be to another question."""
    return "no" if "pressed no" in each or _was_last_said(opened, standing) else None


def _one(message: Said, standing: Standing | None) -> _One | None:
    named = named_by(message.choice)
    if named is not None:
        if standing is None or standing.row["id"] != named:
            return "gone"
        return "pressed yes" if (message.choice or "").startswith(YES) else "pressed no"
    if message.choice is not None or message.files:
        return None
    return said(message.text)


def _is_yes(one: _One | None) -> bool:
    return one in {"pressed yes", "yes", "unclear"}


def _was_last_said(opened: Opened, standing: Standing) -> bool:
    """Whether a typed answer can only be to the proposal: nothing else has been said since."""
    since = [
        message
        for message in opened.history
        if message.seq > standing.shown_seq and message.author != "customer"
    ]
    return all(message.notice in _SHOWING for message in since)


def choices(action: str) -> tuple[str, str]:
    """The ids of the two buttons: each is good for one action."""
    return f"{YES}{action}", f"{NO}{action}"
