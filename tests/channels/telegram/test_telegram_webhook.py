"""The webhook: only Telegram is heard, what it sends is on disk before it is told so, and nothing
that nobody can read holds up what follows."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.contract import Capabilities, Ports
from channels.errors import ChannelDisconnected, ChannelMisconfigured
from channels.events import Ignored, InboundMessage, Unreadable
from channels.kinds import CAPABILITIES
from channels.rates import Buckets
from channels.telegram.buttons import carry
from channels.telegram.channel import TelegramChannel
from channels.telegram.messages import MessageReader
from channels.telegram.reading import Press, Reader
from channels.telegram.updates import Me
from channels.telegram.webhook import HEADER, REFUSALS, Door
from tests.channels.fakes import NOW, FakeClock, MemoryIntake, MemoryTimeline, MemoryUploads
from tests.channels.posts import post, status_of
from tests.contract.harness.telegram import SECRET, settings, webhook_channel
from tests.contract.harness.web import Counter
from tests.platforms.telegram import TelegramPlatform
from tests.platforms.telegram_updates import BOT, CONNECTION, PRIVATE, Json, Maker

READER = Reader(MessageReader(Me.model_validate(BOT)))


@dataclass
class Rig:
    """A channel whose webhook the platform can reach."""

    platform: TelegramPlatform
    channel: TelegramChannel
    intake: MemoryIntake
    public: str

    async def register(self) -> None:
        """As the supervisor does: the channel goes on watching until it is cancelled."""
        self.platform.hook = {"url": f"{self.public}/webhooks/telegram", "secret_token": SECRET}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    intake = MemoryIntake()
    async with TelegramPlatform() as platform:
        app = web.Application()
        channel = webhook_channel(platform, "")
        app.router.add_routes(channel.routes(intake))
        async with TestServer(app) as server:
            channel.public_url = str(server.make_url("/")).rstrip("/")
            async with channel:
                ready = Rig(platform, channel, intake, channel.public_url)
                await ready.register()
                yield ready


async def test_telegram_posts_and_it_is_on_disk(rig: Rig) -> None:
    update = Maker().text("hello")
    assert await rig.platform.post(update) == 200
    assert await rig.platform.post(update) == 200
    assert {event.external_id for event in rig.intake.events} == {"42:101"}


@pytest.mark.parametrize(
    "secret", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), f" {SECRET[:-1]}", "ünïcode"]
)
async def test_other_secrets_are_refused_with_the_same_words(rig: Rig, secret: str) -> None:
    assert await rig.platform.post(Maker().text("forged"), secret) == 401
    assert rig.intake.events == []


async def test_a_closed_intake_asks_telegram_to_come_again(rig: Rig) -> None:
    update = Maker().text("hello")
    rig.intake.closed = True
    assert await rig.platform.post(update) == 503
    rig.intake.closed = False
    assert await rig.platform.post(update) == 200
    assert len(rig.intake.events) == 1


async def test_a_channel_that_is_not_up_asks_telegram_to_come_again(rig: Rig) -> None:
    await rig.channel.__aexit__()
    assert await rig.platform.post(Maker().text("hello")) == 503
    assert rig.intake.events == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff\xfe", b'{"a":1,"a":2}', b'{"x":' * 200 + b"1" + b"}" * 200, b"{}"],
    ids=range(7),
)
async def test_what_nobody_can_read_is_kept_and_taken(rig: Rig, body: bytes) -> None:
    assert await rig.platform.post(body) == 200
    (event,) = rig.intake.events
    assert isinstance(event, Unreadable)
    assert event.raw == body
    assert await rig.platform.post(Maker().text("what follows")) == 200
    assert isinstance(rig.intake.events[-1], InboundMessage)


async def test_a_press_is_answered(rig: Rig) -> None:
    data = carry("person", None) or ""
    shown = await rig.platform.offer(42, data)
    assert await rig.platform.post(Maker().pressed(shown.as_message(), data)) == 200
    await rig.platform.called("answerCallbackQuery")


async def test_telegram_is_told_where_to_post_and_then_watched(rig: Rig) -> None:
    rig.channel.clock = FakeClock()
    rig.platform.hook_error = (int(NOW), "Connection refused")
    rig.platform.pending = [Maker().text("waits")]
    with pytest.raises(ChannelDisconnected, match="Connection refused"):
        await rig.channel.receive(rig.intake)
    (told,) = rig.platform.of("setWebhook")
    assert told["url"] == f"{rig.public}/webhooks/telegram"
    assert told["secret_token"] == SECRET
    assert told["max_connections"] == "40"
    assert told["drop_pending_updates"] == "false"
    assert "message_reaction" in told["allowed_updates"]


async def test_a_webhook_that_was_taken_away_is_noticed(rig: Rig) -> None:
    await rig.channel.probe()
    rig.platform.hook = {}
    with pytest.raises(ChannelDisconnected, match="posts elsewhere"):
        await rig.channel.probe()


@pytest.mark.parametrize(("age", "waiting"), [(301, 1), (1, 0)])
async def test_an_error_that_is_over_is_none(rig: Rig, age: int, waiting: int) -> None:
    rig.platform.hook_error = (int(NOW) - age, "Connection refused")
    rig.platform.pending = [Maker().text("waits")] * waiting
    await rig.channel.probe()


async def test_an_error_before_the_last_post_is_over(rig: Rig) -> None:
    rig.channel.clock = clock = FakeClock(NOW + 9)
    rig.platform.hook_error = (int(NOW) + 1, "Wrong response from the webhook: 503")
    rig.platform.pending = [Maker().text("on its way")]
    await rig.platform.post(Maker().text("hello"))
    await rig.channel.probe()
    clock.at = NOW + 60
    rig.platform.hook_error = (int(NOW) + 50, "Connection refused")
    with pytest.raises(ChannelDisconnected, match="Connection refused"):
        await rig.channel.probe()


async def test_what_a_restart_refused_is_not_the_reason_for_the_next_one(rig: Rig) -> None:
    await rig.channel.__aexit__()
    rig.channel.clock = FakeClock(NOW + 9)
    rig.platform.hook_error = (int(NOW) + 5, "Wrong response from the webhook: 503")
    rig.platform.pending = [Maker().text("on its way")]
    await rig.channel.__aenter__()
    await rig.channel.probe()


async def test_an_address_that_telegram_does_not_take_is_named(rig: Rig) -> None:
    rig.channel.public_url = "http://desk.example.com"
    with pytest.raises(ChannelMisconfigured, match="443, 80, 88 and 8443"):
        await rig.channel.receive(rig.intake)


async def test_without_a_public_address_there_is_no_webhook(rig: Rig) -> None:
    with pytest.raises(ChannelMisconfigured, match="needs `public_url`"):
        async with webhook_channel(rig.platform, ""):
            pass


async def test_both_transports_are_received_by_one_node(rig: Rig) -> None:
    """One node tells Telegram where to post, and watches; all of them answer."""
    given = settings(rig.platform.base, transport="webhook", secret=SECRET)
    can: Capabilities = CAPABILITIES["telegram"]
    ports = Ports(MemoryTimeline(), MemoryUploads(), FakeClock(), Counter(), b"k" * 32, rig.public)
    built = TelegramChannel.build("telegram", given, can, ports)
    assert built.capabilities.receivers == "one"
    assert [route.path for route in built.routes(rig.intake)] == ["/webhooks/telegram"]


# --- Ten thousand strangers ----------------------------------------------------------------------


def sample() -> list[Json]:
    maker = Maker()
    return [
        maker.text("How long may I return boots? @fernhill_bot"),
        maker.in_group("@fernhill_bot hello"),
        maker.in_business("are you there?"),
        maker.pressed(maker.text("x")["message"], carry("person", 42) or ""),
        maker.reacted(PRIVATE, 7, ["👍"], ["👎"]),
        maker.numbered(
            "deleted_business_messages",
            {"business_connection_id": CONNECTION, "chat": PRIVATE, "message_ids": [1, 2]},
        ),
    ]


def door(pressed: list[Press], clock: FakeClock) -> Door:
    return Door(SECRET, Buckets(REFUSALS, clock), lambda: READER, pressed.append, lambda: None)


async def answered(door: Door, body: bytes, secret: str, intake: MemoryIntake) -> int:
    request = post("/webhooks/telegram", body, {HEADER: secret})
    return await status_of(lambda given: door.answer(given, intake), request)


async def test_ten_thousand_forgeries_are_refused() -> None:
    chance, intake, clock = random.Random(7), MemoryIntake(), FakeClock()
    tried = door([], clock)
    bodies = [json.dumps(update).encode() for update in sample()]
    for _ in range(10_000):
        noisy = mutated(chance, SECRET.encode()).decode("latin-1")
        changed = "".join(filter(str.isprintable, noisy))
        secret = changed if changed != SECRET else changed[:-1]
        clock.at += 1
        assert await answered(tried, chance.choice(bodies), secret, intake) == 401
    assert intake.events == []


async def test_who_sends_bad_secrets_is_slowed_down_and_telegram_is_not() -> None:
    intake, tried = MemoryIntake(), door([], FakeClock())
    body = json.dumps(Maker().text("hello")).encode()
    refused = [await answered(tried, body, "wrong", intake) for _ in range(100)]
    assert refused == [401] * 60 + [429] * 40
    assert await answered(tried, body, SECRET, intake) == 200


async def test_ten_thousand_mutations_are_read_or_kept_and_never_an_error() -> None:
    chance, intake, pressed = random.Random(11), MemoryIntake(), list[Press]()
    tried, updates = door(pressed, FakeClock()), sample()
    for number in range(10_000):
        update = chance.choice(updates)
        if number % 2:
            body = mutated(chance, json.dumps(update).encode())
        else:
            body = json.dumps(twisted(chance, update)).encode()
        assert await answered(tried, body, SECRET, intake) == 200
        intake.events, kept = [], intake.events
        assert kept
        assert all(event.external_id for event in kept)
        assert not any(isinstance(event, Ignored) and "boots" in event.reason for event in kept)


def mutated(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body) + 1)
    noise = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 4)))
    cut = chance.randrange(place, len(body) + 1)
    return chance.choice(
        [body[:place] + noise + body[place:], body[:place] + noise + body[cut:], body[:place]]
    )


WEIRD: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 1.5, "", "x" * 2_000, [], {}, [[]], "\ud800", {"id": {}}, 10**60,
)  # fmt: skip


def twisted(chance: random.Random, update: Json) -> Json:
    """The same with one value, somewhere in it, of another kind, or gone."""
    changed: Json = copy.deepcopy(update)
    at: Json = changed
    while True:
        key = chance.choice(list(at))
        inner = at[key]
        if isinstance(inner, list) and inner:
            inner = cast("list[Any]", inner)[0]
        if isinstance(inner, dict) and inner and chance.random() < 0.8:
            at = cast("Json", inner)
            continue
        if chance.random() < 0.3:
            del at[key]
        else:
            at[key] = chance.choice(WEIRD)
        return changed
