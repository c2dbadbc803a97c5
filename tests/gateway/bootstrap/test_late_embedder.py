"""The embedder of the settings is loaded when first needed, and never asked of an API in a turn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from brain.contract import Filter, Guide, Hit, Said, TurnInput
from brain.models.purse import Purse
from brain.settings import BrainSettings, EmbeddingSettings
from gateway.bootstrap.serving import warm
from gateway.bootstrap.thinking import Account, LateBrain, LateEmbedder, Means
from gateway.clock import SystemClock


def test_the_settings_decide(tmp_path: Path) -> None:
    late = LateEmbedder(tmp_path, EmbeddingSettings(model="characters"))
    with capture_logs() as logs:
        assert late.name.startswith("ngram-")
        assert late.dimensions == len(late.embed(["tent"])[0])
    assert logs == []
    assert late.local() is late


def test_a_model_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    late = LateEmbedder(tmp_path, EmbeddingSettings(model=str(tmp_path / "absent")))
    with capture_logs() as logs:
        assert late.name.startswith("ngram-")
        late.embed(["tent"])
    assert [entry["event"] for entry in logs] == ["knowledge.embedding_fallback"]
    assert "model.onnx" in logs[0]["reason"]


def test_beside_an_api_one_local_model_compares_sentences(tmp_path: Path) -> None:
    settings = EmbeddingSettings(model="some-model", api_base="http://127.0.0.1:1/v1")
    late = LateEmbedder(tmp_path, settings)
    assert late.name.startswith("api-")
    assert late.local() is not late
    assert late.local() is late.local()


class Shelf:
    """Knows nothing."""

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        return []

    async def guide(self, document: str, allowed: Filter) -> Guide | None:
        return None

    async def of_passage(self, passage: str, allowed: Filter) -> Guide | None:
        return None


class Counting(LateEmbedder):
    """Counts the texts that it embeds."""

    texts = 0

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.texts += len(texts)
        return super().embed(texts)


# Learning takes longer than a test usually may where the machine is busy.
@pytest.mark.timeout(120)
async def test_the_first_turn_does_not_pay_for_what_is_learnt(tmp_path: Path) -> None:
    embedder = Counting(tmp_path, EmbeddingSettings(model="characters"))
    means = Means(Account(Purse(), lambda channel: channel))
    shelf = Shelf()
    brain = LateBrain(BrainSettings(), shelf, shelf, embedder, SystemClock(), means)
    await warm(brain)
    learnt, known = embedder.texts, set(embedder.readers)
    assert learnt > 1000
    new = (Said(1, "customer", "I want to close my account", 0.0),)
    decision = await brain.decide(TurnInput("t", "main", "c", "web", True, "assistant", new))
    assert decision.reasons[0].code == "closure"
    assert embedder.texts - learnt < 10
    assert set(embedder.readers) == known
