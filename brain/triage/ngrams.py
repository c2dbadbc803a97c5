"""How alike texts are by their words and letters: words, neighbouring words and character n-grams,
weighed by how rare they are among known texts. It knows no meaning and no language."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from brain.triage.words import clauses

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PLACES = 1 << 16
_SIZES = (3, 4, 5)
_MOST_WORDS = 120
# What takes back the words after it, in every shipped language.
_DENIES = frozenset((
    "not", "no", "never", "without", "isnt", "wasnt", "arent", "werent", "dont", "doesnt",
    "didnt", "wont", "cant", "cannot", "havent", "hasnt", "nicht", "kein", "keine", "keinen",
    "nie", "pas", "jamais", "sans", "ne", "nunca", "sin", "non", "mai", "senza", "nao", "sem",
    "niet", "geen", "nooit", "zonder",
))  # fmt: skip
_DENIED = 4


@dataclass(frozen=True, slots=True)
class Ngrams:
    """Known texts by feature: those of place ``p`` that have it stand at ``starts[p]`` to
    ``starts[p + 1]`` of ``texts``, each with its weight in ``weights``; every text has length 1.
    ``rare`` is the weight of each place."""

    count: int
    rare: NDArray[np.float32]
    starts: NDArray[np.int64]
    texts: NDArray[np.int64]
    weights: NDArray[np.float32]

    def likeness(self, text: str) -> NDArray[np.float32]:
        """The cosine with each known text, 0 to 1."""
        import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

        vector = _weighed(_counts(text), self.rare)
        pieces = [
            (slice(self.starts[place], self.starts[place + 1]), weight)
            for place, weight in vector.items()
            if self.starts[place] < self.starts[place + 1]
        ]
        if not pieces:
            return np.zeros(self.count, np.float32)
        texts = np.concatenate([self.texts[span] for span, _ in pieces])
        shares = np.concatenate([self.weights[span] * weight for span, weight in pieces])
        return np.bincount(texts, shares, self.count).astype(np.float32)


# Counting thousands of examples takes seconds; they are the same at every reload.
@lru_cache(maxsize=2)
def known(texts: tuple[str, ...]) -> Ngrams:
    import numpy as np  # noqa: PLC0415  as above

    counted = [_counts(text) for text in texts]
    having = Counter(place for counts in counted for place in counts)
    rare = np.full(_PLACES, _rarity(len(texts), 0), np.float32)
    for place, count in having.items():
        rare[place] = _rarity(len(texts), count)
    entries = [
        (place, at, weight)
        for at, counts in enumerate(counted)
        for place, weight in _weighed(counts, rare).items()
    ]
    entries.sort()
    places = np.array([place for place, _, _ in entries], np.int64)
    return Ngrams(
        len(texts),
        rare,
        np.searchsorted(places, np.arange(_PLACES + 1)),
        np.array([at for _, at, _ in entries], np.int64),
        np.array([weight for _, _, weight in entries], np.float32),
    )


def _rarity(texts: int, having: int) -> float:
    return math.log((texts + 1) / (having + 1)) + 1


def _counts(text: str) -> Counter[int]:
    return Counter(zlib.crc32(feature.encode()) % _PLACES for feature in _features(text))


def _weighed(counts: Mapping[int, int], rare: NDArray[np.float32]) -> dict[int, float]:
    weights = {place: (1 + math.log(count)) * float(rare[place]) for place, count in counts.items()}
    length = math.hypot(*weights.values()) or 1.0
    return {place: weight / length for place, weight in weights.items()}


def _features(text: str) -> Iterator[str]:
    words = [word for clause in clauses(text) for word in clause][:_MOST_WORDS]
    once = dict.fromkeys(words)
    for left, right in dict.fromkeys(zip(["^", *words], [*words, "$"], strict=True)):
        yield f"b={left} {right}"
    for at, word in enumerate(words):
        if word in _DENIES:
            yield from (f"n={denied}" for denied in words[at + 1 : at + 1 + _DENIED])
    for word in once:
        yield f"w={word}"
        padded = f"<{word}>"
        for size in _SIZES:
            yield from (f"c={padded[i : i + size]}" for i in range(len(padded) - size + 1))
