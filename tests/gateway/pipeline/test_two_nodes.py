"""Two nodes meeting in the same rows at the same moment: one goes first, nothing gets lost."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from channels.contract import Receipt
from channels.errors import RejectedSendError
from channels.events import Address, DeliveryUpdate, InboundMessage, Sender
from gateway.conversations.deliveries import failed_again
from gateway.conversations.ownership import expect, say
from gateway.conversations.receipts import apply_update
from gateway.intake.events import receive
from gateway.intake.surface import surface_of
from gateway.outbox import lines, rows
from gateway.records import Claimed, Node, Prepared
from gateway.store.schema.conversation import contacts, conversations
from gateway.store.schema.pipeline import early_updates
from gateway.store.unit import Unit
from gateway.supervisor import heartbeat
from gateway.turns.leases import claim_due
from tests.gateway.pipeline.losing import Meeting
from tests.gateway.pipeline.rig import CHANNEL, Rig


async def claimed(rig: Rig) -> Claimed:
    found = await rig.store.write(lambda unit: lines.claim_lines(unit, rig.node, [CHANNEL], 5))
    return found[0]


async def test_a_receipt_that_meets_our_own_record_is_not_lost(two_nodes: tuple[Rig, Rig]) -> None:
    one, other = two_nodes
    await one.say("hello")
    await one.answer()
    held = await claimed(one)
    sending = await one.store.write(
        lambda unit: rows.mark_next(unit, held, rows.Way(one.capabilities))
    )
    assert isinstance(sending, rows.Sending)
    meeting = Meeting()

    def report(unit: Unit) -> str:
        told = apply_update(unit, CHANNEL, DeliveryUpdate("u1", "ext-9", "failed", "63016"))
        meeting.wait()
        return told

    def record(unit: Unit) -> bool:
        return rows.sent(unit, held, sending, Receipt(("ext-9",), 1.0))

    assert (await meeting.of(other.store, report, one.store, record))[1]
    row = (await one.deliveries())[0]
    assert (row["state"], row["error"]) == ("failed", "63016")
    assert await one.store.read(lambda r: r.one(select(early_updates))) is None


async def test_two_people_sending_a_dead_letter_again_send_it_once(
    two_nodes: tuple[Rig, Rig],
) -> None:
    one, other = two_nodes
    one.channel.outcomes = [RejectedSendError("gone")]
    await one.say("hello")
    await one.settle()
    dead = (await one.deliveries())[0]["id"]
    meeting = Meeting()

    def first(unit: Unit) -> bool:
        done = failed_again(unit, dead)
        meeting.wait()
        return done

    told = await meeting.of(one.store, first, other.store, lambda unit: failed_again(unit, dead))
    assert told == (True, False)


async def test_one_person_first_seen_in_two_chats_at_once_is_one_contact(
    two_nodes: tuple[Rig, Rig],
) -> None:
    one, other = two_nodes
    surface = surface_of(CHANNEL, one.capabilities, tenant="main", quiet=None)
    meeting = Meeting()

    def said(chat: str) -> InboundMessage:
        return InboundMessage(f"m-{chat}", Address(chat), "hi", Sender(("the-same",)))

    def first(unit: Unit) -> None:
        receive(unit, surface, said("x1"))
        meeting.wait()

    await meeting.of(one.store, first, other.store, lambda unit: receive(unit, surface, said("x2")))
    found = await one.store.read(
        lambda r: [row["contact_id"] for row in r.all(select(conversations.c.contact_id))]
    )
    assert (len(found), len(set(found))) == (2, 1)
    assert await one.store.read(lambda r: r.scalar(select(func.count()).select_from(contacts))) == 1


async def test_answering_and_sending_lock_in_the_same_order(two_nodes: tuple[Rig, Rig]) -> None:
    one, other = two_nodes
    await one.say("hello")
    await one.answer()
    id = (await one.conversation())["id"]
    held = await claimed(other)
    said = one.rendering.prepare(CHANNEL, Prepared(author="assistant", markdown="more"))
    meeting = Meeting()
    runs: Counter[str] = Counter()

    def answering(unit: Unit) -> None:
        runs["answering"] += 1
        row = expect(unit, id, None)
        meeting.wait()
        say(unit, row, said, row["epoch"])

    def sending(unit: Unit) -> object:
        runs["sending"] += 1
        return rows.mark_next(unit, held, rows.Way(other.capabilities))

    await meeting.of(one.store, answering, other.store, sending)
    # A deadlock would have ended one of them, to be run again.
    assert runs == {"answering": 1, "sending": 1}
    assert [row["state"] for row in await one.deliveries()] == ["sending", "queued"]


async def test_a_node_that_starts_voids_its_own_leases_and_no_other_nodes(rig: Rig) -> None:
    await rig.say("hello")
    rig.clock.pass_(6)
    # In a pattern, an underscore stands for any character.
    await rig.store.write(lambda unit: claim_due(unit, Node("nodeX1", "first"), 5))
    await rig.store.write(lambda unit: heartbeat.begin(unit, Node("node_1", "second")))
    assert (await rig.conversation())["claimed_by"] == "nodeX1:first"
    await rig.store.write(lambda unit: heartbeat.begin(unit, Node("nodeX1", "second")))
    assert (await rig.conversation())["claimed_by"] is None
