"""One id leads through the whole way of a message, and logging never holds it up."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from channels.errors import RejectedSendError
from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from gateway.telemetry.facts import Fact, Facts
from gateway.telemetry.journal import journal
from gateway.telemetry.lines import Lines
from gateway.telemetry.logs import log_to
from gateway.telemetry.origins import Origins
from gateway.turns.origin import StoredOrigins
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, to_a_person


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def logged(logs_as_before: None) -> io.StringIO:
    stream = io.StringIO()
    log_to(stream, as_json=True)
    return stream


def follow(store: Store) -> Facts:
    """Write the journal of this store; where its facts arrive with their origin."""
    traced = Facts()
    traced.listen(journal)
    store.facts.listen(Origins(StoredOrigins(store).of, traced))
    return traced


@pytest.fixture
def rig(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    follow(sqlite_store)
    return Rig(sqlite_store, clock, tmp_path)


def lines(stream: io.StringIO, having: str = "") -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines() if having in line]


async def test_a_search_for_one_id_gives_the_whole_way(rig: Rig, logged: io.StringIO) -> None:
    accepted = await rig.say("Where is my parcel, says Ada of Elm Street?")
    await rig.settle()
    assert accepted.message is not None
    found = lines(logged, accepted.message)
    assert [line["event"] for line in found] == [
        "message.accepted",
        "message.turn",
        "message.sent",
    ]
    assert found[1]["outcome"] == "done"
    assert found[2]["turn"] == found[1]["turn"]
    assert "Elm Street" not in logged.getvalue()
    assert "Ada" not in logged.getvalue()


async def test_a_handoff_has_its_line_with_the_reason(rig: Rig, logged: io.StringIO) -> None:
    rig.brain.answer = to_a_person
    accepted = await rig.say("A person please")
    await rig.settle()
    assert accepted.message is not None
    turn = next(line for line in lines(logged) if line["event"] == "message.turn")
    handed = next(line for line in lines(logged) if line["event"] == "message.handed_over")
    assert handed["reason"] == "asked_for_person"
    assert handed["conversation"] == turn["conversation"]
    assert "message.sent" in {line["event"] for line in lines(logged, accepted.message)}


async def test_lines_of_the_brain_and_of_a_refused_send_say_what_they_are_about(
    rig: Rig, logged: io.StringIO
) -> None:
    accepted = await rig.say("hello")
    rig.brain.before = lambda _turn: structlog.get_logger().info("brain.thinks")
    rig.channel.outcomes = [RejectedSendError("blocked")]
    await rig.settle()
    thinking, dead = (
        next(line for line in lines(logged) if line["event"] == event)
        for event in ("brain.thinks", "outbox.dead_letter")
    )
    assert thinking["messages"] == [accepted.message]
    assert dead["conversation"] == thinking["conversation"]


async def test_what_an_earlier_life_answered_is_traced_when_it_is_sent(
    rig: Rig, sqlite_url: str, clock: ManualClock, tmp_path: Path, logged: io.StringIO
) -> None:
    accepted = await rig.say("hello")
    await rig.answer()
    later = await asyncio.to_thread(open_store, sqlite_url, Options(now=clock.now))
    heard: asyncio.Queue[Fact] = asyncio.Queue()
    follow(later).listen(heard.put_nowait)
    await Rig(later, clock, tmp_path).settle()
    while not any(line["event"] == "message.sent" for line in lines(logged)):
        await heard.get()
    [sent] = [line for line in lines(logged) if line["event"] == "message.sent"]
    assert sent["messages"] == [accepted.message]
    await asyncio.to_thread(later.close)


# --- A reader that has stopped ----------------------------------------------------------------


def read_all(descriptor: int, into: list[bytes]) -> None:
    while chunk := os.read(descriptor, 65_536):
        into.append(chunk)


def test_a_full_pipe_holds_nobody_up_and_what_is_dropped_is_counted(logs_as_before: None) -> None:
    """The pipe takes 64 kB and nobody reads: forty thousand lines are logged all the same."""
    reading, writing = os.pipe()
    dropped: list[int] = []
    sink = Lines(writing, lambda: dropped.append(1), most=1_000)
    log_to(sink, as_json=True)
    log = structlog.get_logger()
    for number in range(5_000):
        log.info("line", number=number, padding="x" * 100)
    assert len(dropped) > 1_000
    heard: list[bytes] = []
    reader = threading.Thread(target=read_all, args=(reading, heard))
    reader.start()
    sink.drain(10.0)
    log.info("after")
    sink.close()
    os.close(writing)
    reader.join()
    os.close(reading)
    found = [json.loads(line) for line in b"".join(heard).splitlines()]
    events = [line["event"] for line in found]
    missing = sum(line.get("lines", 0) for line in found if line["event"] == "log.lines_dropped")
    assert missing == len(dropped)
    assert events.count("line") == 5_000 - missing
    assert events[-1] == "after"


def test_the_last_word_of_a_process_is_out_before_it_ends(logs_as_before: None) -> None:
    reading, writing = os.pipe()
    log_to(Lines(writing, lambda: None), as_json=True)
    structlog.get_logger().critical("store.fsync_failed")
    assert b"store.fsync_failed" in os.read(reading, 4_096)
    os.close(writing)
    os.close(reading)


def test_a_reader_that_is_gone_costs_lines_and_nothing_else(logs_as_before: None) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    sink = Lines(writing, lambda: None)
    log_to(sink, as_json=True)
    structlog.get_logger().info("nobody hears")
    sink.close()
    os.close(writing)
