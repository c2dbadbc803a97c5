"""What the task at hand is about, for whatever it tells: bound where a turn or an action is begun,
read where something is measured far below it. It carries ids only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import structlog


class About(NamedTuple):
    """``message`` is the customer's first one; each is None outside a turn and an action."""

    turn: str | None
    message: str | None


def begin(messages: Sequence[str], **ids: str | None) -> None:
    """From here on, in this task and those that it begins; log lines have it too."""
    known = {name: id for name, id in ids.items() if id is not None}
    structlog.contextvars.bind_contextvars(messages=list(messages), **known)


def about() -> About:
    bound = structlog.contextvars.get_contextvars()
    messages = cast("Sequence[str]", bound.get("messages") or ())
    turn = bound.get("turn")
    return About(str(turn) if turn else None, messages[0] if messages else None)
