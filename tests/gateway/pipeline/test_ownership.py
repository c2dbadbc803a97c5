"""Who may speak: every change of owner, what it does to what is queued, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import RowMapping, select

from brain.contract import Decision, TurnInput
from channels.contract import OutboundMessage, Receipt
from channels.errors import RetryableSendError, SendError, UncertainSendError
from channels.kinds import CAPABILITIES
from gateway.conversations.ownership import (
    OwnerMoved,
    UnknownConversation,
    cover,
    expect,
    hand_over,
    resolve,
    return_,
    take,
)
from gateway.records import Brief, Prepared
from gateway.store.schema.conversation import cases
from gateway.store.unit import Unit, loads_object
from tests.gateway.pipeline.rig import CHANNEL, LedgerChannel, Rig

Verb = Callable[[Unit, RowMapping], int]
VERBS: dict[str, Verb] = {
    "take": lambda unit, row: take(unit, row, "ada"),
    "take by another": lambda unit, row: take(unit, row, "bob"),
    "hand over": lambda unit, row: hand_over(unit, row, "why", Brief(question="what?")),
    "cover": cover,
    "return": return_,
    "resolve": lambda unit, row: resolve(unit, row, "answered"),
}
# verb -> (owner, who, covered, whether the case keeps waiting in the queue)
AFTER = {
    "take": ("staff", "ada", False, False),
    "take by another": ("staff", "bob", False, False),
    "hand over": ("queue", None, False, True),
    "cover": ("assistant", None, True, True),
    "return": ("assistant", None, False, False),
    "resolve": ("assistant", None, False, False),
}
BEFORE: dict[str, tuple[str, ...]] = {
    "assistant": (),
    "queue": ("hand over",),
    "covered": ("hand over", "cover"),
    "staff": ("take",),
}


async def act(rig: Rig, verb: str, epoch: int | None = None) -> int:
    id = (await rig.conversation())["id"]
    return await rig.store.write(lambda unit: VERBS[verb](unit, expect(unit, id, epoch)))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("before", BEFORE)
async def test_every_verb_from_every_owner(rig: Rig, before: str, verb: str) -> None:
    await rig.say("hello")
    for step in BEFORE[before]:
        await act(rig, step)
    was = await rig.conversation()
    rig.clock.pass_(10)
    told = await act(rig, verb)
    row = await rig.conversation()
    owner, who, covered, waits = AFTER[verb]
    assert (row["owner"], row["staff_id"], row["covered"]) == (owner, who, covered)
    unchanged = (before, verb) == ("staff", "take")
    assert row["epoch"] == told == was["epoch"] + (0 if unchanged else 1)
    if not waits or verb == "cover":
        # Covering keeps the place a case has, and gives none to one that had none.
        assert row["waiting_since"] == (was["waiting_since"] if waits else None)
    else:
        # Who waited already keeps the place; who did not begins to wait now.
        assert row["waiting_since"] == (was["waiting_since"] or rig.clock.now())


@pytest.mark.parametrize("verb", VERBS)
async def test_a_change_of_owner_takes_back_what_the_assistant_has_not_begun_to_send(
    rig: Rig, verb: str
) -> None:
    await rig.say("hello")
    rig.clock.pass_(6)
    await rig.turns.once()
    assert [row["state"] for row in await rig.deliveries()] == ["queued"]
    await act(rig, verb)
    await rig.outbox.once()
    assert [row["state"] for row in await rig.deliveries()] == ["withdrawn"]
    assert rig.channel.sent == []


async def test_what_people_said_is_not_taken_back(rig: Rig) -> None:
    await rig.say("hello")
    id = (await rig.conversation())["id"]
    joined = rig.rendering.prepare(
        CHANNEL, Prepared(author="system", markdown="Ada joined.", notice="joined")
    )
    await rig.store.write(lambda unit: take(unit, expect(unit, id, None), "ada", joined))
    await act(rig, "return")
    await rig.outbox.once()
    assert rig.channel.texts == ["Ada joined."]


async def test_a_notice_is_said_once_a_case_unless_its_words_are_others(rig: Rig) -> None:
    await rig.say("hello")
    id = (await rig.conversation())["id"]

    def notice(words: str) -> Prepared:
        said = Prepared(author="system", markdown=words, notice="joined")
        return rig.rendering.prepare(CHANNEL, said)

    for staff, words in (("ada", "Ada joined."), ("bob", "Bob joined."), ("cy", "Bob joined.")):
        joined = notice(words)
        await rig.store.write(
            lambda unit, s=staff, j=joined: take(unit, expect(unit, id, None), s, j)
        )
    await rig.outbox.once()
    assert rig.channel.texts == ["Ada joined.", "Bob joined."]
    await act(rig, "resolve")
    await rig.say("another matter")
    joined = notice("Bob joined.")
    await rig.store.write(lambda unit: take(unit, expect(unit, id, None), "bob", joined))
    await rig.outbox.once()
    assert rig.channel.texts[-1:] == ["Bob joined."]
    assert len(rig.channel.texts) == 3


async def test_an_action_on_what_has_moved_meanwhile_is_refused_with_the_current_epoch(
    rig: Rig,
) -> None:
    await rig.say("hello")
    seen = (await rig.conversation())["epoch"]
    await act(rig, "take", seen)
    with pytest.raises(OwnerMoved) as moved:
        await act(rig, "resolve", seen)
    row = await rig.conversation()
    assert (moved.value.epoch, row["epoch"], row["owner"]) == (seen + 1, seen + 1, "staff")


async def test_what_is_not_there_is_unknown(rig: Rig) -> None:
    with pytest.raises(UnknownConversation):
        await rig.store.write(lambda unit: expect(unit, "nothing", None))
    await rig.say("hello")
    id = (await rig.conversation())["id"]
    # Another tenant's conversation does not exist for this one.
    with pytest.raises(UnknownConversation):
        await rig.store.write(lambda unit: expect(unit, id, None), tenant="other")


async def test_a_return_wakes_the_assistant_for_what_nobody_answered(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    await act(rig, "take")
    await rig.say("are you there?")
    await rig.settle()
    assert len(rig.brain.asked) == 1
    await act(rig, "return")
    await rig.settle(0)
    assert [said.text for said in rig.brain.asked[-1].new] == ["are you there?"]
    assert len(rig.channel.sent) == 2


async def test_a_resolved_case_is_closed_and_the_next_message_opens_another(rig: Rig) -> None:
    await rig.say("hello")
    await act(rig, "take")
    await act(rig, "resolve")
    await rig.settle()
    assert rig.channel.sent == []
    await rig.say("something else")
    await rig.settle()
    found = await rig.store.read(lambda r: r.all(select(cases).order_by(cases.c.number)))
    assert [(row["outcome"], row["resolved_at"] is None) for row in found] == [
        ("answered", False),
        (None, True),
    ]
    assert [said.text for said in rig.brain.asked[-1].history] == []


async def test_the_brief_is_kept_with_the_case(rig: Rig) -> None:
    await rig.say("hello")
    await act(rig, "hand over")
    row = await rig.conversation()
    brief = await rig.store.read(
        lambda r: r.scalar(select(cases.c.brief).where(cases.c.id == row["case_id"]))
    )
    assert loads_object(brief)["question"] == "what?"
    assert row["reason"] == "why"


async def test_a_covered_case_is_answered_and_keeps_its_place_until_a_person_speaks(
    rig: Rig,
) -> None:
    await rig.say("hello")
    await act(rig, "hand over")
    since = (await rig.conversation())["waiting_since"]
    await act(rig, "cover")
    await rig.say("meanwhile, a question")
    await rig.settle()
    assert len(rig.channel.sent) == 1
    assert (await rig.conversation())["waiting_since"] == since
    await act(rig, "take")
    row = await rig.conversation()
    assert (row["covered"], row["waiting_since"]) == (False, None)


async def test_whatever_the_brain_says_it_does_not_speak_over_a_person(rig: Rig) -> None:
    async def person_comes(_turn: TurnInput) -> None:
        await act(rig, "take")

    rig.brain.before = person_comes
    rig.brain.answer = lambda _turn: Decision(kind="reply", text="me first")
    await rig.say("hello")
    await rig.settle()
    await rig.say("and now?")
    await rig.settle()
    assert rig.channel.sent == []
    assert (await rig.conversation())["owner"] == "staff"


class TakenWhileSending(LedgerChannel):
    """A person takes over while the platform is being asked; then sending ends as it does."""

    def __init__(self, rig: Rig, kind: str, end: SendError) -> None:
        super().__init__(CAPABILITIES[kind], rig.clock)
        self._rig = rig
        self._end = end
        self.tries = 0

    async def send(self, message: OutboundMessage) -> Receipt:
        self.tries += 1
        if self.tries == 1:
            await act(self._rig, "take")
            raise self._end
        return await super().send(message)


# What was being sent cannot be taken back; what comes of it may not be said again all the same.
ENDS = {
    "try again later": ("telegram", RetryableSendError("busy", retry_after=5.0), "withdrawn"),
    "it did not arrive": ("slack", UncertainSendError(), "withdrawn"),
    "nobody can know": ("telegram", UncertainSendError(), "uncertain"),
}


@pytest.mark.parametrize(("kind", "end", "state"), ENDS.values(), ids=ENDS)
async def test_a_takeover_during_a_send_that_fails_is_the_end_of_it(
    rig: Rig, kind: str, end: SendError, state: str
) -> None:
    channel = TakenWhileSending(rig, kind, end)
    rig.channel = channel
    await rig.say("hello")
    await rig.settle()
    await rig.settle(60)
    assert (channel.tries, channel.sent) == (1, [])
    assert [row["state"] for row in await rig.deliveries()] == [state]
    assert (await rig.conversation())["owner"] == "staff"
