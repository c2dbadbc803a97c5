"""Slows down who fails again and again: by name and by source, with a bounded memory.

It forgets the oldest first when it is full, and never counts a success.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from channels.contract import Clock
from gateway.people.records import TooManyTries

ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Pace:
    """After ``free`` failures each further one doubles the wait, from one second up to
    ``longest``; ``forget`` quiet seconds wipe the slate."""

    free: int
    longest: float
    forget: float = 3600.0

    def wait_after(self, failures: int) -> float:
        if failures < self.free:
            return 0.0
        return min(self.longest, 2.0 ** min(failures - self.free, 30))


# Anybody can fail in somebody else's name: that may slow the owner down, never lock them out.
BY_NAME = Pace(free=10, longest=30.0)
BY_SOURCE = Pace(free=10, longest=900.0)
REFUSED_TOKENS = Pace(free=50, longest=60.0)


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Failures:
    """The failures of many keys. A key is hashed, so that its length is nobody's choice."""

    def __init__(self, pace: Pace, clock: Clock, entries: int = ENTRIES) -> None:
        self._pace = pace
        self._clock = clock
        self._entries = entries
        self._known: OrderedDict[bytes, _Failures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def wait(self, key: str) -> float:
        """How long this key still has to wait."""
        known = self._known.get(_hashed(key))
        if known is None:
            return 0.0
        passed = self._clock.monotonic() - known.last
        if passed >= self._pace.forget:
            return 0.0
        return max(0.0, self._pace.wait_after(known.count) - passed)

    def failed(self, key: str) -> None:
        hashed, now = _hashed(key), self._clock.monotonic()
        known = self._known.pop(hashed, _Failures(0, now))
        if now - known.last >= self._pace.forget:
            known = _Failures(0, now)
        known.count, known.last = known.count + 1, now
        self._known[hashed] = known
        if len(self._known) > self._entries:
            self._known.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take one failure back."""
        known = self._known.get(_hashed(key))
        if known is not None:
            known.count -= 1

    def forget(self, key: str) -> None:
        self._known.pop(_hashed(key), None)


class SignInThrottle:
    """Both counts of one sign-in. A try counts as failed from its beginning, so that many at once
    do not all pass before the first has failed."""

    def __init__(self, clock: Clock, entries: int = ENTRIES) -> None:
        self.names = Failures(BY_NAME, clock, entries)
        self.sources = Failures(BY_SOURCE, clock, entries)

    def begin(self, name: str, source: str) -> None:
        """
        Raises:
            TooManyTries: come back later; nothing was looked at.
        """
        wait = max(self.names.wait(name), self.sources.wait(source))
        if wait > 0:
            raise TooManyTries(wait)
        self.names.failed(name)
        self.sources.failed(source)

    def succeeded(self, name: str, source: str) -> None:
        self.names.forget(name)
        # Only this try is forgiven: one's own account must not clear the way to others'.
        self.sources.forgive(source)


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.casefold().encode("utf-8", "replace")).digest()[:16]
