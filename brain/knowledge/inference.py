"""Owns the running of a sentence encoder: an ONNX graph, its tokenizer, and small batches of texts
of a like length. Knows no model by name and reads no settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Padding costs as much as words, and more than a few texts at once only take memory.
_BATCH = 4


class Encoding(Protocol):
    ids: list[int]
    attention_mask: list[int]
    type_ids: list[int]


class Tokenizer(Protocol):
    @property
    def truncation(self) -> Mapping[str, Any] | None: ...

    def enable_truncation(self, max_length: int) -> None: ...

    def enable_padding(self) -> None: ...

    def encode_batch(self, texts: list[str]) -> list[Encoding]: ...


class Port(Protocol):
    """An input or output of a graph; a dimension that is not fixed has a name or nothing."""

    name: str
    shape: list[int | str | None]


class Session(Protocol):
    def get_inputs(self) -> list[Port]: ...

    def get_outputs(self) -> list[Port]: ...

    def run(
        self, outputs: list[str], inputs: Mapping[str, NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]: ...


def session(graph: Path) -> Session:
    """One thread a run: two that share a run wait for each other more than they work.

    Raises whatever onnxruntime makes of a file that is no graph."""
    import onnxruntime  # noqa: PLC0415  the gateway is up before a model takes memory

    options = cast("Any", onnxruntime).SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    opened = onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])
    return cast("Session", opened)


def tokenizer(file: Path) -> Tokenizer:
    """Raises whatever tokenizers makes of a file that is none."""
    import tokenizers  # noqa: PLC0415  the gateway is up before a model takes memory

    return cast("Tokenizer", tokenizers.Tokenizer.from_file(str(file)))


class Batches:
    """Texts to vectors by ``run``, a few of a like length at once, on so many threads."""

    def __init__(self, run: Callable[[list[str]], list[list[float]]], threads: int) -> None:
        self._run = run
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "embedding")

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        # A few are shared out, so that whoever waits for them waits for the half.
        size = max(1, min(_BATCH, -(-len(order) // self._threads)))
        chosen = [order[start : start + size] for start in range(0, len(order), size)]
        batches = [[texts[i] for i in places] for places in chosen]
        # A question is not worth handing to another thread.
        made = self._pool.map(self._run, batches) if len(batches) > 1 else map(self._run, batches)
        vectors: list[list[float]] = [[] for _ in texts]
        for places, rows in zip(chosen, made, strict=True):
            for i, row in zip(places, rows, strict=True):
                vectors[i] = row
        return vectors


def tensors_of(encoded: Sequence[Encoding], names: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Those of the inputs that a graph asks for, each [texts, tokens]."""
    import numpy as np  # noqa: PLC0415  the gateway is up before a model takes memory

    made = {
        "input_ids": [e.ids for e in encoded],
        "attention_mask": [e.attention_mask for e in encoded],
        "token_type_ids": [e.type_ids for e in encoded],
    }
    return {name: np.array(made[name], np.int64) for name in names}
