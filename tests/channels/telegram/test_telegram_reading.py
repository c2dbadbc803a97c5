"""What each sort of update comes to: who said what, where, to whom; and what nobody can read."""

from __future__ import annotations

from dataclasses import replace
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
    Moved,
    Reacted,
    Unreadable,
)
from channels.telegram.buttons import carry
from channels.telegram.messages import MessageReader
from channels.telegram.reading import Reader
from channels.telegram.updates import Me
from tests.platforms.telegram_updates import (
    ADA,
    BOT,
    CONNECTION,
    GROUP,
    MACHINE,
    OTHER,
    OWNER,
    PRIVATE,
    Json,
    Maker,
)

ME = Me.model_validate(BOT)
READER = Reader(MessageReader(ME, frozenset({"-100555", "-100666/9"})))
BUSINESS = Address("42", f"business:{CONNECTION}")


def read(update: Json) -> Event:
    (event,) = READER.read(update).events
    return event


def message(update: Json) -> InboundMessage:
    event = read(update)
    assert isinstance(event, InboundMessage), event
    return event


def test_a_private_message_is_whole() -> None:
    event = message(Maker().text("Hello there"))
    assert event == InboundMessage(
        external_id="42:101",
        address=Address("42"),
        text="Hello there",
        sender=event.sender,
        order="00000000000000000101",
        sent_at=1_800_000_000.0,
    )
    assert (event.sender.ids, event.sender.name) == (("42",), "Ada Lovelace")
    assert event.sender.verified == "telegram"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("@fernhill_bot where is it?", "where is it?"),
        ("@Fernhill_Bot: where is it?", "where is it?"),
        ("where is it, @fernhill_bot", "where is it"),
        ("👩‍👩‍👧 hey @fernhill_bot where?", "👩‍👩‍👧 hey @fernhill_bot where?"),
        ("@fernhill_bot", "@fernhill_bot"),
    ],
)
def test_who_names_us_in_a_group_is_heard_without_our_name(said: str, heard: str) -> None:
    event = message(Maker().in_group(said))
    assert (event.text, event.public) == (heard, True)
    assert event.address == Address("-1001234567890", "3")
    assert event.reply_context == {
        "user": 42,
        "chat": -1001234567890,
        "message": 101,
        "language": "en",
    }


def test_who_answers_us_in_a_group_is_heard() -> None:
    replied = {"message_id": 9, "from": BOT, "date": 1, "chat": GROUP}
    event = message(Maker().in_group("and then?", reply_to_message=replied))
    assert event.reply_to == "-1001234567890:9"


def test_a_mention_by_link_is_one() -> None:
    entities = [{"type": "text_mention", "offset": 0, "length": 8, "user": BOT}]
    said = Maker().said(chat=GROUP, text="Fernhill are you open?", entities=entities)
    assert message({"update_id": 1, "message": said}).text == "are you open?"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"reply_to_message": {"message_id": 9, "from": OTHER, "date": 1, "chat": GROUP}},
        {
            "reply_to_message": {
                "message_id": 3,
                "from": BOT,
                "date": 1,
                "chat": GROUP,
                "forum_topic_created": {"name": "Boots", "icon_color": 1},
            }
        },
    ],
    ids=["to the room", "to another", "in a topic that we opened"],
)
def test_what_is_said_to_others_is_not_kept(fields: Json) -> None:
    event = read(Maker().in_group("lunch with @somebody_else?", **fields))
    assert event == Ignored("-1001234567890:101", "not addressed")


@pytest.mark.parametrize("text", ["/human@other_bot please", "/help", "/start@other_bot"])
def test_commands_for_other_bots_are_left_to_them(text: str) -> None:
    assert read(Maker().in_group(text)) == Ignored("-1001234567890:101", "not addressed")


@pytest.mark.parametrize(
    ("chat", "topic", "heard"),
    [(-100555, None, True), (-100555, 4, True), (-100666, 9, True), (-100666, 4, False)],
)
def test_in_support_chats_everything_is_meant_for_us(
    chat: int, topic: int | None, *, heard: bool
) -> None:
    update = Maker().in_group("no name said", topic, chat={**GROUP, "id": chat})
    assert isinstance(read(update), InboundMessage) == heard


