"""Slack's webhook: what is refused before anything is read, that nothing signed is refused or lost,
and that nothing is answered 200 that was not accepted."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from channels.errors import InvalidSignature
from channels.events import Commanded, Ignored, InboundMessage, Unreadable
from channels.slack.signing import (
    SIGNATURE,
    TIMESTAMP,
    TOLERANCE_SECONDS,
    require_current,
    require_signature,
    sign,
)
from tests.channels.fakes import NOW
from tests.contract.harness.slack import Rig, rig
from tests.platforms import slack_events as events
from tests.platforms.slack import SIGNING_SECRET

STAMP = str(int(NOW))
BODY = b'{"type": "url_verification", "challenge": "c"}'
GOOD = sign(SIGNING_SECRET, STAMP, BODY)
MUTATIONS = 10_000


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


@given(body=st.text(max_size=60))
def test_the_signature_is_the_one_that_slack_makes(body: str) -> None:
    theirs = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=STAMP, body=body)
    assert sign(SIGNING_SECRET, STAMP, body.encode()) == theirs


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [
        ("", ""),
        ("abc", GOOD),
        (f"+{STAMP}", GOOD),
        (STAMP.translate({48 + n: 0x660 + n for n in range(10)}), GOOD),
        (f"{STAMP}.0", GOOD),
        (str(int(NOW) - TOLERANCE_SECONDS - 1), GOOD),
        (str(int(NOW) + TOLERANCE_SECONDS + 1), GOOD),
        (STAMP, ""),
        (STAMP, GOOD.upper()),
        (STAMP, GOOD.replace("v0=", "v1=")),
        (STAMP, f"{GOOD}0"),
        (STAMP, f"{GOOD[:-1]}é"),
        (STAMP, sign("f" * 32, STAMP, BODY)),
        (str(int(NOW) - 1), GOOD),
    ],
)
async def test_a_bad_signature_gets_one_constant_answer(
    opened: Rig, timestamp: str, signature: str
) -> None:
    headers = {TIMESTAMP: timestamp, SIGNATURE: signature}
    async with opened.session.post(opened.url, data=BODY, headers=headers) as refused:
        assert refused.status == 401
        said = await refused.read()
    async with opened.session.post(opened.url, data=b"[" * 1000) as missing:
        assert (missing.status, await missing.read()) == (401, said)
    assert opened.intake.events == []


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS])
async def test_a_signature_is_good_for_five_minutes(opened: Rig, seconds: float) -> None:
    signed = opened.slack.signed(BODY, int(NOW + seconds))
    assert (await opened.post(BODY, **signed)).acknowledged


async def test_two_signatures_are_none(opened: Rig) -> None:
    headers = [*opened.slack.signed(BODY).items(), (SIGNATURE, GOOD)]
    async with opened.session.post(opened.url, data=BODY, headers=headers) as answer:
        assert answer.status == 401


def _mutated(chance: random.Random) -> tuple[str, str, bytes]:
    """One thing about a good request is different."""
    stamp, signature, body = STAMP, GOOD, bytearray(BODY)
    what, at = chance.randrange(5), chance.randrange(1, 60)
    if what == 0:
        body[at % len(body)] ^= 1 << chance.randrange(8)
    elif what == 1:
        body = body[: -(at % len(body)) - 1] if chance.random() < 0.5 else body * 2
    elif what == 2:
        place = at % len(signature)
        letter = chance.choice("0123456789abcdefABCDEFxé=\u0661 ")
        changed = signature[:place] + letter + signature[place + 1 :]
        signature = changed if changed != signature else signature[1:]
    elif what == 3:
        stamp = str(int(NOW) + at * chance.choice((-1, 1)))
    else:
        body = bytearray(bytes(body).replace(b" ", b"", 1) + b" " * (at % 3))
    return stamp, signature, bytes(body)


def test_ten_thousand_changed_requests_are_refused() -> None:
    chance, refused = random.Random(11), 0
    for _ in range(MUTATIONS):
        stamp, signature, body = _mutated(chance)
        try:
            require_current(stamp, NOW)
            require_signature(signature, stamp, SIGNING_SECRET, body)
        except InvalidSignature:
            refused += 1
    assert refused == MUTATIONS


async def test_changed_requests_over_http_are_refused_and_slowed_down(opened: Rig) -> None:
    chance = random.Random(12)
    statuses: list[int | None] = []
    for _ in range(200):
        stamp, signature, body = _mutated(chance)
        headers = {TIMESTAMP: stamp, SIGNATURE: signature}
        statuses.append((await opened.post(body, **headers)).status)
    assert statuses == [401] * 60 + [429] * 140
    assert (await opened.post(BODY)).acknowledged, "who signs well is never slowed down"
    assert opened.intake.events == []


async def test_a_replay_changes_nothing_and_an_old_one_is_refused(opened: Rig) -> None:
    body = events.says(opened.slack.workspace, "hello")
    raw, _ = events.as_bytes(body)
    signed = opened.slack.signed(raw)
    for _ in range(20):
        assert (await opened.post(raw, **signed)).acknowledged
    assert len(opened.intake.events) == 1
    opened.clock.at += TOLERANCE_SECONDS + 1
    assert (await opened.post(raw, **signed)).status == 401


async def test_the_address_is_confirmed_with_the_challenge_as_text(opened: Rig) -> None:
    raw = json.dumps({"type": "url_verification", "challenge": "<b>x</b>"}).encode()
    headers = opened.slack.signed(raw)
    async with opened.session.post(opened.url, data=raw, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/plain")
        assert await answer.text() == "<b>x</b>"


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"type": "event_callback", "event": {"type": "message"}}',
        b'{"type": "event_callback", "event": {"type": "message", "channel": 7, "ts": "1.1"}}',
        b'{"a": 1, "a": 2}',
        b'{"text": "\\u0000"}',
        b"{" * 5000,
        b"\xff\xfe",
        b"",
        b"payload=%7B",
        b"payload=%7B%7D",
        b"command=%2Fhuman",
        urlencode({f"k{n}": "v" for n in range(200)}).encode(),
    ],
)
async def test_what_is_signed_and_cannot_be_read_is_kept_for_a_person(
    opened: Rig, raw: bytes
) -> None:
    outcomes = [await opened.post(raw) for _ in range(2)]
    assert [outcome.status for outcome in outcomes] == [200, 200]
    (event,) = opened.intake.events
    assert isinstance(event, Unreadable)


async def test_signed_bodies_of_any_shape_are_never_an_error(opened: Rig) -> None:
    """Half of a thousand bodies that Slack could send, each with some value replaced."""
    chance, space = random.Random(13), opened.slack.workspace
    for number in range(500):
        body = events.says(space, f"<@U0BOT> number {number}", channel="C0HELP")
        _spoil(body, chance)
        assert (await opened.deliver(body)).status == 200
    assert any(isinstance(event, Unreadable) for event in opened.intake.events)
    assert any(isinstance(event, InboundMessage) for event in opened.intake.events)


WRONG: tuple[Any, ...] = (None, [], {}, 7, -1, True, "", "\ufffd", "x" * 5000)


def _spoil(body: events.Body, chance: random.Random) -> None:
    where = chance.choice((body, body["event"], body["event"]))
    key = chance.choice(sorted(set(where) - {"type", "command"}))
    where[key] = chance.choice(WRONG)


async def test_pings_of_the_platform_are_answered_and_not_kept(opened: Rig) -> None:
    assert (await opened.post(b"ssl_check=1&token=x")).acknowledged
    assert opened.intake.events == []


async def test_a_command_is_one_however_often_it_comes(opened: Rig) -> None:
    body = events.commands(opened.slack.workspace, "human", "now", channel="C0ELSEWHERE")
    for _ in range(3):
        assert (await opened.deliver(body)).acknowledged
    (event,) = opened.intake.events
    assert isinstance(event, Commanded)
    assert (event.address.chat, event.sender.ids) == ("D0ADA", ("T0HOME/U0ADA",))


async def test_a_command_that_nobody_can_answer_yet_is_not_acknowledged(opened: Rig) -> None:
    opened.slack.faults["conversations.open"].append("limited")
    body = events.commands(opened.slack.workspace, "human", "")
    assert (await opened.deliver(body)).status == 503
    assert opened.intake.events == []
    assert (await opened.deliver(body)).acknowledged


async def test_a_command_of_somebody_out_of_reach_is_let_go(opened: Rig) -> None:
    body = events.commands(opened.slack.workspace, "human", "", user="U0GONE")
    assert (await opened.deliver(body)).acknowledged
    (event,) = opened.intake.events
    assert isinstance(event, Ignored)


async def test_before_the_app_has_signed_in_nothing_is_acknowledged(opened: Rig) -> None:
    body = events.says(opened.slack.workspace, "hello")
    await opened.channel.__aexit__()
    assert (await opened.deliver(body)).status == 503
    await opened.channel.__aenter__()
    assert (await opened.deliver(body)).acknowledged
