"""The embedder of the settings is loaded when first needed, and never asked of an API in a turn."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from brain.settings import EmbeddingSettings
from gateway.bootstrap.thinking import LateEmbedder


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
