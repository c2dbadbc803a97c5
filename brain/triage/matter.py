"""What a question is about, as far as its words tell: the business's own matters, or the world's.
It asks no knowledge, and says nothing where it does not know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from brain.triage.asking import Asking, level

_SUM = re.compile(r"\d+(?:[.,]\d+)?\s*(?:[-+*/x×÷^]|plus|minus|times|mal|por|fois|keer)\s*\d")
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Matter:
    """``ours`` where it has a word of orders, payments, accounts and the like; ``us`` where it
    speaks to or of the business; ``worldly`` where it asks what no business is asked; ``task``
    where it wants something written, told or translated."""

    ours: bool = False
    us: bool = False
    worldly: bool = False
    task: bool = False


def matter_of(text: str, askings: Sequence[Asking]) -> Matter:
    flat = level(text[:_LONGEST])
    return Matter(
        ours=any(asking.matters.search(flat) for asking in askings),
        us=any(asking.us.search(flat) for asking in askings),
        task=any(asking.tasks.search(flat) for asking in askings),
        worldly=_SUM.search(flat) is not None
        or any(asking.world.search(flat) for asking in askings),
    )
