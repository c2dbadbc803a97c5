"""Owns vectors from an embeddings API that speaks OpenAI's protocol. Sends passages and questions
to the address that the operator configured and nowhere else; never retries, because whoever asks
knows better when to."""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from brain.knowledge.unavailable import EmbedderUnavailable

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import Embedding

_BATCH = 64
# A customer waits for a question; nobody waits for a passage. Seconds.
_QUESTION = 5.0
_PASSAGES = 60.0
# Beyond any model's limit of tokens only whitespace and hostile text go on.
_LETTERS = 8000
_SLUG = re.compile(r"[^a-z0-9.]+")


class ApiEmbedder:
    """Blocking; may be used by several threads. Dimensions are those of the API's first answer."""

    def __init__(self, model: str, api_base: str, api_key: str | None) -> None:
        import openai  # noqa: PLC0415  only an installation that asks an API loads its SDK

        # Two places may call different things by one name.
        told = hashlib.sha256(f"{api_base}\n{model}".encode()).hexdigest()[:10]
        self.name = f"api-{_SLUG.sub('-', model.lower()).strip('-')[:60]}-{told}"
        self._model = model
        self._base = api_base
        self._client: OpenAI = openai.OpenAI(
            base_url=api_base, api_key=api_key or "none", max_retries=0
        )
        self._lock = threading.Lock()
        self._dimensions = 0

    @property
    def dimensions(self) -> int:
        """Raises EmbedderUnavailable where the API has not answered yet and does not now."""
        if not self._dimensions:
            self.embed(["dimensions"])
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Raises EmbedderUnavailable: no answer, or one that cannot be used."""
        patience = _QUESTION if len(texts) == 1 else _PASSAGES
        found: list[Sequence[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = [text[:_LETTERS].strip() or "-" for text in texts[start : start + _BATCH]]
            found.extend(self._vectors(batch, patience))
        return found

    def _vectors(self, texts: list[str], patience: float) -> list[list[float]]:
        import openai  # noqa: PLC0415  loaded by the constructor

        try:
            answer = self._client.embeddings.create(
                input=texts, model=self._model, encoding_format="float", timeout=patience
            )
            return self._checked(sorted(answer.data, key=lambda one: one.index), len(texts))
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            # The SDK does not check what an answer is made of.
            raise self._failed(str(error)) from error

    def _checked(self, answered: Sequence[Embedding], wanted: int) -> list[list[float]]:
        if [one.index for one in answered] != list(range(wanted)):
            raise self._failed(f"{wanted} texts were sent and {len(answered)} vectors came back")
        vectors = [self._unit(one.embedding) for one in answered]
        with self._lock:
            self._dimensions = self._dimensions or len(vectors[0])
            if any(len(vector) != self._dimensions for vector in vectors):
                raise self._failed(f"a vector has not {self._dimensions} numbers as the first had")
        return vectors

    def _unit(self, vector: Sequence[float]) -> list[float]:
        length = math.hypot(*vector)
        if not length or not math.isfinite(length):
            raise self._failed("a vector is empty or not finite")
        return [value / length for value in vector]

    def _failed(self, reason: str) -> EmbedderUnavailable:
        return EmbedderUnavailable(
            f"the embeddings API at {self._base} gave no vectors of {self._model}: {reason}"
        )
