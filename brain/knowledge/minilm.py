"""Owns the local sentence model: builds its graph once into a cache folder and runs it. Never
downloads anything and never imports the package that carries the weights."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from brain.knowledge.weights import SHA256, checked_weights, model_folder, tensors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOKENS = 256
_BATCH = 32
# Part of the file's name, so that a change of the graph builds a new file.
_GRAPH = 1


class MiniLm:
    """all-MiniLM-L6-v2 by onnxruntime: English first, 384 dimensions, 256 tokens a text.

    Raises:
        ModelUnusable: the model's package is absent or its weights have another checksum.
    """

    def __init__(self, cache: Path, *, threads: int = 2, folder: Path | None = None) -> None:
        import tokenizers  # noqa: PLC0415  the gateway is up before a model takes memory

        self.name = f"minilm-l6-v2-{SHA256[:12]}"
        self.dimensions = 384
        folder = folder or model_folder()
        weights = checked_weights(folder)
        self._tokenizer = cast(
            "_Tokenizer", tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        )
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.enable_padding()
        self._session = _session(_graph_file(weights, cache), threads)

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        # Texts of a like length together: padding costs as much as words.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors: list[Sequence[float]] = [()] * len(texts)
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            rows = self._run([texts[i] for i in chosen])
            for i, row in zip(chosen, rows, strict=True):
                vectors[i] = row
        return vectors

    def _run(self, texts: list[str]) -> list[list[float]]:
        import numpy as np  # noqa: PLC0415  the gateway is up before a model takes memory

        encoded = self._tokenizer.encode_batch(texts)
        inputs = {
            "input_ids": np.array([e.ids for e in encoded], np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], np.int64),
        }
        return self._session.run(["embedding"], inputs)[0].tolist()


class _Encoding(Protocol):
    ids: list[int]
    attention_mask: list[int]


class _Tokenizer(Protocol):
    def enable_truncation(self, max_length: int) -> None: ...

    def enable_padding(self) -> None: ...

    def encode_batch(self, texts: list[str]) -> list[_Encoding]: ...


class _Session(Protocol):
    def run(
        self, outputs: list[str], inputs: Mapping[str, NDArray[np.int64]]
    ) -> list[NDArray[np.float32]]: ...


def _session(graph: Path, threads: int) -> _Session:
    import onnxruntime  # noqa: PLC0415  the gateway is up before a model takes memory

    options = cast("Any", onnxruntime).SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])
    return cast("_Session", session)


def _graph_file(weights: Path, cache: Path) -> Path:
    """The graph in the cache, built unless a whole one is there."""
    path = cache / f"minilm-l6-v2-{SHA256[:16]}-{_GRAPH}.onnx"
    checksum = path.with_suffix(".sha256")
    if path.is_file() and checksum.is_file():
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest == checksum.read_text(encoding="ascii"):
            return path
    from brain.knowledge import encoder  # noqa: PLC0415  only the first start builds a graph

    cache.mkdir(parents=True, exist_ok=True)
    graph = encoder.build(tensors(weights.read_bytes()))
    _write(path, graph)
    _write(checksum, hashlib.sha256(graph).hexdigest().encode("ascii"))
    return path


def _write(path: Path, data: bytes) -> None:
    # Under another name first, so that neither a crash nor a neighbour leaves half a file.
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(data)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(path)
