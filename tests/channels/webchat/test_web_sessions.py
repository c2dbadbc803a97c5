"""Sessions: signed, sliding, one a visitor, and gone with the secret that vouched for them."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import ClientResponse
from pydantic import SecretStr

from channels.events import InboundMessage, Profile
from channels.signatures import encode
from channels.webchat.sessions import DAY
from tests.channels.fakes import NOW, FakeClock
from tests.contract.harness.web import IDENTITY_KEY, Rig, bearer, channel, rig, settings


@pytest.fixture
async def web() -> AsyncIterator[Rig]:
    async with rig(channel(), channel("shop")) as opened:
        yield opened


def identity(user: str = "u-1", key: str = IDENTITY_KEY, kid: str = "k1", **claims: Any) -> str:
    head = {"alg": "HS256", "kid": kid}
    body = {"sub": user, "aud": "web", "exp": NOW + 600, **claims}
    parts = ".".join(encode(json.dumps(part).encode()) for part in (head, body))
    return f"{parts}.{encode(hmac.new(key.encode(), parts.encode(), hashlib.sha256).digest())}"


def message(text: str = "hello") -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "text": text}


async def problem(response: ClientResponse) -> Mapping[str, Any]:
    assert response.content_type == "application/problem+json"
    told = await response.json()
    assert told["status"] == response.status
    assert told["detail"]
    return told


async def test_a_session_has_128_random_bits_and_a_token_and_no_event(web: Rig) -> None:
    session, token = await web.open()
    assert len(session) == 22
    assert session not in token
    assert web.intake.events == []


async def test_two_visitors_have_two_sessions(web: Rig) -> None:
    assert (await web.open())[0] != (await web.open())[0]


async def test_an_empty_body_opens_an_anonymous_session(web: Rig) -> None:
    response = await web.client.post("/chat/web/sessions")
    assert response.status == 200
    assert set(await response.json()) == {"session", "token"}


async def test_a_token_survives_a_restart(web: Rig) -> None:
    _, token = await web.open()
    async with rig(channel()) as restarted:
        assert (await restarted.post("messages", message(), token)).status == 202


async def test_a_token_of_another_key_or_channel_is_refused(web: Rig) -> None:
    _, token = await web.open()
    elsewhere = await web.client.post("/chat/shop/messages", json=message(), headers=bearer(token))
    assert elsewhere.status == 401
    async with rig(channel(key=b"x" * 32)) as other:
        assert (await other.post("messages", message(), token)).status == 401


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b", "Bearer é", "bearer null"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "messages"), ("POST", "choices"), ("POST", "files"), ("GET", "events")],
)
async def test_every_door_but_sessions_wants_a_token(
    web: Rig, method: str, path: str, value: str
) -> None:
    response = await web.client.request(
        method, f"/chat/web/{path}", headers={"Authorization": value}
    )
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "token" in (await problem(response))["detail"]


@pytest.mark.parametrize("name", ["token", "access_token", "session", "user", "authorization"])
@pytest.mark.parametrize("path", ["messages", "sessions", "events"])
async def test_a_token_in_an_address_is_refused(web: Rig, path: str, name: str) -> None:
    _, token = await web.open()
    method = "GET" if path == "events" else "POST"
    url = f"/chat/web/{path}?{name}={token}"
    response = await web.client.request(method, url, headers=bearer(token))
    assert response.status == 400
    assert token not in await response.text()


async def test_tokens_slide_and_end_after_30_days_unused(web: Rig) -> None:
    _, token = await web.open()
    assert "X-Session-Token" not in (await web.post("messages", message(), token)).headers
    web.clock.at += 29 * DAY
    response = await web.post("messages", message(), token)
    renewed = response.headers["X-Session-Token"]
    web.clock.at += 2 * DAY
    assert (await web.post("messages", message(), token)).status == 401
    assert (await web.post("messages", message(), renewed)).status == 202
    first, last = web.intake.events[0], web.intake.events[-1]
    assert isinstance(first, InboundMessage)
    assert isinstance(last, InboundMessage)
    assert first.address == last.address


# --- Visitors whom the host site vouches for ---------------------------------------------------


async def test_the_same_user_returns_to_the_same_session_from_any_device(web: Rig) -> None:
    first, _ = await web.open({"user": identity()})
    second, token = await web.open({"user": identity(exp=NOW + 60)})
    assert first == second
    await web.post("messages", message(), token)
    (event,) = web.intake.events
    assert isinstance(event, InboundMessage)
    assert event.sender.ids[0] == "u-1"
    assert event.sender.verified == "hs256"


async def test_what_the_site_says_of_its_user_comes_with_every_message(web: Rig) -> None:
    tags = ["school", "school"]
    said = identity(vip=True, tier="gold", tags=tags, prefers_person=False)
    _, token = await web.open({"user": said})
    await web.post("messages", message(), token)
    _, plain = await web.open({"user": identity("u-2")})
    await web.post("messages", message(), plain)
    senders = [event.sender for event in web.intake.events if isinstance(event, InboundMessage)]
    assert [sender.profile for sender in senders] == [
        Profile(vip=True, tier="gold", tags=("school",), prefers_person=False),
        None,
    ]


async def test_another_user_is_another_session(web: Rig) -> None:
    sessions = {
        (await web.open({"user": identity("u-1")}))[0],
        (await web.open({"user": identity("u-2")}))[0],
        (await web.open())[0],
    }
    assert len(sessions) == 3


async def test_one_user_has_one_session_a_channel(web: Rig) -> None:
    here, _ = await web.open({"user": identity()})
    response = await web.client.post("/chat/shop/sessions", json={"user": identity(aud="shop")})
    assert (await response.json())["session"] != here


async def test_an_anonymous_visitor_is_nobody(web: Rig) -> None:
    session, token = await web.open()
    await web.post("messages", message(), token)
    (event,) = web.intake.events
    assert isinstance(event, InboundMessage)
    assert (event.sender.ids, event.sender.verified) == ((session,), None)


@pytest.mark.parametrize(
    "user",
    [
        identity(key="not-the-secret-of-the-host-site!!"),
        identity(kid="k9"),
        identity(aud="shop"),
        identity(exp=NOW - 1),
        identity(exp=NOW + 7200),
        identity(vip="yes"),
        identity(tier="x" * 41),
        identity(tags="school"),
        identity(tags=[f"t{number}" for number in range(11)]),
        identity(tags=["\n"]),
        identity(name="\u20ac" * 200, tier="\u20ac" * 40, tags=["\u20ac" * 40] * 10),
        "",
        "a.b.c",
    ],
    ids=[
        "forged",
        "kid",
        "aud",
        "expired",
        "far",
        "vip",
        "tier",
        "tags",
        "many",
        "unseen",
        "long",
        "blank",
        "junk",
    ],
)
async def test_an_identity_that_is_none_opens_nothing(web: Rig, user: str) -> None:
    response = await web.post("sessions", {"user": user})
    assert response.status == 401
    assert set(await problem(response)) == {"type", "title", "status", "detail"}


async def test_a_user_that_is_no_text_is_refused(web: Rig) -> None:
    assert (await web.post("sessions", {"user": {"sub": "u-1"}})).status == 422


async def test_sessions_die_with_the_secret_that_vouched_for_them(web: Rig) -> None:
    _, signed_in = await web.open({"user": identity()})
    _, anonymous = await web.open()
    for keys in ({}, {"k1": SecretStr("the-replaced-secret-of-the-site!!")}):
        async with rig(channel(settings=settings(identity_keys=keys))) as rotated:
            assert (await rotated.post("messages", message(), signed_in)).status == 401
            assert (await rotated.post("messages", message(), anonymous)).status == 202


async def test_a_session_outlives_the_identity_that_opened_it() -> None:
    clock = FakeClock()
    async with rig(channel(clock=clock)) as web:
        _, token = await web.open({"user": identity()})
        clock.at += 7200
        assert (await web.post("messages", message(), token)).status == 202


def test_no_secret_is_in_a_channels_repr() -> None:
    shown = repr(channel(key=b"the-signing-key-of-this-gateway!"))
    assert "the-signing-key" not in shown
    assert IDENTITY_KEY not in shown
