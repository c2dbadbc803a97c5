"""Polling: the place in the stream moves with the commit, nothing is lost and nothing is stuck."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from channels.contract import OutboundMessage
from channels.errors import (
    ChannelDisconnected,
    ChannelMisconfigured,
    IntakeClosed,
    UncertainSendError,
)
from channels.events import Accepted, Address, Cursor, Event, InboundMessage, Unreadable
from channels.telegram.buttons import carry
from channels.telegram.channel import TelegramChannel
from channels.telegram.polling import NUMBERS_HOLD_SECONDS, Mark
from tests.channels.fakes import NOW, FakeClock, MemoryIntake
from tests.contract.harness.telegram import PatientClock, Receiving, channel
from tests.platforms.telegram import TelegramPlatform, Trouble
from tests.platforms.telegram_updates import OTHER, Maker


class CountingClock(PatientClock):
    """Says when somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.set()
        await super().sleep(seconds)


@dataclass
class FullIntake(MemoryIntake):
    """Takes so many events, then none."""

    room: int = 1_000
    order: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])

    async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
        if len(self.order) >= self.room:
            raise IntakeClosed
        self.order.append((event.external_id, None if cursor is None else cursor.value))
        return await super().accept(event, cursor)


@pytest.fixture
async def platform() -> AsyncIterator[TelegramPlatform]:
    async with TelegramPlatform() as started:
        yield started


@pytest.fixture
async def polls(platform: TelegramPlatform) -> AsyncIterator[TelegramChannel]:
    async with channel(platform) as entered:
        yield entered


@pytest.fixture
async def receiving(polls: TelegramChannel) -> AsyncIterator[Receiving]:
    started = Receiving(polls, FullIntake())
    yield started
    await started.stop()


def texts(intake: MemoryIntake) -> list[str]:
    return [event.text for event in intake.events if isinstance(event, InboundMessage)]


async def test_each_update_is_confirmed_after_its_commit(
    platform: TelegramPlatform, receiving: Receiving
) -> None:
    maker = Maker()
    receiving.ensure()
    for number in range(3):
        update = maker.text(f"line {number}")
        await platform.push(update)
        await platform.confirmed(update)
    assert texts(receiving.intake) == ["line 0", "line 1", "line 2"]
    asked = [int(fields.get("offset", 0)) for fields in platform.of("getUpdates")]
    # One question more is open; the ledger knows the answered ones.
    assert asked == [0, 500_002, 500_003]
    assert receiving.intake.cursors == {"updates": f"500003@{NOW:.0f}@7000001"}


async def test_updates_are_asked_for_by_name_and_after_the_webhook_is_gone(
    platform: TelegramPlatform, receiving: Receiving
) -> None:
    receiving.ensure()
    update = Maker().text("hello")
    await platform.push(update)
    await platform.confirmed(update)
    names = [name for name, _ in platform.calls]
    assert names[:2] == ["getMe", "deleteWebhook"]
    assert platform.of("deleteWebhook") == [{"drop_pending_updates": "false"}]
    asked = platform.of("getUpdates")[0]
    named = set(asked["allowed_updates"])
    assert {"message_reaction", "business_message", "callback_query"} < named
    assert asked["timeout"] == "30"


async def test_a_closed_intake_leaves_the_rest_with_telegram(
    platform: TelegramPlatform, polls: TelegramChannel
) -> None:
    maker, intake = Maker(), FullIntake(room=2)
    updates = [maker.text(f"line {number}") for number in range(5)]
    for update in updates:
        await platform.push(update)
    with pytest.raises(IntakeClosed):
        await polls.receive(intake)
    assert intake.cursors == {"updates": f"500002@{NOW:.0f}@7000001"}
    intake.room = 1_000
    receiving = Receiving(polls, intake)
    receiving.ensure()
    await platform.confirmed(updates[-1])
    await receiving.stop()
    assert texts(intake) == [f"line {number}" for number in range(5)]


async def test_a_day_s_backlog_comes_in_order_and_once(
    platform: TelegramPlatform, receiving: Receiving
) -> None:
    maker = Maker()
    platform.pending = [maker.text(f"line {number}") for number in range(350)]
    last = platform.pending[-1]
    receiving.ensure()
    await platform.confirmed(last)
    assert texts(receiving.intake) == [f"line {number}" for number in range(350)]


