"""Fakes for the knowledge's tests: a store of passages in memory, clocks, an embedder that can be
held up, and passages of an invented shop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brain.contract import Audience, Filter, Passage
from brain.knowledge.chunking import passages
from brain.knowledge.documents import Document
from brain.knowledge.embedding import NgramEmbedder
from brain.knowledge.index import KnowledgeIndex, Patience
from brain.knowledge.unavailable import EmbedderUnavailable

PUBLIC = Filter(tenant="main", demo=False)


def document(
    id_: str = "returns",
    body: str = "# Returns\n\nUnused things go back within 30 days.",
    *,
    title: str = "Returns",
    audience: Audience = "public",
    demo: bool = False,
) -> Document:
    return Document(
        id=id_,
        title=title,
        source="articles",
        url=None,
        audience=audience,
        language="en",
        demo=demo,
        draft=False,
        body=body,
        hash="h",
    )


def passage(id_: str, title: str, text: str, **more: object) -> Passage:
    known = {"document": id_, "tenant": "main", "title_path": (title,), **more}
    return Passage(id=id_, title=title, text=text, **known)  # pyright: ignore[reportArgumentType]  test rows


def shop() -> list[Passage]:
    """A few articles of Fernhill Outdoor."""
    return [
        passage("returns", "Returning an item", "You can return unused items within 30 days."),
        passage("shipping", "Shipping costs", "Standard shipping costs 4.90 in the country."),
        passage("tent", "Pitching the tent", "Push the poles through the sleeves of the tent."),
        passage("error", "Stove does not light", "Code E-4031 means that the valve is closed."),
        passage("boots", "Care for boots", "Wax leather boots after every wet walk."),
    ]


def numbered(count: int) -> list[Passage]:
    return [passage(f"p{i}", f"Tent {i}", f"Tent number {i}.") for i in range(count)]


def passages_of(documents: Iterable[Document], tenant: str = "main") -> list[Passage]:
    return [p for d in documents for p in passages(d, tenant)]


@dataclass
class FakePassages:
    """Implements ``Passages``; counts what it is asked."""

    rows: list[Passage] = field(default_factory=shop)
    number: int = 1
    reads: int = 0
    read: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, rows: Iterable[Passage]) -> None:
        self.rows = list(rows)
        self.number += 1

    async def version(self, tenant: str) -> int:
        return self.number

    async def all(self, tenant: str) -> Sequence[Passage]:
        self.reads += 1
        self.read.set()
        return [row for row in self.rows if row.tenant == tenant]

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        by_id = {row.id: row for row in self.rows}
        found = [by_id[i] for i in ids if i in by_id]
        return [row for row in found if may_see(row, allowed)]


@dataclass
class TrustingPassages(FakePassages):
    """A store that forgets to filter: what is kept back then, the index keeps back."""

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        by_id = {row.id: row for row in self.rows}
        return [by_id[i] for i in ids if i in by_id]


def may_see(row: Passage, allowed: Filter) -> bool:
    return (
        row.tenant == allowed.tenant
        and (allowed.demo or not row.demo)
        and row.audience in allowed.audiences
    )


class PatientClock:
    """Time that never runs out."""

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


class HurriedClock(PatientClock):
    """Every wait is over at once; ``slept`` says how long each should have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class HeldEmbedder(NgramEmbedder):
    """Counts what it embeds, waits at ``gate`` while that is closed, and ``fails`` while told."""

    def __init__(self, name: str = "ngram-held-1") -> None:
        super().__init__(64)
        self.name = name
        self.texts: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.holds_after: int | None = None
        self.fails = False

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if self.holds_after is not None and len(self.texts) >= self.holds_after:
            self.gate.clear()
            self.holds_after = None
        if self.fails:
            raise EmbedderUnavailable("the embeddings API does not answer")
        # Questions pass: what is held up is the indexing.
        if len(texts) > 1 and not self.gate.is_set():
            self.waiting.set()
            self.gate.wait(20)
        self.texts.extend(texts)
        return super().embed(texts)


def index_at(
    folder: Path,
    store: FakePassages,
    *,
    embedder: HeldEmbedder | None = None,
    clock: PatientClock | None = None,
    tenants: Sequence[str] = ("main",),
) -> KnowledgeIndex:
    chosen = embedder or HeldEmbedder()
    return KnowledgeIndex(
        folder, store, lambda: chosen, tenants, clock or PatientClock(), Patience()
    )
