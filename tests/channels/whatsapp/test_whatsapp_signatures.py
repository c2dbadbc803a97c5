"""Twilio's signature: what the SDK would accept, and nothing else."""

from __future__ import annotations

import random
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from channels.errors import InvalidSignature
from channels.whatsapp.payloads import Posted, message_event
from channels.whatsapp.signing import Signatures, form
from tests.platforms.twilio import Twilio
from tests.platforms.twilio_records import SENDER, TOKEN

URL = "https://desk.example.com/webhooks/wa"
SHARED = "a-shared-key-of-twilio-0123456789"
SIGNATURES = Signatures(TOKEN, {"webhooks_sharedkey_1": SHARED})
FORMS: dict[str, list[tuple[str, str]]] = {
    "plain": [("Body", "hello"), ("From", "whatsapp:+491701234567"), ("NumMedia", "0")],
    "blank fields": [("Body", ""), ("WaId", ""), ("ProfileName", "")],
    "white space": [("Body", "  two \n lines \t"), ("ProfileName", " Ada ")],
    "every script": [("Body", "日本語 👩‍👩‍👧 é + %20 = & ?"), ("ProfileName", "עברית")],
    "a name twice": [("To", "b"), ("To", "a"), ("To", "b"), ("Body", "x")],
    "nothing": [],
}
URLS = [
    URL,
    "https://desk.example.com:8443/webhooks/wa",
    "https://desk.example.com/base/webhooks/wa/status?delivery=d%201&piece=0&z=",
    "http://127.0.0.1:8080/webhooks/wa",
]


def by_the_sdk(url: str, fields: list[tuple[str, str]], secret: str, algorithm: str) -> str:
    class Many(dict[str, list[str]]):
        def getall(self, name: str) -> list[str]:
            return self[name]

    many = Many()
    for name, value in fields:
        many.setdefault(name, []).append(value)
    validator: Any = RequestValidator(secret)
    return cast("str", validator.compute_signature(url, many, algorithm))


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("fields", FORMS.values(), ids=FORMS)
def test_what_the_sdk_signs_is_accepted(url: str, fields: list[tuple[str, str]]) -> None:
    header = by_the_sdk(url, fields, TOKEN, "HMAC_SHA1")
    SIGNATURES.require(url, form(urlencode(fields).encode()), header, "")
    shared = by_the_sdk(url, fields, SHARED, "HMAC_SHA256")
    said = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    SIGNATURES.require(url, form(urlencode(fields).encode()), shared, said)


@pytest.mark.parametrize(
    ("signed", "asked"),
    [
        ("https://desk.example.com/webhooks/wa", "https://desk.example.com:443/webhooks/wa"),
        ("https://desk.example.com:443/webhooks/wa", "https://desk.example.com/webhooks/wa"),
        ("https://desk.example.com/webhooks/wa", "https://desk.example.com:8443/webhooks/wa"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
        ("https://[::1]/x", "https://[::1]:8443/x"),
    ],
)
def test_the_port_may_be_there_or_not(signed: str, asked: str) -> None:
    fields = FORMS["plain"]
    SIGNATURES.require(asked, fields, by_the_sdk(signed, fields, TOKEN, "HMAC_SHA1"), "")


@pytest.mark.parametrize(
    ("secret", "algorithm", "said"),
    [
        ("another-token-0123456789abcdef", "HMAC_SHA1", ""),
        (SHARED, "HMAC_SHA1", ""),
        (SHARED, "HMAC_SHA1", "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1"),
        (TOKEN, "HMAC_SHA256", "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"),
        (SHARED, "HMAC_SHA256", "key=another,algorithm=HMAC_SHA256"),
        (SHARED, "HMAC_SHA256", "algorithm=HMAC_SHA256"),
        ("", "HMAC_SHA256", "key=,algorithm=HMAC_SHA256"),
        (SHARED, "HMAC_SHA256", "key=webhooks_sharedkey_1,algorithm=none"),
        (SHARED, "HMAC_SHA256", ""),
    ],
)
def test_another_secret_or_algorithm_is_refused(secret: str, algorithm: str, said: str) -> None:
    header = by_the_sdk(URL, FORMS["plain"], secret, algorithm)
    with pytest.raises(InvalidSignature):
        SIGNATURES.require(URL, FORMS["plain"], header, said)


@pytest.mark.parametrize("header", ["", " ", "x", "é", "\udcff", "=" * 5000])
def test_what_is_no_signature_is_refused(header: str) -> None:
    with pytest.raises(InvalidSignature):
        SIGNATURES.require(URL, FORMS["plain"], header, "")


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"a=1&" * 600, "ä=1".encode(), b"%80=1"])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidSignature):
        form(body)


def mutated(rng: random.Random, body: bytes, url: str, header: str) -> tuple[bytes, str, str]:
    """One of the three, changed somewhere."""
    part = rng.randrange(5)
    if part == 0:
        return body, url, changed(rng, header)
    if part == 1:
        return body, changed(rng, url), header
    if part == 2:
        at = rng.randrange(len(body))
        return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :], url, header
    if part == 3:
        pairs = body.split(b"&")
        pairs.insert(rng.randrange(len(pairs)), b"Body=%d" % rng.randrange(10**9))
        return b"&".join(pairs), url, header
    at = rng.randrange(len(body))
    return body[:at] + body[at + rng.randrange(1, 9) :], url, header


def changed(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return (
        text[:at] + chr(rng.choice([rng.randrange(33, 127), rng.randrange(256)])) + text[at + 1 :]
    )


def test_ten_thousand_changed_requests_are_refused() -> None:
    """Another spelling of the same form is no change, and equal names and values count once."""
    twilio, rng, refused = Twilio(), random.Random(7), 0
    fields = twilio.say("How long may I return boots? 日本語", WaId="")
    body = urlencode(fields).encode()
    header = twilio.sign("/webhooks/wa", fields)["X-Twilio-Signature"]
    meant = set(fields.items())
    while refused < 10_000:
        new, url, signature = mutated(rng, body, URL, header)
        if (url, signature) == (URL, header) and set(
            parse_qsl(new.decode("latin-1"), True)
        ) == meant:
            continue
        try:
            pairs = form(new)
            SIGNATURES.require(url, pairs, signature, "")
        except InvalidSignature:
            refused += 1
        else:
            assert_same_message(pairs, new, fields["MessageSid"])


def assert_same_message(pairs: Any, body: bytes, sid: str) -> None:
    """The signed text holds no marks between names and values, so they can be cut otherwise."""
    posted = Posted.of(pairs, body)
    assert message_event(posted, SENDER).external_id in {sid, f"unreadable:{posted.digest}"}


def test_a_form_that_is_cut_otherwise_is_never_a_new_message() -> None:
    twilio = Twilio()
    fields = twilio.say("hello")
    header = twilio.sign("/webhooks/wa", fields)["X-Twilio-Signature"]
    names = sorted(fields)
    digests: set[str] = set()
    for place, name in enumerate(names):
        value = fields[name]
        if not value:
            continue
        otherwise = dict(fields)
        del otherwise[name]
        otherwise[name + value[0]] = value[1:]
        after = names[place + 1] if place + 1 < len(names) else None
        swallowed = dict(fields)
        if after is not None:
            swallowed[name] = value + after + swallowed.pop(after)
        for each in (otherwise, swallowed):
            pairs = form(urlencode(each).encode())
            try:
                SIGNATURES.require(URL, pairs, header, "")
            except InvalidSignature:
                continue
            posted = Posted.of(pairs, b"")
            digests.add(posted.digest)
            assert_same_message(pairs, b"", fields["MessageSid"])
    assert len(digests) == 1
