"""A model that an operator brings along in a folder: pooled, cut and measured as its files say."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from onnx import TensorProto, helper, numpy_helper

from brain.knowledge.embedding import NgramEmbedder, choose
from brain.knowledge.encoders import FolderEncoder
from brain.knowledge.likeness import Likeness, measured
from brain.knowledge.weights import ModelUnusable
from brain.settings import EmbeddingSettings

WORDS = ["[PAD]", "[UNK]", "tent", "boots", "return"]
TABLE = np.array([[9, 9, 9], [0, 0, 1], [3, 0, 0], [0, 4, 0], [3, 4, 0]], np.float32)


def write_tokenizer(folder: Path, longest: int | None = None) -> None:
    made = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    told = json.loads(made.to_str())
    if longest is not None:
        cut = {"direction": "Right", "strategy": "LongestFirst", "stride": 0}
        told["truncation"] = cut | {"max_length": longest}
    (folder / "tokenizer.json").write_text(json.dumps(told), encoding="utf-8")


def write_graph(
    folder: Path, *, pooled: bool = False, inputs: tuple[str, ...] = ("input_ids",)
) -> None:
    """A graph that looks tokens up in ``TABLE``; pooled, it adds them up itself."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["tokens"])]
    shape = ["texts", "tokens", 3]
    if pooled:
        nodes.append(helper.make_node("ReduceSum", ["tokens", "middle"], ["sum"], keepdims=0))
        shape = ["texts", 3]
    result = "sum" if pooled else "tokens"
    graph = helper.make_graph(
        nodes,
        "lookup",
        [helper.make_tensor_value_info(i, TensorProto.INT64, ["texts", "tokens"]) for i in inputs],
        [helper.make_tensor_value_info(result, TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(TABLE, "table"),
            numpy_helper.from_array(np.array([1], np.int64), "middle"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    (folder / "model.onnx").write_bytes(model.SerializeToString())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tokenizer(tmp_path)
    write_graph(tmp_path, inputs=("input_ids", "attention_mask", "token_type_ids"))
    return tmp_path


def test_the_mean_over_the_tokens_is_taken_without_padding(folder: Path) -> None:
    encoder = FolderEncoder(folder, threads=1)
    one, two, unknown = encoder.embed(["tent", "tent boots", "pole"])
    assert encoder.dimensions == 3
    assert one == pytest.approx([1, 0, 0])
    assert two == pytest.approx([0.6, 0.8, 0])
    assert unknown == pytest.approx([0, 0, 1])
    assert encoder.embed([]) == []
    assert math.hypot(*encoder.embed([""])[0]) <= 1


def test_a_graph_that_pools_is_taken_as_it_is(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    write_graph(tmp_path, pooled=True)
    assert FolderEncoder(tmp_path).embed(["boots boots"])[0] == pytest.approx([0, 1, 0])


def test_the_tokenizer_says_how_much_of_a_text_counts(folder: Path) -> None:
    write_tokenizer(folder, longest=1)
    assert FolderEncoder(folder).embed(["tent boots"])[0] == pytest.approx([1, 0, 0])


def test_another_file_is_another_name(folder: Path) -> None:
    before = FolderEncoder(folder).name
    assert FolderEncoder(folder).name == before
    write_tokenizer(folder, longest=7)
    assert FolderEncoder(folder).name != before


def spoil_nothing(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def spoil_graph(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"no graph")


def spoil_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")


def spoil_inputs(folder: Path) -> None:
    write_graph(folder, inputs=("input_ids", "pixels"))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_nothing, "there is no"),
        (spoil_graph, "cannot be loaded"),
        (spoil_tokenizer, "cannot be loaded"),
        (spoil_inputs, "asks for input_ids, pixels"),
    ],
)
def test_a_folder_that_is_no_model_is_said_and_ngrams_carry_on(
    folder: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(folder)
    with pytest.raises(ModelUnusable, match=said):
        FolderEncoder(folder)
    chosen = choose(folder, EmbeddingSettings(model=str(folder)))
    assert isinstance(chosen.embedder, NgramEmbedder)
    assert chosen.reason is not None
    assert said in chosen.reason


def test_settings_choose_a_folder_or_characters(folder: Path) -> None:
    chosen = choose(folder, EmbeddingSettings(model=str(folder)))
    assert (type(chosen.embedder), chosen.reason) == (FolderEncoder, None)
    chosen = choose(folder, EmbeddingSettings(model="characters"))
    assert (type(chosen.embedder), chosen.reason) == (NgramEmbedder, None)


class Crowded(NgramEmbedder):
    """Everything is alike to it, as it is to some models."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "crowded"

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        rows = super().embed(texts)
        return [[math.sqrt(0.7), *(math.sqrt(0.3) * value for value in row)] for row in rows]


def test_cosines_of_a_crowded_model_are_spread_to_the_known_scale() -> None:
    likeness = measured(Crowded())
    known = Likeness()
    assert likeness.unrelated > 0.65
    assert likeness.of(likeness.unrelated) == pytest.approx(known.unrelated)
    assert likeness.of(0.95) > known.related
    assert known.of(0.37) == pytest.approx(0.37)
    assert measured(NgramEmbedder()) == known
