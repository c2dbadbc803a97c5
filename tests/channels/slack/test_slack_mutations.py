"""Ten thousand strangers at Slack's door, and ten thousand bodies that Slack might send one day."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from channels.events import Unreadable
from channels.slack.signing import SIGNATURE, TIMESTAMP, sign
from tests.channels.fakes import NOW
from tests.channels.posts import Answering, post, status_of
from tests.contract.harness.slack import Rig, rig
from tests.platforms import slack_events as events
from tests.platforms.slack import SIGNING_SECRET

PATH = "/webhooks/slack"
MANY = 10_000
WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 1.5, "", "x" * 2_000, "\u0000", [], {}, [[]], "\ud800", {"id": {}},
)  # fmt: skip


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


def door(opened: Rig) -> Answering:
    (route,) = opened.channel.routes(opened.intake)
    return cast("Answering", route.handler)


def sample(opened: Rig) -> list[bytes]:
    """One body of each sort: JSON of events, forms of presses, shortcuts and commands."""
    space = opened.slack.workspace
    said = space.add("D0ADA", {"user": "U0BOT", "text": "x"})
    button: events.Body = {"action_id": "frontdesk-choice-0", "text": {}}
    button["value"] = '{"choice": "person"}'
    bodies = [
        events.says(space, "how long may I return boots?"),
        events.presses(space, "D0ADA", said, button),
        events.shortcut(space, "D0ADA", said),
        events.reacts(space, "D0ADA", said["ts"], "tada"),
    ]
    return [events.as_bytes(body)[0] for body in bodies]


def mutated(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body) + 1)
    noise = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 4)))
    cut = chance.randrange(place, len(body) + 1)
    return chance.choice(
        [body[:place] + noise + body[place:], body[:place] + noise + body[cut:], body[:place]]
    )


def twisted(chance: random.Random, body: bytes) -> bytes:
    """The same event with one value, somewhere in it, of another kind, or gone."""
    changed = at = cast("dict[str, Any]", json.loads(body))
    while True:
        key = chance.choice(list(at))
        inner: object = at[key]
        if isinstance(inner, dict) and inner and chance.random() < 0.8:
            at = cast("dict[str, Any]", inner)
            continue
        if chance.random() < 0.3:
            del at[key]
        else:
            at[key] = chance.choice(WRONG)
        return json.dumps(changed).encode()


async def test_ten_thousand_requests_that_slack_did_not_sign_are_refused(opened: Rig) -> None:
    chance, answering, bodies = random.Random(17), door(opened), sample(opened)
    for _ in range(MANY):
        body, opened.clock.at = chance.choice(bodies), opened.clock.at + 1
        stamp = str(int(opened.clock.at))
        signature = sign(SIGNING_SECRET, stamp, body)
        if chance.random() < 0.5:
            changed = mutated(chance, body)
            body = changed if changed != body else body + b" "
        else:
            noisy = mutated(chance, signature.encode()).decode("latin-1")
            signature = "".join(filter(str.isprintable, noisy)).replace(signature, "")
        given = {TIMESTAMP: stamp, SIGNATURE: signature}
        assert await status_of(answering, post(PATH, body, given)) == 401
    assert opened.intake.events == []


async def test_ten_thousand_signed_bodies_are_taken_or_kept_and_never_an_error(
    opened: Rig,
) -> None:
    chance, answering, bodies = random.Random(19), door(opened), sample(opened)
    stamp, kept = str(int(NOW)), 0
    for number in range(MANY):
        body = chance.choice(bodies)
        spoil = twisted if number % 2 and body[:1] == b"{" else mutated
        body = spoil(chance, body)
        given = {TIMESTAMP: stamp, SIGNATURE: sign(SIGNING_SECRET, stamp, body)}
        assert await status_of(answering, post(PATH, body, given)) == 200
        kept += any(isinstance(event, Unreadable) for event in opened.intake.events)
        opened.intake.events.clear()
    assert kept > MANY / 10
