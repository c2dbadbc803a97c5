"""Owns the choice of what turns texts into vectors, and the one that needs no model: character
n-grams. Never loads a library before it is asked for an embedder."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from brain.contract import Embedder
from brain.knowledge.query import words
from brain.knowledge.weights import ModelUnusable
from brain.settings import EmbeddingSettings

_SIZES = (3, 4, 5)


class NgramEmbedder:
    """Words and their letters, hashed: finds the same and misspelt words, knows no meaning."""

    def __init__(self, dimensions: int = 512) -> None:
        self.name = f"ngram-1-{dimensions}"
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for feature, count in Counter(_features(text)).items():
            digest = hashlib.blake2b(feature.encode(), digest_size=8).digest()
            place = int.from_bytes(digest[:4], "big") % self.dimensions
            # The sign lets features that share a place cancel out rather than add up.
            sign = 1.0 if digest[4] & 1 else -1.0
            vector[place] += sign * (1.0 + math.log(count))
        length = math.hypot(*vector)
        if not length:
            return [1.0, *vector[1:]]
        return [value / length for value in vector]


def _features(text: str) -> Iterator[str]:
    for word in words(text):
        yield f"={word}"
        padded = f"<{word}>"
        for size in _SIZES:
            yield from (padded[i : i + size] for i in range(len(padded) - size + 1))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The embedder of the settings, or n-grams in its place; ``reason`` says why."""

    embedder: Embedder
    reason: str | None = None


def choose(
    cache: Path,
    settings: EmbeddingSettings | None = None,
    *,
    threads: int = 2,
    folder: Path | None = None,
) -> Chosen:
    """What the settings name, or character n-grams where a model cannot be loaded. Blocking, and
    slow on the first start: the local model's graph is built into ``cache``, from the weights in
    ``folder`` if one is given. No API is asked before the first text is embedded."""
    wanted = settings or EmbeddingSettings()
    if wanted.api_base is not None:
        return Chosen(_remote(wanted, wanted.api_base))
    if wanted.model == "characters":
        return Chosen(NgramEmbedder())
    try:
        if wanted.model == "local":
            return Chosen(_local(cache, threads, folder))
        return Chosen(_brought(Path(wanted.model), threads))
    except (ModelUnusable, ImportError) as error:
        return Chosen(NgramEmbedder(), str(error))


def _local(cache: Path, threads: int, folder: Path | None) -> Embedder:
    from brain.knowledge.minilm import MiniLm  # noqa: PLC0415  needed only where it is chosen

    return MiniLm(cache, threads=threads, folder=folder)


def _brought(folder: Path, threads: int) -> Embedder:
    from brain.knowledge.encoders import FolderEncoder  # noqa: PLC0415  as above

    return FolderEncoder(folder, threads=threads)


def _remote(wanted: EmbeddingSettings, api_base: str) -> Embedder:
    from brain.knowledge.remote import ApiEmbedder  # noqa: PLC0415  as above

    key = wanted.api_key.get_secret_value() if wanted.api_key is not None else None
    return ApiEmbedder(wanted.model, api_base, key)


def embedder(cache: Path) -> Embedder:
    """The best local embedder that works here."""
    return choose(cache).embedder
