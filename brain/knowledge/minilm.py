"""Owns the local sentence model: builds its graph once into a cache folder and runs it. Never
downloads anything and never imports the package that carries the weights."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from brain.knowledge.inference import Batches, session, tensors_of, tokenizer
from brain.knowledge.weights import SHA256, checked_weights, model_folder, tensors

_TOKENS = 256
_INPUTS = ("input_ids", "attention_mask")
# Part of the file's name, so that a change of the graph builds a new file.
_GRAPH = 1


class MiniLm:
    """all-MiniLM-L6-v2 by onnxruntime: English first, 384 dimensions, 256 tokens a text.

    Raises:
        ModelUnusable: the model's package is absent or its weights have another checksum.
    """

    def __init__(self, cache: Path, *, threads: int = 2, folder: Path | None = None) -> None:
        self.name = f"minilm-l6-v2-{SHA256[:12]}"
        self.dimensions = 384
        folder = folder or model_folder()
        weights = checked_weights(folder)
        self._tokenizer = tokenizer(folder / "tokenizer.json")
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.enable_padding()
        self._session = session(_graph_file(weights, cache))
        self._batches = Batches(self._vectors, threads)

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return self._batches.embed(texts)

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        encoded = self._tokenizer.encode_batch(texts)
        return self._session.run(["embedding"], tensors_of(encoded, _INPUTS))[0].tolist()


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
