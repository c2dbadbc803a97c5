"""What becomes of what people do on Slack: which words come in, whose they are, which conversation
they belong to, and what is passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.events import (
    Address,
    Chosen,
    Commanded,
    Deleted,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Reacted,
)
from channels.slack.people import NOBODY, People, Person
from channels.slack.web import open_web
from channels.slack.wording import begins_with_another, mentions, written
from channels.slack.words import NOT_YOURS
from tests.channels.fakes import FakeClock
from tests.channels.slack.conversations import US, asked, heard, outbound
from tests.contract.harness.slack import Rig, rig, settings
from tests.platforms import slack_events as events
from tests.platforms.slack_workspace import (
    BOT_USER,
    COLLEAGUE,
    CUSTOMER,
    PUBLIC,
    STRANGER,
    buttons,
)


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a &amp;amp; b &lt;c&gt;", "a &amp; b <c>"),
        ("typed as &amp;lt;b&amp;gt;", "typed as &lt;b&gt;"),
        ("see <https://x.example/a?b=1&amp;c=2>", "see https://x.example/a?b=1&c=2"),
        ("<https://x.example|our shop>", "our shop (https://x.example)"),
        ("<https://x.example|https://x.example>", "https://x.example"),
        ("<mailto:ada@x.example|ada@x.example>", "ada@x.example"),
        ("<tel:+4930|+49 30>", "+49 30 (+4930)"),
        ("ask <@U7|ben> or <@W8>", "ask @ben or @W8"),
        ("in <#C1|general> and <#C2>", "in #general and #C2"),
        ("<!here> <!channel|channel> <!subteam^S1|@billing>", "@here @channel @billing"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        ("<@UME> how long?", "how long?"),
        ("<@UME|support>: how long?", "how long?"),
        ("hello <@UME>", "hello @support"),
        ("<@UME>", "@support"),
        ("1 &lt; 2 and <nothing", "1 < 2 and <nothing"),
        ("", ""),
    ],
)
def test_words_are_read_as_they_were_written(sent: str, read: str) -> None:
    assert written(sent, "UME", "support") == read


def test_a_mention_is_of_one_account_only() -> None:
    assert mentions("hi <@UME|support>", "UME")
    assert not mentions("hi <@UME2> &lt;@UME&gt; @UME", "UME")
    assert begins_with_another(" <@U2> look", "UME")
    assert not begins_with_another("<@UME> <@U2> look", "UME")


async def only(opened: Rig, body: events.Body) -> Event:
    """The one event that a delivery brought."""
    known = len(opened.intake.events)
    assert (await opened.deliver(body)).acknowledged
    (event,) = opened.intake.events[known:]
    return event


async def test_a_direct_message_is_whole(opened: Rig) -> None:
    body = events.says(opened.slack.workspace, "hello")
    ts = body["event"]["ts"]
    event = await heard(opened, body)
    assert event.external_id == f"T0HOME/D0ADA/{ts}"
    assert (event.address, event.order, event.sent_at) == (Address("D0ADA"), ts, float(ts))
    assert event.sender.ids == ("T0HOME/U0ADA",)
    assert (event.sender.name, event.sender.verified) == ("Ada", "Slack account")
    assert event.reply_context == {"thread": ts, "after": ts}


async def test_all_threads_of_a_direct_message_are_one_conversation(opened: Rig) -> None:
    space = opened.slack.workspace
    first = await heard(opened, events.says(space, "my parcel is late"))
    below = await heard(opened, events.says(space, "order 7", thread_ts=first.order))
    fresh = await heard(opened, events.says(space, "are you there?"))
    assert first.address == below.address == fresh.address
    threads = [each.reply_context["thread"] for each in (first, below, fresh)]
    assert threads == [first.order, first.order, fresh.order]


async def test_a_mention_comes_twice_and_is_one_message(opened: Rig) -> None:
    said = events.says(opened.slack.workspace, f"<@{US}> how long?", channel=PUBLIC)
    for body in (events.mention(opened.slack.workspace, said), said):
        assert (await opened.deliver(body)).acknowledged
    (event,) = opened.intake.events
    assert isinstance(event, InboundMessage)
    assert (event.text, event.public) == ("how long?", True)
    assert event.address == Address(PUBLIC, event.order)


async def test_a_thread_that_began_with_us_goes_on_without_names(opened: Rig) -> None:
    space = opened.slack.workspace
    root = await asked(opened, "where is my parcel?")
    follow = await heard(
        opened, events.says(space, "order 7", channel=PUBLIC, thread_ts=root.order)
    )
    assert follow.address == root.address
    aside = events.says(space, "<@U0BEN> do you know?", channel=PUBLIC, thread_ts=root.order)
    assert isinstance(await only(opened, aside), Ignored)


async def test_a_thread_that_we_began_is_ours(opened: Rig) -> None:
    space = opened.slack.workspace
    receipt = await opened.channel.send(outbound(Address(PUBLIC), "A new case", open_thread=True))
    assert receipt.thread is not None
    said = events.says(space, "I take it", channel=PUBLIC, thread_ts=receipt.thread.thread)
    assert (await heard(opened, said)).address == receipt.thread


async def test_a_strangers_thread_is_theirs_until_they_name_us(opened: Rig) -> None:
    space = opened.slack.workspace
    root = events.says(space, "lunch?", channel=PUBLIC, user=STRANGER)
    ts = root["event"]["ts"]
    assert isinstance(await only(opened, root), Ignored)
    quiet = events.says(space, "at noon", channel=PUBLIC, thread_ts=ts)
    assert isinstance(await only(opened, quiet), Ignored)
    named = events.says(space, f"<@{US}> are you open?", channel=PUBLIC, thread_ts=ts)
    assert (await heard(opened, named)).address == Address(PUBLIC, ts)
    after = events.says(space, "fine then", channel=PUBLIC, thread_ts=ts)
    assert isinstance(await only(opened, after), Ignored)
    assert "noon" not in repr(opened.intake.events)


async def test_what_was_passed_over_can_still_be_heard(opened: Rig) -> None:
    """The two events of a mention may be read differently; the one that names us counts."""
    space = opened.slack.workspace
    said = events.says(space, "hello", channel=PUBLIC)
    assert isinstance(await only(opened, said), Ignored)
    said["event"]["text"] = f"<@{US}> hello"
    await heard(opened, said)


async def test_in_a_support_channel_everything_is_meant_for_us() -> None:
    async with rig(support_channels=[PUBLIC], operators=["T0HOME/U0BEN"]) as opened:
        space = opened.slack.workspace
        root = await heard(opened, events.says(space, "it is broken", channel=PUBLIC))
        assert root.public
        answer = events.says(space, "on it", channel=PUBLIC, user=COLLEAGUE, thread_ts=root.order)
        found = await heard(opened, answer)
        assert (found.sender.kind, found.address) == ("operator", root.address)
        asks = events.says(space, "my own laptop", channel=PUBLIC, user=COLLEAGUE)
        assert (await heard(opened, asks)).sender.kind == "customer"


async def test_across_workspaces_each_side_is_known_by_its_own(opened: Rig) -> None:
    space = opened.slack.workspace
    said = events.says(space, f"<@{US}> help", channel=PUBLIC, user="U9GUEST", user_team="T9GUEST")
    guest = await heard(opened, {**said, "is_ext_shared_channel": True})
    assert guest.sender.ids == ("T9GUEST/U9GUEST",)
    assert guest.sender.kind == "customer"
    answer = events.says(space, "I look", channel=PUBLIC, user=COLLEAGUE, thread_ts=guest.order)
    by_hand = await heard(opened, {**answer, "is_ext_shared_channel": True})
    assert (by_hand.sender.kind, by_hand.address) == ("operator", guest.address)
    asks = events.says(
        space, f"<@{US}> prices?", channel=PUBLIC, user=COLLEAGUE, thread_ts=guest.order
    )
    named = await heard(opened, {**asks, "is_ext_shared_channel": True})
    assert named.sender.kind == "customer", "who asks us is no one who answers"


async def test_who_answers_by_hand_elsewhere_is_a_customer_alone_with_us() -> None:
    async with rig(operators=["U0ADA"]) as opened:
        space = opened.slack.workspace
        first = await heard(opened, events.says(space, "how long?"))
        again = await heard(opened, events.says(space, "and then?", thread_ts=first.order))
        assert (again.sender.kind, again.address) == ("customer", first.address)


@pytest.mark.parametrize(
    "fields",
    [
        {"user": BOT_USER},
        {"user": "U0APP", "bot_id": "B0APP"},
        {"user": None, "bot_id": "B0HOOK", "subtype": "bot_message"},
        {"user": "USLACKBOT"},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"subtype": "tombstone", "user": "USLACKBOT"},
        {"user": None},
    ],
    ids=str,
)
async def test_what_no_person_said_is_passed_over(opened: Rig, fields: dict[str, Any]) -> None:
    assert isinstance(
        await only(opened, events.says(opened.slack.workspace, "x", **fields)), Ignored
    )


async def test_a_message_that_is_only_passed_on_has_its_words(opened: Rig) -> None:
    shared = [{"text": "Your parcel is &lt;late&gt;", "is_share": True}, {"fallback": "sorry"}]
    body = events.says(opened.slack.workspace, "", attachments=shared)
    assert (await heard(opened, body)).text == "Your parcel is <late>\nsorry"
    assert isinstance(await only(opened, events.says(opened.slack.workspace, " ")), Ignored)


@pytest.mark.parametrize("subtype", ["me_message", "thread_broadcast"])
async def test_other_ways_of_saying_something_count(opened: Rig, subtype: str) -> None:
    body = events.says(opened.slack.workspace, "hello", subtype=subtype)
    assert (await heard(opened, body)).text == "hello"


async def test_a_change_without_another_text_is_none(opened: Rig) -> None:
    space = opened.slack.workspace
    said = events.says(space, "see https://x.example")
    await heard(opened, said)
    assert isinstance(await only(opened, events.unfurls(space, said)), Ignored)
    change = await only(opened, events.changes(space, said, "never mind"))
    assert isinstance(change, Edited)
    assert change.sender.name == "Ada"


async def test_what_was_changed_in_a_conversation_of_others_is_not_kept(opened: Rig) -> None:
    space = opened.slack.workspace
    said = events.says(space, "lunch?", channel=PUBLIC)
    assert isinstance(await only(opened, said), Ignored)
    assert isinstance(await only(opened, events.changes(space, said, "supper?")), Ignored)
    assert "supper" not in repr(opened.intake.events)


async def test_our_own_changes_come_back_as_nothing(opened: Rig) -> None:
    space = opened.slack.workspace
    receipt = await opened.channel.send(outbound(Address("D0ADA"), "four"))
    stored = space.find("D0ADA", receipt.external_ids[0].rpartition("/")[2])
    assert stored is not None
    posted = events.envelope(space, events.placed(stored, "D0ADA"))
    assert isinstance(await only(opened, posted), Ignored)
    assert isinstance(await only(opened, events.changes(space, posted, "five")), Ignored)
    assert isinstance(await only(opened, events.takes_back(space, posted)), Ignored)


async def test_a_deleted_message_with_answers_leaves_a_stump(opened: Rig) -> None:
    space = opened.slack.workspace
    said = events.says(space, "my number is 12345")
    first = await heard(opened, said)
    await opened.channel.send(outbound(first.address, "thanks", reply_context=first.reply_context))
    event = await only(opened, events.takes_back(space, said))
    assert isinstance(event, Deleted)
    assert event.message == first.external_id


async def test_reactions_in_public_count_on_our_own_messages(opened: Rig) -> None:
    space = opened.slack.workspace
    root = await asked(opened, "how long?")
    receipt = await opened.channel.send(outbound(root.address, "30 days"))
    ours = receipt.external_ids[0].rpartition("/")[2]
    event = await only(opened, events.reacts(space, PUBLIC, ours, "tada"))
    assert isinstance(event, Reacted)
    assert (event.message, event.emoji) == (receipt.external_ids[0], "tada")
    assert isinstance(await only(opened, events.reacts(space, PUBLIC, root.order, "tada")), Ignored)


async def test_somebody_elses_button_is_refused_in_private(opened: Rig) -> None:
    space = opened.slack.workspace
    root = await asked(opened, "how long?")
    await opened.channel.send(outbound(root.address, "30 days", ("person",), root.reply_context))
    _, posted = list(space.ours())[-1]
    press = events.presses(space, PUBLIC, posted, buttons(posted)[0], STRANGER)
    assert isinstance(await only(opened, press), Ignored)
    (told,) = opened.slack.asked("chat.postEphemeral")
    assert (told["user"], told["thread_ts"]) == (STRANGER, root.order)
    mine = await only(opened, events.presses(space, PUBLIC, posted, buttons(posted)[0]))
    assert isinstance(mine, Chosen)
    assert (mine.address, mine.reply_context["thread"]) == (root.address, root.order)


@pytest.mark.parametrize(
    ("locale", "told"),
    [("de-DE", "de"), ("pt-BR", "pt"), ("nl-NL", "nl"), ("ja-JP", "en"), (None, "en")],
)
async def test_it_is_refused_in_the_language_of_who_pressed(
    opened: Rig, locale: str | None, told: str
) -> None:
    space = opened.slack.workspace
    space.locales[STRANGER] = locale
    root = await asked(opened, "how long?")
    await opened.channel.send(outbound(root.address, "30 days", ("person",), root.reply_context))
    _, posted = list(space.ours())[-1]
    await only(opened, events.presses(space, PUBLIC, posted, buttons(posted)[0], STRANGER))
    (said,) = opened.slack.asked("chat.postEphemeral")
    assert said["text"] == NOT_YOURS[told]


async def test_a_stranger_whom_slack_does_not_know_is_told_in_english(opened: Rig) -> None:
    space = opened.slack.workspace
    root = await asked(opened, "how long?")
    await opened.channel.send(outbound(root.address, "30 days", ("person",), root.reply_context))
    _, posted = list(space.ours())[-1]
    opened.slack.faults["users.info"].append("ratelimited")
    await only(opened, events.presses(space, PUBLIC, posted, buttons(posted)[0], STRANGER))
    (said,) = opened.slack.asked("chat.postEphemeral")
    assert said["text"] == NOT_YOURS["en"]


def test_it_is_refused_in_every_language_of_the_gateway() -> None:
    assert set(NOT_YOURS) == {"en", "de", "fr", "es", "it", "pt", "nl"}
    assert len(set(NOT_YOURS.values())) == len(NOT_YOURS)


async def test_buttons_that_are_none_of_ours_are_passed_over(opened: Rig) -> None:
    space = opened.slack.workspace
    said = space.add("D0ADA", {"user": BOT_USER, "text": "x"})
    for action, value in (("other", '{"choice":"person"}'), ("frontdesk-choice-0", "[")):
        button: events.Body = {"action_id": action, "value": value, "text": {}}
        assert isinstance(await only(opened, events.presses(space, "D0ADA", said, button)), Ignored)


async def test_the_shortcut_asks_for_a_person_where_we_speak(opened: Rig) -> None:
    space = opened.slack.workspace
    root = await asked(opened, "how long?")
    await opened.channel.send(outbound(root.address, "30 days", reply_context=root.reply_context))
    _, posted = list(space.ours())[-1]
    here = await only(opened, events.shortcut(space, PUBLIC, posted))
    assert isinstance(here, Commanded)
    assert (here.command, here.address, here.public) == ("human", root.address, True)
    theirs = space.find(PUBLIC, root.order)
    assert theirs is not None
    alone = await only(opened, events.shortcut(space, "C0ELSEWHERE", theirs))
    assert isinstance(alone, Commanded)
    assert (alone.address, alone.text) == (Address("D0ADA"), "how long?")
    assert not alone.public


async def test_names_are_asked_for_once_and_never_waited_on(opened: Rig) -> None:
    space = opened.slack.workspace
    opened.slack.faults["users.info"].append("ratelimited")
    assert (await heard(opened, events.says(space, "one"))).sender.name is None
    opened.clock.at += 301
    assert (await heard(opened, events.says(space, "two"))).sender.name == "Ada"
    assert (await heard(opened, events.says(space, "three"))).sender.name == "Ada"
    assert len(opened.slack.asked("users.info")) == 2
    assert opened.slack.asked("users.info")[0]["user"] == CUSTOMER


async def test_a_name_that_takes_long_is_gone_without(opened: Rig) -> None:
    opened.slack.faults["users.info"].append("never")
    async with open_web(settings(opened.slack)) as web:
        people = People(FakeClock(), 0.05)
        assert await people.of(web, CUSTOMER) == NOBODY
        people = People(FakeClock(), 20)
        assert await people.of(web, STRANGER) == Person("Eve", "en-US")
