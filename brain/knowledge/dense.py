"""Owns the embedded Chroma of one build: a collection of text vectors and one of title vectors for
every scope. Stores no texts, starts no server and never lets Chroma embed anything."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from brain.knowledge.damage import IndexDamaged, explain
from brain.knowledge.vectors import Vector

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

Kind: TypeAlias = Literal["text", "title"]
# Articles of one kind lie close together: looking wider than Chroma's default costs a millisecond
# and does not lose sight of the odd one out.
_GRAPH: CreateHNSWConfiguration = {"space": "cosine", "ef_search": 200}
_KINDS: tuple[Kind, Kind] = ("text", "title")


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage to put in."""

    id: str
    text: Vector
    title: Vector


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a passage is to a question: cosines of its text and of its title."""

    text: float
    title: float


class DenseIndex:
    """Blocking; used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        import chromadb  # noqa: PLC0415  the gateway is up before Chroma takes memory
        from chromadb.config import Settings  # noqa: PLC0415  the same

        with _chroma_damage():
            # Declared as the interface, which has no `close`; it is always this class.
            self._client = cast(
                "Client",
                chromadb.PersistentClient(
                    path=str(folder), settings=Settings(anonymized_telemetry=False)
                ),
            )
            self._batch = self._client.get_max_batch_size()
            self._collections: dict[str, Collection] = {
                collection.name: collection for collection in self._client.list_collections()
            }

    def close(self) -> None:
        with _chroma_damage():
            self._client.close()

    def ids(self) -> dict[str, set[str]]:
        """The ids, by scope."""
        with _chroma_damage():
            by_name = {
                name: set(collection.get(include=[])["ids"])
                for name, collection in self._collections.items()
            }
        scopes = {name.partition("-")[2] for name in by_name}
        found: dict[str, set[str]] = {}
        for scope in scopes:
            texts, titles = (by_name.get(f"{kind}-{scope}", set()) for kind in _KINDS)
            if texts != titles:
                raise IndexDamaged("Chroma's collections differ; the index is built again")
            found[scope] = texts
        return found

    def add(self, scope: str, entries: Sequence[Entry]) -> None:
        """Put entries in; one that is there already is replaced."""
        import numpy as np  # noqa: PLC0415  Chroma has brought it

        with _chroma_damage():
            for start in range(0, len(entries), self._batch):
                part = entries[start : start + self._batch]
                ids = [entry.id for entry in part]
                texts = np.array([entry.text for entry in part], np.float32)
                titles = np.array([entry.title for entry in part], np.float32)
                self._made("text", scope).upsert(ids=ids, embeddings=texts)
                self._made("title", scope).upsert(ids=ids, embeddings=titles)

    def remove(self, scope: str, ids: Iterable[str]) -> None:
        gone = list(ids)
        with _chroma_damage():
            for kind in _KINDS:
                collection = self._collections.get(f"{kind}-{scope}")
                for start in range(0, len(gone) if collection else 0, self._batch):
                    assert collection is not None  # noqa: S101  the range is empty without one
                    collection.delete(ids=gone[start : start + self._batch])

    def _made(self, kind: Kind, scope: str) -> Collection:
        name = f"{kind}-{scope}"
        if name not in self._collections:
            self._collections[name] = self._client.get_or_create_collection(
                name, embedding_function=None, configuration={"hnsw": _GRAPH}
            )
        return self._collections[name]

    def settle(self) -> None:
        """Let Chroma finish what it has put off, so that its files stay as they are."""
        with _chroma_damage():
            for collection in self._collections.values():
                first = collection.get(limit=1, include=["embeddings"])["embeddings"]
                if first is not None and len(first):
                    collection.query(query_embeddings=first, n_results=1, include=[])

    def search(
        self, vector: Vector, scopes: Sequence[str], limit: int, also: Iterable[str]
    ) -> Mapping[str, Nearness]:
        """The passages nearest by text or by title, and those of ``also`` that are in the scopes;
        each with both cosines."""
        import numpy as np  # noqa: PLC0415  Chroma has brought it

        question = np.array(vector, np.float32)
        others = tuple(also)
        found: dict[str, Nearness] = {}
        with _chroma_damage():
            for scope in scopes:
                found.update(self._in_scope(question, scope, limit, others))
        return found

    def _in_scope(
        self, question: NDArray[np.float32], scope: str, limit: int, also: Sequence[str]
    ) -> Mapping[str, Nearness]:
        parts = [self._collections.get(f"{kind}-{scope}") for kind in _KINDS]
        both = [part for part in parts if part is not None]
        if len(both) < len(_KINDS):
            return {}
        near = [_nearest(collection, question, limit) for collection in both]
        ids = {*near[0], *near[1], *also}
        texts, titles = (
            cosines | _cosines(collection, question, ids - cosines.keys())
            for collection, cosines in zip(both, near, strict=True)
        )
        return {i: Nearness(texts[i], titles[i]) for i in ids if i in texts and i in titles}


def _nearest(collection: Collection, question: NDArray[np.float32], limit: int) -> dict[str, float]:
    result = collection.query(query_embeddings=[question], n_results=limit, include=["distances"])
    distances = result["distances"]
    if not distances:
        return {}
    return {i: 1.0 - d for i, d in zip(result["ids"][0], distances[0], strict=True)}


def _cosines(
    collection: Collection, question: NDArray[np.float32], ids: Iterable[str]
) -> dict[str, float]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    result = collection.get(ids=wanted, include=["embeddings"])
    embeddings = result["embeddings"]
    if embeddings is None:
        return {}
    return {i: float(row @ question) for i, row in zip(result["ids"], embeddings, strict=True)}


@contextmanager
def _chroma_damage() -> Generator[None]:
    """Errors of Chroma as what they mean for the index."""
    import sqlite3  # noqa: PLC0415  beside the library whose errors are told apart

    from chromadb.errors import ChromaError  # noqa: PLC0415  only with Chroma loaded

    try:
        yield
    except (ChromaError, sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
        raise explain(error) from error
    except BaseException as error:
        # A panic in Chroma's Rust code arrives as a BaseException of a private type.
        if type(error).__name__ != "PanicException":
            raise
        raise explain(RuntimeError(str(error))) from error
