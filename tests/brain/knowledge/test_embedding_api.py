"""Vectors from an API: the wire protocol, what is refused, and an index that goes on without it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from structlog.testing import capture_logs

from brain.contract import KnowledgeUnavailable
from brain.knowledge.embedding import NgramEmbedder, choose
from brain.knowledge.index import KnowledgeIndex
from brain.knowledge.remote import ApiEmbedder
from brain.knowledge.unavailable import EmbedderUnavailable
from brain.settings import EmbeddingSettings
from tests.brain.knowledge.fake_store import PUBLIC, FakePassages, PatientClock, numbered

Row = dict[str, Any]
DIMENSIONS = 64


@dataclass
class FakeApi:
    """An embeddings API; ``spoil`` changes what it answers, ``up`` is how many more it answers."""

    batches: list[list[str]] = field(default_factory=list[list[str]])
    keys: list[str | None] = field(default_factory=list[str | None])
    spoil: Callable[[list[Row]], list[Row]] = list[Row]
    up: float = math.inf

    async def answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.keys.append(request.headers.get("Authorization"))
        if self.up <= 0:
            return web.json_response({"error": {"message": "overloaded"}}, status=503)
        self.up -= 1
        self.batches.append(asked["input"])
        vectors = NgramEmbedder(DIMENSIONS).embed(asked["input"])
        rows: list[Row] = [
            {"object": "embedding", "index": i, "embedding": [3 * value for value in vector]}
            for i, vector in enumerate(vectors)
        ]
        data = self.spoil(rows)
        return web.json_response({"object": "list", "model": asked["model"], "data": data})


@pytest.fixture
async def api() -> AsyncIterator[tuple[FakeApi, str]]:
    fake = FakeApi()
    app = web.Application()
    app.router.add_post("/v1/embeddings", fake.answer)
    async with TestServer(app) as server:
        yield fake, str(server.make_url("/v1"))


def embedder_at(base: str) -> ApiEmbedder:
    return ApiEmbedder("BAAI/some-model", base, "key-1")


async def embedded(base: str, texts: Sequence[str]) -> Sequence[Sequence[float]]:
    return await asyncio.to_thread(lambda: embedder_at(base).embed(texts))


async def test_vectors_are_unit_in_order_and_sent_in_batches(api: tuple[FakeApi, str]) -> None:
    fake, base = api
    fake.spoil = lambda rows: rows[::-1]
    texts = [f"tent number {i}" for i in range(150)]
    vectors = await embedded(base, texts)
    assert [len(batch) for batch in fake.batches] == [64, 64, 22]
    assert fake.keys == ["Bearer key-1"] * 3
    for vector, expected in zip(vectors, NgramEmbedder(DIMENSIONS).embed(texts), strict=True):
        assert vector == pytest.approx(expected, abs=1e-6)


async def test_empty_and_endless_texts_are_sent_in_a_form_that_is_taken(
    api: tuple[FakeApi, str],
) -> None:
    fake, base = api
    await embedded(base, ["", " \n", "x" * 100_000])
    assert [len(text) for text in fake.batches[0]] == [1, 1, 8000]


def drop(rows: list[Row]) -> list[Row]:
    return rows[:-1]


def shorten(rows: list[Row]) -> list[Row]:
    return [rows[0] | {"embedding": [1.0]}, *rows[1:]]


def empty(rows: list[Row]) -> list[Row]:
    return [row | {"embedding": []} for row in rows]


def zero(rows: list[Row]) -> list[Row]:
    return [row | {"embedding": [0.0] * DIMENSIONS} for row in rows]


def words(rows: list[Row]) -> list[Row]:
    return [row | {"embedding": ["a", "b"]} for row in rows]


def unnumbered(rows: list[Row]) -> list[Row]:
    return [{"embedding": row["embedding"]} for row in rows]


@pytest.mark.parametrize("spoil", [drop, shorten, empty, zero, words, unnumbered])
async def test_an_answer_that_cannot_be_used_is_refused(
    api: tuple[FakeApi, str], spoil: Callable[[list[Row]], list[Row]]
) -> None:
    fake, base = api
    fake.spoil = spoil
    with pytest.raises(EmbedderUnavailable, match="gave no vectors"):
        await embedded(base, ["one", "two"])


async def test_a_refusal_is_not_repeated(api: tuple[FakeApi, str]) -> None:
    fake, base = api
    fake.up = 0
    with pytest.raises(EmbedderUnavailable, match="overloaded"):
        await embedded(base, ["one"])
    assert len(fake.keys) == 1


async def test_no_server_is_said() -> None:
    with pytest.raises(EmbedderUnavailable, match="gave no vectors"):
        await embedded("http://127.0.0.1:1/v1", ["one"])


def test_the_name_tells_models_and_places_apart_and_fits_a_file_name() -> None:
    one = ApiEmbedder("BAAI/some-model", "http://127.0.0.1:1/v1", None).name
    other = ApiEmbedder("BAAI/other-model", "http://127.0.0.1:1/v1", None).name
    elsewhere = ApiEmbedder("BAAI/some-model", "http://127.0.0.1:2/v1", None).name
    assert len({one, other, elsewhere}) == 3
    assert "/" not in one


def test_settings_choose_it_without_asking_it(tmp_path: Path) -> None:
    settings = EmbeddingSettings(
        model="some-model", api_base="http://127.0.0.1:1/v1", api_key=SecretStr("k")
    )
    chosen = choose(tmp_path, settings)
    assert isinstance(chosen.embedder, ApiEmbedder)
    assert chosen.reason is None


@pytest.fixture
async def index(api: tuple[FakeApi, str], tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    store = FakePassages(numbered(48))
    _, base = api
    made = KnowledgeIndex(
        tmp_path / "index", store, lambda: embedder_at(base), ["main"], PatientClock()
    )
    yield made
    await made.close()


async def test_words_carry_on_while_the_api_is_down_and_the_log_says_so_once(
    api: tuple[FakeApi, str], index: KnowledgeIndex
) -> None:
    fake, _ = api
    await index.sync()
    (meant,) = await index.search("tent 7", PUBLIC, 1)
    fake.up = 0
    with capture_logs() as logs:
        (worded,) = await index.search("tent 7", PUBLIC, 1)
        await index.search("tent 7", PUBLIC, 1)
        fake.up = math.inf
        (again,) = await index.search("tent 7", PUBLIC, 1)
    assert (meant.dense > 0, worded.dense, again.dense > 0) == (True, 0.0, True)
    assert meant.passage == worded.passage == again.passage
    events = [entry["event"] for entry in logs]
    assert events == ["knowledge_by_words_alone", "knowledge_by_meaning_again"]


async def test_a_build_goes_on_where_the_api_left_it(
    api: tuple[FakeApi, str], index: KnowledgeIndex
) -> None:
    fake, _ = api
    # Dimensions, the pairs of likeness in two calls, and the first step of passages.
    fake.up = 4
    with pytest.raises(KnowledgeUnavailable, match="keeps what it has"):
        await index.sync()
    made = fake.batches[-1]
    assert len(made) == 32
    fake.up, fake.batches = math.inf, []
    assert (await index.sync()).passages == 48
    assert not set(made) & {text for batch in fake.batches for text in batch}
