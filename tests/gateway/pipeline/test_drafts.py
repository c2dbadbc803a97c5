"""Drafts: prepared for people, sent once and by a person, and never past words nobody has read."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from brain.acts import ActionRequest, Challenge
from brain.contract import Decision, Handoff, Reason, TurnInput
from channels.events import Address, InboundMessage, Sender
from gateway.config.rollout import OPEN
from gateway.conversations.drafts import EXPIRES_SECONDS, DraftMoved, UnknownDraft
from gateway.desk.drafted import lessons, waiting
from gateway.desk.records import NothingToSay, RequestReused
from gateway.people.records import Actor
from gateway.store.schema.conversation import cases
from gateway.store.schema.pipeline import timers
from gateway.telemetry.metrics import Metrics
from tests.gateway.pipeline.drafting import Checking, checking, prepared
from tests.gateway.pipeline.rig import CHANNEL, Rig

BEN = Actor("staff-ben", "Ben", "agent")


@pytest.fixture
def people(rig: Rig) -> Checking:
    return checking(rig)


async def suggested(rig: Rig) -> str:
    found = await rig.store.read(lambda r: r.scalar(select(cases.c.brief)))
    return str(json.loads(found)["suggested"])


def said(rig: Rig) -> list[tuple[str, str]]:
    return [(message.author or "", message.plain) for message in rig.channel.sent]


async def test_a_draft_waits_for_people_and_the_customer_is_told_so(
    rig: Rig, people: Checking
) -> None:
    await people.asked("shipping")
    [draft] = await people.all()
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "draft")
    assert (draft["state"], draft["version"], draft["body"]) == ("open", 1, "On shipping")
    assert (draft["epoch"], draft["through_seq"]) == (row["epoch"], row["customer_seq"])
    assert (draft["question"], draft["confidence"]) == ("shipping", 0.9)
    assert await rig.notices_said() == ["draft_wait"]
    assert [author for author, _ in said(rig)] == ["system"]
    assert await suggested(rig) == ""
    shown = await rig.store.read(lambda r: waiting(r, {"line": "telegram"}))
    [item] = shown.items
    assert (item["text"], item["kind"], item["epoch"]) == ("On shipping", "telegram", row["epoch"])
    assert item["citations"] == [{"title": "Shipping", "url": None, "passage": "p-ship"}]


async def test_what_a_person_approves_is_theirs(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    done = await people.approves()
    await rig.settle()
    assert [author for author, _ in said(rig)] == ["system", "system", "staff"]
    assert said(rig)[-1][1].startswith("On shipping")
    draft, row = await people.one(), await rig.conversation()
    assert (row["owner"], row["staff_id"], row["epoch"]) == ("staff", "staff-ada", done.epoch)
    assert row["answered_seq"] == row["customer_seq"]
    assert (draft["state"], draft["decided_name"], draft["sent_message_id"]) == (
        "sent", "Ada", done.message,
    )  # fmt: skip
    last = (await rig.messages())[-1]
    assert (last["author"], last["name"], last["staff_id"]) == ("staff", "Ada", "staff-ada")
    left = await rig.store.read(lambda r: r.all(select(timers.c.kind)))
    assert [timer["kind"] for timer in left] == []


async def test_a_newer_message_is_shown_and_asked_about(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    seen = await people.seen()
    await rig.say("to Norway")
    with pytest.raises(DraftMoved) as moved:
        await people.approves(seen)
    assert moved.value.why == "customer"
    assert [row["body"] for row in moved.value.newer] == ["to Norway"]
    # Who has read it may send the draft all the same.
    await people.approves(replace(seen, through_seq=moved.value.state["customer_seq"]))
    await rig.settle()
    assert said(rig)[-1][1].startswith("On shipping")


async def test_a_newer_message_makes_the_next_version_for_all_of_it(
    rig: Rig, people: Checking
) -> None:
    await people.asked("shipping")
    seen = await people.seen()
    await people.asked("returns")
    [draft] = await people.all()
    assert (draft["version"], draft["body"]) == (2, "On shipping and returns")
    with pytest.raises(DraftMoved) as moved:
        await people.approves(seen)
    assert (moved.value.why, moved.value.state["version"]) == ("version", 2)
    await people.approves()
    await rig.settle()
    sent = [text for author, text in said(rig) if author == "staff"]
    assert [text.startswith("On shipping and returns") for text in sent] == [True]


async def test_a_take_keeps_the_draft_and_its_owner_alone_sends_it(
    rig: Rig, people: Checking
) -> None:
    await people.asked("shipping")
    before = await people.seen()
    await rig.staff("take")
    draft, row = await people.one(), await rig.conversation()
    assert (draft["state"], draft["epoch"]) == ("open", row["epoch"])
    with pytest.raises(DraftMoved) as moved:
        await people.approves(before)
    assert (moved.value.why, moved.value.state["epoch"]) == ("epoch", row["epoch"])
    for refused in (people.approves(by=BEN), people.rejects("mine", by=BEN)):
        with pytest.raises(DraftMoved) as others:
            await refused
        assert others.value.why == "owner"
    await people.approves()


@pytest.mark.parametrize("verb", ["return", "resolve"])
async def test_a_draft_ends_when_people_are_done(rig: Rig, people: Checking, verb: str) -> None:
    await people.asked("shipping")
    await rig.staff("return" if verb == "return" else "resolve")
    draft = await people.one()
    assert draft["state"] == "withdrawn"
    assert not (await rig.conversation())["drafting"]
    with pytest.raises(DraftMoved) as moved:
        await people.approves()
    assert moved.value.why == "decided"
    assert (await rig.store.read(lambda r: waiting(r, {}))).items == []


async def test_an_expired_draft_is_a_plain_handoff(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    rig.clock.pass_(EXPIRES_SECONDS + 1)
    await rig.fire()
    row = await rig.conversation()
    assert (await people.one())["state"] == "expired"
    assert (row["owner"], row["reason"]) == ("queue", "draft_expired")
    assert await suggested(rig) == "On shipping"
    with pytest.raises(DraftMoved):
        await people.approves()
    # From here on it is a handoff like any other.
    await people.asked("returns")
    assert len(await people.all()) == 1
    assert [author for author, _ in said(rig) if author != "system"] == []


async def test_a_new_version_lives_as_long_as_a_new_draft(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    rig.clock.pass_(EXPIRES_SECONDS / 2)
    await people.asked("returns")
    rig.clock.pass_(EXPIRES_SECONDS / 2 + 60)
    await rig.fire()
    assert (await people.one())["state"] == "open"


async def test_a_rejection_is_kept_with_what_was_said_instead(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    await people.rejects("Norway takes longer")
    page = await rig.store.read(lessons)
    assert (page.items[0]["reason"], page.items[0]["instead"]) == ("Norway takes longer", None)
    await rig.staff("say", "It takes a week.")
    [lesson] = (await rig.store.read(lessons)).items
    assert lesson["question"] == "shipping"
    assert lesson["draft"] == "On shipping"
    assert (lesson["instead"], lesson["decided_by"]) == ("It takes a week.", "Ada")
    await rig.settle()
    assert [text for author, text in said(rig) if author == "staff"] == ["It takes a week."]


async def test_other_words_are_sent_in_its_place_and_kept_beside_it(
    rig: Rig, people: Checking
) -> None:
    await people.asked("shipping")
    await people.edits("It takes a week.")
    [lesson] = (await rig.store.read(lessons)).items
    assert (lesson["state"], lesson["draft"], lesson["instead"]) == (
        "edited_sent", "On shipping", "It takes a week.",
    )  # fmt: skip
    await rig.settle()
    assert said(rig)[-1] == ("staff", "It takes a week.")


async def test_unchanged_words_teach_nothing(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    await people.edits(" On shipping\n")
    assert (await people.one())["state"] == "sent"
    assert (await rig.store.read(lessons)).items == []


async def test_lessons_and_drafts_come_in_pages(rig: Rig, people: Checking) -> None:
    for chat in ("c1", "c2", "c3"):
        await people.asked("shipping", chat=chat)
        rig.clock.pass_(1)
    first = await rig.store.read(lambda r: waiting(r, {}, limit=2))
    rest = await rig.store.read(lambda r: waiting(r, {}, cursor=first.next))
    assert (len(first.items), len(rest.items), rest.next) == (2, 1, None)
    assert {item["id"] for item in (*first.items, *rest.items)} == {
        draft["id"] for draft in await people.all()
    }


async def test_the_same_request_sends_once(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    seen, request = await people.seen(), uuid4().hex
    answers = await asyncio.gather(*(people.approves(seen, request=request) for _ in range(8)))
    assert len(set(answers)) == 1
    with pytest.raises(DraftMoved):
        await people.approves(seen)
    with pytest.raises(RequestReused):
        await rig.staff("take", request=request)
    await rig.settle()
    assert len([author for author, _ in said(rig) if author == "staff"]) == 1


async def test_of_two_people_one_sends_it(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    seen = await people.seen()
    came = await asyncio.gather(
        people.approves(seen), people.approves(seen, by=BEN), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in came) == ["Done", "DraftMoved"]


async def test_what_is_no_draft_or_has_no_words_is_refused(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    seen = await people.seen()
    with pytest.raises(UnknownDraft):
        await people.approves(replace(seen, draft="0" * 32))
    for nothing in ("\u200b \n", "// not for them", "\u200b// nor this"):
        with pytest.raises(NothingToSay):
            await people.edits(nothing, seen)
    assert (await people.one())["state"] == "open"


async def test_who_answers_with_drafts_gets_one_for_the_next_question(
    rig: Rig, people: Checking
) -> None:
    await people.asked("shipping")
    await people.approves()
    await people.asked("returns")
    first, second = await people.all()
    assert (first["state"], second["state"], second["body"]) == ("sent", "open", "On returns")
    row = await rig.conversation()
    assert (row["owner"], second["epoch"]) == ("staff", row["epoch"])
    await people.approves()
    await rig.settle()
    sent = [text for author, text in said(rig) if author == "staff"]
    assert len(sent) == 2
    assert sent[1].startswith("On returns")


async def test_who_answers_while_a_draft_is_written_gets_none(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    await people.approves()

    async def answered(_turn: TurnInput) -> None:
        await rig.staff("say", "Also free.")

    rig.brain.before = answered
    await people.asked("returns")
    assert [draft["state"] for draft in await people.all()] == ["sent"]


async def test_while_people_own_all_else_is_silence(rig: Rig, people: Checking) -> None:
    await people.asked("shipping")
    before = said(rig)
    why = Reason("asked_for_person", "the customer asked for a person")
    for decided in (
        Decision(kind="hand_over", handoff=Handoff(why, "handoff")),
        Decision(kind="reply", notice="greeting"),
        Decision(kind="propose_action", action=ActionRequest("refund", {})),
        Decision(kind="silent"),
    ):
        rig.brain.answer = lambda _turn, decided=decided: decided
        await people.asked("and?")
    assert all(turn.provable is False for turn in rig.brain.asked[1:])
    # But for the word that people are on their way.
    assert {author for author, _ in said(rig)[len(before) :]} <= {"system"}
    assert (await people.one())["version"] == 1


async def test_a_draft_of_the_brain_waits_where_the_assistant_answers_too(
    rig: Rig, people: Checking
) -> None:
    rig.stages = OPEN
    why = Reason("billing_dispute", "tier 2")
    rig.brain.answer = lambda turn: replace(
        prepared(turn), kind="draft", reasons=(why,),
        handoff=Handoff(why, "draft_wait", steps=("restarted",), sure=0.8),
    )  # fmt: skip
    await people.asked("a charge")
    draft, row = await people.one(), await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "billing_dispute")
    assert (draft["state"], draft["confidence"]) == ("open", 0.8)
    assert await rig.notices_said() == ["draft_wait"]
    found = await rig.store.read(lambda r: r.scalar(select(cases.c.brief)))
    assert json.loads(found)["steps"] == ["restarted"]


async def test_what_only_the_assistant_can_say_is_a_handoff(rig: Rig, people: Checking) -> None:
    request = ActionRequest("refund", {})
    for number, decided in enumerate(
        (
            Decision(kind="reply", notice="are_you_a_bot"),
            Decision(
                kind="reply", notice="verify", slots={"masked": "a@b"},
                challenge=Challenge("c", "a@b", request, "123456"),
            ),
            Decision(kind="propose_action", action=request),
        )
    ):  # fmt: skip
        rig.brain.answer = lambda _turn, decided=decided: decided
        await people.asked("hello", chat=f"x{number}")
        assert (await rig.conversation(f"x{number}"))["owner"] == "queue"
    assert await people.all() == []


async def test_in_public_the_words_go_into_the_brief(rig: Rig, people: Checking) -> None:
    event = InboundMessage("e1", Address("room"), "shipping", Sender(("user-1",)), public=True)
    await rig.accept(event)
    await rig.settle()
    assert await people.all() == []
    assert "On shipping" in str(await rig.store.read(lambda r: r.all(select(cases.c.brief))))


async def test_what_becomes_of_drafts_is_counted(rig: Rig, people: Checking) -> None:
    metrics = Metrics([CHANNEL])
    rig.store.facts.listen(metrics.pipeline)
    await people.asked("shipping")
    await people.asked("and returns")
    await people.approves()
    await rig.staff("return")
    await people.asked("shipping")
    await rig.staff("resolve")
    counted = {
        step: metrics.registry.get_sample_value(
            "frontdesk_drafts_total", {"channel": CHANNEL, "step": step}
        )
        for step in ("prepared", "renewed", "sent", "withdrawn")
    }
    assert counted == {"prepared": 2, "renewed": 1, "sent": 1, "withdrawn": 1}
