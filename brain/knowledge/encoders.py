"""Owns sentence encoders that an operator brings along: a folder with ``model.onnx`` and
``tokenizer.json``. Pools over the tokens and gives unit vectors; never downloads anything."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from brain.knowledge.inference import Batches, Session, session, tensors_of, tokenizer
from brain.knowledge.weights import ModelUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
# Where the tokenizer names no limit: the most that BERT's children have positions for.
_TOKENS = 512
_TINY = 1e-9
_WORDS_RANK = 3


class FolderEncoder:
    """A sentence encoder run by onnxruntime. Its graph gives either a vector a token, over which
    the mean is taken, or a vector a text.

    Raises:
        ModelUnusable: a file is missing or is not what it should be; the message says which.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        graph, words = _file(folder, "model.onnx"), _file(folder, "tokenizer.json")
        try:
            self._tokenizer = tokenizer(words)
            self._session = session(graph)
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise ModelUnusable(f"the model in {folder} cannot be loaded: {error}") from error
        limit = (self._tokenizer.truncation or {}).get("max_length", _TOKENS)
        self._tokenizer.enable_truncation(int(limit))
        self._tokenizer.enable_padding()
        self._inputs = _inputs(self._session, folder)
        self._output = self._session.get_outputs()[0].name
        self._batches = Batches(self._vectors, threads)
        self.name = f"onnx-{_digest(graph, words)}"
        self.dimensions = len(self.embed(["dimensions"])[0])

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return self._batches.embed(texts)

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        import numpy as np  # noqa: PLC0415  the gateway is up before a model takes memory

        encoded = self._tokenizer.encode_batch(texts)
        inputs = tensors_of(encoded, self._inputs)
        rows: NDArray[np.float32] = self._session.run([self._output], inputs)[0]
        if rows.ndim == _WORDS_RANK:
            mask = np.array([e.attention_mask for e in encoded], np.float32)[:, :, None]
            rows = (rows * mask).sum(axis=1) / np.maximum(mask.sum(axis=1), _TINY)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.maximum(lengths, _TINY)).tolist()


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ModelUnusable(
            f"there is no {path}; the embedding model is `local`, `characters`, a folder with "
            "model.onnx and tokenizer.json, or with api_base the name of a model"
        )
    return path


def _inputs(opened: Session, folder: Path) -> tuple[str, ...]:
    names = tuple(port.name for port in opened.get_inputs())
    if not set(names) <= _INPUTS or "input_ids" not in names:
        raise ModelUnusable(
            f"the model in {folder} asks for {', '.join(names)}, so it is no sentence encoder; "
            "one takes input_ids, attention_mask and at most token_type_ids"
        )
    return names


def _digest(*files: Path) -> str:
    found = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()[:16]