async def test_the_mark_moves_with_the_last_event_of_an_update(
    platform: TelegramPlatform, receiving: Receiving
) -> None:
    receiving.ensure()
    update = Maker().text("/start order_17")
    await platform.push(update)
    await platform.confirmed(update)
    assert isinstance(receiving.intake, FullIntake)
    assert receiving.intake.order == [
        ("42:101:start", None),
        ("42:101", f"500001@{NOW:.0f}@7000001"),
    ]


async def test_what_nobody_can_read_does_not_hold_up_what_follows(
    platform: TelegramPlatform, receiving: Receiving
) -> None:
    maker = Maker()
    poison, sound = maker.text("poison"), maker.text("sound")
    poison["message"]["chat"] = "none"
    for update in (poison, sound):
        await platform.push(update)
    receiving.ensure()
    await platform.confirmed(sound)
    kept, message = receiving.intake.events
    assert isinstance(kept, Unreadable)
    assert b"poison" in kept.raw
    assert isinstance(message, InboundMessage)


async def test_an_update_without_a_number_is_an_error_and_not_a_loop(
    platform: TelegramPlatform, polls: TelegramChannel
) -> None:
    platform.pending = [{"message": {}}]
    with pytest.raises(ChannelDisconnected, match="without a number"):
        await polls.receive(MemoryIntake())


async def test_stopping_does_not_wait_for_the_long_poll(
    platform: TelegramPlatform, polls: TelegramChannel
) -> None:
    task = asyncio.create_task(polls.receive(MemoryIntake()))
    await platform.polled(1)
    task.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await task
        await polls.__aexit__()


async def test_sending_does_not_wait_for_the_long_poll(
    platform: TelegramPlatform, polls: TelegramChannel, receiving: Receiving
) -> None:
    receiving.ensure()
    await platform.polled(1)
    message = OutboundMessage("d-1", Address("42"), "hello", "hello")
    async with asyncio.timeout(2):
        await asyncio.gather(*(polls.send(message) for _ in range(20)))
    assert len(platform.messages) == 20


async def test_a_second_program_on_the_same_token_is_named(
    platform: TelegramPlatform, polls: TelegramChannel
) -> None:
    first = asyncio.create_task(polls.receive(MemoryIntake()))
    await platform.polled(1)
    async with channel(platform) as other:
        second = asyncio.create_task(other.receive(MemoryIntake()))
        with pytest.raises(ChannelDisconnected, match="another program polls with this token"):
            await first
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)


async def test_a_webhook_that_somebody_sets_is_named(
    platform: TelegramPlatform, polls: TelegramChannel
) -> None:
    class Setting(MemoryIntake):
        async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
            platform.hook = {"url": "https://elsewhere.example.com"}
            return await super().accept(event, cursor)

    await platform.push(Maker().text("hello"))
    with pytest.raises(ChannelDisconnected, match="a webhook is set"):
        await polls.receive(Setting())


async def test_a_press_is_answered_and_its_buttons_go(
    platform: TelegramPlatform, polls: TelegramChannel, receiving: Receiving
) -> None:
    shown = await platform.offer(42, carry("person", None) or "")
    receiving.ensure()
    await platform.push(Maker().pressed(shown.as_message(), carry("person", None) or ""))
    (answered,) = await platform.called("answerCallbackQuery")
    assert "show_alert" not in answered
    await platform.called("editMessageReplyMarkup")
    assert shown.buttons == []


async def test_a_stranger_s_press_is_told_so_and_the_buttons_stay(
    platform: TelegramPlatform, receiving: Receiving
) -> None:
    data = carry("person", 42) or ""
    shown = await platform.offer(-1_001_234_567_890, data)
    receiving.ensure()
    await platform.push(Maker().pressed(shown.as_message(), data, OTHER))
    (answered,) = await platform.called("answerCallbackQuery")
    assert answered["show_alert"] == "true"
    assert answered["text"].startswith("Dieser Knopf")
    assert shown.buttons
    assert platform.of("editMessageReplyMarkup") == []


async def test_a_press_that_the_gateway_does_not_take_leaves_the_buttons(
    platform: TelegramPlatform, polls: TelegramChannel
) -> None:
    """Another program than Telegram's own may send any data, also with its user's own id."""
    shown = await platform.offer(-1_001_234_567_890, carry("person", 42) or "")
    forged = carry("person", 77) or ""
    intake = MemoryIntake(not_offered=frozenset({f"-1001234567890:{shown.id}"}))
    receiving = Receiving(polls, intake)
    receiving.ensure()
    maker = Maker()
    await platform.push(maker.pressed(shown.as_message(), forged, OTHER))
    await platform.push(update := maker.pressed(shown.as_message(), forged, OTHER))
    await platform.confirmed(update)
    await platform.called("answerCallbackQuery", 2)
    await receiving.stop()
    assert shown.buttons
    assert platform.of("editMessageReplyMarkup") == []


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        (None, None),
        ("", None),
        ("x@1", None),
        ("7@x", None),
        ("7", Mark(7, 0)),
        ("7@5", Mark(7, 5)),
        ("7@5@3", Mark(7, 5, 3)),
    ],
)
def test_a_mark_is_what_was_stored(value: str | None, mark: Mark | None) -> None:
    assert Mark.parse(value) == mark


