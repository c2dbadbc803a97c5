"""The control socket: who gets in, what it takes, and what becomes of its file."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest

from brain.contract import (
    Citation,
    Decision,
    Filter,
    Handoff,
    Hit,
    KnowledgeUnavailable,
    Passage,
    Reason,
    Said,
    Trace,
    TurnInput,
)
from gateway.cli.asking import RunningGateway, as_body
from gateway.cli.failures import Failed
from gateway.web.control import (
    LONGEST_PATH,
    NAME,
    ControlParts,
    ControlSocket,
    SearchBody,
    answers,
    bind,
    control_path,
)
from tests.gateway.conftest import ManualClock

PASSAGE = Passage("p1", "returns", "main", "Returns", ("Returns", "How long"), "60 days.")
DECISION = Decision(
    kind="hand_over",
    text="**60 days**",
    citations=(Citation("p1", "Returns", None, "60 days."),),
    handoff=Handoff(Reason("asked_for_person", "asked"), "handoff", "nothing"),
    language="de",
    confidence=0.75,
    reasons=(Reason("a", "b"),),
    unsuccessful="repeated",
    trace=Trace("m", {"triage": 0.5}, ({"id": "p1", "score": 0.5},), {"cut": ["x"]}),
)


class Mind:
    """Implements Knowledge and Brain; remembers what it was asked."""

    def __init__(self) -> None:
        self.searched: list[tuple[str, Filter, int]] = []
        self.turns: list[TurnInput] = []
        self.failure: Exception | None = None

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        self.searched.append((query, allowed, limit))
        if self.failure is not None:
            raise self.failure
        return [Hit(PASSAGE, 0.5, 0.25, 0.125)]

    async def decide(self, turn: TurnInput) -> Decision:
        self.turns.append(turn)
        if self.failure is not None:
            raise self.failure
        return DECISION


@pytest.fixture
def mind() -> Mind:
    return Mind()


@pytest.fixture
def parts(mind: Mind, clock: ManualClock) -> ControlParts:
    return ControlParts(mind, lambda: mind, clock)


@pytest.fixture
async def control(tmp_path: Path, parts: ControlParts) -> AsyncIterator[ControlSocket]:
    opened = ControlSocket(tmp_path, parts)
    await opened.start()
    yield opened
    await opened.stop()


async def answered(path: Path) -> bool:
    return bool(await RunningGateway(path).search(SearchBody(query="x")))


@pytest.mark.usefixtures("control")
class TestAsking:
    async def test_a_search_comes_back_whole(self, tmp_path: Path, mind: Mind) -> None:
        body = SearchBody(query="returns", limit=3, demo=True, audiences=("public", "internal"))
        hits = await RunningGateway(tmp_path / NAME).search(body)
        assert hits == [Hit(PASSAGE, 0.5, 0.25, 0.125)]
        assert mind.searched == [("returns", Filter("main", True, ("public", "internal")), 3)]

    async def test_a_decision_comes_back_whole(
        self, tmp_path: Path, mind: Mind, clock: ManualClock
    ) -> None:
        asked = TurnInput(
            turn="t", tenant="main", conversation="c", channel="web", demo=True,
            owner="assistant", new=(Said(2, "customer", "And?", 1.0, choice="person"),),
            history=(Said(1, "assistant", "60 days", 5.0, notice="n", passages=("p1",)),),
            language="en",
        )  # fmt: skip
        assert await RunningGateway(tmp_path / NAME).decide(asked) == DECISION
        (turn,) = mind.turns
        assert turn.history == asked.history
        assert turn.new == (Said(2, "customer", "And?", clock.now(), choice="person"),)
        assert (turn.demo, turn.language, turn.channel) == (True, "en", "web")

    async def test_knowledge_that_is_not_ready_is_told(self, tmp_path: Path, mind: Mind) -> None:
        mind.failure = KnowledgeUnavailable("still being indexed")
        with pytest.raises(Failed, match="still being indexed"):
            await RunningGateway(tmp_path / NAME).search(SearchBody(query="x"))

    async def test_our_fault_says_nothing_of_how_it_works(self, tmp_path: Path, mind: Mind) -> None:
        mind.failure = RuntimeError("the secret of the house")
        turn = TurnInput(
            "t", "main", "c", "web", False, "assistant", (Said(1, "customer", "x", 0),)
        )
        with pytest.raises(Failed, match="log knows more") as failed:
            await RunningGateway(tmp_path / NAME).decide(turn)
        assert "house" not in str(failed.value)

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("/search", b"no json", 400),
            ("/search", b'{"query": "x"', 400),
            ("/search", b'{"query": "\xff"}', 400),
            ("/search", b'{"a":' * 200 + b"1" + b"}" * 200, 400),
            ("/search", b'{"query": ""}', 422),
            ("/search", b'{"query": 5}', 422),
            ("/search", b'{"query": "x", "tenant": "other"}', 422),
            ("/search", b'{"query": "x", "limit": 51}', 422),
            ("/search", b'{"query": "x", "audiences": ["everybody"]}', 422),
            ("/search", b'{"query": "x", "audiences": "public"}', 422),
            ("/search", b'{"query": "' + b"x" * 8001 + b'"}', 422),
            ("/search", b'{"query": "' + b"x" * 2**20 + b'"}', 413),
            ("/decide", b'{"text": "x", "owner": "staff"}', 422),
            ("/decide", b'{"text": "x", "history": [{"author": "nobody", "text": "x"}]}', 422),
            ("/decide", b'{"text": "x", "demo": "yes"}', 422),
            ("/other", b"{}", 404),
        ],
    )
    async def test_hostile_bodies_are_refused(
        self, path: str, body: bytes, status: int, tmp_path: Path, mind: Mind
    ) -> None:
        connector = aiohttp.UnixConnector(str(tmp_path / NAME))
        headers, sent = {"Content-Type": "application/json"}, io.BytesIO(body)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post(f"http://gateway{path}", data=sent, headers=headers) as response,
        ):
            assert response.status == status
            assert json.loads(await response.read())["status"] == status
        assert (mind.searched, mind.turns) == ([], [])


async def test_only_its_owner_gets_in_and_it_goes_at_the_end(
    tmp_path: Path, parts: ControlParts
) -> None:
    control = ControlSocket(tmp_path, parts)
    await control.start()
    path = tmp_path / "control.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await answered(path)
    await control.stop()
    assert not path.exists()
    assert not await asyncio.to_thread(answers, tmp_path)


async def test_one_that_was_left_behind_is_replaced(tmp_path: Path, parts: ControlParts) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "control.sock"))
    control = ControlSocket(tmp_path, parts)
    await control.start()
    assert await answered(tmp_path / NAME)
    await control.stop()


async def test_a_living_one_is_left_alone(tmp_path: Path, parts: ControlParts) -> None:
    first, second = ControlSocket(tmp_path, parts), ControlSocket(tmp_path, parts)
    await first.start()
    await second.start()
    await second.stop()
    assert await answered(tmp_path / NAME)
    await first.stop()


def test_another_file_in_its_place_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "control.sock"
    file.write_text("mine")
    with pytest.raises(FileExistsError):
        bind(tmp_path)
    assert file.read_text() == "mine"


class TestTooLongAPath:
    @pytest.fixture
    def data(self, tmp_path: Path) -> Path:
        folder = tmp_path / ("d" * LONGEST_PATH)
        folder.mkdir()
        return folder

    def test_it_stands_in_a_private_temporary_folder(self, data: Path) -> None:
        path = control_path(data)
        assert path.parent.parent == Path(tempfile.gettempdir())
        assert len(os.fsencode(path)) <= LONGEST_PATH
        assert control_path(data.parent / ("e" * LONGEST_PATH)) != path
        bound = bind(data)
        try:
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        finally:
            bound.remove()
            path.parent.rmdir()

    async def test_it_answers_there(self, data: Path, parts: ControlParts) -> None:
        control = ControlSocket(data, parts)
        await control.start()
        assert await asyncio.to_thread(answers, data)
        assert await RunningGateway(await asyncio.to_thread(control_path, data)).search(
            SearchBody(query="x")
        )
        await control.stop()
        (await asyncio.to_thread(control_path, data)).parent.rmdir()

    def test_a_folder_that_others_may_enter_is_not_trusted(self, data: Path) -> None:
        folder = control_path(data).parent
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        try:
            with socket.socket(socket.AF_UNIX) as theirs:
                theirs.bind(str(control_path(data)))
                theirs.listen()
                assert not answers(data)
            with pytest.raises(PermissionError):
                bind(data)
        finally:
            control_path(data).unlink()
            folder.rmdir()


async def test_a_gateway_that_went_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="does not answer"):
        await RunningGateway(tmp_path / NAME).search(SearchBody(query="x"))


def test_a_long_history_is_cut_to_what_is_taken() -> None:
    history = tuple(Said(n, "customer", "x" * 9000, 0.0) for n in range(100))
    new = (Said(100, "customer", "y", 0.0),)
    body = as_body(TurnInput("t", "main", "c", "web", False, "assistant", new, history))
    assert (len(body.history), len(body.history[0].text)) == (60, 8000)
