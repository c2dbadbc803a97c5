"""Vectors of texts that come again: one question is compared in several places of a turn, and the
sentences of an article in many turns."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

Embed: TypeAlias = Callable[[Sequence[str]], Sequence[Sequence[float]]]
# Of 384 dimensions these are some 20 MB. Articles read beforehand leave room for questions.
MOST_TEXTS = 12_288
MOST_BEFOREHAND = 8_192
# Whoever brings more at once is building something, and what it brings does not come again.
MOST_AT_ONCE = 128


class KnownVectors:
    """Gives what ``embed`` gives, and asks it for nothing twice; from any thread. Vectors are kept
    as 32-bit numbers, which is what the models give."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self._known: OrderedDict[str, array[float]] = OrderedDict()
        self._lock = threading.Lock()

    def vectors(self, texts: Sequence[str], embed: Embed) -> Sequence[Sequence[float]]:
        """Raises whatever ``embed`` raises."""
        if len(texts) > MOST_AT_ONCE:
            return embed(texts)
        known = self._recalled(texts)
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            made = {text: array("f", one) for text, one in zip(new, embed(new), strict=True)}
            self._keep(made)
            known |= made
        return [known[text] for text in texts]

    def _recalled(self, texts: Sequence[str]) -> dict[str, array[float]]:
        found: dict[str, array[float]] = {}
        with self._lock:
            for text in texts:
                vector = self._known.get(text)
                if vector is not None:
                    self._known.move_to_end(text)
                    found[text] = vector
        return found

    def _keep(self, made: dict[str, array[float]]) -> None:
        with self._lock:
            self._known |= made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
