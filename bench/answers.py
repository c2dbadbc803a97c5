"""Measures whether the demo's questions find their articles: the shipped embedding, index and help
articles, in a temporary folder. It never asks a model and never grades the wording of an answer."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from brain.contract import Filter, Passage
from brain.knowledge.chunking import passages
from brain.knowledge.embedding import embedder
from brain.knowledge.index import KnowledgeIndex
from brain.knowledge.loaders import load_folder
from gateway.clock import SystemClock

REPOSITORY = Path(__file__).parents[1]
TENANT = "main"
ALLOWED = Filter(tenant=TENANT, demo=True)


class ArticlePassages:
    """The demo's articles as the index's truth, in place of the store."""

    def __init__(self) -> None:
        articles = load_folder(REPOSITORY / "gateway/demo/kb", demo=True).documents
        self._passages = tuple(p for article in articles for p in passages(article, TENANT))

    async def version(self, tenant: str) -> int:
        return 1

    async def all(self, tenant: str) -> Sequence[Passage]:
        return self._passages

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        by_id = {passage.id: passage for passage in self._passages}
        return [by_id[id_] for id_ in ids if id_ in by_id]


async def _rank(index: KnowledgeIndex, question: str, document: str) -> int | None:
    """The place of the right article among those found, from 1; None if it was not found."""
    hits = await index.search(question, ALLOWED)
    found = list(dict.fromkeys(hit.passage.document for hit in hits))
    rank = found.index(document) + 1 if document in found else None
    if rank != 1:
        print(f"{rank or 'not found':>9}  {question}  ({document}; first {found[:1]})", flush=True)
    return rank


async def _measure(folder: Path) -> dict[str, object]:
    questions: dict[str, str] = json.loads((REPOSITORY / "bench/questions.json").read_text("utf-8"))
    index = KnowledgeIndex(
        folder / "index", ArticlePassages(), lambda: embedder(folder), [TENANT], SystemClock()
    )
    try:
        report = await index.sync()
        ranks: list[int | None] = []
        times: list[float] = []
        for question, document in questions.items():
            begun = time.perf_counter()
            ranks.append(await _rank(index, question, document))
            times.append(time.perf_counter() - begun)
    finally:
        await index.close()
    print(f"{len(questions)} questions; {report}", flush=True)
    return {
        "questions": len(questions),
        "first": round(sum(rank == 1 for rank in ranks) / len(ranks), 3),
        "first_three": round(sum(rank in {1, 2, 3} for rank in ranks) / len(ranks), 3),
        "median_ms": round(statistics.median(times) * 1000, 1),
    }


def measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="frontdesk-answers-") as folder:
        return asyncio.run(_measure(Path(folder)))
