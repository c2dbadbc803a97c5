"""Owns the token buckets that keep one sender or one address from flooding a channel. Their tables
are bounded and live in memory only: losing them lets somebody try again, no more."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from channels.contract import Clock
from channels.signatures import Refused

KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_second``."""

    burst: float
    per_second: float


class Buckets:
    """One token bucket a key, the least recently used forgotten first."""

    def __init__(self, rate: Rate, clock: Clock, keys: int = KEYS) -> None:
        self._rate = rate
        self._clock = clock
        self._keys = keys
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """
        Raises:
            Refused: 429 with Retry-After.
        """
        now = self._clock.monotonic()
        level, since = self._levels.pop(key, (self._rate.burst, now))
        level = min(self._rate.burst, level + (now - since) * self._rate.per_second)
        self._levels[key] = (level - 1, now) if level >= 1 else (level, now)
        if len(self._levels) > self._keys:
            self._levels.popitem(last=False)
        if level < 1:
            wait = int((1 - level) / self._rate.per_second) + 1
            raise Refused(
                429, f"Too many requests; try again in {wait} s.", {"Retry-After": str(wait)}
            )

    def __len__(self) -> int:
        return len(self._levels)
