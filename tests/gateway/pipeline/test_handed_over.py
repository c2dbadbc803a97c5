"""What goes wrong with answering ends with a person, said once; and who answers is disclosed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from brain.contract import Decision, Handoff, Reason, TurnInput
from channels.errors import RejectedSendError
from gateway.config.hours import Hours
from gateway.conversations.ownership import cover, expect
from gateway.turns.plan import MOST_CHARACTERS
from tests.gateway.pipeline.rig import Rig, to_a_person

DISCLOSURE = "Fernhill Outdoor's AI assistant"
NEVER = Hours(week=((),) * 7, zone=ZoneInfo("UTC"))


def not_known(_turn: TurnInput) -> Decision:
    handoff = Handoff(Reason("low_confidence", "nothing was found"), "unknown")
    return Decision(kind="hand_over", handoff=handoff, language="en")


async def test_that_we_do_not_know_is_said_once_a_case(rig: Rig) -> None:
    rig.brain.answer = not_known
    await rig.say("q1")
    await rig.settle()
    await rig.say("hello?")
    await rig.settle(60)
    await rig.press("ask_meanwhile")
    await rig.settle()
    await rig.say("q2")
    await rig.settle()
    assert (await rig.notices_said()).count("unknown") == 1
    assert (await rig.conversation())["owner"] == "queue"


async def test_a_handoff_is_said_once_a_case_in_whatever_language(rig: Rig) -> None:
    for language in ("en", "de", "en"):
        handoff = Handoff(Reason("asked_for_person", "asked"), "handoff")
        decision = Decision(kind="hand_over", handoff=handoff, language=language)
        rig.brain.answer = lambda _turn, decision=decision: decision
        await rig.say("a person please")
        await rig.settle()
        row = await rig.conversation()
        assert row["owner"] == "queue"
        await rig.store.write(lambda unit, id=row["id"]: cover(unit, expect(unit, id, None)))
    assert (await rig.notices_said()).count("handoff") == 1


async def test_a_channel_that_is_no_longer_configured_is_left_to_people(rig: Rig) -> None:
    await rig.say("hello")
    rig.configured = False
    await rig.settle()
    assert rig.brain.asked == []
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "rollout_off")


async def test_who_writes_on_and_on_is_no_reason_to_fail_for_ever(rig: Rig) -> None:
    def fail(_turn: TurnInput) -> Decision:
        raise RuntimeError("the model is down")

    rig.brain.answer = fail
    for number in range(30):
        await rig.say(f"hello {number}?")
        for _ in range(5):
            rig.clock.pass_(1)
            await rig.turns.once()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "our_failure")
    assert len(rig.brain.asked) == 3


async def test_a_team_that_never_opens_is_still_handed_the_case(rig: Rig) -> None:
    rig.hours = NEVER
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "asked_for_person")
    # There is no hour to name, so it is the handoff that is said.
    assert await rig.notices_said() == ["handoff"]


async def test_an_endless_answer_is_cut(rig: Rig) -> None:
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="word **bold** and. " * 40_000)
    await rig.say("hello")
    await rig.answer()
    told = sum(len(row["plain"]) for row in await rig.deliveries())
    assert MOST_CHARACTERS // 2 < told < MOST_CHARACTERS + 1000


async def test_a_disclosure_that_was_taken_back_is_made_with_the_next_answer(rig: Rig) -> None:
    await rig.say("hello")
    await rig.answer()
    await rig.staff("take")
    await rig.settle()
    await rig.staff("return")
    await rig.say("again")
    await rig.settle()
    assert not any(DISCLOSURE in text for text in rig.channel.texts[:-1])
    assert DISCLOSURE in rig.channel.texts[-1]


async def test_a_disclosure_that_did_not_arrive_is_made_with_the_next_answer(rig: Rig) -> None:
    rig.channel.outcomes = [RejectedSendError("blocked")]
    await rig.say("hello")
    await rig.settle()
    await rig.staff("resolve")
    for text in ("another day", "and another"):
        await rig.say(text)
        await rig.settle()
    assert [DISCLOSURE in text for text in rig.channel.texts] == [True, False]


async def test_that_people_are_awaited_is_not_said_twice_in_a_row(rig: Rig) -> None:
    """A second handoff of a case says it in place of its own text, and that counts as saying it."""
    rig.brain.answer = to_a_person
    await rig.say("a person, please")
    await rig.settle()
    await rig.staff("take")
    await rig.staff("return")
    await rig.say("no, a person")
    await rig.settle()
    await rig.say("hello?")
    await rig.settle()
    assert (await rig.notices_said()).count("waiting") == 1
