"""Looking at conversations, turns and dead letters from a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import delete, select, update

from channels.kinds import CAPABILITIES
from gateway.conversations.deliveries import enqueue
from gateway.conversations.messages import append_prepared
from gateway.conversations.opening import by_id
from gateway.conversations.rendering import Rendering
from gateway.records import Prepared
from gateway.store.opening import open_store
from gateway.store.schema.conversation import cases
from gateway.store.schema.pipeline import deliveries, turns
from gateway.store.schema.safety import model_calls, model_texts
from gateway.store.unit import Unit, dumps
from tests.gateway.cli.desk import Desk, sentence
from tests.gateway.web.house import House, open_house

T = TypeVar("T")
TURN = "7e57" * 8
CALL = (
    "call 1: haiku (claude-haiku-5-5) instead of open answered in 0.8 s, 140 tokens read (40"
    " cached), 20 written, 0.000321 US dollars"
)
RENDERING = Rendering({"web": CAPABILITIES["web"]})


@dataclass(frozen=True, slots=True)
class Seeded:
    desk: Desk
    first: str
    waiting: str
    case: str
    delivery: str


def failed_reply(unit: Unit, conversation: str) -> str:
    """A turn that answered, and whose answer could not be sent."""
    row = by_id(unit, conversation)
    assert row is not None
    said = RENDERING.prepare("web", Prepared(author="assistant", markdown="It is on its way."))
    message = append_prepared(unit, conversation, said, row["case_id"], TURN)
    enqueue(unit, row, message, said, row["epoch"])
    unit.execute(update(deliveries).values(state="failed", error="blocked by the recipient"))
    unit.insert(
        turns,
        id=TURN,
        tenant_id=unit.tenant,
        conversation_id=conversation,
        case_id=row["case_id"],
        claim=1,
        epoch=0,
        from_seq=1,
        through_seq=1,
        state="done",
        decision="reply",
        reasons=dumps([{"code": "answered", "rule": "confidence 0.90 reaches 0.70"}]),
        trace=dumps({"model": "extractive", "confidence": 0.9, "stages": {"triage": 0.002}}),
        node="main:1",
        started_at=unit.now,
    )
    return str(unit.scalar(select(deliveries.c.id)))


async def _seed(url: str, folder: Path) -> tuple[str, str, str, str]:
    async with open_house(url, folder) as house:
        return await _story(house)


async def _story(house: House) -> tuple[str, str, str, str]:
    first = await house.says("Where is it?\x1b[2J\u202e", "visitor-1", "Ada\x07")
    house.clock.advance(60)
    waiting = await house.says("I want a person", "visitor-2")
    await house.to_the_queue(waiting)
    delivery = await house.store.write(lambda unit: failed_reply(unit, first))
    case = await house.store.read(
        lambda reading: reading.scalar(select(cases.c.id).where(cases.c.conversation_id == waiting))
    )
    return first, waiting, str(case), delivery


@pytest.fixture
def seeded(desk: Desk, tmp_path: Path) -> Seeded:
    return Seeded(desk, *asyncio.run(_seed(desk.url, tmp_path)))


def change(seeded: Seeded, unit: Callable[[Unit], T]) -> T:
    store = open_store(seeded.desk.url)
    try:
        return asyncio.run(store.write(unit))
    finally:
        store.close()


def test_no_store_is_a_sentence(fresh: Desk) -> None:
    for command in (["cases"], ["show", "abcdef"], ["deliveries", "failed"], ["staff", "list"]):
        assert "there is no store" in sentence(fresh.run(*command), 1)
    assert not fresh.data.exists()


def test_the_list_has_each_conversation(seeded: Seeded) -> None:
    items = seeded.desk.json("cases")["items"]
    assert {item["id"] for item in items} == {seeded.first, seeded.waiting}
    done = seeded.desk.run("cases")
    assert seeded.waiting[:12] in done.stdout
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_the_list_can_be_narrowed(seeded: Seeded) -> None:
    (item,) = seeded.desk.json("cases", "--owner", "queue")["items"]
    assert item["id"] == seeded.waiting
    assert item["waiting_since"] is not None
    assert seeded.desk.json("cases", "--channel", "other")["items"] == []
    short = seeded.desk.json("cases", "--limit", "1")
    assert (len(short["items"]), short["more"]) == (1, True)


def test_a_conversation_is_shown_without_its_control_characters(seeded: Seeded) -> None:
    done = seeded.desk.run("show", seeded.first)
    assert done.exit_code == 0
    assert "Where is it?\\x1b[2J\\u202e" in done.stdout
    assert "It is on its way." in done.stdout
    assert f"turn {TURN[:12]}" in done.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stdout)


def test_a_conversation_is_found_by_its_case_and_by_its_beginning(seeded: Seeded) -> None:
    for given in (seeded.waiting, seeded.waiting[:8], seeded.case, seeded.case[:8]):
        found = seeded.desk.json("show", given)
        assert found["id"] == seeded.waiting
        assert found["messages"][0]["text"] == "I want a person"
        assert "html" not in found["messages"][0]


def test_what_cannot_be_found_is_told(seeded: Seeded) -> None:
    assert "at least the first 6" in sentence(seeded.desk.run("show", "abc"), 2)
    assert "no case or conversation" in sentence(seeded.desk.run("show", "zzzzzz"), 1)
    assert "no turn" in sentence(seeded.desk.run("trace", "zzzzzz"), 1)
    assert "is no id" in sentence(seeded.desk.run("show", "%%%%%%"), 2)


def test_the_beginning_of_several_ids_is_refused(seeded: Seeded) -> None:
    alike = {seeded.first: "abcdef01", seeded.waiting: "abcdef02"}

    def rename(unit: Unit) -> None:
        for number, new in enumerate(alike.values()):
            unit.insert(
                turns, id=new, tenant_id="main", conversation_id=seeded.first, claim=number,
                epoch=0, from_seq=1, through_seq=1, state="done", node="n", started_at=0.0,
            )  # fmt: skip

    change(seeded, rename)
    assert "several ids" in sentence(seeded.desk.run("trace", "abcdef"), 2)
    assert seeded.desk.json("trace", "abcdef02")["id"] == "abcdef02"


def test_a_trace_says_why(seeded: Seeded) -> None:
    done = seeded.desk.run("trace", TURN[:8])
    assert "because answered: confidence 0.90 reaches 0.70" in done.stdout
    assert seeded.desk.json("trace", TURN)["trace"]["model"] == "extractive"


def asked_a_model(unit: Unit) -> None:
    unit.insert(
        model_calls, id="call1", tenant_id="main", turn_id=TURN, conversation_id="c", model="haiku",
        provider="anthropic", requested="claude-haiku-5-5", outcome="answered", began_at=unit.now,
        seconds=0.8, input_tokens=100, cached_tokens=40, output_tokens=20, micros=321,
        instead_of="open",
    )  # fmt: skip
    prompt = {"system": ["You answer."], "messages": [{"speaker": "user", "text": "Where?\x1b"}]}
    unit.insert(
        model_texts, call_id="call1", tenant_id="main", conversation_id="c",
        prompt=dumps(prompt), answer="On its way.", at=unit.now,
    )  # fmt: skip
    detail = {
        "tier": 1, "tier_rule": "how-to is of tier 1", "cut": ["It is blue. (no passage says it)"],
        "triage": {"intent": "shipping", "intent_sure": 0.9, "chances": {"shipping": 0.9},
                   "mood": {"sentiment": -0.5, "buying": 0.0, "trend": {"frustration": 0.25}}},
        "model": {"route": "routine", "models": ["open", "haiku"], "left_out": {"big": "tag eu"}},
    }  # fmt: skip
    trace = {"model": "haiku", "confidence": 0.9, "stages": {"models": 0.8}, "detail": detail}
    unit.execute(update(turns).where(turns.c.id == TURN).values(trace=dumps(trace)))


def test_a_trace_tells_each_call_of_a_model_and_its_words_when_asked(seeded: Seeded) -> None:
    change(seeded, asked_a_model)
    done = seeded.desk.run("trace", TURN[:8]).stdout
    for line in (
        "about shipping (0.90)",
        "chances shipping 0.90",
        "mood sentiment -0.50, trend of frustration +0.25",
        "tier 1: how-to is of tier 1",
        "cut: It is blue. (no passage says it)",
        "route routine: open, haiku",
        "    left out big: tag eu",
        CALL,
        "models cost 0.000321 US dollars, 160 tokens; --full shows what they were asked",
    ):
        assert line in done.splitlines()
    full = seeded.desk.run("trace", TURN[:8], "--full").stdout
    assert "Where?\\x1b" in full
    assert "        On its way." in full.splitlines()
    found = seeded.desk.json("trace", TURN)
    assert (found["cost_usd"], found["tokens"]) == (0.000321, 160)
    (call,) = found["calls"]
    assert (call["answer"], call["tokens"]["cached"]) == ("On its way.", 40)


def test_words_that_are_gone_are_said_to_be(seeded: Seeded) -> None:
    change(seeded, asked_a_model)
    change(seeded, lambda unit: unit.execute(delete(model_texts)))
    assert "what they were asked is not kept any more" in seeded.desk.run("trace", TURN).stdout
    assert seeded.desk.json("trace", TURN)["calls"][0]["prompt"] is None


def test_a_report_is_a_table_a_document_or_values(seeded: Seeded) -> None:
    table = seeded.desk.run("report", "--since", "9999w").stdout.splitlines()
    assert [line.split()[0] for line in table] == [
        "WHO", "assistant", "mixed", "human", "silent", "all",
    ]  # fmt: skip
    found = seeded.desk.json("report", "--since", "9999w")["paths"]
    assert (found["assistant"]["cases"], found["silent"]["cases"], found["all"]["cases"]) == (
        1,
        1,
        2,
    )
    values = seeded.desk.run("report", "--since", "9999w", "--csv").stdout.splitlines()
    assert values[0].startswith("path,cases,share,resolved,")
    assert len(values) == 6
    assert "24h, 7d or 4w" in sentence(seeded.desk.run("report", "--since", "soon"), 2)
    assert "choose one" in sentence(seeded.desk.run("report", "--csv", "--json"), 2)


def test_a_dead_letter_is_listed_and_sent_once_more(seeded: Seeded) -> None:
    (item,) = seeded.desk.json("deliveries", "failed")["items"]
    assert (item["id"], item["state"]) == (seeded.delivery, "failed")
    assert "blocked by the recipient" in seeded.desk.run("deliveries", "failed").stdout
    done = seeded.desk.json("deliveries", "retry", seeded.delivery[:10])
    assert done == {"id": seeded.delivery, "state": "queued"}
    assert seeded.desk.json("deliveries", "failed") == {"items": []}
    assert "nothing to decide" in sentence(seeded.desk.run("deliveries", "retry", done["id"]), 1)


def test_a_dead_letter_is_discarded(seeded: Seeded) -> None:
    done = seeded.desk.json("deliveries", "discard", seeded.delivery)
    assert done == {"id": seeded.delivery, "state": "discarded"}
    assert "no delivery" in sentence(seeded.desk.run("deliveries", "discard", "zzzzzz"), 1)
