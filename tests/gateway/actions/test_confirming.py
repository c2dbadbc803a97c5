"""A write happens after the customer's clear yes to exactly what was shown, once, and never
otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from brain.action_settings import ActionsSettings
from brain.actions.catalogue import Catalogue
from brain.contract import Decision, Handoff, Reason, Trace
from channels.events import Address, Attachment, Deleted, Edited, InboundMessage, Sender
from gateway.conversations.proposals import Limits, confirm
from gateway.desk.approvals import of_conversation
from gateway.turns.acting import Acts
from gateway.turns.commit import commit_turn
from gateway.turns.leases import claim_due
from gateway.turns.opened import open_turn
from gateway.turns.plan import Planner
from tests.gateway.actions.shop import ActingRig, asks_for
from tests.gateway.pipeline.rig import ADA


async def test_asked_confirmed_done_and_audited(rig: ActingRig) -> None:
    await rig.say_and_settle("please refund order A1")
    shown = (await rig.messages())[-1]
    assert shown["notice"] == "confirm"
    assert "Order: A1, Amount: 49.00" in shown["body"].replace("\\", "")
    assert rig.ledger.effects == []
    await rig.say_and_settle("yes")
    assert [effect[1:] for effect in rig.ledger.effects] == [
        ("refund", {"order": "A1", "amount": 49.0}, "ada")
    ]
    assert await rig.states() == ["done"]
    assert await rig.audit() == ["proposed", "confirmed", "approved", "calling", "done"]
    assert "order A1 is refunded" in (await rig.messages())[-1]["body"].replace("\\", "")


@pytest.mark.parametrize(
    "yes", ["yes", "Yes!", "yes, do it", "Ja, bitte", "oui", "sí", "👍", "Yes, do it", "yes please"]
)
async def test_a_clear_yes_in_any_language_counts(rig: ActingRig, yes: str) -> None:
    await rig.say_and_settle("refund order A1", yes)
    assert len(rig.ledger.effects) == 1


@pytest.mark.parametrize(
    "words",
    [
        "yes, but only half",
        "yes?",
        "ok",
        "sure",
        "no",
        "nein",
        "what happens then?",
        "yes and also cancel my account",
        "I said yes to my wife",
        "maybe",
        "yes no",
        "no yes",
    ],
)
async def test_nothing_else_is_a_yes(rig: ActingRig, words: str) -> None:
    await rig.say_and_settle("refund order A1", words)
    assert rig.ledger.effects == []
    assert rig.ledger.asked == {}


async def test_a_no_is_heard_and_final(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1", "no", "yes")
    assert await rig.states() == ["declined"]
    assert "declined" in await rig.said()
    assert rig.ledger.effects == []


async def test_a_yes_with_anything_beside_it_is_void(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.write("yes")
    await rig.write("wait, the other one")
    await rig.work()
    assert rig.ledger.effects == []
    assert (await rig.said())[-1] == "confirm_unclear"
    await rig.say_and_settle("yes")
    assert len(rig.ledger.effects) == 1


async def test_words_that_come_while_the_yes_is_committed_void_it(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.write("yes")
    rig.clock.pass_(6.0)
    ((held, _),) = await rig.store.write(lambda unit: claim_due(unit, rig.node, 1))
    opened = await rig.store.write(lambda unit: open_turn(unit, held, rig.node, 1))
    assert opened is not None
    setup = rig.setup()
    plan = Acts(setup, Planner(setup, rig.rendering, opened), opened).plan(rig.clock.now())
    assert plan is not None
    await rig.write("no wait")
    ending = await rig.store.write(lambda unit: commit_turn(unit, opened, plan, lambda _name: None))
    assert ending == "superseded"
    assert await rig.states() == ["proposed"]
    await rig.work()
    assert rig.ledger.effects == []


async def test_a_button_is_good_for_one_action_once(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.push("yes:")
    await rig.push("yes:")
    await rig.work()
    await rig.push("yes:")
    await rig.work()
    assert len(rig.ledger.effects) == 1


async def test_the_button_of_an_older_proposal_confirms_nothing(rig: ActingRig) -> None:
    rig.ledger.orders["A9"] = ("ada", 9.0)
    await rig.say_and_settle("refund order A1", "refund order A9")
    assert await rig.states() == ["withdrawn", "proposed"]
    await rig.push("yes:", nth=0)
    await rig.work()
    assert rig.ledger.effects == []
    assert (await rig.said())[-1] == "confirm_expired"


async def test_a_typed_yes_to_something_else_confirms_nothing(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1", "how long does shipping take")
    await rig.say_and_settle("yes")
    assert rig.ledger.effects == []
    assert (await rig.said())[-1] == "confirm"
    await rig.say_and_settle("yes")
    assert len(rig.ledger.effects) == 1


async def test_what_had_not_arrived_is_shown_again(rig: ActingRig) -> None:
    await rig.write("refund order A1")
    rig.clock.pass_(6.0)
    await rig.turns.once()
    await rig.write("yes")
    rig.clock.pass_(6.0)
    await rig.turns.once()
    await rig.work()
    assert rig.ledger.effects == []
    await rig.say_and_settle("yes")
    assert len(rig.ledger.effects) == 1


async def test_it_expires_and_says_so(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.work(16 * 60.0)
    assert await rig.states() == ["expired"]
    assert (await rig.said())[-1] == "confirm_expired"
    await rig.say_and_settle("yes")
    await rig.push("yes:")
    await rig.work()
    assert rig.ledger.effects == []


async def test_a_change_of_owner_takes_it_back(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.staff("take")
    assert await rig.states() == ["withdrawn"]
    await rig.staff("return")
    await rig.push("yes:")
    await rig.work()
    assert rig.ledger.effects == []


async def test_what_was_confirmed_runs_on_after_a_takeover(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    await rig.write("yes")
    await rig.answer()
    await rig.staff("take")
    await rig.work()
    assert len(rig.ledger.effects) == 1
    assert (await rig.said())[-1] == "done"


async def test_who_is_not_vouched_for_says_no_yes(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    rig.user = None
    await rig.say_and_settle("yes")
    await rig.push("yes:")
    await rig.work()
    assert rig.ledger.effects == []


async def test_above_the_cap_staff_approve(rig: ActingRig) -> None:
    rig.ledger.orders["A1"] = ("ada", 149.0)
    await rig.say_and_settle("refund order A1", "yes")
    assert rig.ledger.effects == []
    assert (await rig.said())[-1] == "needs_approval"
    assert (await rig.conversation())["owner"] == "assistant"
    assert await rig.approve()
    assert not await rig.approve()
    await rig.work()
    assert len(rig.ledger.effects) == 1
    assert (await rig.said())[-1] == "done"


async def test_above_the_limits_of_the_day_staff_approve(rig: ActingRig) -> None:
    for _ in range(3):
        await rig.say_and_settle("refund order A1", "yes")
    await rig.say_and_settle("refund order A1", "yes")
    assert len(rig.ledger.effects) == 3
    assert (await rig.states())[-1] == "confirmed"


async def test_anothers_order_is_not_even_shown(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order B2", "yes")
    assert rig.ledger.effects == []
    assert await rig.rows() == []


async def test_a_brain_that_obeys_everybody_changes_nothing(rig: ActingRig) -> None:
    attempts = (
        asks_for("refund", order="B2", amount=1.0),
        asks_for("refund", order="A1", amount=1.0, customer="bob"),
        asks_for("wipe", order="A1"),
        asks_for("refund", order={"$ne": ""}),
        asks_for("refund", order="A1/../B2"),
    )
    for answer in attempts:
        rig.brain.answer = answer
        await rig.say_and_settle("hello", "yes")
        if (await rig.conversation())["owner"] == "queue":
            await rig.staff("take")
            await rig.staff("return")
    assert rig.ledger.effects == []


async def test_an_amount_that_a_model_wrote_does_not_count(rig: ActingRig) -> None:
    rig.brain.answer = asks_for("refund", order="A1", amount=9999.0)
    await rig.say_and_settle("hello", "yes")
    assert [effect[2]["amount"] for effect in rig.ledger.effects] == [49.0]


async def test_an_action_freed_by_name_needs_no_yes(rig: ActingRig) -> None:
    await rig.say_and_settle("add a note")
    assert [effect[1] for effect in rig.ledger.effects] == ["note"]
    assert await rig.audit() == ["proposed", "confirmed", "approved", "calling", "done"]


@pytest.mark.parametrize(
    ("code", "tier"), [("asked_for_person", None), ("legal", 3)], ids=["wish", "tier 3"]
)
async def test_a_person_comes_before_an_action(rig: ActingRig, code: str, tier: int | None) -> None:
    reason = Reason(code, "a rule")
    rig.brain.answer = lambda _turn: Decision(
        kind="hand_over",
        handoff=Handoff(reason, "handoff"),
        reasons=(reason,),
        trace=Trace("none", detail={"tier": tier}),
    )
    await rig.say_and_settle("I want a person. And refund order A1")
    assert await rig.rows() == []
    assert (await rig.conversation())["owner"] == "queue"


async def test_in_public_nothing_is_proposed(rig: ActingRig) -> None:
    await rig.write("refund order A1", public=True)
    await rig.work()
    assert "public_place" in await rig.said()
    assert not [row for row in await rig.messages() if row["notice"] == "confirm"]


async def test_staff_refuse_and_the_customer_hears_why(rig: ActingRig) -> None:
    rig.ledger.orders["A1"] = ("ada", 149.0)
    await rig.say_and_settle("refund order A1", "yes")
    action = (await rig.rows())[0]["id"]
    assert await rig.approvals.refuse(action, ADA, "The parcel has not come back yet.")
    assert not await rig.approvals.approve(action, ADA)
    await rig.work()
    assert rig.ledger.asked == {}
    told = (await rig.messages())[-1]
    assert told["notice"] == "not_approved"
    assert "The parcel has not come back yet" in told["body"]


async def test_the_desk_sees_every_step(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1", "yes")
    conversation = (await rig.conversation())["id"]
    (seen,) = await rig.store.read(lambda reading: of_conversation(reading, conversation))
    assert (seen["state"], seen["customer"], seen["proof"]) == ("done", "ada", "site")
    assert [(step["event"], step["actor"]) for step in seen["audit"]] == [
        ("proposed", "assistant"),
        ("confirmed", "customer"),
        ("approved", "gateway"),
        ("calling", "gateway"),
        ("done", "gateway"),
    ]


async def test_a_yes_is_to_these_parameters_in_this_epoch_and_once(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    (action,) = await rig.rows()
    row, limits = await rig.conversation(), Limits(1, 1)

    async def confirmed(row: Any, digest: str) -> str:
        return await rig.store.write(
            lambda unit: confirm(unit, row, action["id"], digest, limits, None)
        )

    other_epoch = {**row, "epoch": row["epoch"] + 1}
    other_place = {**row, "id": "elsewhere"}
    assert await confirmed(row, "other parameters") == "late"
    assert await confirmed(other_epoch, action["digest"]) == "late"
    assert await confirmed(other_place, action["digest"]) == "late"
    assert await confirmed(row, action["digest"]) == "approved"
    assert await confirmed(row, action["digest"]) == "late"


@pytest.mark.parametrize("how", ["edited", "deleted"])
async def test_a_yes_that_is_changed_while_it_is_committed_is_none(
    rig: ActingRig, how: str
) -> None:
    await rig.say_and_settle("refund order A1")
    place, sender = Address("c1"), Sender(("ada", "user-c1"), name="Ada", verified="hs256")
    await rig.accept(InboundMessage("the-yes", place, "yes", sender))
    rig.clock.pass_(6.0)
    ((held, _),) = await rig.store.write(lambda unit: claim_due(unit, rig.node, 1))
    opened = await rig.store.write(lambda unit: open_turn(unit, held, rig.node, 1))
    assert opened is not None
    setup = rig.setup()
    plan = Acts(setup, Planner(setup, rig.rendering, opened), opened).plan(rig.clock.now())
    assert plan is not None
    changed = {
        "edited": Edited("e", place, "the-yes", "no, wait", sender),
        "deleted": Deleted("e", place, "the-yes", sender),
    }
    await rig.accept(changed[how])
    ending = await rig.store.write(lambda unit: commit_turn(unit, opened, plan, lambda _name: None))
    assert ending == "superseded"
    await rig.work()
    assert rig.ledger.asked == {}


async def test_an_edit_takes_a_choice_back_that_was_read_off_the_old_words(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    place, sender = Address("c1"), Sender(("ada", "user-c1"), name="Ada", verified="hs256")
    await rig.accept(InboundMessage("the-yes", place, "Yes, do it", sender))
    await rig.accept(Edited("e", place, "the-yes", "Yes, do it tomorrow", sender))
    await rig.work()
    assert rig.ledger.asked == {}
    assert (await rig.said())[-1] == "confirm_unclear"


async def test_a_yes_with_a_file_is_none(rig: ActingRig) -> None:
    await rig.say_and_settle("refund order A1")
    place, sender = Address("c1"), Sender(("ada", "user-c1"), name="Ada", verified="hs256")
    file = Attachment("note.txt", "text/plain", content=b"only half of it")
    await rig.accept(InboundMessage("y", place, "yes", sender, attachments=(file,)))
    await rig.work()
    assert rig.ledger.asked == {}


async def test_above_the_limit_of_the_day_for_everybody_staff_approve(rig: ActingRig) -> None:
    refund = rig.offered.get("refund")
    assert refund is not None
    once = refund.settings.model_copy(update={"per_day": 1})
    rig.offered = Catalogue({"refund": replace(refund, settings=once)}, ActionsSettings())
    await rig.say_and_settle("refund order A1", "yes")
    rig.user = "bob"
    await rig.write("refund order B2", "c2")
    await rig.work()
    await rig.write("yes", "c2")
    await rig.work()
    assert len(rig.ledger.effects) == 1
    waiting = (await rig.rows())[-1]
    assert waiting["state"] == "confirmed"
    assert waiting["approval_reason"] == "more than 1 a day for all customers"