def test_only_a_topic_is_a_thread() -> None:
    event = message(Maker().in_group("@fernhill_bot hi", None, message_thread_id=88))
    assert event.address == Address("-1001234567890")


@pytest.mark.parametrize("text", ["/human somebody now", "/human@fernhill_bot somebody now"])
def test_a_wish_for_a_person_is_a_command_everywhere(text: str) -> None:
    for update in (Maker().text(text), Maker().in_group(text)):
        event = read(update)
        assert isinstance(event, Commanded)
        assert (event.command, event.text, event.sender.ids) == ("human", "somebody now", ("42",))


def test_pressing_start_says_hello_in_the_persons_language() -> None:
    assert message(Maker().text("/start", sender={**ADA, "language_code": "pt-br"})).text == "Olá"


def test_a_deep_link_says_what_it_carries_and_hello() -> None:
    linked, hello = READER.read(Maker().text("/start order_17-b")).events
    assert isinstance(linked, Commanded)
    assert (linked.command, linked.text) == ("start", "order_17-b")
    assert isinstance(hello, InboundMessage)
    assert (hello.text, hello.external_id) == ("Hello", "42:101")
    assert linked.external_id != hello.external_id


def test_other_commands_are_words() -> None:
    assert message(Maker().text("/returns of boots")).text == "/returns of boots"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"sender": MACHINE}, "a bot wrote it"),
        ({"sender": BOT}, "our own words"),
        ({"via_bot": MACHINE}, "made by another bot"),
        ({"sender_chat": GROUP}, "in the name of"),
        ({"sender": None}, "in the name of"),
    ],
)
@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_what_no_person_wrote_is_ignored(kind: str, fields: Json, reason: str) -> None:
    event = read(Maker().text("@fernhill_bot beep", kind=kind, chat=GROUP, **fields))
    assert isinstance(event, Ignored)
    assert reason in event.reason


@pytest.mark.parametrize(
    ("chat", "fields"),
    [(-9, {"migrate_to_chat_id": -1009}), (-1009, {"migrate_from_chat_id": -9})],
    ids=["in the group", "in the supergroup"],
)
def test_a_group_that_becomes_a_supergroup_says_so_in_both(chat: int, fields: Json) -> None:
    said = Maker().numbered("message", Maker().said(chat={**GROUP, "id": chat}, **fields))
    assert read(said) == Moved("moved:-9:-1009", Address("-9"), Address("-1009"))


def test_a_service_message_is_ignored() -> None:
    event = read(Maker().numbered("message", Maker().said(new_chat_title="Boots and shoes")))
    assert event == Ignored("42:101", "it holds nothing that can be read")


# --- Business accounts -------------------------------------------------------------------------


def test_a_business_chat_is_a_place_of_its_own() -> None:
    event = message(Maker().in_business("are you there?"))
    assert (event.address, event.sender.kind) == (BUSINESS, "customer")
    assert event.external_id != message(Maker().text("are you there?")).external_id


def test_the_account_s_owner_is_an_operator() -> None:
    event = message(Maker().in_business("I have seen to it", sender=OWNER))
    assert (event.address, event.sender.kind) == (BUSINESS, "operator")


def test_what_a_program_wrote_for_the_owner_is_no_operator_s() -> None:
    event = read(Maker().in_business("beep", sender=OWNER, sender_business_bot=MACHINE))
    assert isinstance(event, Ignored)


def test_a_slash_to_a_business_is_words_and_not_for_us() -> None:
    assert message(Maker().in_business("/human?")).text == "/human?"


def test_business_messages_are_changed_and_taken_back() -> None:
    maker = Maker()
    update = maker.in_business("size 42")
    first = message(update)
    changed = read(maker.edited(update, "size 43", "edited_business_message"))
    assert isinstance(changed, Edited)
    assert (changed.message, changed.address) == (first.external_id, first.address)
    gone = {"business_connection_id": CONNECTION, "chat": PRIVATE, "message_ids": [101, 102]}
    one, two = READER.read(maker.numbered("deleted_business_messages", gone)).events
    assert isinstance(one, Deleted)
    assert isinstance(two, Deleted)
    assert (one.message, one.address) == (first.external_id, first.address)
    assert one.external_id != two.external_id