def test_old_numbers_are_not_asked_for() -> None:
    """After a quiet week Telegram may number from anywhere: an offset would then lose updates."""
    mark = Mark(900, NOW)
    assert mark.offset(NOW + NUMBERS_HOLD_SECONDS - 1) == 901
    assert mark.offset(NOW + NUMBERS_HOLD_SECONDS) is None


async def test_lower_numbers_after_a_quiet_week_are_taken(platform: TelegramPlatform) -> None:
    intake = MemoryIntake(cursors={"updates": f"900000@{NOW - 8 * 86_400:.0f}"})
    update = Maker(update=17).text("hello again")
    await platform.push(update)
    async with channel(platform) as polls:
        receiving = Receiving(polls, intake)
        receiving.ensure()
        await platform.confirmed(update)
        await receiving.stop()
    assert texts(intake) == ["hello again"]
    assert intake.cursors["updates"] == f"18@{NOW:.0f}@7000001"


async def test_another_bot_s_place_is_not_asked_from(platform: TelegramPlatform) -> None:
    intake = MemoryIntake(cursors={"updates": f"900000@{NOW:.0f}@5"})
    await platform.push(Maker(update=17).text("hello"))
    async with channel(platform) as polls:
        with pytest.raises(ChannelMisconfigured, match="was the bot 5's so far"):
            await polls.receive(intake)
    assert len(platform.pending) == 1


async def test_a_server_that_holds_no_question_is_not_asked_in_a_rush(
    platform: TelegramPlatform,
) -> None:
    platform.impatient = True
    polls = channel(platform)
    polls.clock = clock = CountingClock()
    async with polls:
        receiving = Receiving(polls, MemoryIntake())
        receiving.ensure()
        await clock.slept.wait()
        await receiving.stop()
    assert 1 <= len(platform.of("getUpdates")) <= 2


async def test_a_question_that_breaks_is_asked_again_and_the_channel_stays_up(
    platform: TelegramPlatform,
) -> None:
    platform.outages = [(502, {}), "cut", (429, {"ok": False, "parameters": {"retry_after": 30}})]
    update = Maker().text("hello")
    polls = channel(platform)
    polls.clock = clock = FakeClock()
    async with polls:
        receiving = Receiving(polls, MemoryIntake())
        task = receiving.ensure()
        await platform.push(update)
        await platform.confirmed(update)
        assert not task.done()
        await receiving.stop()
    assert texts(receiving.intake) == ["hello"]
    assert clock.at == NOW + 32


DOWN: Trouble = (502, {})
LONG_FLOOD: Trouble = (429, {"ok": False, "parameters": {"retry_after": 61}})


@pytest.mark.parametrize("outage", [DOWN, LONG_FLOOD], ids=["down", "a long flood"])
async def test_a_platform_that_is_silent_for_a_minute_is_down(
    platform: TelegramPlatform, outage: Trouble
) -> None:
    platform.outages = [outage] * 100
    polls = channel(platform)
    polls.clock = clock = FakeClock()
    async with polls:
        with pytest.raises(ChannelDisconnected):
            await polls.receive(MemoryIntake())
    assert clock.at <= NOW + 60


async def test_a_poll_that_never_comes_back_is_noticed(
    platform: TelegramPlatform, polls: TelegramChannel, receiving: Receiving
) -> None:
    receiving.ensure()
    update = Maker().text("hello")
    await platform.push(update)
    await platform.confirmed(update)
    await polls.probe()
    assert isinstance(polls.clock, PatientClock)
    polls.clock.at += 600
    with pytest.raises(ChannelDisconnected, match="has not answered for long"):
        await polls.probe()


async def test_a_platform_that_cannot_say_is_not_asked(polls: TelegramChannel) -> None:
    with pytest.raises(UncertainSendError):
        await polls.reconcile(OutboundMessage("d-1", Address("42"), "x", "x"))
