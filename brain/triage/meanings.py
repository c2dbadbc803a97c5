"""The vectors of the shipped examples by the local sentence model, as the repository carries them:
a first start compares, and embeds nothing. Another embedder makes its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from brain.contract import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = Path(__file__).with_name("data") / "meanings.npz"
# Parts of a unit vector, as whole numbers of eight bits.
_SCALE = 127.0


class Remembering:
    """Implements Embedder: known texts from the file, where it is this embedder's, the others by
    the embedder."""

    def __init__(self, inner: Embedder, file: Path = FILE) -> None:
        self._inner = inner
        self._known = _read(file, inner.name)

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    def knows(self, text: str) -> bool:
        return _key(text) in self._known

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        unknown = list(dict.fromkeys(text for text in texts if not self.knows(text)))
        made = dict(zip(unknown, self._inner.embed(unknown), strict=True)) if unknown else {}
        return [made[text] if text in made else self._remembered(text) for text in texts]

    def _remembered(self, text: str) -> Sequence[float]:
        import numpy as np  # noqa: PLC0415  numpy stays out of memory until a model is used

        vector = self._known[_key(text)].astype(np.float32)
        return (vector / np.linalg.norm(vector)).tolist()


def write(texts: Iterable[str], embedder: Embedder, file: Path = FILE) -> None:
    import numpy as np  # noqa: PLC0415  as above

    every = list(dict.fromkeys(texts))
    vectors = np.array(embedder.embed(every), np.float32)
    np.savez_compressed(
        file,
        name=np.array(embedder.name),
        keys=np.array([_key(text) for text in every], np.uint64),
        vectors=np.rint(vectors * _SCALE / np.abs(vectors).max(axis=1, keepdims=True)).astype(
            np.int8
        ),
    )


def _read(file: Path, name: str) -> Mapping[int, NDArray[np.int8]]:
    import numpy as np  # noqa: PLC0415  as above

    with np.load(file, allow_pickle=False) as arrays:
        if str(arrays["name"]) != name:
            return {}
        return dict(zip(arrays["keys"].tolist(), arrays["vectors"], strict=True))


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
