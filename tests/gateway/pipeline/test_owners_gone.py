"""Nobody waits for one person for ever: reminders, the queue, who goes away, who says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from brain.contract import Decision
from gateway.config.hours import parse_hours, parse_zone
from gateway.conversations.ownership import expect, hand_over, take
from gateway.desk import presence
from gateway.people.staff import add, disable
from gateway.records import Brief
from gateway.store.schema.conversation import cases, conversations
from gateway.store.schema.people import staff
from gateway.store.store import Store
from gateway.store.unit import Unit, loads_object
from gateway.telemetry.facts import Fact, Late
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import ADA, Rig, echo, to_a_person

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
# The rig's clock begins on a Friday at eight in the morning, UTC.
FRIDAYS = parse_hours({"fri": "08:00-08:40", "mon": "09:00-17:00"}, parse_zone("UTC"))
BRIEF = Brief("Where is my tent?", "asked_for_person", "a rule", tried=("We looked",))


@pytest.fixture
def rig(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    """What does not depend on the engine."""
    return Rig(sqlite_store, clock, tmp_path)


@pytest.fixture
def any_rig(store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(store, clock, tmp_path)


def listening(rig: Rig) -> list[str]:
    late: list[str] = []

    def listen(fact: Fact) -> None:
        if isinstance(fact, Late):
            late.append(fact.what)

    rig.store.facts.listen(listen)
    return late


async def owed(rig: Rig) -> None:
    """Ada has it, and the customer has written since."""
    await rig.say("hello")
    await rig.settle()
    await rig.staff("say", "Ada here")
    await rig.say("and my tent?")


async def with_ada(rig: Rig) -> None:
    await rig.store.write(
        lambda unit: unit.insert(staff, id=ADA.id, name="Ada", role="agent", created_at=unit.now)
    )


async def test_the_owner_is_reminded_once_and_then_loses_it_with_an_alarm(any_rig: Rig) -> None:
    rig = any_rig
    late = listening(rig)
    await owed(rig)
    asked = rig.clock.now()
    rig.clock.pass_(30 * MINUTE - 1)
    await rig.fire()
    assert (await rig.conversation())["reminded_at"] is None
    rig.clock.pass_(1)
    await rig.fire()
    row = await rig.conversation()
    assert (row["owner"], row["reminded_at"]) == ("staff", rig.clock.now())
    rig.clock.pass_(15 * MINUTE)
    await rig.say("hello?")
    await rig.fire()
    assert (await rig.conversation())["reminded_at"] == row["reminded_at"]
    rig.clock.pass_(15 * MINUTE)
    await rig.fire()
    row = await rig.conversation()
    assert (row["owner"], row["reason"], row["waiting_since"]) == ("queue", "forgotten", asked)
    assert row["reminded_at"] is None
    assert late == ["reminded", "forgotten"]


async def test_an_answer_ends_the_reminder(rig: Rig) -> None:
    await owed(rig)
    rig.clock.pass_(30 * MINUTE)
    await rig.fire()
    await rig.staff("say", "It is on its way")
    row = await rig.conversation()
    assert (row["reminded_at"], row["staff_spoke_at"]) == (None, rig.clock.now())
    rig.clock.pass_(2 * HOUR)
    await rig.fire()
    assert (await rig.conversation())["owner"] == "staff"


async def test_only_the_teams_hours_count(rig: Rig) -> None:
    rig.hours = FRIDAYS
    await owed(rig)
    rig.clock.pass_(30 * MINUTE)
    await rig.fire()
    assert (await rig.conversation())["reminded_at"] is not None
    # The team goes ten minutes later; over the weekend nothing is forgotten.
    rig.clock.pass_(2 * DAY)
    await rig.fire()
    assert (await rig.conversation())["owner"] == "staff"
    # Monday at nine, and the rest of the hour.
    rig.clock.at = 1_800_000_000.0 + 3 * DAY + HOUR + 21 * MINUTE
    await rig.fire()
    assert (await rig.conversation())["owner"] == "queue"


async def test_what_is_forgotten_keeps_its_brief(rig: Rig) -> None:
    await rig.say("hello")
    id = (await rig.conversation())["id"]
    await rig.store.write(
        lambda unit: hand_over(unit, expect(unit, id, None), "asked_for_person", BRIEF)
    )
    await rig.staff("take")
    rig.clock.pass_(HOUR)
    await rig.fire()
    brief = loads_object(await rig.store.read(lambda r: r.scalar(select(cases.c.brief))))
    assert (brief["question"], brief["tried"]) == (BRIEF.question, list(BRIEF.tried))
    assert brief["reason"] == "forgotten"


# --- Away --------------------------------------------------------------------------------------


async def test_who_goes_away_has_nothing_any_more(any_rig: Rig) -> None:
    rig = any_rig
    await with_ada(rig)
    await owed(rig)
    asked = rig.clock.now()
    await rig.say("other", chat="c2")
    await rig.staff("say", "all is well", chat="c2")
    rig.clock.pass_(60)
    done = await rig.store.write(lambda unit: presence.go(unit, ADA))
    assert (done.away_at, done.passed_back) == (rig.clock.now(), 2)
    waits, kept = await rig.conversation("c1"), await rig.conversation("c2")
    assert (waits["owner"], waits["reason"]) == ("queue", "owner_away")
    assert waits["waiting_since"] == asked
    # Who waits for nothing is not shown as waiting, and is not the assistant's either.
    assert (kept["owner"], kept["waiting_since"], kept["awaited_since"]) == ("queue", None, None)
    asked_before = len(rig.brain.asked)
    rig.clock.pass_(60)
    await rig.say("one more thing", chat="c2")
    again = await rig.conversation("c2")
    assert (again["owner"], again["waiting_since"]) == ("queue", rig.clock.now())
    await rig.settle()
    assert len(rig.brain.asked) == asked_before


async def test_going_twice_is_going_once_and_who_takes_something_is_back(rig: Rig) -> None:
    await with_ada(rig)
    first = await rig.store.write(lambda unit: presence.go(unit, ADA))
    rig.clock.pass_(60)
    assert (await rig.store.write(lambda unit: presence.go(unit, ADA))) == first
    await rig.say("hello")
    await rig.staff("take")
    assert await rig.store.read(lambda r: presence.away_since(r, ADA.id)) is None
    await rig.store.write(lambda unit: presence.go(unit, ADA))
    await rig.store.write(lambda unit: presence.come(unit, ADA))
    assert await rig.store.read(lambda r: presence.away_since(r, ADA.id)) is None
    assert (await rig.conversation())["owner"] == "queue"


async def test_who_is_taken_off_the_staff_has_gone_too(any_rig: Rig) -> None:
    rig = any_rig
    member = await rig.store.write(lambda unit: add(unit, "Bob", "agent", "hash"))
    await rig.say("hello")
    id = (await rig.conversation())["id"]
    await rig.store.write(lambda unit: take(unit, expect(unit, id, None), member.id))
    await rig.look()
    assert (await rig.conversation())["owner"] == "staff"
    await rig.store.write(lambda unit: disable(unit, "Bob"))
    with capture_logs() as lines:
        await rig.look()
    assert (await rig.conversation())["owner"] == "queue"
    assert [line["event"] for line in lines if line["event"] == "owner.gone"]


# --- Silence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "owner"), [(23.9, "staff"), (24.1, "queue")])
async def test_after_a_day_without_a_word_of_a_person_it_is_the_queues(
    rig: Rig, hours: float, owner: str
) -> None:
    await rig.say("hello")
    await rig.settle()
    await rig.staff("say", "It is sent")
    rig.clock.pass_(hours * HOUR)
    asked = len(rig.brain.asked)
    await rig.say("it has not come")
    row = await rig.conversation()
    assert row["owner"] == owner
    await rig.settle()
    assert len(rig.brain.asked) == asked
    if owner == "queue":
        assert (row["reason"], row["waiting_since"]) == ("owner_silent", row["awaited_since"])


async def test_the_phone_of_the_business_is_a_word_of_a_person(rig: Rig) -> None:
    await rig.say("hello")
    await rig.operator_says("I answer from my phone")
    rig.clock.pass_(20 * HOUR)
    await rig.operator_says("and again")
    rig.clock.pass_(20 * HOUR)
    await rig.say("thank you")
    assert (await rig.conversation())["owner"] == "staff"
    rig.clock.pass_(4 * HOUR + 1)
    await rig.say("are you there?")
    assert (await rig.conversation())["owner"] == "queue"


async def test_an_older_row_that_does_not_say_when_is_left_alone(rig: Rig) -> None:
    await rig.say("hello")
    await rig.staff("say", "yes")
    id = (await rig.conversation())["id"]

    def older(unit: Unit) -> None:
        unit.execute(
            update(conversations).where(conversations.c.id == id).values(staff_spoke_at=None)
        )

    await rig.store.write(older)
    rig.clock.pass_(3 * DAY)
    await rig.say("hello again")
    assert (await rig.conversation())["owner"] == "staff"


# --- Closed, and come back ---------------------------------------------------------------------


async def closed_by_people(rig: Rig) -> None:
    rig.reopens_within = 24 * HOUR
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    await rig.staff("say", "Done")
    await rig.staff("resolve")
    rig.brain.answer = echo


# After how long, what is said -> whose it is, and how many cases there are.
COMEBACKS = {
    "soon": (1, "it is still broken", ("queue", 1)),
    "at the last moment": (24, "it is still broken", ("queue", 1)),
    "too late": (25, "it is still broken", ("assistant", 2)),
    "with thanks": (1, "thanks", ("assistant", 2)),
}


@pytest.mark.parametrize(("hours", "words", "after"), COMEBACKS.values(), ids=COMEBACKS)
async def test_who_comes_back_soon_after_people_closed_it_is_in_the_queue_again(
    rig: Rig, hours: float, words: str, after: tuple[str, int]
) -> None:
    await closed_by_people(rig)
    rig.clock.pass_(hours * HOUR)
    asked = len(rig.brain.asked)
    await rig.say(words)
    row = await rig.conversation()
    found = await rig.store.read(lambda r: r.all(select(cases)))
    assert (row["owner"], len(found)) == after
    if after[0] == "queue":
        assert (row["reason"], found[0]["resolved_at"], found[0]["outcome"]) == (
            "reopened",
            None,
            None,
        )
    await rig.settle()
    assert len(rig.brain.asked) == asked + (0 if after[0] == "queue" else 1)


async def test_what_the_assistant_closed_begins_with_the_assistant_again(rig: Rig) -> None:
    rig.reopens_within = 200 * HOUR
    await rig.say("hello")
    await rig.settle()
    rig.clock.pass_(73 * HOUR)
    await rig.look()
    await rig.say("another thing")
    assert (await rig.conversation())["owner"] == "assistant"


# --- Quiet -------------------------------------------------------------------------------------


async def outcomes(rig: Rig) -> list[str | None]:
    rows = await rig.store.read(lambda r: r.all(select(cases.c.outcome).order_by(cases.c.number)))
    return [row["outcome"] for row in rows]


async def test_a_case_that_is_quiet_for_three_days_is_over(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    rig.clock.pass_(72 * HOUR - 100)
    await rig.look()
    assert await outcomes(rig) == [None]
    rig.clock.pass_(100)
    await rig.look()
    assert await outcomes(rig) == ["silent"]
    assert (await rig.conversation())["case_id"] is None


async def test_what_a_person_has_is_over_too_and_what_waits_never_is(rig: Rig) -> None:
    await rig.say("hello", chat="c1")
    await rig.staff("say", "Done, I think", chat="c1")
    rig.brain.answer = to_a_person
    await rig.say("a person please", chat="c2")
    await rig.settle()
    rig.clock.pass_(80 * HOUR)
    await rig.look()
    assert (await rig.conversation("c1"))["case_id"] is None
    assert (await rig.conversation("c2"))["case_id"] is not None


async def test_what_is_on_its_way_keeps_a_case_open(any_rig: Rig) -> None:
    rig = any_rig
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="An answer.")
    await rig.say("hello")
    await rig.answer()
    rig.clock.pass_(80 * HOUR)
    await rig.look()
    assert await outcomes(rig) == [None]
    await rig.outbox.once()
    await rig.look()
    assert await outcomes(rig) == ["silent"]
