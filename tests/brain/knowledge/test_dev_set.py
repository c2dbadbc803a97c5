"""Retrieval on labelled questions, where a set lies beside the repository; floors are what was
measured less a margin."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypedDict, cast

import pytest

from brain.contract import Hit, Passage
from brain.knowledge.embedding import choose
from brain.knowledge.index import KnowledgeIndex
from brain.knowledge.loaders.folder import load_folder
from brain.knowledge.loaders.process import Readings
from brain.models.confidence import confidence
from brain.settings import KnowledgeSettings
from tests.brain.knowledge.fake_store import PUBLIC, FakePassages, PatientClock, passages_of

DEV = Path(__file__).parents[4] / "shared" / "data" / "dev"
# All rows take minutes on a busy machine; `make eval` asks them all.
_STEP = 5
THRESHOLD = KnowledgeSettings().threshold
pytestmark = pytest.mark.skipif(not DEV.is_dir(), reason=f"labelled questions are not at {DEV}")


class Row(TypedDict):
    kb: str
    query: str
    gold: list[str]


def asked(kb: str) -> list[Row]:
    return rows(kb)[::_STEP]


def rows(kb: str) -> list[Row]:
    lines = (DEV / "retrieval.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for line in lines if (row := cast("Row", json.loads(line)))["kb"] == kb]


def sample(kb: str, every: int) -> list[Passage]:
    """The documents that answer what is asked here, and every so many of the others."""
    gold = {document for row in asked(kb) for document in row["gold"]}
    documents = load_folder(DEV / "kb" / kb, Readings()).documents
    return passages_of(d for i, d in enumerate(documents) if d.id in gold or i % every == 0)


def rank(hits: tuple[Hit, ...], gold: list[str]) -> int | None:
    documents = list(dict.fromkeys(hit.passage.document for hit in hits))
    return next((i for i, document in enumerate(documents, 1) if document in gold), None)


async def ranks(index: KnowledgeIndex, kb: str) -> list[tuple[int | None, float]]:
    """Of each question the place of its answer, and how sure one is of what comes first."""
    found: list[tuple[int | None, float]] = []
    for row in asked(kb):
        hits = tuple(await index.search(row["query"], PUBLIC, 40))
        found.append((rank(hits, row["gold"]), confidence(hits[0], 0.0, hits[:8])))
    return found


def share(found: list[int | None], within: int) -> float:
    return sum(r is not None and r <= within for r in found) / len(found)


@pytest.fixture
async def index(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[str, KnowledgeIndex]]:
    kb, every = cast("tuple[str, int]", request.param)
    index = KnowledgeIndex(
        tmp_path / "index",
        FakePassages(await asyncio.to_thread(sample, kb, every)),
        lambda: choose(tmp_path / "model").embedder,
        ["main"],
        PatientClock(),
    )
    yield kb, index
    await index.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("index", [("stackfaq", 2), ("chatwoot", 25)], indirect=True)
async def test_the_answer_is_among_the_first_and_what_is_sent_is_right(
    index: tuple[str, KnowledgeIndex],
) -> None:
    kb, built = index
    found = await ranks(built, kb)
    places = [place for place, _ in found]
    assert share(places, 5) >= 0.95, found
    assert share(places, 1) >= 0.8, found
    sent = [place for place, sure in found if sure >= THRESHOLD]
    assert share(sent, 1) >= 0.95, found
    assert len(sent) >= 0.5 * len(found), found
