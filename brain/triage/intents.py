"""Recognises what a message is about, among named intents that are learnt from a handful of
examples each: by meaning and by letters together. It decides nothing."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from brain.contract import Embedder
from brain.triage import ngrams
from brain.triage.meanings import Remembering
from brain.triage.spelling import Spelling
from brain.triage.taxonomy import TOPICS, Intent, Topic
from brain.triage.vocabulary import LANGUAGES
from brain.triage.words import fold, has_letters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# How fast likeness fades, how much letters weigh beside meaning, and how far single examples are
# trusted: chosen on examples that were left out, as was the sharpness of the chances.
_FADES = 2.0
_LETTERS = 0.3
_CAUTION = 0.1
_SHARPNESS = 8.0
# English examples, and an operator's own, are learnt a second time with about so many wrong
# letters; those of the other languages, whose sorts have their names, are not.
_WRONG = 0.06
_TYPED_WELL = frozenset(LANGUAGES) - {"en"}
# Where no example is more alike than this, none is like the message.
_LEAST = 0.25
_LONGEST = 1500
_TARGET = 4
_WORD = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]{1,2}\b)?")
# What is left where somebody's data were blacked out.
_BLACKED_OUT = re.compile(r"\b[x*]{2,}(?:/[x*\d]{2,})*\b|\*{2,}", re.IGNORECASE)
EVERYDAY = "everyday"
# From this chance on that a matter is not everyday, it counts as sensitive.
_SENSITIVE = 0.4


@dataclass(frozen=True, slots=True)
class Understood:
    """``intent`` is None where none is like the message, ``topic`` None for everyday matters.
    ``sure`` is the chance, 0 to 1, that the topic is right, ``intent_sure`` that the intent is;
    ``chances`` are those of every topic and of ``everyday``."""

    intent: str | None = None
    topic: Topic | None = None
    sure: float = 0.0
    intent_sure: float = 0.0
    chances: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt, as arrays: ``meanings`` [examples, dimensions] and the weights of each
    example for each topic and each sort of an intent, with what holds where nothing is alike."""

    meanings: NDArray[np.float32]
    for_topics: NDArray[np.float32]
    for_sorts: NDArray[np.float32]
    base_topics: NDArray[np.float32]
    base_sorts: NDArray[np.float32]


class Intents:
    """Reads messages by what was learnt. ``lesson`` belongs to exactly these intents and this
    embedder; without one it is learnt now, which takes some seconds.

    Raises:
        ValueError: the lesson is another one's.
    """

    def __init__(
        self, intents: Mapping[str, Intent], embedder: Embedder, lesson: Lesson | None = None
    ) -> None:
        import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

        self.embedder = embedder
        self._sorts = tuple((name, sort) for name, one in intents.items() for sort in one.sorts)
        self._topics = tuple(intents[name].topic for name, _ in self._sorts)
        self._groups = (None, *TOPICS)
        self._of_group = [
            np.array([at for at, topic in enumerate(self._topics) if topic == group], np.int64)
            for group in self._groups
        ]
        self._speller = speller(intents)
        taught = list(examples_of(intents))
        self._letters = ngrams.known(tuple(text for text, *_ in taught))
        self.lesson = lesson or self._learn(taught)
        rows, dimensions = self.lesson.meanings.shape
        if (rows, dimensions) != (len(taught), embedder.dimensions):
            raise ValueError("the lesson belongs to other examples or to another embedder")

    def read(self, text: str) -> Understood:
        import numpy as np  # noqa: PLC0415  as above

        plain = readable(text, self._speller)
        if not has_letters(plain):
            return Understood()
        meaning = np.array(self.embedder.embed([plain])[0], np.float32)
        alike = _alike(self.lesson.meanings @ meaning, self._letters.likeness(plain))
        by_sort = alike @ self.lesson.for_sorts + self.lesson.base_sorts
        by_topic = alike @ self.lesson.for_topics + self.lesson.base_topics
        found = self._understood(by_sort, by_topic)
        return found if alike.max() >= _LEAST else replace(found, intent=None)

    def _understood(
        self, by_sort: NDArray[np.float32], by_topic: NDArray[np.float32]
    ) -> Understood:
        import numpy as np  # noqa: PLC0415  as above

        best = [float(by_sort[group].max()) if len(group) else 0.0 for group in self._of_group]
        scores = ((by_topic + np.array(best, np.float32)) / 2).astype(np.float32)
        chances = _chances(scores)
        first = _first(chances)
        group = self._of_group[first]
        within: dict[str, float] = {}
        for at, chance in zip(group, _chances(by_sort[group]), strict=True):
            name: str = self._sorts[int(at)][0]
            within[name] = within.get(name, 0.0) + float(chance)
        intent = max(within, key=lambda name: within[name])
        return Understood(
            intent,
            self._groups[first],
            float(chances[0]) if first == 0 else float(1 - chances[0]),
            float(chances[first]) * within[intent],
            {name or EVERYDAY: float(c) for name, c in zip(self._groups, chances, strict=True)},
        )

    def _learn(self, taught: Sequence[tuple[str, str, str]]) -> Lesson:
        """Ridge regression on the likeness of the examples to each other."""
        import numpy as np  # noqa: PLC0415  as above

        texts = [text for text, *_ in taught]
        meanings = np.array(Remembering(self.embedder).embed(texts), np.float32)
        places = [self._sorts.index((name, sort)) for _, name, sort in taught]
        sorts = np.eye(len(self._sorts), dtype=np.float32)[places]
        groups = [self._groups.index(self._topics[place]) for place in places]
        topics = np.eye(len(self._groups), dtype=np.float32)[groups]
        letters = np.stack([self._letters.likeness(text) for text in texts])
        alike = _alike(meanings @ meanings.T, letters)
        alike[np.diag_indices(len(texts))] += _CAUTION
        wanted = np.hstack([topics, sorts])
        base = wanted.mean(axis=0)
        weights = cast("NDArray[np.float32]", np.linalg.solve(alike, wanted - base))
        cut = len(self._groups)
        return Lesson(meanings, weights[:, :cut], weights[:, cut:], base[:cut], base[cut:])