# --- What happens to messages ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ([], ["👍"], [("👍", False)]),
        (["👍"], [], [("👍", True)]),
        (["👍"], ["👎"], [("👎", False), ("👍", True)]),
    ],
)
def test_a_reaction_is_what_changed(
    old: list[str], new: list[str], told: list[tuple[str, bool]]
) -> None:
    events = READER.read(Maker().reacted(PRIVATE, 7, old, new)).events
    reactions = [event for event in events if isinstance(event, Reacted)]
    assert [(each.emoji, each.removed) for each in reactions] == told
    assert {each.message for each in reactions} == {"42:7"}


@pytest.mark.parametrize("change", [{"user": None}, {"user": MACHINE}, {"new_reaction": []}])
def test_reactions_of_nobody_are_ignored(change: Json) -> None:
    update = Maker().reacted(PRIVATE, 7, [], ["👍"])
    update["message_reaction"] |= change
    assert isinstance(read(update), Ignored)


OFFERING = Maker(message=6).in_group("Shall a person look?")["message"]


def test_a_press_in_a_topic_is_told_with_its_presser() -> None:
    reading = READER.read(Maker().pressed(OFFERING, carry("person", 42) or ""))
    (event,) = reading.events
    assert isinstance(event, Chosen)
    assert (event.choice, event.message) == ("person", "-1001234567890:7")
    assert event.address == Address("-1001234567890", "3")
    assert event.reply_context["user"] == 42
    assert reading.press is not None
    assert reading.press.verdict == "taken"


def test_another_one_s_press_is_no_choice() -> None:
    reading = READER.read(Maker().pressed(OFFERING, carry("person", 42) or "", OTHER))
    assert [type(event) for event in reading.events] == [Ignored]
    assert reading.press is not None
    assert (reading.press.verdict, reading.press.language) == ("foreign", "de")


@pytest.mark.parametrize("data", ["", "person", "c1.", "c1.zz.", "c1.!!.person", "c0.16.person"])
def test_buttons_that_are_not_ours_are_ignored(data: str) -> None:
    reading = READER.read(Maker().pressed(OFFERING, data))
    assert [type(event) for event in reading.events] == [Ignored]
    assert reading.press is not None
    assert reading.press.verdict == "unknown"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("my_chat_member", {"chat": GROUP, "new_chat_member": {"status": "kicked"}}),
        ("business_connection", {"id": CONNECTION, "is_enabled": True, "user": OWNER}),
        ("poll_answer", {"poll_id": "1"}),
    ],
)
def test_other_events_pass_the_cursor(kind: str, what: Json) -> None:
    assert isinstance(read(Maker().numbered(kind, what)), Ignored)


# --- What nobody can read ----------------------------------------------------------------------


def broken(change: Json) -> Json:
    update = Maker().text("@fernhill_bot a secret of mine")
    update["message"] |= change
    return update


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": "101"},
        {"message_id": 2**70},
        {"chat": None},
        {"from": []},
        {"text": 5},
        {"date": -1},
        {"entities": [{"type": "mention", "offset": -1, "length": 3}]},
        {"photo": [{"file_id": 1}]},
    ],
)
def test_what_cannot_be_read_is_kept_whole(change: Json) -> None:
    event = read(broken(change))
    assert isinstance(event, Unreadable)
    assert b"a secret of mine" in event.raw or "text" in change
    assert "secret" not in event.reason
    assert event.external_id == "u500001"


def test_two_updates_without_a_number_are_two() -> None:
    first, second = ({"message": text} for text in ("a", "b"))
    one, two = read(first), read(second)
    assert isinstance(one, Unreadable)
    assert one.external_id != two.external_id


def test_marks_beyond_the_text_are_harmless() -> None:
    entities: list[dict[str, Any]] = [{"type": "mention", "offset": 5_000, "length": 90}]
    said = Maker().said(chat=GROUP, text="hello", entities=entities)
    assert isinstance(read({"update_id": 1, "message": said}), Ignored)


def test_the_bot_s_own_name_is_what_counts() -> None:
    reader = Reader(replace(READER.messages, me=Me(id=1, username="other_bot")))
    (event,) = reader.read(Maker().in_group("@fernhill_bot hi")).events
    assert isinstance(event, Ignored)
