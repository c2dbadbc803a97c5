"""The webhooks: what is answered to Twilio, and to everybody else."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode, urlsplit

import pytest

from channels.events import InboundMessage
from channels.whatsapp.door import REFUSALS
from tests.contract.harness.whatsapp import Rig, rig
from tests.platforms.twilio_records import TOKEN

PATH = "/webhooks/wa"


async def test_an_accepted_message_is_answered_with_nothing_to_say(wa: Rig) -> None:
    answer = await wa.twilio.deliver(wa.twilio.say("hello"))
    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert answer.text.endswith("<Response/>")


async def test_a_closed_gateway_is_unavailable_and_says_nothing_else(wa: Rig) -> None:
    wa.intake.closed = True
    for path in (PATH, f"{PATH}/status?delivery=d-1&piece=0"):
        answer = await wa.twilio.deliver(wa.twilio.say("hello"), path)
        assert answer.status == 503
    assert wa.intake.events == []


async def test_every_refusal_reads_the_same(wa: Rig) -> None:
    form = wa.twilio.say("hello")
    good = wa.twilio.sign(PATH, form)
    elsewhere = wa.twilio.sign("/webhooks/other", form)
    foreign = {**form, "AccountSid": "AC" + "1a" * 16}
    attempts: list[tuple[dict[str, str], dict[str, str]]] = [
        (form, {}),
        (form, {"X-Twilio-Signature": ""}),
        (form, {"X-Twilio-Signature": "é"}),
        (form, elsewhere),
        (form, wa.twilio.sign(PATH, form, url=f"http://desk.example.com{PATH}")),
        (form, {**good, "Content-Type": "text/plain"}),
        (form, {**good, "Content-Type": "multipart/form-data; boundary=x"}),
        (form, {**good, "Content-Type": "application/json"}),
        ({**form, "Body": "hello "}, good),
        ({**form, "New": ""}, good),
        (foreign, wa.twilio.sign(PATH, foreign)),
        (form, wa.twilio.sign(PATH, form, key=TOKEN, algorithm="HMAC_SHA256", key_id="")),
    ]
    answers = [await wa.twilio.post(PATH, urlencode(each).encode(), how) for each, how in attempts]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert wa.intake.events == []


async def test_two_signature_headers_are_none(wa: Rig) -> None:
    form = wa.twilio.say("hello")
    body = urlencode(form)
    signed = f"X-Twilio-Signature: {wa.twilio.sign(PATH, form)['X-Twilio-Signature']}"
    answers = [await raw(wa, [signed] * count, body) for count in (1, 2)]
    assert [answer.split(b" ")[1] for answer in answers] == [b"200", b"401"]


async def raw(wa: Rig, headers: list[str], body: str) -> bytes:
    """The answer's first line to a request as it is written here."""
    where = urlsplit(wa.twilio.gateway)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    lines = [
        f"POST {PATH} HTTP/1.1",
        "Host: desk.example.com",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    writer.write("\r\n".join([*lines, "", body]).encode())
    first = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return first


async def test_a_header_in_small_letters_is_the_same(wa: Rig) -> None:
    form = wa.twilio.say("hello")
    header = wa.twilio.sign(PATH, form)["X-Twilio-Signature"]
    answer = await wa.twilio.post(PATH, urlencode(form).encode(), {"x-twilio-signature": header})
    assert answer.status == 200


async def test_a_signature_over_another_address_of_ours_is_refused(wa: Rig) -> None:
    form = {"MessageSid": "SM" + "1a" * 16, "MessageStatus": "delivered"}
    headers = wa.twilio.sign(f"{PATH}/status?delivery=d-1&piece=0", form)
    path = f"{PATH}/status?delivery=d-2&piece=0"
    assert (await wa.twilio.post(path, urlencode(form).encode(), headers)).status == 401


async def test_what_proxies_claim_changes_nothing(wa: Rig) -> None:
    form = wa.twilio.say("hello")
    lies = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Host": "evil.example",
        "X-Original-URL": "/elsewhere",
    }
    body = urlencode(form).encode()
    assert (await wa.twilio.post(PATH, body, {**wa.twilio.sign(PATH, form), **lies})).status == 200
    for_them = wa.twilio.sign(PATH, form, url=f"http://evil.example{PATH}")
    assert (await wa.twilio.post(PATH, body, {**for_them, **lies})).status == 401


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
async def test_compressed_bodies_are_not_read(wa: Rig, encoding: str) -> None:
    form = wa.twilio.say("hello")
    headers = {**wa.twilio.sign(PATH, form), "Content-Encoding": encoding}
    answer = await wa.twilio.post(PATH, urlencode(form).encode(), headers)
    assert answer.status in {400, 415}
    assert wa.intake.events == []


async def test_a_parameter_that_nobody_knows_is_signed_and_passed_over(wa: Rig) -> None:
    form = wa.twilio.say("hello", NewOfTomorrow="1", AnotherOne="")
    assert (await wa.twilio.deliver(form)).status == 200


async def test_a_shared_key_signs_with_sha256() -> None:
    secret = "a-shared-key-of-twilio-0123456789"
    async with rig(shared_keys={"webhooks_sharedkey_1": secret}) as wa:
        form = wa.twilio.say("hello")
        how = {"algorithm": "HMAC_SHA256", "key_id": "webhooks_sharedkey_1"}
        body = urlencode(form).encode()
        good = wa.twilio.sign(PATH, form, key=secret, **how)
        assert (await wa.twilio.post(PATH, body, good)).status == 200
        for key in (TOKEN, "another-shared-key-0123456789"):
            bad = wa.twilio.sign(PATH, form, key=key, **how)
            assert (await wa.twilio.post(PATH, body, bad)).status == 401


async def test_who_floods_with_bad_signatures_is_slowed_and_others_are_not(wa: Rig) -> None:
    form = wa.twilio.say("hello")
    bad = {"X-Twilio-Signature": "bm8="}
    body = urlencode(form).encode()
    tries = [wa.twilio.post(PATH, body, bad) for _ in range(int(REFUSALS.burst) + 40)]
    statuses = [answer.status for answer in await asyncio.gather(*tries)]
    assert (statuses.count(401), statuses.count(429)) == (60, 40)
    assert (await wa.twilio.deliver(form)).status == 200


async def test_a_thousand_replays_are_one_message(wa: Rig) -> None:
    form = wa.twilio.say("once")
    for _ in range(10):
        answers = await asyncio.gather(*(wa.twilio.deliver(form) for _ in range(100)))
        assert {answer.status for answer in answers} == {200}
        wa.clock.at += 40 * 86_400
    assert len({event.external_id for event in wa.intake.events}) == 1
    assert {event.text for event in wa.intake.events if isinstance(event, InboundMessage)} == {
        "once"
    }
