"""Owns one build of the index: a folder with the embedded Chroma, the lexical index and a seal.
Never opens Chroma's files unless the seal vouches for them: damaged ones can end the process."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from brain.contract import Filter, Passage
from brain.knowledge.damage import IndexDamaged
from brain.knowledge.dense import DenseIndex, Entry, Nearness
from brain.knowledge.fusion import Scored, fuse, words_only
from brain.knowledge.lexical import Found, LexicalIndex
from brain.knowledge.likeness import Likeness
from brain.knowledge.scopes import scope_of, scopes_of
from brain.knowledge.vectors import Vector

LAYOUT = 2
_SEAL = "seal.json"
_LEXICAL = "lexical.db"
_CHROMA = "chroma"
# Wider than any answer needs: what one way of looking ranks low the other may rank first.
_CANDIDATES = 24


class _Seal(TypedDict):
    layout: int
    embedder: str
    likeness: tuple[float, float]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What parts a build from what the store has."""

    new: tuple[Passage, ...]
    gone: Mapping[str, frozenset[str]]

    @property
    def removed(self) -> int:
        return sum(len(ids) for ids in self.gone.values())


def text_of(passage: Passage) -> str:
    """What is embedded for a passage's text: where it stands says what it is about."""
    return f"{title_of(passage)}\n{passage.text}"


def title_of(passage: Passage) -> str:
    return " > ".join(passage.title_path) or passage.title


class Build:
    """Blocking; used by one thread at a time. ``embedder`` names what made its vectors, and
    ``likeness`` says what their cosines are worth.

    Raises:
        IndexDamaged: on every method, when the files cannot be used.
    """

    def __init__(self, folder: Path, embedder: str, likeness: Likeness) -> None:
        self.folder = folder
        self._likeness = likeness
        self.embedder = embedder
        folder.mkdir(parents=True, exist_ok=True)
        self._lexical = LexicalIndex(folder / _LEXICAL)
        try:
            self._dense = DenseIndex(folder / _CHROMA)
        except BaseException:
            self._lexical.close()
            raise

    @classmethod
    def open(cls, folder: Path) -> Build:
        """A build from an earlier run, if its seal holds."""
        seal = _read_seal(folder)
        whole = (folder / _CHROMA / "chroma.sqlite3").is_file() and (folder / _LEXICAL).is_file()
        if not whole or seal["files"] != _fingerprints(folder):
            raise IndexDamaged("files of the knowledge index were lost or changed; it is rebuilt")
        return cls(folder, seal["embedder"], Likeness(*seal["likeness"]))

    def close(self) -> None:
        try:
            self._dense.close()
        finally:
            self._lexical.close()

    def size(self) -> int:
        return sum(len(ids) for ids in self._lexical.ids().values())

    def plan(self, passages: Iterable[Passage]) -> Plan:
        wanted: dict[str, dict[str, Passage]] = {}
        for passage in passages:
            wanted.setdefault(scope_of(passage), {})[passage.id] = passage
        have = self._ids()
        new = [
            passage
            for scope, by_id in wanted.items()
            for id_, passage in by_id.items()
            if id_ not in have.get(scope, ())
        ]
        gone = {s: frozenset(ids - wanted.get(s, {}).keys()) for s, ids in have.items()}
        return Plan(tuple(new), {scope: ids for scope, ids in gone.items() if ids})

    def _ids(self) -> Mapping[str, set[str]]:
        lexical = {scope: ids for scope, ids in self._lexical.ids().items() if ids}
        dense = {scope: ids for scope, ids in self._dense.ids().items() if ids}
        # Putting again what a graph has already makes others in it hard to reach, so a build
        # that lost a part is not patched.
        if lexical != dense:
            raise IndexDamaged("the parts of the knowledge index differ; it is built again")
        return lexical

    def add(self, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        """Put passages in; ``vectors`` has one for each ``text_of`` and ``title_of``."""
        by_scope: dict[str, list[Entry]] = {}
        for passage in passages:
            entry = Entry(passage.id, vectors[text_of(passage)], vectors[title_of(passage)])
            by_scope.setdefault(scope_of(passage), []).append(entry)
        for scope, entries in by_scope.items():
            self._dense.add(scope, entries)
        self._lexical.add(passages)

    def remove(self, gone: Mapping[str, frozenset[str]]) -> None:
        for scope, ids in gone.items():
            self._dense.remove(scope, ids)
            self._lexical.remove(scope, ids)

    def unseal(self) -> None:
        """Say that the files are about to change: a crash from here on throws the build away."""
        (self.folder / _SEAL).unlink(missing_ok=True)

    def seal(self) -> None:
        """Vouch for the files as they are now."""
        self._lexical.learn_spelling()
        self._dense.settle()
        seal: _Seal = {
            "layout": LAYOUT,
            "embedder": self.embedder,
            "likeness": (self._likeness.related, self._likeness.unrelated),
            "files": _fingerprints(self.folder),
        }
        part = self.folder / f"{_SEAL}.part"
        with part.open("w", encoding="utf-8") as file:
            json.dump(seal, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / _SEAL)

    def words(self, query: str, allowed: Filter) -> Found:
        """What the question's words find: the first half of a search, which needs no vector."""
        scopes = scopes_of(allowed, self._lexical.languages())
        return self._lexical.search(query, scopes, _CANDIDATES)

    def search(self, found: Found, vector: Vector | None, allowed: Filter) -> Sequence[Scored]:
        """The candidates by falling score; without a vector by their words alone."""
        scopes = scopes_of(allowed, self._lexical.languages())
        if vector is None:
            return words_only(found)
        near = self._dense.search(vector, scopes, _CANDIDATES, found.ids())
        worth = {
            id_: Nearness(self._likeness.of(n.text), self._likeness.of(n.title))
            for id_, n in near.items()
        }
        return fuse(worth, found)


def is_sealed(folder: Path) -> bool:
    return (folder / _SEAL).is_file()


def _read_seal(folder: Path) -> _Seal:
    try:
        seal = cast("_Seal", json.loads((folder / _SEAL).read_text(encoding="utf-8")))
        if seal["layout"] != LAYOUT:
            raise IndexDamaged("the knowledge index is of another version; it is rebuilt")
        related, unrelated = seal["likeness"]
        _, _, _ = seal["embedder"], seal["files"], related - unrelated
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged("the knowledge index has no readable seal; it is rebuilt") from error
    return seal


def _fingerprints(folder: Path) -> dict[str, str]:
    """Chroma's graph files; its own database and the lexical one are checked when opened."""
    found: dict[str, str] = {}
    for path in sorted((folder / _CHROMA).glob("*/*")):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "blake2b").hexdigest()
        found[path.relative_to(folder).as_posix()] = digest
    return found
