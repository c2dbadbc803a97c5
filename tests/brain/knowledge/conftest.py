"""Fixtures of the knowledge's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from brain.knowledge.index import KnowledgeIndex
from brain.knowledge.loaders.process import Readings
from brain.knowledge.minilm import MiniLm
from brain.knowledge.weights import ModelUnusable
from tests.brain.knowledge.fake_store import FakePassages, HeldEmbedder, PatientClock, index_at


@pytest.fixture
def store() -> FakePassages:
    return FakePassages()


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Callable[..., KnowledgeIndex]]:
    """Makes indexes over one folder and closes them at the end."""
    made: list[KnowledgeIndex] = []

    def make(
        store: FakePassages,
        *,
        embedder: HeldEmbedder | None = None,
        clock: PatientClock | None = None,
        tenants: tuple[str, ...] = ("main",),
    ) -> KnowledgeIndex:
        made.append(
            index_at(tmp_path / "index", store, embedder=embedder, clock=clock, tenants=tenants)
        )
        return made[-1]

    yield make
    for index in made:
        await index.close()


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> MiniLm:
    try:
        return MiniLm(tmp_path_factory.mktemp("model"))
    except ModelUnusable as error:
        pytest.skip(f"the sentence model is not installed: {error}")


@pytest.fixture(scope="session")
def readings() -> Iterator[Readings]:
    """One parsing process for all tests: what breaks it must not break the next."""
    with Readings() as opened:
        yield opened
