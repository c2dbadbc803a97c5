"""Texts become unit vectors: alike where they mean the same, and the same on every run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from brain.contract import Embedder
from brain.knowledge.embedding import NgramEmbedder, choose, embedder
from brain.knowledge.minilm import MiniLm
from brain.knowledge.weights import ModelUnusable, checked_weights, model_folder

TEXTS = [
    "How do I send something back?",
    "I would like to return an item.",
    "The tent leaks at the seams.",
    "",
    "x",
    "Üben, ça et là — 🙂",
    "word " * 600,
]


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def hold_the_contract(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS)
    assert embedder.embed([]) == []
    for text, vector in zip(TEXTS, together, strict=True):
        assert len(vector) == embedder.dimensions
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)
        (alone,) = embedder.embed([text])
        assert alone == pytest.approx(vector, abs=1e-5)
    assert embedder.embed(TEXTS) == together


def test_ngrams_hold_the_contract() -> None:
    hold_the_contract(NgramEmbedder())


def test_the_model_holds_the_contract(minilm: MiniLm) -> None:
    hold_the_contract(minilm)


def test_ngrams_find_misspelt_words() -> None:
    right, wrong, other = NgramEmbedder().embed(["return policy", "retrun polcy", "tent poles"])
    assert cosine(right, wrong) > cosine(right, other) + 0.05


def test_paraphrases_are_nearer_than_other_matters(minilm: MiniLm) -> None:
    pairs = [
        ("How do I send something back?", "I would like to return an item."),
        ("Where is my parcel?", "My delivery has not arrived."),
        ("I forgot my password.", "I cannot sign in any more."),
    ]
    vectors = [minilm.embed(pair) for pair in pairs]
    for i, (left, right) in enumerate(vectors):
        others = [v[1] for j, v in enumerate(vectors) if j != i]
        assert cosine(left, right) > max(cosine(left, other) for other in others) + 0.1


def test_the_vectors_are_those_the_model_is_published_with(minilm: MiniLm) -> None:
    # The model's card prints these similarities for these sentences.
    a, b, c = minilm.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    found = (cosine(a, b), cosine(a, c), cosine(b, c))
    assert found == pytest.approx((0.6660, 0.1046, 0.1411), abs=1e-4)


def test_a_damaged_cache_is_built_again(tmp_path: Path, minilm: MiniLm) -> None:
    MiniLm(tmp_path)
    (graph,) = tmp_path.glob("*.onnx")
    graph.write_bytes(graph.read_bytes()[:1000])
    assert MiniLm(tmp_path).embed(["x"]) == minilm.embed(["x"])
    assert not list(tmp_path.glob("*.part"))


def test_weights_of_another_checksum_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelUnusable, match="wrong checksum"):
        checked_weights(tmp_path)
    with pytest.raises(ModelUnusable, match="cannot be read"):
        checked_weights(tmp_path / "absent")


def test_without_the_model_ngrams_carry_on_and_say_why(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    chosen = choose(tmp_path / "cache", folder=tmp_path)
    assert isinstance(chosen.embedder, NgramEmbedder)
    assert chosen.reason is not None
    assert "wrong checksum" in chosen.reason


def test_with_the_model_it_is_chosen(tmp_path: Path, minilm: MiniLm) -> None:
    assert model_folder().is_dir()
    assert embedder(tmp_path).name == minilm.name
