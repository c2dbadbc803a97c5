"""STOP and START: whole messages that say whether more may be sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.kinds import CAPABILITIES
from gateway.outbox.windows import Wording
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, to_a_person


@pytest.fixture
def rig(store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(store, clock, tmp_path, capabilities=CAPABILITIES["whatsapp"])


async def test_stop_is_confirmed_and_answered_with_nothing_else(rig: Rig) -> None:
    await rig.say(" Stop\n")
    await rig.settle()
    assert await rig.notices_said() == ["opted_out"]
    assert len(rig.channel.sent) == 1
    assert rig.brain.asked == []
    assert (await rig.conversation())["opted_out_at"] is not None


@pytest.mark.parametrize("word", ["UNSUBSCRIBE", "stopall", "Revoke", "optout"])
async def test_the_other_words_that_stop(rig: Rig, word: str) -> None:
    await rig.say(word)
    await rig.settle()
    assert await rig.notices_said() == ["opted_out"]


async def test_stop_within_a_sentence_is_a_sentence(rig: Rig) -> None:
    await rig.say("Stop sending the wrong size.")
    await rig.settle()
    assert (await rig.conversation())["opted_out_at"] is None
    assert len(rig.brain.asked) == 1


@pytest.mark.parametrize("word", ["CANCEL", "end", "Quit"])
async def test_words_that_are_also_said_of_an_order_are_answered_and_marked(
    rig: Rig, word: str
) -> None:
    await rig.say(word)
    await rig.settle()
    assert (await rig.conversation())["opted_out_at"] is None
    assert [(said.text, said.choice) for said in rig.brain.asked[0].new] == [(word, None)]
    assert (await rig.messages())[0]["choice"] == "perhaps_opt_out"


@pytest.mark.parametrize("word", ["CANCEL", "end", "Quit"])
async def test_they_stop_where_somebody_was_called_back_who_had_not_asked(
    rig: Rig, word: str
) -> None:
    rig.brain.answer = to_a_person
    rig.template = Wording("Hello, {{1}} has an answer to your question about {{2}}.", "Fernhill")
    await rig.say("Where is my parcel?")
    await rig.settle()
    rig.clock.pass_(25 * 3600.0)
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert rig.channel.sent[-1].template is not None
    await rig.say(word)
    await rig.settle()
    assert (await rig.notices_said())[-1] == "opted_out"
    assert "It is at the post office." not in rig.channel.texts
    # Once they have written, it is a word like any other again.
    await rig.say("Where is it now?")
    await rig.settle()
    await rig.say(word)
    assert (await rig.messages())[-1]["choice"] == "perhaps_opt_out"


async def test_an_answer_under_way_is_not_sent_after_stop(rig: Rig) -> None:
    await rig.say("Where is my parcel?")
    await rig.answer()
    await rig.say("STOP")
    await rig.settle()
    assert len(rig.channel.sent) == 1
    assert await rig.notices_said() == ["opted_out"]


async def test_nothing_is_sent_after_stop_until_the_customer_writes(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await rig.say("Where is my parcel?")
    await rig.settle()
    await rig.say("STOP")
    await rig.settle()
    rig.channel.sent.clear()
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert rig.channel.sent == []
    held = next(row for row in await rig.deliveries() if row["state"] == "held")
    assert "asked for no more messages" in held["error"]
    await rig.say("Where is it now?")
    await rig.settle()
    assert "It is at the post office." in rig.channel.texts


async def test_start_allows_messages_again(rig: Rig) -> None:
    await rig.say("STOP")
    await rig.settle()
    await rig.say("start")
    await rig.settle()
    assert await rig.notices_said() == ["opted_out", "opted_in"]
    assert (await rig.conversation())["opted_out_at"] is None
    assert rig.brain.asked == []


async def test_start_without_stop_is_a_message_like_any_other(rig: Rig) -> None:
    await rig.say("START")
    await rig.settle()
    assert len(rig.brain.asked) == 1


async def test_another_message_opts_in_without_a_word_and_is_answered(rig: Rig) -> None:
    await rig.say("STOP")
    await rig.settle()
    await rig.say("Where is my parcel?")
    await rig.settle()
    assert await rig.notices_said() == ["opted_out"]
    assert rig.channel.texts[-1].endswith("Where is my parcel?")
    assert [said.text for said in rig.brain.asked[0].new] == ["Where is my parcel?"]


async def test_stop_is_confirmed_while_a_person_owns(rig: Rig) -> None:
    await rig.say("Where is my parcel?")
    await rig.settle()
    await rig.staff("take")
    await rig.say("STOP")
    await rig.settle()
    assert (await rig.notices_said())[-1] == "opted_out"
    assert (await rig.conversation())["owner"] == "staff"
    assert len(rig.brain.asked) == 1


async def test_stop_is_a_word_like_any_other_where_nothing_is_sent_unasked(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = Rig(store, clock, tmp_path)
    await rig.say("STOP")
    await rig.settle()
    assert len(rig.brain.asked) == 1
