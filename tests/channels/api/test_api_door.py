"""The webhook of the API channel: what is refused before anything is read, what becomes of each
kind of event, and that nothing is answered 200 that was not accepted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.api.signing import (
    AT,
    HEADERS,
    ID,
    SIGNATURE,
    TOLERANCE_SECONDS,
    require_signature,
    signed,
)
from channels.errors import InvalidSignature
from channels.events import (
    Address,
    Attachment,
    Chosen,
    Deleted,
    DeliveryUpdate,
    Edited,
    Event,
    InboundMessage,
    Sender,
)
from tests.channels.fakes import NOW
from tests.contract.harness.api import SECRET, Rig, message, rig

BODY = json.dumps(message()).encode()
WHERE = Address("c-1")
WHO = Sender(("u-1",))


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


def at(seconds: float, secret: str = SECRET) -> dict[str, str]:
    return signed(secret, "m-1", BODY, seconds)


GOOD = at(NOW)
MADE = GOOD[SIGNATURE]


@pytest.mark.parametrize(
    "stamp",
    [
        {},
        {SIGNATURE: MADE},
        {**GOOD, SIGNATURE: ""},
        {**GOOD, SIGNATURE: MADE.replace("v1", "v1a")},
        {**GOOD, SIGNATURE: MADE.replace("v1,", "")},
        {**GOOD, SIGNATURE: MADE.upper()},
        {**GOOD, SIGNATURE: MADE.rstrip("=")},
        {**GOOD, SIGNATURE: f"{MADE}="},
        {**GOOD, SIGNATURE: f"{MADE},{MADE}"},
        {**GOOD, SIGNATURE: f"v1, {MADE[3:]}"},
        {**GOOD, SIGNATURE: " ".join([*["v1,AAAA"] * 10, MADE])},
        {**GOOD, ID: "m-2"},
        {**GOOD, ID: ""},
        {**GOOD, ID: f"m-1.{GOOD[AT]}"},
        {**GOOD, ID: "x" * 201},
        {**GOOD, AT: ""},
        {**GOOD, AT: f"+{GOOD[AT]}"},
        {**GOOD, AT: f"0{GOOD[AT]}"},
        {**GOOD, AT: f"{GOOD[AT]}.0"},
        {**GOOD, AT: GOOD[AT].replace("1", "١", 1)},
        {**GOOD, AT: str(int(GOOD[AT]) + 1)},
        at(NOW, "another-secret-of-at-least-32-characters"),
        at(NOW - TOLERANCE_SECONDS - 1),
        at(NOW + TOLERANCE_SECONDS + 1),
    ],
)
async def test_a_bad_signature_gets_one_constant_answer(opened: Rig, stamp: dict[str, str]) -> None:
    refused = await opened.post(BODY, stamp)
    missing = await opened.client.post("/webhooks/crm", data=b"[")
    assert (refused.status, missing.status) == (401, 401)
    assert await refused.read() == await missing.read()
    assert opened.intake.events == []


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS])
async def test_a_signature_is_good_for_five_minutes(opened: Rig, seconds: float) -> None:
    assert (await opened.post(BODY, at(NOW + seconds))).status == 200


async def test_a_replay_within_the_time_changes_nothing(opened: Rig) -> None:
    first, again = await opened.post(BODY, GOOD), await opened.post(BODY, GOOD)
    assert await first.json() == {"id": "e-1", "new": True}
    assert await again.json() == {"id": "e-1", "new": False}


@given(raw=st.binary(max_size=40), place=st.integers(0, 400), bit=st.integers(0, 7))
def test_no_other_byte_passes_under_a_signature(raw: bytes, place: int, bit: int) -> None:
    stamp = signed(SECRET, "m-1", raw, NOW)
    require_signature(stamp, SECRET, raw, NOW)
    changed = bytearray(raw + b"\0")
    changed[place % len(changed)] ^= 1 << bit
    with pytest.raises(InvalidSignature):
        require_signature(stamp, SECRET, bytes(changed), NOW)


@given(name=st.sampled_from(HEADERS), header=st.text(max_size=100))
def test_no_header_makes_it_stumble(name: str, header: str) -> None:
    try:
        require_signature({**GOOD, name: header}, SECRET, BODY, NOW)
    except InvalidSignature:
        return
    assert header == GOOD[name] or MADE in header.split(" ")


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """Made by their reference library, as are all secrets that begin like this one."""
    stamp = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        1_614_265_330.9,
    )
    assert stamp == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


async def test_a_sender_that_changes_its_secret_signs_with_both(opened: Rig) -> None:
    other = at(NOW, "another-secret-of-at-least-32-characters")[SIGNATURE]
    both = {**GOOD, SIGNATURE: f"v1a,AAAA {other} {MADE}"}
    assert (await opened.post(BODY, both)).status == 200
    none = {**GOOD, SIGNATURE: f"v1a,AAAA {other}"}
    assert (await opened.post(BODY, none)).status == 401


@pytest.mark.parametrize("id", ["é" * 5, "a.b", "x" * 300, "a\r\nX-Evil: 1"])
def test_an_id_that_no_header_takes_is_named_by_its_hash(id: str) -> None:
    shown = signed(SECRET, id, b"{}", NOW)[ID]
    assert shown.isalnum()
    assert len(shown) == 32
    assert shown == signed(SECRET, id, b"{}", NOW + 9)[ID]


async def test_guessing_is_slowed_down_and_good_signatures_are_not(opened: Rig) -> None:
    wrong = [{**GOOD, SIGNATURE: f"v1,{digit}{MADE[4:]}"} for digit in "!?#&%" * 13]
    guesses = [(await opened.post(BODY, stamp)).status for stamp in wrong]
    assert guesses == [401] * 60 + [429] * 5
    assert (await opened.post(BODY, GOOD)).status == 200
    opened.clock.at += 2
    assert (await opened.post(BODY, {})).status == 401


@pytest.mark.parametrize("stamp", [{}, at(NOW - TOLERANCE_SECONDS - 1)])
async def test_without_a_current_signature_no_body_is_read(
    opened: Rig, stamp: dict[str, str]
) -> None:
    beyond_the_cap = b"x" * 1_048_577
    assert (await opened.post(beyond_the_cap, stamp)).status == 401


@pytest.mark.parametrize("twice", HEADERS)
async def test_a_header_that_is_there_twice_is_none(opened: Rig, twice: str) -> None:
    headers = [*GOOD.items(), (twice, GOOD[twice]), ("Content-Type", "application/json")]
    answer = await opened.client.post("/webhooks/crm", data=BODY, headers=headers)
    assert answer.status == 401


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b"[" * 1000, {}, 400),
        (b'{"id": "a", "id": "b"}', {}, 400),
        (b'{"id": "\\u0000"}', {}, 400),
        (b"\xff", {}, 400),
        (BODY, {"Content-Type": "text/plain"}, 415),
        (BODY, {"Content-Encoding": "gzip"}, 415),
    ],
)
async def test_a_signed_body_has_to_be_readable(
    opened: Rig, raw: bytes, headers: dict[str, str], status: int
) -> None:
    assert (await opened.post(raw, None, **headers)).status == status
    assert opened.intake.events == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"type": "massage"}, "type"),
        ({"type": ["message"]}, "type"),
        ({"chat": ""}, "chat"),
        ({"chat": 7}, "chat"),
        ({"id": "x" * 201}, "id"),
        ({"sender": {"id": ""}}, "sender.id"),
        ({"sender": {"id": "u", "kind": "admin"}}, "sender.kind"),
        ({"sender": {"id": "u", "mail": "a@b"}}, "sender.mail"),
        ({"text": "  "}, "text"),
        ({"text": None}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"order": True}, "order"),
        ({"order": -1}, "order"),
        ({"context": {"a": "x" * 16_384}}, "context"),
        ({"context": []}, "context"),
        ({"files": [{"url": "file:///etc/passwd", "name": "a"}]}, "files.0.url"),
        ({"files": [{"url": "https://a.example/x", "name": "a"}] * 11}, "files"),
        ({"choice": "person"}, "choice"),
        ({"type": "edited"}, "message"),
        ({"type": "chosen", "message": "m-1"}, "choice"),
    ],
)
async def test_what_is_malformed_is_refused_by_the_name_of_its_key(
    opened: Rig, fields: dict[str, Any], named: str
) -> None:
    answer = await opened.say(**fields)
    assert answer.status == 422
    assert f"`{named}`" in (await answer.json())["detail"]
    assert opened.intake.events == []


async def test_a_refusal_repeats_nothing_of_the_body(opened: Rig) -> None:
    answer = await opened.say(sender={"id": "u", "kind": "4111111111111111"})
    assert "4111" not in await answer.text()


def body(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": "e-9", "type": kind, "chat": "c-1", "sender": {"id": "u-1"}, **fields}


@pytest.mark.parametrize(
    ("posted", "event"),
    [
        (
            body(
                "message",
                thread="t",
                sender={"id": "u", "name": "Ada", "kind": "operator"},
                text=" hi ",
                reply_to="m-0",
                order=7,
                sent_at=1.5,
                context={"ticket": 7},
                files=[{"url": "https://a.example/x", "name": "x.pdf", "type": "application/pdf"}],
            ),
            InboundMessage(
                "e-9",
                Address("c-1", "t"),
                " hi ",
                Sender(("u",), "Ada", "operator"),
                order="00000000000000007.000000",
                attachments=(
                    Attachment("x.pdf", "application/pdf", ref={"url": "https://a.example/x"}),
                ),
                reply_to="m-0",
                reply_context={"ticket": 7},
                sent_at=1.5,
            ),
        ),
        (body("edited", message="m", text="b"), Edited("e-9", WHERE, "m", "b", WHO)),
        (body("deleted", message="m"), Deleted("e-9", WHERE, "m", WHO)),
        (
            body("chosen", message="m", choice="person", context={"a": 1}),
            Chosen("e-9", WHERE, "m", "person", WHO, {"a": 1}),
        ),
        (
            {"id": "e-9", "type": "delivery", "message": "m", "state": "failed", "text": "full"},
            DeliveryUpdate("e-9", "m", "failed", "full"),
        ),
    ],
)
async def test_each_type_becomes_its_event(
    opened: Rig, posted: dict[str, Any], event: Event
) -> None:
    answer = await opened.post(json.dumps(posted).encode())
    assert answer.status == 200, await answer.text()
    assert opened.intake.events == [event]


async def test_a_message_of_files_alone_is_one(opened: Rig) -> None:
    files = [{"url": "https://a.example/x", "name": ""}]
    assert (await opened.say(text="", files=files)).status == 200


async def test_a_closed_intake_asks_to_send_again(opened: Rig) -> None:
    opened.intake.closed = True
    answer = await opened.say()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert answer.content_type == "application/problem+json"
