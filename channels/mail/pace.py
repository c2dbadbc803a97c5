"""Whether somebody writes as only a program does: too much, too fast, or the same again and again.
It goes by no header. Its tables are bounded and live in memory only."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from channels.contract import Clock
from channels.rates import Buckets, Rate
from channels.signatures import Refused

V = TypeVar("V")
HOUR = 3600.0
# Nobody has read an answer and written another in so few seconds, twice in a row.
QUICK_SECONDS = 20.0
QUICK_REPLIES = 2
# Shorter ones, such as "yes", are honestly said twice.
SAME_CHARACTERS = 40
UNVERIFIED_SHARE = 4
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that may be answered: ``answers`` are our ids that it refers to."""

    external_id: str
    sender: str
    thread: str
    answers: Sequence[str]
    text: str
    verified: bool


@dataclass
class Pace:
    """``per_sender`` and ``per_thread`` are mails an hour."""

    clock: Clock
    per_sender: int
    per_thread: int
    _sent: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float], init=False)
    _said: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float], init=False)
    _quick: OrderedDict[str, int] = field(default_factory=OrderedDict[str, int], init=False)
    _judged: OrderedDict[str, str | None] = field(
        default_factory=OrderedDict[str, "str | None"], init=False
    )

    def __post_init__(self) -> None:
        fewer = max(self.per_sender // UNVERIFIED_SHARE, 1)
        self._senders = Buckets(_hourly(self.per_sender), self.clock)
        self._strangers = Buckets(_hourly(fewer), self.clock)
        self._threads = Buckets(_hourly(self.per_thread), self.clock)

    def sent(self, message_id: str) -> None:
        _put(self._sent, message_id.lower(), self.clock.monotonic())

    def too_much(self, arrival: Arrival) -> str | None:
        """Why this mail is not to be answered by a machine any more. Asked again about the same
        mail it says the same."""
        if arrival.external_id not in self._judged:
            _put(self._judged, arrival.external_id, self._judge(arrival))
        return self._judged[arrival.external_id]

    def _judge(self, arrival: Arrival) -> str | None:
        if self._repeats(arrival):
            return "the same mail again"
        if self._too_quick(arrival):
            return "answers faster than anybody reads"
        # Anybody may write an address into From; whoever holds it gets few of our answers.
        stranger = not arrival.verified and not arrival.answers
        if stranger and not _taken(self._strangers, arrival.sender):
            return "too much mail under a name that nobody vouches for"
        if not _taken(self._senders, arrival.sender):
            return "too much mail of this sender"
        if not _taken(self._threads, f"{arrival.sender} {arrival.thread}"):
            return "too much mail in this thread"
        return None

    def _repeats(self, arrival: Arrival) -> bool:
        words = " ".join(arrival.text.split())
        if len(words) < SAME_CHARACTERS:
            return False
        said = f"{arrival.sender} {words}".encode("utf-8", "surrogatepass")
        key, now = hashlib.sha256(said).hexdigest(), self.clock.monotonic()
        before = self._said.get(key)
        _put(self._said, key, now)
        return before is not None and now - before < HOUR

    def _too_quick(self, arrival: Arrival) -> bool:
        now = self.clock.monotonic()
        sent = max((self._sent.get(each, -HOUR) for each in arrival.answers), default=-HOUR)
        quick = self._quick.get(arrival.sender, 0) + 1 if now - sent < QUICK_SECONDS else 0
        _put(self._quick, arrival.sender, quick)
        return quick >= QUICK_REPLIES


def _hourly(count: int) -> Rate:
    return Rate(count, count / HOUR)


def _taken(buckets: Buckets, key: str) -> bool:
    try:
        buckets.take(key)
    except Refused:
        return False
    return True


def _put(table: OrderedDict[str, V], key: str, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > REMEMBERED:
        table.popitem(last=False)
