"""The doors of web chat: what a visitor may send, from which page, how often and how large."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest

from channels.contract import OutboundMessage
from channels.events import Address, Chosen, InboundMessage
from channels.rates import Buckets, Rate
from channels.signatures import Refused
from channels.webchat.origins import Origins
from channels.webchat.payloads import seq_of
from channels.webchat.rates import Rates
from tests.channels.fakes import FakeClock
from tests.contract.harness.web import Rig, bearer, channel, rig, settings


@pytest.fixture
async def web() -> AsyncIterator[Rig]:
    async with rig() as opened:
        yield opened


def an_id() -> str:
    return str(uuid.uuid4())


# --- Messages ----------------------------------------------------------------------------------


async def test_a_message_is_accepted_under_session_and_client_id(web: Rig) -> None:
    session, token = await web.open()
    client_id = an_id()
    response = await web.post("messages", {"id": client_id.upper(), "text": "hi\nthere"}, token)
    assert (response.status, await response.json()) == (202, {"id": client_id})
    (event,) = web.intake.events
    assert isinstance(event, InboundMessage)
    assert event.external_id == f"{session}:{client_id}"
    assert (event.address.chat, event.text) == (session, "hi\nthere")


async def test_one_client_id_of_two_visitors_is_two_messages(web: Rig) -> None:
    body = {"id": an_id(), "text": "mine"}
    for _ in range(2):
        _, token = await web.open()
        assert (await web.post("messages", body, token)).status == 202
    assert len({event.external_id for event in web.intake.events}) == 2


async def test_fifty_parallel_repeats_are_all_answered(web: Rig) -> None:
    _, token = await web.open()
    body = {"id": an_id(), "text": "once"}
    answers = await asyncio.gather(*(web.post("messages", body, token) for _ in range(50)))
    assert {answer.status for answer in answers} == {202}


@pytest.mark.parametrize(
    "body",
    [
        {"text": "no id"},
        {"id": "1", "text": "short"},
        {"id": 7, "text": "number"},
        {"id": "{" + str(uuid.UUID(int=1)) + "}", "text": "braces"},
        {"id": str(uuid.UUID(int=1)) + "\n", "text": "a line more"},
        {"id": str(uuid.UUID(int=1))},
        {"id": str(uuid.UUID(int=1)), "text": " \n\t"},
        {"id": str(uuid.UUID(int=1)), "text": None},
        {"id": str(uuid.UUID(int=1)), "text": ["a"]},
        {"id": str(uuid.UUID(int=1)), "text": "x" * 8001},
        {"id": str(uuid.UUID(int=1)), "text": "a", "files": "up-1"},
        {"id": str(uuid.UUID(int=1)), "text": "a", "files": [7]},
        {"id": str(uuid.UUID(int=1)), "text": "a", "files": ["../../etc/passwd"]},
        {"id": str(uuid.UUID(int=1)), "text": "a", "files": ["up-1", "up-1"]},
        {"id": str(uuid.UUID(int=1)), "text": "a", "files": [f"up-{n}" for n in range(11)]},
    ],
    ids=range(15),
)
async def test_a_message_that_is_none_is_refused(web: Rig, body: dict[str, Any]) -> None:
    _, token = await web.open()
    response = await web.post("messages", body, token)
    assert response.status == 422
    assert response.content_type == "application/problem+json"
    assert web.intake.events == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"id":"00000000-0000-0000-0000-000000000001","text":"\\u0000"}', 400),
        (b'{"id":"00000000-0000-0000-0000-000000000001","text":"\\ud800"}', 400),
        (b'{"text":NaN}', 400),
        (b'{"text":"a","text":"b"}', 400),
        (b'{"n":' + b"9" * 100_000 + b"}", 400),
        (b" " * 200_000, 413),
    ],
    ids=range(10),
)
async def test_a_hostile_body_is_refused_and_blocks_nobody(
    web: Rig, raw: bytes, status: int
) -> None:
    _, token = await web.open()
    began = time.perf_counter()
    for path in ("messages", "choices", "sessions"):
        response = await web.client.post(
            f"/chat/web/{path}",
            data=BytesIO(raw),
            headers={**bearer(token), "Content-Type": "application/json"},
        )
        # An empty body is what opens an anonymous session.
        assert response.status == (200 if (path, raw) == ("sessions", b"") else status)
    assert time.perf_counter() - began < 0.5
    assert web.intake.events == []


async def test_bodies_are_plain_json(web: Rig) -> None:
    _, token = await web.open()
    body = json.dumps({"id": an_id(), "text": "a"}).encode()
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ):
        response = await web.client.post(
            "/chat/web/messages", data=body, headers={**bearer(token), **headers}
        )
        assert response.status == 415


async def test_a_closed_intake_says_when_to_come_back(web: Rig) -> None:
    _, token = await web.open()
    web.intake.closed = True
    response = await web.post("messages", {"id": an_id(), "text": "a"}, token)
    assert (response.status, response.headers["Retry-After"]) == (503, "2")


async def test_a_choice_is_an_event_with_its_message(web: Rig) -> None:
    session, token = await web.open()
    body = {"id": an_id(), "message": "m-7", "choice": "person"}
    assert (await web.post("choices", body, token)).status == 202
    (event,) = web.intake.events
    assert isinstance(event, Chosen)
    assert (event.message, event.choice, event.address.chat) == ("m-7", "person", session)


@pytest.mark.parametrize("change", [{"message": ""}, {"choice": ""}, {"choice": 1}, {"id": "x"}])
async def test_a_choice_that_is_none_is_refused(web: Rig, change: dict[str, Any]) -> None:
    _, token = await web.open()
    body = {"id": an_id(), "message": "m-7", "choice": "person"} | change
    assert (await web.post("choices", body, token)).status == 422


async def test_send_confirms_what_the_gateway_committed(web: Rig) -> None:
    session, _ = await web.open()
    receipt = await web.channel.send(OutboundMessage("d-1", Address(session), "hi", "hi"))
    assert receipt.external_ids == ("d-1",)


# --- Pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://shop.example", True),
        ("https://desk.example", True),
        ("https://SHOP.example", False),
        ("http://shop.example", False),
        ("https://shop.example.evil.example", False),
        ("https://evil.example", False),
        ("http://gateway.local", False),
        ("null", False),
        ("", False),
    ],
)
def test_a_list_of_origins_is_exact(origin: str, *, allowed: bool) -> None:
    origins = Origins(("https://shop.example",), "https://desk.example/base")
    assert origins.allows(origin, "gateway.local") is allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://gateway.local:8080", True),
        ("https://gateway.local:8080", True),
        ("http://gateway.local", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
def test_without_a_list_only_our_own_pages_are_allowed(origin: str, *, allowed: bool) -> None:
    assert Origins((), "").allows(origin, "gateway.local:8080") is allowed


async def test_a_strangers_page_is_refused_at_every_door(web: Rig) -> None:
    _, token = await web.open()
    headers = {**bearer(token), "Origin": "https://evil.example"}
    for method, path in (
        ("POST", "sessions"),
        ("POST", "messages"),
        ("POST", "choices"),
        ("POST", "files"),
        ("GET", "events"),
        ("OPTIONS", "messages"),
    ):
        response = await web.client.request(method, f"/chat/web/{path}", headers=headers)
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_listed_page_is_answered_with_its_own_origin_and_no_credentials() -> None:
    origin = "https://shop.example"
    async with rig(channel(settings=settings(origins=[origin]))) as web:
        ready = await web.client.options("/chat/web/messages", headers={"Origin": origin})
        assert ready.status == 204
        assert ready.headers["Access-Control-Allow-Methods"] == "POST"
        assert "Authorization" in ready.headers["Access-Control-Allow-Headers"]
        refused = await web.client.post("/chat/web/messages", headers={"Origin": origin})
        assert refused.status == 401
        for response in (ready, refused):
            assert response.headers["Access-Control-Allow-Origin"] == origin
            assert response.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Credentials" not in response.headers
        assert "X-Session-Token" in refused.headers["Access-Control-Expose-Headers"]


async def test_a_forwarded_host_makes_no_page_ours(web: Rig) -> None:
    headers = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
    assert (await web.client.post("/chat/web/sessions", headers=headers)).status == 403


# --- Floods ------------------------------------------------------------------------------------


async def test_floods_are_turned_away_for_a_while() -> None:
    rates = Rates(sessions=Rate(2, 0.1), refusals=Rate(3, 0.1), messages=Rate(2, 0.5))
    async with rig(channel(rates=rates)) as web:
        _, token = await web.open()
        await web.open()
        flooded = await web.post("sessions", {})
        assert (flooded.status, flooded.headers["Retry-After"]) == (429, "11")
        statuses = [
            (await web.post("messages", {"id": an_id(), "text": "a"}, token)).status
            for _ in range(3)
        ]
        assert statuses == [202, 202, 429]
        forged = [(await web.post("messages", {}, "forged")).status for _ in range(4)]
        assert forged == [401, 401, 401, 429]
        web.clock.at += 2
        assert (await web.post("messages", {"id": an_id(), "text": "a"}, token)).status == 202


def test_the_table_of_buckets_is_bounded() -> None:
    buckets = Buckets(Rate(5, 1), FakeClock(), keys=100)
    for number in range(10_000):
        buckets.take(f"10.0.{number % 256}.{number // 256}")
    assert len(buckets) == 100


def test_a_bucket_fills_up_again_but_not_beyond_its_burst() -> None:
    clock = FakeClock()
    buckets = Buckets(Rate(2, 1), clock)
    clock.at += 1000
    for _ in range(2):
        buckets.take("a")
    with pytest.raises(Refused) as refusal:
        buckets.take("a")
    assert refusal.value.status == 429


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 17, "9999999999999999", "", "٣"])
def test_a_place_in_the_stream_is_a_bounded_number(value: str) -> None:
    with pytest.raises(Refused):
        seq_of([value])
