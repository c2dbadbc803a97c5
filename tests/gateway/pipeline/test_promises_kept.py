"""What customers are told of waiting is measured, and what is not kept is said and acted on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from brain.contract import Decision, Handoff, Reason, TurnInput
from channels.kinds import CAPABILITIES
from gateway.config.hours import parse_hours, parse_zone
from gateway.config.promises import DeskPromises, DigestSettings, PageSettings, Promises
from gateway.conversations.ownership import cover, expect
from gateway.store.schema.pipeline import deliveries
from gateway.store.schema.waiting import first_answers, pages
from gateway.store.store import Store
from gateway.store.unit import Unit, loads_object
from gateway.telemetry.facts import Fact, Late
from gateway.waiting.measured import by_band
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig, to_a_person

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
START = 1_800_000_000.0
UTC = parse_zone("UTC")
PAGER: Any = {"url": "https://pager.example/x", "secret": "s" * 32}
DESKS: Mapping[str, DeskPromises] = {
    "web": DeskPromises(
        first_answer=15 * MINUTE, escalate_to="second", page=PageSettings.model_validate(PAGER)
    ),
    "second": DeskPromises(page=PageSettings.model_validate(PAGER)),
}


@pytest.fixture
def rig(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    """What does not depend on the engine."""
    return Rig(sqlite_store, clock, tmp_path)


@pytest.fixture
def any_rig(store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(store, clock, tmp_path)


def to_people(notice: str) -> Callable[[TurnInput], Decision]:
    handoff = Handoff(Reason("tier_2", "a rule"), notice)
    return lambda _turn: Decision(kind="hand_over", handoff=handoff, language="en")


async def measured(rig: Rig, *minutes: float) -> None:
    """So long people took to answer, all of them yesterday at this time of day."""

    def unit(unit: Unit) -> None:
        for number, taken in enumerate(minutes):
            unit.insert(
                first_answers,
                id=f"m{number}",
                channel=CHANNEL,
                since=unit.now - DAY,
                seconds=taken * MINUTE,
            )

    await rig.store.write(unit)
    await rig.measured.refresh()


# --- Measuring ---------------------------------------------------------------------------------


async def test_the_first_answer_of_a_person_is_measured_from_when_they_were_asked(
    any_rig: Rig,
) -> None:
    rig = any_rig
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    asked = (await rig.conversation())["awaited_since"]
    rig.clock.pass_(120)
    await rig.staff("take")
    rig.clock.pass_(60)
    await rig.staff("say", "Here I am")
    await rig.staff("say", "And more")
    rows = await rig.store.read(lambda r: r.all(select(first_answers)))
    assert [(row["channel"], row["since"], row["seconds"]) for row in rows] == [
        (CHANNEL, asked, rig.clock.now() - asked)
    ]
    assert (await rig.conversation())["awaited_since"] is None


@pytest.mark.parametrize("verb", ["return", "resolve"])
async def test_who_was_not_answered_is_not_measured(rig: Rig, verb: Any) -> None:
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    await rig.staff("take")
    await rig.staff(verb)
    await rig.say("hello?")
    await rig.staff("say", "hello")
    assert await rig.store.read(lambda r: r.scalar(select(func.count(first_answers.c.id)))) == 0


# minutes that were taken -> what is known
TAKEN = {
    "too few": ([5.0] * 19, None),
    "just enough": ([5.0] * 20, 5),
    "rounded up": ([4.1] * 20, 5),
    "four of five": ([2.0] * 16 + [60.0] * 4, 2),
    "not four of five": ([2.0] * 15 + [60.0] * 5, 60),
    "never nothing": ([0.0] * 20, 1),
}


@pytest.mark.parametrize(("minutes", "known"), TAKEN.values(), ids=TAKEN)
def test_a_wait_is_that_of_four_in_five(minutes: list[float], known: int | None) -> None:
    found = by_band([(CHANNEL, START, taken * MINUTE) for taken in minutes], Promises())
    assert found.get(("web", 2)) == known


def test_desks_and_parts_of_the_day_are_measured_apart() -> None:
    promises = Promises(DESKS, {CHANNEL: "second"})
    many = [(CHANNEL, START, 600.0), (CHANNEL, START + 6 * HOUR, 60.0), ("other", START, 1.0)] * 20
    assert by_band(many, promises) == {("second", 2): 10, ("second", 3): 1, ("web", 2): 1}


async def test_what_is_older_than_four_weeks_says_nothing(any_rig: Rig) -> None:
    rig = any_rig
    await measured(rig, *([5.0] * 20))
    assert rig.measured.minutes(CHANNEL, rig.clock.now()) == 5
    rig.clock.pass_(27 * DAY + HOUR)
    await rig.measured.refresh()
    assert rig.measured.minutes(CHANNEL, rig.clock.now()) is None


# --- Saying ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        ("handoff", "People usually answer within 7 minutes."),
        ("handoff_by_us", "They usually answer within 7 minutes."),
        ("draft_wait", "That usually takes about 7 minutes."),
    ],
)
async def test_a_wait_is_named_where_it_is_known_and_left_out_else(
    rig: Rig, notice: str, words: str
) -> None:
    rig.brain.answer = to_people(notice)
    await rig.say("hello", chat="c1")
    await rig.settle()
    await measured(rig, *([6.5] * 20))
    await rig.say("hello", chat="c2")
    await rig.settle()
    before, after = (message.plain for message in rig.channel.sent)
    assert "minutes" not in before
    assert "[" not in before
    assert words in after


async def test_who_waits_is_told_of_the_day(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await measured(rig, *([59.5] * 20))
    await rig.say("a person please")
    await rig.settle()
    await rig.say("hello?")
    await rig.settle()
    assert "Today that takes about 1 hour." in rig.channel.texts[-1]


async def test_a_promise_that_is_not_kept_is_admitted_once_and_the_team_is_reminded(
    any_rig: Rig,
) -> None:
    rig = any_rig
    late: list[str] = []

    def listen(fact: Fact) -> None:
        if isinstance(fact, Late):
            late.append(fact.what)

    rig.store.facts.listen(listen)
    rig.promises = Promises({"web": DeskPromises(page=PageSettings.model_validate(PAGER))})
    rig.brain.answer = to_a_person
    await measured(rig, *([7.0] * 20))
    await rig.say("a person please")
    await rig.settle()
    rig.clock.pass_(5 * MINUTE)
    await rig.look()
    assert await rig.notices_said() == ["handoff"]
    for _ in range(4):
        rig.clock.pass_(2 * MINUTE)
        await rig.look()
        await rig.settle(0)
    assert await rig.notices_said() == ["handoff", "waiting_late"]
    assert "we're sorry" in rig.channel.texts[-1]
    # It says that the team has been reminded, so the team has been.
    row = await rig.conversation()
    assert row["late_at"] is not None
    assert late == ["promise"]
    assert len(await rig.store.read(lambda r: r.all(select(pages)))) == 1
    # Another wait is named in reply, and its end is not said again.
    await rig.say("hello?")
    await rig.settle()
    rig.clock.pass_(30 * MINUTE)
    await rig.look()
    assert (await rig.notices_said()).count("waiting_late") == 1


@pytest.mark.parametrize("verb", ["take", "say", "return", "resolve"])
async def test_a_promise_that_was_kept_is_not_admitted_to_be_broken(rig: Rig, verb: Any) -> None:
    rig.brain.answer = to_a_person
    await measured(rig, *([7.0] * 20))
    await rig.say("a person please")
    await rig.settle()
    await rig.staff(verb, "hello")
    rig.clock.pass_(HOUR)
    await rig.look()
    assert "waiting_late" not in await rig.notices_said()


async def test_a_promise_counts_in_the_teams_hours(rig: Rig) -> None:
    rig.hours = parse_hours({"fri": "08:00-08:10", "mon": "09:00-17:00"}, UTC)
    rig.brain.answer = to_a_person
    await measured(rig, *([20.0] * 20))
    await rig.say("a person please")
    await rig.settle()
    # Ten minutes on Friday, ten on Monday.
    assert (await rig.conversation())["promised_until"] == START + 3 * DAY + HOUR + 10 * MINUTE + 6


async def test_a_businesss_own_words_without_a_wait_promise_nothing(rig: Rig) -> None:
    rig.brain.answer = to_people("trouble")
    await measured(rig, *([7.0] * 20))
    await rig.say("hello")
    await rig.settle()
    assert (await rig.conversation())["promised_until"] is None


# --- Off hours ---------------------------------------------------------------------------------

# Hours of WhatsApp's window that are left -> whether another way to reach them is asked for.
OPENINGS = {
    "before it closes": ({"sat": "07:00-12:00"}, ["off_hours"]),
    "after it has closed": ({"mon": "09:00-17:00"}, ["off_hours", "off_hours_reach"]),
}


@pytest.mark.parametrize(("week", "said"), OPENINGS.values(), ids=OPENINGS)
async def test_who_could_not_be_written_to_by_then_is_asked_for_another_way(
    rig: Rig, week: dict[str, str], said: list[str]
) -> None:
    rig = Rig(rig.store, rig.clock, rig.folder / "wa", capabilities=CAPABILITIES["whatsapp"])
    rig.hours = parse_hours(week, UTC)
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    assert await rig.notices_said() == said
    since = (await rig.conversation())["waiting_since"]
    # What is offered last is what a typed word or number means.
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="An answer.")
    await rig.say("Keep going")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["covered"], row["waiting_since"]) == ("assistant", True, since)


@pytest.mark.parametrize("promising", ["off_hours", "waiting"])
async def test_going_on_with_the_assistant_keeps_the_place_until_a_person_speaks(
    rig: Rig, promising: str
) -> None:
    if promising == "off_hours":
        rig.hours = parse_hours({"mon": "09:00-17:00"}, UTC)
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    if promising == "waiting":
        await rig.say("hello?")
        await rig.settle()
    assert (await rig.notices_said())[-1] == promising
    place = await rig.conversation()
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="An answer.")
    await rig.press("keep_going" if promising == "off_hours" else "ask_meanwhile")
    await rig.say("what does shipping cost?")
    await rig.settle()
    row = await rig.conversation()
    assert rig.channel.texts[-1].endswith("An answer.")
    assert (row["covered"], row["waiting_since"]) == (True, place["waiting_since"])
    assert row["awaited_since"] == place["awaited_since"]
    await rig.staff("say", "A person now")
    row = await rig.conversation()
    assert (row["covered"], row["waiting_since"], row["owner"]) == (False, None, "staff")


# --- Desks -------------------------------------------------------------------------------------


async def waits_for_the_web_desk(rig: Rig) -> None:
    rig.promises = Promises(DESKS)
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()


async def test_a_case_that_is_late_moves_to_the_second_desk_once_and_calls_both(
    any_rig: Rig,
) -> None:
    rig = any_rig
    await waits_for_the_web_desk(rig)
    rig.clock.pass_(15 * MINUTE - 62)
    await rig.look()
    assert (await rig.conversation())["late_at"] is None
    await rig.look()
    row = await rig.conversation()
    assert (row["late_at"], row["escalated_to"]) == (rig.clock.now(), "second")
    for _ in range(3):
        rig.clock.pass_(HOUR)
        await rig.look()
    assert (await rig.conversation())["late_at"] == row["late_at"]
    rows = await rig.store.read(lambda r: r.all(select(pages).order_by(pages.c.desk)))
    assert [page["desk"] for page in rows] == ["second", "web"]
    body = loads_object(rows[0]["body"])
    assert (body["type"], body["data"]["desk"], body["data"]["escalated"]) == (
        "case.late",
        "second",
        True,
    )
    assert "person please" not in rows[0]["body"]


@pytest.mark.parametrize("verb", ["say", "return", "resolve"])
async def test_the_clock_stops_when_somebody_answers_and_when_it_is_over(
    rig: Rig, verb: Any
) -> None:
    await waits_for_the_web_desk(rig)
    await rig.staff(verb, "hello")
    rig.clock.pass_(DAY)
    await rig.look()
    row = await rig.conversation()
    assert (row["late_at"], row["escalated_to"]) == (None, None)
    assert await rig.store.read(lambda r: r.all(select(pages))) == []


async def test_who_has_taken_a_case_keeps_it_though_it_is_late(rig: Rig) -> None:
    await waits_for_the_web_desk(rig)
    await rig.staff("take")
    rig.clock.pass_(16 * MINUTE)
    await rig.look()
    row = await rig.conversation()
    assert (row["owner"], row["escalated_to"]) == ("staff", None)
    assert row["late_at"] is not None


async def test_who_goes_on_with_the_assistant_is_still_awaited(rig: Rig) -> None:
    await waits_for_the_web_desk(rig)
    id = (await rig.conversation())["id"]
    await rig.store.write(lambda unit: cover(unit, expect(unit, id, None)))
    rig.clock.pass_(16 * MINUTE)
    await rig.look()
    assert (await rig.conversation())["escalated_to"] == "second"


async def test_a_desks_clock_stands_still_while_the_team_is_away(rig: Rig) -> None:
    rig.hours = parse_hours({"fri": "08:00-08:10", "mon": "09:00-17:00"}, UTC)
    await waits_for_the_web_desk(rig)
    rig.clock.pass_(2 * DAY)
    await rig.look()
    assert (await rig.conversation())["late_at"] is None
    rig.clock.at = START + 3 * DAY + HOUR + 5 * MINUTE + 7
    await rig.look()
    assert (await rig.conversation())["late_at"] is not None


async def test_a_digest_says_who_waits_while_anybody_does(any_rig: Rig) -> None:
    rig = any_rig
    digest = DigestSettings(to="team@shop.example", channel=CHANNEL, every="hour")
    rig.promises = Promises({"web": DeskPromises(digest=digest)})
    await rig.look()
    rig.clock.pass_(HOUR)
    await rig.look()
    # Nobody waited.
    assert await rig.deliveries("team@shop.example") == []
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    row = await rig.conversation()
    for _ in range(3):
        rig.clock.pass_(20 * MINUTE)
        await rig.look()
        await rig.look()
    await rig.settle()
    sent = [message for message in rig.channel.sent if message.address.chat == "team@shop.example"]
    assert len(sent) == 1
    assert sent[0].reply_context["subject"] == "1 customer waits"
    assert f"https://help.example/desk#c/{row['id']}" in sent[0].plain
    assert "person please" not in sent[0].plain
    states = await rig.store.read(lambda r: [d["state"] for d in r.all(select(deliveries))])
    assert set(states) == {"sent"}
