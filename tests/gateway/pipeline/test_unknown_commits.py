"""A COMMIT that nobody hears of: its units run again and find what they did the first time."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.kinds import CAPABILITIES
from gateway.store.store import Store
from gateway.turns.commit import supersede
from gateway.turns.leases import claim_due
from gateway.turns.opened import open_turn
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.losing import LostCommits
from tests.gateway.pipeline.rig import ADA, Rig, echo, to_a_person


async def test_a_message_whose_commit_is_unknown_is_taken_in_once(
    losing: Rig, lost: LostCommits
) -> None:
    lost.lose()
    accepted = await losing.say("hello", id="m1")
    assert lost.lost == 1
    assert [row["id"] for row in await losing.messages()] == [accepted.message]
    await losing.settle()
    assert len(losing.channel.sent) == 1


@pytest.mark.parametrize("number", [1, 2], ids=["claim and opening", "answer"])
async def test_whichever_commit_of_a_turn_is_unknown_it_answers_once(
    losing: Rig, lost: LostCommits, number: int
) -> None:
    await losing.say("hello")
    lost.lose(number)
    await losing.settle()
    assert lost.lost == 1
    # A claim that nobody knows of is a lease that runs out.
    await losing.settle(31)
    assert [text.rpartition("\n")[2] for text in losing.channel.texts] == ["hello"]
    row = await losing.conversation()
    assert (row["answered_seq"], row["ready_at"]) == (1, None)


async def test_a_handoff_whose_commit_is_unknown_is_one_handoff(
    losing: Rig, lost: LostCommits
) -> None:
    losing.brain.answer = to_a_person
    await losing.say("a person please")
    lost.lose(2)
    await losing.settle()
    row = await losing.conversation()
    assert (lost.lost, row["owner"], row["epoch"]) == (1, "queue", 1)
    assert await losing.notices_said() == ["handoff"]


async def test_going_on_with_the_assistant_survives_an_unknown_commit(
    losing: Rig, lost: LostCommits
) -> None:
    losing.brain.answer = to_a_person
    await losing.say("a person please")
    await losing.settle()
    await losing.say("hello?")
    await losing.settle(60)
    losing.brain.answer = echo
    await losing.press("ask_meanwhile")
    epoch = (await losing.conversation())["epoch"]
    lost.lose()
    await losing.settle()
    row = await losing.conversation()
    assert (lost.lost, row["owner"], row["covered"]) == (1, "assistant", True)
    assert row["epoch"] == epoch + 1
    assert row["waiting_since"] is not None


@pytest.mark.parametrize("kind", ["telegram", "slack", "email"])
@pytest.mark.parametrize("number", [1, 2], ids=["claim and mark", "receipt"])
async def test_whichever_commit_of_a_send_is_unknown_it_arrives_once(  # fixtures and two parameters
    losing_store: Store,
    clock: ManualClock,
    tmp_path: Path,
    lost: LostCommits,
    number: int,
    kind: str,
) -> None:
    rig = Rig(losing_store, clock, tmp_path, capabilities=CAPABILITIES[kind])
    await rig.say("hello")
    await rig.answer()
    lost.lose(number)
    await rig.outbox.once()
    assert lost.lost == 1
    # A mark that nobody knows of is a doubt once its lease has run out, and is asked about first.
    await rig.settle(61)
    await rig.settle(31)
    assert len(rig.channel.sent) == 1
    assert [row["state"] for row in await rig.deliveries()] == ["sent"]


async def test_what_staff_say_is_said_once_though_its_commit_is_unknown(
    losing: Rig, lost: LostCommits
) -> None:
    await losing.say("hello")
    lost.lose()
    done = await losing.staff("say", "Hi, Ada here")
    await losing.settle()
    row = await losing.conversation()
    assert (lost.lost, row["owner"], row["staff_id"]) == (1, "staff", ADA.id)
    assert done.epoch == row["epoch"] == 1
    assert losing.channel.texts[1:] == ["Hi, Ada here"]


async def test_newer_words_count_once_though_the_commit_is_unknown(
    losing: Rig, lost: LostCommits
) -> None:
    await losing.say("one")
    losing.clock.pass_(6)
    ((held, _),) = await losing.store.write(lambda unit: claim_due(unit, losing.node, 5))
    opened = await losing.store.write(lambda unit: open_turn(unit, held, losing.node, 1))
    assert opened is not None
    await losing.say("two")
    lost.lose()
    await losing.store.write(lambda unit: supersede(unit, opened))
    row = await losing.conversation()
    assert (lost.lost, row["superseded"]) == (1, 1)
