"""What asking a model costs, and the port that caps it. The brain reserves the most that a call can
cost before it, and settles what it did cost afterwards; it keeps no sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from brain.chat import Called


@dataclass(frozen=True, slots=True)
class Cost:
    """``micros`` are millionths of a US dollar, ``tokens`` those of input and output together."""

    micros: int = 0
    tokens: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.micros + other.micros, self.tokens + other.tokens)


@dataclass(frozen=True, slots=True)
class Spender:
    """On whose account a call is made; ``department`` is the desk of the channel."""

    tenant: str
    department: str
    conversation: str


class BudgetSpent(Exception):
    """A limit would be exceeded; the message names it. People answer until it is raised or its day
    is over."""


class Budget(Protocol):
    async def reserve(self, turn: str, spender: Spender, worst: Cost) -> str:
        """Set aside the most that a call of this turn can cost; the reservation's id.

        Raises:
            BudgetSpent: nothing was set aside.
        """
        ...

    async def settle(self, reservation: str, used: Cost, called: Called | None = None) -> None:
        """What the call did cost takes the place of what was set aside, and the call is put on
        record with it. Settling again changes nothing; what is never settled (its process died)
        stays counted as reserved."""
        ...

    async def left(self, spender: Spender) -> float | None:
        """The share that is left of the tightest limit, 0 to 1; None where nothing is limited."""
        ...
