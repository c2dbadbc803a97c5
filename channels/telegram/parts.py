"""What this process knows of messages that take several calls: which of their parts Telegram took.
In memory only; a restart begins with the first part."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

KEPT = 1_000


class Parts:
    """The ids of the parts that were taken, in order, by the id of their delivery."""

    def __init__(self) -> None:
        self._taken: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def of(self, delivery: str) -> Sequence[str]:
        return self._taken.get(delivery, ())

    def keep(self, delivery: str, names: Sequence[str]) -> None:
        self._taken[delivery] = tuple(names)
        if len(self._taken) > KEPT:
            self._taken.popitem(last=False)

    def forget(self, delivery: str) -> None:
        self._taken.pop(delivery, None)
