"""How it went: asked once, heard once, and never a reason for the assistant to speak."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from brain.contract import Citation, Decision, Handoff, Reason, TurnInput
from channels.contract import Choice
from channels.kinds import CAPABILITIES
from gateway.conversations.ratings import rating_in, reason_in
from gateway.store.schema.aftercare import ratings
from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.after import After
from tests.gateway.pipeline.rig import Rig, to_a_person

DAY = 86_400.0
SCORES = tuple(Choice(f"rating_{score}", str(score)) for score in range(1, 6))
AGAIN = (Choice("rating_yes", "Yes, please"), Choice("rating_no", "No, it's fine"))


@pytest.fixture
def after(rig: Rig) -> After:
    return After(rig)


@pytest.fixture
def light(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> After:
    """For what does not depend on the engine."""
    return After(Rig(sqlite_store, clock, tmp_path))


def unsure(_turn: TurnInput) -> Decision:
    reason = Reason("low_confidence", "no passage answers this")
    return Decision(kind="hand_over", handoff=Handoff(reason, "unknown"), language="en")


def answers(_turn: TurnInput) -> Decision:
    cited = (Citation("p1", "Returns", None, "60 days."),)
    return Decision(kind="reply", text="60 days.", citations=cited, confidence=0.9)


async def test_a_resolved_case_is_rated_and_no_turn_is_woken(after: After) -> None:
    rig = after.rig
    await after.resolved()
    await after.step(59.0)
    assert "rating" not in await rig.notices_said()
    await after.step(2.0)
    assert rig.channel.sent[-1].choices[0].label == "1"
    await rig.press("rating_4")
    await after.step(1.0)
    row = await after.rating()
    assert (row["state"], row["score"], row["path"]) == ("rated", 4, "human")
    assert await rig.notices_said() == ["joined", "rating", "rating_thanks"]
    await rig.settle()
    assert rig.brain.asked == []
    (case,) = await after.rows(cases)
    assert case["resolved_at"] is not None
    assert (await rig.conversation())["case_id"] is None


async def test_a_second_score_changes_nothing(light: After) -> None:
    await light.rated(4)
    await light.rig.press("rating_1")
    await light.step(1.0)
    assert (await light.rating())["score"] == 4
    assert (await light.rig.notices_said()).count("rating_thanks") == 1


async def test_a_typed_number_rates_and_what_follows_it_is_the_reason(after: After) -> None:
    await after.resolved()
    await after.step()
    await after.rig.say("5 - very quick")
    await after.step(1.0)
    row = await after.rating()
    assert row["score"] == 5
    said = {message["id"]: message["body"] for message in await after.rig.messages()}
    assert said[row["comment_message_id"]] == "5 - very quick"


async def test_a_low_score_offers_a_person_and_yes_opens_the_case_again(after: After) -> None:
    rig = after.rig
    await after.rated(2)
    assert (await rig.notices_said())[-1] == "rating_low"
    await rig.say("yes please")
    await after.step(1.0)
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "rated_low")
    (case,) = await after.rows(cases)
    assert row["case_id"] == case["id"]
    assert case["resolved_at"] is None
    assert "2 of 5" in case["brief"]
    assert "on its way" in case["brief"]
    assert (await rig.notices_said())[-1] == "handoff"
    assert rig.brain.asked == []
    await rig.staff("say", "Let me look.")
    await rig.staff("resolve")
    await after.step(8 * DAY)
    assert (await rig.notices_said()).count("rating") == 1


async def test_no_is_thanked_for(light: After) -> None:
    await light.rated(1)
    await light.rig.press("rating_no")
    await light.step(1.0)
    assert (await light.rig.notices_said())[-2:] == ["rating_low", "rating_thanks"]
    assert (await light.rig.conversation())["owner"] == "assistant"


async def test_nobody_is_asked_twice_in_a_week(after: After) -> None:
    await after.rated(5)
    for days, asked in ((3.0, 1), (5.0, 2)):
        after.rig.clock.pass_(days * DAY)
        await after.resolved()
        await after.step()
        assert (await after.rig.notices_said()).count("rating") == asked
    skipped = [row["reason"] for row in await after.rows(ratings) if row["state"] == "skipped"]
    assert skipped == ["asked less than a week ago"]


@pytest.mark.parametrize(
    ("decide", "text", "said", "owner"),
    [
        (unsure, "The courier was really friendly", "silent", "assistant"),
        (unsure, "Do you also sell tents?", "hand_over", "queue"),
        (to_a_person, "I want to talk to somebody", "hand_over", "queue"),
        (answers, "I also have to return my boots", "reply", "assistant"),
    ],
    ids=["a remark", "a question", "a wish", "another matter"],
)
async def test_words_after_a_score_are_its_reason_or_a_case_of_their_own(
    light: After, decide: Callable[[TurnInput], Decision], text: str, said: str, owner: str
) -> None:
    rig = light.rig
    await light.rated(4)
    rig.brain.answer = decide
    await rig.say(text)
    await rig.settle()
    remark = said == "silent"
    row = await rig.conversation()
    assert row["owner"] == owner
    assert (row["case_id"] is None) == remark
    assert len(await light.rows(cases)) == (1 if remark else 2)
    assert ((await light.rating())["comment_message_id"] is not None) == remark
    spoken = next(one for one in await rig.messages() if one["body"] == text)
    (own,) = [one["id"] for one in await light.rows(cases) if one["number"] == (1 if remark else 2)]
    assert spoken["case_id"] == own


async def test_words_long_after_a_score_are_a_case_of_their_own(light: After) -> None:
    await light.rated(4)
    light.rig.clock.pass_(3_600.0)
    await light.rig.say("The courier was friendly")
    assert len(await light.rows(cases)) == 2


async def test_who_writes_before_being_asked_is_not(light: After) -> None:
    await light.resolved()
    await light.rig.say("And another thing")
    await light.step()
    assert (await light.rating())["reason"] == "the customer writes about something else"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"public": True}, "others read along there"),
        ({"opted_out_at": 1.0}, "the customer asked for no more messages"),
        ({"window_until": 1_800_000_000.0}, "the window to write freely is over"),
    ],
)
async def test_where_nobody_is_asked(light: After, values: dict[str, object], reason: str) -> None:
    await light.resolved()
    await light.rig.store.write(lambda unit: unit.execute(update(conversations).values(**values)))
    await light.step()
    row = await light.rating()
    assert (row["state"], row["reason"]) == ("skipped", reason)
    assert "rating" not in await light.rig.notices_said()


async def test_where_it_is_not_configured_nothing_is_planned(rig: Rig) -> None:
    after = After(rig, asks=False)
    await after.resolved()
    await after.step()
    assert await after.rows(ratings) == []
    assert (await after.closing())["path"] == "human"


async def test_two_nodes_ask_once(after: After) -> None:
    other = After(after.rig)
    await after.resolved()
    await asyncio.gather(after.loop.once(), other.loop.once())
    after.rig.clock.pass_(61.0)
    await asyncio.gather(*(one.loop.once() for one in (after, other) * 3))
    assert (await after.rig.notices_said()).count("rating") == 1


async def test_a_channel_with_numbers_takes_the_number(
    sqlite_store: Store, clock: ManualClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plain = replace(CAPABILITIES["telegram"], choices_limit=0)
    rig = Rig(sqlite_store, clock, tmp_path_factory.mktemp("rig"), capabilities=plain)
    after = After(rig)
    await after.resolved()
    await after.step()
    await rig.say("2")
    await after.step(1.0)
    assert (await after.rating())["score"] == 2
    await rig.say("2")
    await after.step(1.0)
    assert (await rig.notices_said())[-1] == "rating_thanks"


async def test_an_hour_later_nobody_is_surprised(light: After) -> None:
    """A node that was down for long does not ask about what everybody has forgotten."""
    await light.resolved()
    light.rig.clock.pass_(7 * 3_600.0)
    await light.loop.once()
    assert await light.rows(ratings) == []


@pytest.mark.parametrize(
    ("text", "offered", "choice"),
    [
        ("4", SCORES, "rating_4"),
        (" 4/5 ", SCORES, "rating_4"),
        ("3, took a while", SCORES, "rating_3"),
        ("5\nThank you!", SCORES, "rating_5"),
        ("2 of my boots leak", SCORES, None),
        ("42", SCORES, None),
        ("7", SCORES, None),
        ("4", (), None),
        ("ja", AGAIN, "rating_yes"),
        ("No", AGAIN, "rating_no"),
        ("yes, but first tell me why", AGAIN, None),
        ("4", AGAIN, None),
    ],
)
def test_what_is_typed(text: str, offered: tuple[Choice, ...], choice: str | None) -> None:
    assert rating_in(text, offered) == choice


def test_only_words_are_a_reason() -> None:
    assert not reason_in("4/5")
    assert reason_in("4. Because of Ada")


async def test_the_ask_belongs_to_the_case_that_is_over(light: After) -> None:
    await light.resolved()
    await light.step()
    (case,) = await light.rows(cases)
    asked = await light.rig.store.read(
        lambda reading: reading.scalar(
            select(messages.c.case_id).where(messages.c.notice == "rating")
        )
    )
    assert asked == case["id"]