def _chances(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415  as above

    weights = np.exp(_SHARPNESS * (scores - scores.max()))
    return weights / weights.sum()


def _first(chances: NDArray[np.float32]) -> int:
    """A sensitive matter that is missed costs more than an everyday one that a person sees."""
    if 1 - chances[0] < _SENSITIVE:
        return 0
    return 1 + int(chances[1:].argmax())


def _alike(meaning: NDArray[np.float32], letters: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415  as above

    by_meaning, by_letters = np.exp(_FADES * (meaning - 1)), np.exp(_FADES * (letters - 1))
    return ((1 - _LETTERS) * by_meaning + _LETTERS * by_letters).astype(np.float32)


def examples_of(intents: Mapping[str, Intent]) -> Iterator[tuple[str, str, str]]:
    """Every example with its intent and sort, as it is and mistyped, always in the same way."""
    for name, intent in intents.items():
        for sort, examples in intent.sorts.items():
            for example in examples:
                plain = readable(example)
                yield plain, name, sort
                if sort not in _TYPED_WELL:
                    slips = random.Random(f"{name} {plain}")  # noqa: S311  no secret
                    yield mistyped(plain, slips), name, sort


def mistyped(text: str, chance: random.Random) -> str:
    """With letters left out, doubled, swapped and replaced."""
    typed: list[str] = []
    for letter in text:
        if not letter.isalpha() or chance.random() >= _WRONG:
            typed.append(letter)
            continue
        slip = chance.choice(("left out", "doubled", "swapped", "another"))
        if slip == "doubled":
            typed.append(letter * 2)
        elif slip == "swapped" and typed:
            typed.insert(len(typed) - 1, letter)
        elif slip == "another":
            typed.append(chance.choice(string.ascii_lowercase))
    return "".join(typed)


def speller(intents: Mapping[str, Intent]) -> Spelling:
    """Puts words of the examples right that a customer mistyped."""
    words = {
        word
        for intent in intents.values()
        for examples in intent.sorts.values()
        for example in examples
        for word in _WORD.findall(readable(example))
    }
    return Spelling((word for word in words if len(word) >= _TARGET and word.isalpha()), words)


def readable(text: str, spelling: Spelling | None = None) -> str:
    """Folded, without what was blacked out, with mistyped words put right."""
    plain = " ".join(fold(_BLACKED_OUT.sub(" ", text[:_LONGEST])).split())
    if spelling is None:
        return plain
    return _WORD.sub(lambda match: spelling.correct(match[0]), plain)
