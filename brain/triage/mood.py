"""How a customer sounds: content or not, frustrated, confused, about to buy; and whether that grows
over the case. By the words of data files, in every shipped language at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from brain.triage.words import clauses, fold

_DATA = Path(__file__).with_name("data") / "mood"
_LONGEST = 3000
_SHOUTS = re.compile(r"[!?]{2,}")
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")
_SHOUTED_WORDS = 3
# A word of frustration weighs as much as so many merely negative ones.
_STRONG = 2
_ENOUGH = 2.0
_PLAINLY = 0.5
_GROWS = 0.25


class MoodFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    frustrated: tuple[str, ...]
    confused: tuple[str, ...]
    buying: tuple[str, ...]
    undone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """How much more, or less, of each than in the customer's earlier messages; -1 to 1 (sentiment:
    -2 to 2)."""

    sentiment: float = 0.0
    frustration: float = 0.0
    confusion: float = 0.0
    buying: float = 0.0


@dataclass(frozen=True, slots=True)
class Mood:
    """``sentiment`` is -1 (bad) to 1 (good), the others 0 to 1."""

    sentiment: float = 0.0
    frustration: float = 0.0
    confusion: float = 0.0
    buying: float = 0.0
    trend: Trend = field(default_factory=Trend)

    @property
    def is_frustrated(self) -> bool:
        """Plainly so, or growing so over the case."""
        return _is(self.frustration, self.trend.frustration)

    @property
    def is_confused(self) -> bool:
        return _is(self.confusion, self.trend.confusion)

    @property
    def is_buying(self) -> bool:
        return _is(self.buying, self.trend.buying)


def _is(now: float, grown: float) -> bool:
    return now >= _PLAINLY or (now > 0 and grown >= _GROWS)


class Moods:
    def __init__(self, files: Iterable[MoodFile]) -> None:
        every = tuple(files)
        self._good = _words(word for file in every for word in file.positive)
        self._bad = _words(word for file in every for word in file.negative)
        self._strong = _words(word for file in every for word in file.frustrated)
        self._confused = _words(word for file in every for word in file.confused)
        self._buying = _words(word for file in every for word in file.buying)
        undone = "|".join(sorted({re.escape(fold(w)) for file in every for w in file.undone}))
        self._undone = re.compile(rf"(?:{undone}) (?:\S+ )?$")

    def of(self, text: str, earlier: Sequence[str] = ()) -> Mood:
        """``earlier`` are the customer's messages before it in the case."""
        now = self._alone(text)
        if not earlier:
            return now
        before = [self._alone(each) for each in earlier]

        def mean(name: str) -> float:
            return sum(float(getattr(one, name)) for one in before) / len(before)

        trend = Trend(
            now.sentiment - mean("sentiment"),
            now.frustration - mean("frustration"),
            now.confusion - mean("confusion"),
            now.buying - mean("buying"),
        )
        return Mood(now.sentiment, now.frustration, now.confusion, now.buying, trend)

    def _alone(self, text: str) -> Mood:
        plain = " ".join(word for part in clauses(text[:_LONGEST]) for word in part)
        good, bad = self._count(self._good, plain), self._count(self._bad, plain)
        strong = self._count(self._strong, plain) + _shouts(text[:_LONGEST])
        against = bad + _STRONG * strong
        felt = good + against
        return Mood(
            (good - against) / felt if felt else 0.0,
            min(1.0, (strong + bad / 4) / _ENOUGH),
            min(1.0, self._count(self._confused, plain) / _ENOUGH * 2),
            min(1.0, self._count(self._buying, plain) / _ENOUGH),
        )

    def _count(self, words: re.Pattern[str], plain: str) -> int:
        found = words.finditer(plain)
        return sum(not self._undone.search(plain, 0, match.start()) for match in found)


def _shouts(text: str) -> float:
    capitals = len(_CAPITALS.findall(text)) >= _SHOUTED_WORDS
    return 0.5 * (capitals + bool(_SHOUTS.search(text)))


def _words(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted({fold(word) for word in words}, key=lambda word: (-len(word), word))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


@cache
def load() -> Moods:
    """Of every shipped language; reads their data files."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(_DATA.glob("*.yaml")))
    return Moods(MoodFile.model_validate(yaml.safe_load(text)) for text in texts)
