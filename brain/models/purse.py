"""A budget in memory, for one process: what a command may spend, and what tests count with."""

from __future__ import annotations

from itertools import count

from brain.chat import Called
from brain.spending import BudgetSpent, Cost, Spender

_MICROS_A_DOLLAR = 1_000_000


class Purse:
    """Implements ``Budget``; ``cap`` is in millionths of a US dollar, None for none."""

    def __init__(self, cap: int | None = None) -> None:
        self._cap = cap
        self._ids = count(1)
        self._open: dict[str, Cost] = {}
        self.spent = Cost()
        self.calls = 0

    @property
    def reserved(self) -> int:
        """Millionths of a US dollar that calls under way may still cost."""
        return sum(cost.micros for cost in self._open.values())

    async def reserve(self, turn: str, spender: Spender, worst: Cost) -> str:
        if self._cap is not None and self.spent.micros + self.reserved + worst.micros > self._cap:
            limit = self._cap / _MICROS_A_DOLLAR
            raise BudgetSpent(f"this call could go beyond the limit of {limit:g} US dollars")
        name = f"r{next(self._ids)}"
        self._open[name] = worst
        self.calls += 1
        return name

    async def left(self, spender: Spender) -> float | None:
        if self._cap is None:
            return None
        used = self.spent.micros + self.reserved
        return max(0.0, 1.0 - used / self._cap) if self._cap else 0.0

    async def settle(self, reservation: str, used: Cost, called: Called | None = None) -> None:
        del called  # Nobody looks at the record of a command.
        if self._open.pop(reservation, None) is not None:
            self.spent += used
