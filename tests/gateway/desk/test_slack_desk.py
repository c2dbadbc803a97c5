"""The desk in the team's own Slack: a handoff, its thread, and what staff do there, over a fake
Slack and on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.errors import RejectedSendError
from channels.events import Address, Deleted, Edited, InboundMessage, Sender
from gateway.people import staff
from gateway.people.linking import new_code, show_code
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.telemetry.facts import Fact, HandedOver
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import (
    BEN,
    CLEO,
    DESK_CHAT,
    DUTY,
    EVE,
    GUEST,
    LEGAL_CHAT,
    Office,
    open_office,
)
from tests.gateway.pipeline.rig import echo, to_a_person
from tests.platforms import slack_events as events
from tests.platforms.slack_workspace import buttons, pings, shown


async def test_the_story(office: Office) -> None:
    """Ask, handoff, thread, take, reply, receipt, return, again, resolve."""
    head = await office.hand_over("Where is my *parcel* <!channel>?")
    line = shown(head).replace("\u200b", "")
    assert line.startswith("*Ada* on Telegram: Where is my *parcel* <!channel>? · waiting since")
    assert pings(head) == ()
    brief, *_ = office.thread(head)
    assert 1 < len(brief.splitlines()) <= 8
    assert "Asks:" in brief
    assert "asked for person" in brief

    await office.says("Has anybody seen this one?", head)
    assert office.customer_got[-1:] != ["Has anybody seen this one?"]
    await office.presses("Take", head)
    assert "Ben has it since" in shown(head)
    assert "Plain messages go to Ada" in office.thread(head)[-1]
    assert office.customer_got[-1].startswith("Ben from")

    await office.says("It leaves *today* & arrives Friday.", head)
    assert office.customer_got[-1] == "It leaves today & arrives Friday."
    assert office.thread(head)[-1] == "Sent to Ada on Telegram."
    await office.says("// a hard case", head)
    assert office.customer_got[-1] == "It leaves today & arrives Friday."

    await office.rig.say("Thanks, and my invoice?")
    await office.settle()
    assert office.thread(head)[-1].splitlines() == ["*Ada:*", "Thanks, and my invoice?"]

    office.rig.brain.answer = echo
    await office.presses("Return", head)
    assert "back with the assistant since" in shown(head)
    assert "Ben has finished here" in "".join(office.customer_got)
    await office.says("!take", head)
    await office.says("!resolve", head)
    assert shown(head).startswith("~Ada on Telegram")
    assert (await office.rig.conversation())["owner"] == "assistant"
    assert (await office.rig.conversation())["desk_thread_id"] is None
    assert [row["state"] for row in await office.threads()] == ["closed"]


async def test_the_next_case_has_a_thread_of_its_own(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!resolve", head)
    other = await on_sqlite.hand_over("Something else")
    assert other is not head
    await on_sqlite.says("!send too late", head)
    assert "too late" not in on_sqlite.customer_got
    assert "this case is over" in on_sqlite.whispers(BEN)[-1]


async def test_what_the_customer_changes_and_takes_back_follows(office: Office) -> None:
    head = await office.hand_over()
    await office.rig.say("To Bonn", id="m2")
    await office.settle()
    place, who = Address("c1"), Sender(("user-c1",), name="Ada")
    await office.rig.accept(Edited("e1", place, "m2", "To Berlin", who))
    await office.settle()
    assert office.thread(head)[-1].splitlines() == ["*Ada:* _(changed)_", "To Berlin"]
    await office.rig.accept(Deleted("d1", place, "m2", who))
    await office.settle()
    assert office.thread(head)[-1] == "*Ada* has taken a message back."


async def test_what_staff_change_and_take_back_follows_where_the_platform_can(
    office: Office,
) -> None:
    head = await office.hand_over()
    await office.says("!take", head)
    said = await office.says("On Friday.", head)
    await office.deliver(events.changes(office.slack.workspace, said, "On Monday."))
    await office.deliver(events.takes_back(office.slack.workspace, said))
    (one, new), (other, gone) = office.rig.channel.changed
    assert (one, new, gone) == (other, "On Monday.", None)
    kept = [row for row in await office.rig.messages() if row["author"] == "staff"]
    assert kept[-1]["deleted_at"] is not None


async def test_two_staff_see_each_other(on_sqlite: Office) -> None:
    office = on_sqlite
    head = await office.hand_over()
    await office.says("!take", head)
    await office.says("I would say Friday", head, CLEO)
    assert "I would say Friday" not in office.customer_got
    assert "Not sent to the customer: Ben owns this" in office.whispers(CLEO)[-1]
    await office.says("!send It is Friday", head, CLEO)
    assert "It is Friday" not in office.customer_got
    await office.says("!return", head, CLEO)
    assert (await office.rig.conversation())["owner"] == "staff"
    whisper = office.slack.whispers(CLEO)[-1]
    assert [each["text"]["text"] for each in buttons(dict(whisper))] == ["Take over"]
    await office.presses_of(dict(whisper), "Take over", head, CLEO)
    assert "Cleo has it since" in shown(head)
    assert "Cleo" in office.thread(head)[-1]


async def test_whoever_is_not_listed_reaches_nobody_and_is_told(office: Office) -> None:
    head = await office.hand_over()
    before = list(office.customer_got)
    for user in (EVE, GUEST):
        for text in ("hello", "!take", "!send hi", "!resolve"):
            await office.says(text, head, user)
        await office.presses("Take", head, user)
        assert len(office.whispers(user)) == 5
        assert "was not sent to the customer" in office.whispers(user)[0]
    assert office.customer_got == before
    assert (await office.rig.conversation())["owner"] == "queue"
    assert set(await office.recorded()) == {"ignored: not staff"}


async def test_who_links_an_account_in_a_thread_is_told_and_works_there(on_sqlite: Office) -> None:
    office = on_sqlite
    head = await office.hand_over()
    code = new_code()

    def joins(unit: Unit) -> None:
        show_code(unit, staff.join(unit, "Eve", "agent", "-").id, code)

    await office.store.write(joins)
    await office.says(f"!link {code}", head, GUEST)
    assert "was not sent to the customer" in office.whispers(GUEST)[-1]
    await office.says(f"!link {code}", head, EVE)
    assert office.whispers(EVE) == ["This account is linked: what you do here counts as Eve's."]
    await office.says("!take", head, EVE)
    assert "Eve has it since" in shown(head)


async def test_a_listed_guest_of_the_workspace_commands_nothing(on_sqlite: Office) -> None:
    on_sqlite.slack.workspace.guests.add(BEN)
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!take", head)
    await on_sqlite.presses("Take", head)
    assert (await on_sqlite.rig.conversation())["owner"] == "queue"


async def test_the_group_on_duty_is_called_when_nobody_answers(on_sqlite: Office) -> None:
    office = on_sqlite
    head = await office.hand_over()
    office.clock.pass_(299.0)
    await office.rig.fire()
    await office.settle()
    assert not any("S0DUTY" in one for one in office.thread(head))
    office.clock.pass_(2.0)
    await office.rig.fire()
    await office.settle()
    called = office.slack.workspace.thread(DESK_CHAT, head["ts"])[-1]
    assert pings(called) == (f"!subteam^{DUTY}",)
    await office.says("!take", head)
    await office.says("!return", head)


async def test_who_has_been_taken_is_called_for_by_nobody(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!take", head)
    on_sqlite.clock.pass_(400.0)
    await on_sqlite.rig.fire()
    await on_sqlite.settle()
    assert not any("waits for a person" in one for one in on_sqlite.thread(head))


async def test_orders_by_words(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!assign @U0CLEO", head)
    assert "Cleo has it since" in shown(head)
    await on_sqlite.says("!assign @nobody", head, CLEO)
    assert "Nobody on the staff" in on_sqlite.whispers(CLEO)[-1]
    await on_sqlite.says("!ask how long to return?", head)
    assert on_sqlite.asked == ["how long to return?"]
    assert "Four weeks" in on_sqlite.thread(head)[-1]
    await on_sqlite.says("!fly", head)
    assert "is no order" in on_sqlite.whispers(BEN)[-1]
    await on_sqlite.says("!send", head)
    assert "Write it like this" in on_sqlite.whispers(BEN)[-1]
    await on_sqlite.says("!snooze 2h", head, CLEO)
    on_sqlite.clock.pass_(7_300.0)
    await on_sqlite.rig.fire()
    await on_sqlite.settle()
    woken = on_sqlite.slack.workspace.thread(DESK_CHAT, head["ts"])[-1]
    assert pings(woken) == (f"@{CLEO}",)
    await on_sqlite.says("!block", head, CLEO)
    await on_sqlite.rig.say("Buy now!")
    await on_sqlite.settle()
    assert [row["body"] for row in await on_sqlite.rig.messages()][-1] != "Buy now!"
    await on_sqlite.says("!unblock", head, CLEO)
    await on_sqlite.rig.say("Sorry")
    assert [row["body"] for row in await on_sqlite.rig.messages()][-1] == "Sorry"


async def test_the_transcript_is_shown_to_whoever_asks(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over("Where is it?")
    await on_sqlite.presses("Transcript, files", head)
    assert "Where is it?" in on_sqlite.whispers(BEN)[-1]
    assert on_sqlite.whispers(CLEO) == []


async def test_where_nothing_can_be_unsent_there_are_ten_seconds(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(store, clock, tmp_path, kind="whatsapp") as office:
        head = await office.hand_over()
        await office.says("!take", head)
        await office.says("Oops", head)
        assert "Oops" not in office.customer_got
        await office.presses("Undo", head)
        clock.pass_(11.0)
        await office.settle()
        assert "Oops" not in office.customer_got
        assert office.thread(head)[-1].startswith("Taken back before it went")
        await office.says("On Friday.", head)
        clock.pass_(11.0)
        await office.settle()
        assert office.customer_got[-1] == "On Friday."
        assert office.thread(head)[-1] == "Sent to Ada on WhatsApp."


async def test_a_change_that_cannot_follow_is_said(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(sqlite_store, clock, tmp_path, kind="whatsapp") as office:
        head = await office.hand_over()
        await office.says("!take", head)
        said = await office.says("On Friday.", head)
        clock.pass_(11.0)
        await office.settle()
        await office.deliver(events.changes(office.slack.workspace, said, "On Monday."))
        assert office.thread(head)[-1].startswith("Ada still sees the first version")


async def test_only_marked_messages_where_it_is_configured_so(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(sqlite_store, clock, tmp_path, relay=">>") as office:
        head = await office.hand_over()
        await office.says("!take", head)
        await office.says("let me look", head)
        assert "let me look" not in office.customer_got
        await office.says(">> On Friday.", head)
        assert office.customer_got[-1] == "On Friday."


async def test_where_a_conversation_goes_is_by_its_language(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    chats = {"en": LEGAL_CHAT}
    async with open_office(sqlite_store, clock, tmp_path, by_language=chats) as office:
        head = await office.hand_over()
        assert office.place_of(head) == LEGAL_CHAT


async def test_a_failed_reply_is_told_with_the_way_out(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.says("!take", head)
    on_sqlite.rig.channel.outcomes.append(RejectedSendError("the chat is gone"))
    await on_sqlite.says("On Friday.", head)
    last = on_sqlite.thread(head)[-1]
    assert last.startswith("Not sent to the customer: the chat is gone")
    assert "/desk#c/" in last


async def test_what_staff_do_on_the_web_desk_is_seen_in_the_thread(on_sqlite: Office) -> None:
    head = await on_sqlite.hand_over()
    await on_sqlite.rig.staff("say", "From the web")
    await on_sqlite.settle()
    assert any("wrote to Ada, elsewhere" in one for one in on_sqlite.thread(head))


# --- What can go wrong with the thread --------------------------------------------------------


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "not_in_channel"])
async def test_a_desk_that_cannot_be_told_is_the_web_desk_with_an_alarm(
    on_sqlite: Office, code: str
) -> None:
    on_sqlite.slack.faults["chat.postMessage"].append(code)
    on_sqlite.rig.brain.answer = to_a_person
    await on_sqlite.rig.say("A person please")
    await on_sqlite.settle()
    row = await on_sqlite.rig.conversation()
    assert row["owner"] == "queue"
    assert row["desk_alarm"]
    assert [each["state"] for each in await on_sqlite.threads()] == ["lost"]


async def test_a_thread_that_is_gone_is_the_web_desk_with_an_alarm(office: Office) -> None:
    await office.hand_over()
    office.slack.faults["chat.postMessage"].append("thread_not_found")
    await office.rig.say("Anybody?")
    await office.settle()
    assert "the thread is gone" in (await office.rig.conversation())["desk_alarm"]


async def test_a_thread_that_does_not_open_within_a_minute_is_given_up(office: Office) -> None:
    office.sending.pop("team")
    office.rig.brain.answer = to_a_person
    await office.rig.say("A person please")
    await office.settle()
    office.clock.pass_(61.0)
    await office.rig.fire()
    assert (await office.rig.conversation())["desk_alarm"]
    office.sending["team"] = office.channel
    await office.settle()
    assert office.heads() == []


async def test_an_outage_of_slack_is_an_alarm_that_ends_with_it(office: Office) -> None:
    head = await office.hand_over()
    office.clock.pass_(61.0)
    await office.rig.fire()
    office.sending.pop("team")
    await office.rig.say("Still there?")
    await office.settle()
    office.clock.pass_(61.0)
    await office.rig.fire()
    assert (await office.rig.conversation())["desk_alarm"]
    office.sending["team"] = office.channel
    await office.settle()
    assert "Still there?" in office.thread(head)[-1]
    office.clock.pass_(61.0)
    await office.rig.fire()
    assert (await office.rig.conversation())["desk_alarm"] is None


async def test_a_handoff_and_its_thread_are_one_unit(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    """What breaks after the thread was written takes the handoff back with it."""
    async with open_office(sqlite_store, clock, tmp_path) as office:
        broken = ["now"]

        def fail(_unit: Unit, fact: Fact) -> None:
            if isinstance(fact, HandedOver) and broken:
                raise LookupError(broken.pop())

        sqlite_store.follow(fail)
        office.rig.brain.answer = to_a_person
        await office.rig.say("A person please")
        await office.rig.answer()
        assert (await office.rig.conversation())["owner"] == "assistant"
        assert await office.threads() == []
        clock.pass_(60.0)
        await office.settle()
        assert (await office.rig.conversation())["owner"] == "queue"
        assert len(await office.threads()) == len(office.heads()) == 1


async def test_nothing_said_in_a_desk_s_chat_is_a_customers(office: Office) -> None:
    where = Address(DESK_CHAT, "1.000001")
    for number, place in enumerate((Address(DESK_CHAT), where)):
        event = InboundMessage(f"x{number}", place, "hello", Sender((f"T0HOME/{BEN}",)))
        await office.door.accept(event)
    assert await office.recorded() == ["ignored: no thread of ours"] * 2
