"""When a model is not even asked: a breaker that opens when half of the last calls failed. It keeps
no more than those; it never waits."""

from __future__ import annotations

from collections import deque

from brain.contract import Clock

CALLS = 20
SHARE = 0.5
REST_SECONDS = 30.0


class Breaker:
    """One model's. Open, it lets one call through every half minute: the first that is answered
    closes it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: deque[bool] = deque(maxlen=CALLS)
        self._probe_at: float | None = None

    @property
    def is_open(self) -> bool:
        return self._probe_at is not None

    def allows(self) -> bool:
        """Whether the model may be asked now. On an open breaker True is given to one caller only,
        and to the next one half a minute later, whatever became of the first."""
        if self._probe_at is None:
            return True
        now = self._clock.monotonic()
        if now < self._probe_at:
            return False
        self._probe_at = now + REST_SECONDS
        return True

    def answered(self) -> None:
        if self._probe_at is not None:
            self._probe_at = None
            self._last.clear()
        self._last.append(True)

    def failed(self) -> None:
        self._last.append(False)
        if self._probe_at is None and self._last.count(False) >= SHARE * CALLS:
            self._probe_at = self._clock.monotonic() + REST_SECONDS
