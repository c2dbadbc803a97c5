"""Whether somebody writes as only a program does: too much, too fast, or the same again and again.
It goes by no header. Its tables are bounded and live in memory only."""

from __future__ import annotations

import hashlib
import re
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
# Nor written so much: faster than the fastest typist. Who pastes has not waited for long either.
LETTERS_PER_SECOND = 12.0
LONGEST_QUICK_SECONDS = 120.0
# Shorter ones, such as "yes", are honestly said twice.
SAME_CHARACTERS = 40
UNVERIFIED_SHARE = 4
REMEMBERED = 10_000
# Marks what machines put into the words that they always say: numbers, dates, ids.
_DIGIT = re.compile(r"\d")


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
    _said: OrderedDict[str, tuple[int, float]] = field(
        default_factory=OrderedDict[str, tuple[int, float]], init=False
    )
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
        if not _taken(self._threads, f"{arrival.sender} {_blanked(arrival.thread)}"):
            return "too much mail in this thread"
        return None

    def _repeats(self, arrival: Arrival) -> bool:
        """The same words once more; or but for numbers the same, as an answer to us or for the
        third time: somebody may well ask the same of two orders."""
        words = " ".join(arrival.text.split())
        if len(words) < SAME_CHARACTERS:
            return False
        same = self._times(f"{arrival.sender} {words}")
        alike = self._times(f"{arrival.sender}\0{_blanked(words)}")
        return same > 1 or alike > (1 if arrival.answers else 2)

    def _times(self, said: str) -> int:
        """How often this was said within the hour, now included."""
        key = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        now = self.clock.monotonic()
        times, last = self._said.get(key, (0, now))
        times = times + 1 if now - last < HOUR else 1
        _put(self._said, key, (times, now))
        return times

    def _too_quick(self, arrival: Arrival) -> bool:
        now = self.clock.monotonic()
        sent = max((self._sent.get(each, -HOUR) for each in arrival.answers), default=-HOUR)
        typed = min(len(arrival.text) / LETTERS_PER_SECOND, LONGEST_QUICK_SECONDS)
        too_soon = now - sent < max(QUICK_SECONDS, typed)
        quick = self._quick.get(arrival.sender, 0) + 1 if too_soon else 0
        _put(self._quick, arrival.sender, quick)
        return quick >= QUICK_REPLIES


def _blanked(words: str) -> str:
    """Without what is filled in anew each time."""
    kept = ("#" if _DIGIT.search(word) else word for word in words.lower().split())
    return " ".join(kept)


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
