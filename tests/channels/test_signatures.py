"""Secrets are compared safely, tokens hold only what we signed, and bodies end at their caps."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import InvalidSignature
from channels.signatures import (
    Refused,
    Signer,
    encode,
    read_capped,
    same,
    strict_json,
    visitor_identity,
)

NOW = 1_800_000_000.0
KEYS = {"k1": "a-shared-secret-of-the-host-site", "k2": "another-secret-of-the-host-site"}


@dataclass
class SetClock:
    """A clock that stands where the test puts it."""

    at: float = NOW

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


def signer(clock: SetClock | None = None, key: bytes = b"k" * 32) -> Signer:
    return Signer(key, clock or SetClock())


def jwt(
    claims: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
    key: str = KEYS["k1"],
    digest: str = "sha256",
) -> str:
    head = {"alg": "HS256", "typ": "JWT", "kid": "k1"} | dict(header or {})
    body = {"sub": "u-1", "aud": "web", "exp": NOW + 600} | dict(claims or {})
    parts = ".".join(encode(json.dumps(part).encode()) for part in (head, body))
    return f"{parts}.{encode(hmac.new(key.encode(), parts.encode(), digest).digest())}"


# --- Comparing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stranger", ["", "ß", "\ud800", "secre", "secret ", b"\xff", "🙂"])
def test_a_different_secret_is_different_and_never_raises(stranger: str | bytes) -> None:
    assert not same("secret", stranger)


def test_text_and_bytes_of_one_secret_are_the_same() -> None:
    assert same("geheim-ß", "geheim-ß".encode())


# --- Our tokens --------------------------------------------------------------------------------


def test_a_token_reads_back_for_its_audience_until_it_expires() -> None:
    clock = SetClock()
    token = signer(clock).sign("web", {"s": "abc"}, 60)
    assert signer(clock).read(token, "web").claims == {"s": "abc"}
    clock.at += 60
    with pytest.raises(InvalidSignature):
        signer(clock).read(token, "web")


def test_a_token_is_for_one_audience_and_one_key() -> None:
    token = signer().sign("web", {}, 60)
    with pytest.raises(InvalidSignature):
        signer().read(token, "shop")
    with pytest.raises(InvalidSignature):
        signer(key=b"x" * 32).read(token, "web")


def test_a_blank_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Signer(b"", SetClock())


def test_every_changed_character_of_a_token_is_noticed() -> None:
    token = signer().sign("web", {"s": "abc"}, 60)
    for place, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        with pytest.raises(InvalidSignature):
            signer().read(token[:place] + other + token[place + 1 :], "web")


@given(st.text(max_size=200))
def test_no_made_up_token_is_read(token: str) -> None:
    with pytest.raises(InvalidSignature) as refusal:
        signer().read(token, "web")
    assert str(refusal.value) == "The request does not carry a valid signature."


def test_a_huge_token_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        signer().read("a" * 10_000_000, "web")


def test_digests_differ_by_purpose_and_key() -> None:
    texts = {
        signer().digest("visitor", "u-1"),
        signer().digest("visitor", "u-2"),
        signer().digest("secret", "u-1"),
        signer(key=b"x" * 32).digest("visitor", "u-1"),
    }
    assert len(texts) == 4
    assert all(len(base64.urlsafe_b64decode(text + "==")) == 16 for text in texts)


# --- The host site's word ----------------------------------------------------------------------


def test_a_valid_identity_is_read() -> None:
    identity = visitor_identity(jwt({"name": "Ada Fern"}), KEYS, "web", NOW)
    assert (identity.id, identity.name, identity.kid) == ("u-1", "Ada Fern", "k1")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(jwt(header={"alg": "none"}), id="alg none, signed"),
        pytest.param(".".join([*jwt(header={"alg": "none"}).split(".")[:2], ""]), id="alg none"),
        pytest.param(jwt(header={"alg": "hs256"}), id="alg in small letters"),
        pytest.param(jwt(header={"alg": "HS512"}, digest="sha512"), id="another alg"),
        pytest.param(jwt(header={"alg": ["HS256"]}), id="alg a list"),
        pytest.param(jwt(header={"kid": "k9"}), id="unknown kid"),
        pytest.param(jwt(header={"kid": None}), id="no kid"),
        pytest.param(jwt(header={"kid": ["k1"]}), id="kid a list"),
        pytest.param(jwt(header={"kid": "k2"}), id="another key's kid"),
        pytest.param(jwt(header={"kid": "blank"}, key=""), id="kid of a blank secret"),
        pytest.param(jwt(header={"crit": ["exp"]}), id="critical extension"),
        pytest.param(jwt(key="a-guessed-secret-of-the-host-site"), id="forged"),
        pytest.param(jwt({"aud": "shop"}), id="another channel"),
        pytest.param(jwt({"aud": None}), id="no aud"),
        pytest.param(jwt({"aud": ["web"]}), id="aud a list"),
        pytest.param(jwt({"exp": NOW}), id="expired"),
        pytest.param(jwt({"exp": NOW + 3601}), id="more than an hour ahead"),
        pytest.param(jwt({"exp": None}), id="no exp"),
        pytest.param(jwt({"exp": str(NOW + 60)}), id="exp a text"),
        pytest.param(jwt({"exp": True}), id="exp a truth"),
        pytest.param(jwt({"nbf": NOW + 600}), id="not yet"),
        pytest.param(jwt({"sub": None}), id="no sub"),
        pytest.param(jwt({"sub": ""}), id="blank sub"),
        pytest.param(jwt({"sub": 7}), id="sub a number"),
        pytest.param(jwt({"sub": "a\nb"}), id="sub of two lines"),
        pytest.param(jwt({"sub": "u" * 201}), id="long sub"),
        pytest.param(jwt({"name": {"first": "Ada"}}), id="name an object"),
        pytest.param(jwt({"pad": "x" * 5000}), id="huge"),
        pytest.param(jwt() + "=", id="padded"),
        pytest.param(jwt() + ".x", id="four parts"),
        pytest.param(jwt().rpartition(".")[0], id="two parts"),
        pytest.param("", id="blank"),
        pytest.param("é.é.é", id="no ASCII"),
        pytest.param("\ud800.a.b", id="half a pair"),
    ],
)
def test_every_other_identity_is_refused_alike(token: str) -> None:
    with pytest.raises(InvalidSignature) as refusal:
        visitor_identity(token, KEYS | {"blank": ""}, "web", NOW)
    assert str(refusal.value) == "The request does not carry a valid signature."


def test_the_second_key_of_a_rotation_is_known() -> None:
    token = jwt(header={"kid": "k2"}, key=KEYS["k2"])
    assert visitor_identity(token, KEYS, "web", NOW).kid == "k2"


def test_our_signature_is_the_standard_one() -> None:
    head, body, mac = jwt().split(".")
    expected = hmac.new(KEYS["k1"].encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(mac + "=") == expected


# --- JSON --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 2}}',
        b'{"a": "\\u0000"}',
        b'{"a": "\x00"}',
        b'{"a": "\\ud800"}',
        b'{"a": ["\\uDC00"]}',
        b'{"\\ud83d": 1}',
        b'{"a": "\\\\\\u0000"}',
        b'{"a": ' + b"1" * 1_000_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}",
        b'{"a": "' + b'\\"' * 100_000,
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} {}',
        b"}{",
    ],
    ids=range(28),
)
def test_hostile_json_is_refused_fast(raw: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(Refused) as refusal:
        strict_json(raw)
    assert refusal.value.status == 400
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize("filler", [b"[]", b'"",', b'"\\"",', b"{}", b"\\", b'"'])
def test_a_full_body_of_brackets_and_quotes_is_judged_fast(filler: bytes) -> None:
    raw = b'{"a": [' + filler * (1_048_576 // len(filler))
    began = time.perf_counter()
    with pytest.raises(Refused):
        strict_json(raw)
    assert time.perf_counter() - began < 0.25


def test_what_only_looks_hostile_is_read() -> None:
    value = {
        "a": '[[[["}',
        "b": "\\u0000",
        "c": "🙂\u2028",
        "d": [1.5, -2, {"e": None}],
        "f": "{" * 99,
    }
    assert strict_json(json.dumps(value).encode()) == value
    assert strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text('ab"\\[]{}é', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text('a"\\[{', max_size=3), _json, max_size=4))
def test_honest_json_is_read_whole(value: dict[str, Any]) -> None:
    assume_no_nul = json.dumps(value)
    if "\\u0000" in assume_no_nul.replace("\\\\", "") or "\\ud" in assume_no_nul:
        return
    assert strict_json(assume_no_nul.encode(), depth=64) == value


# --- Bodies ------------------------------------------------------------------------------------


@pytest.fixture
async def capped() -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=await read_capped(request, 1000, 0.3))

    app = web.Application()
    app.router.add_post("/", handler)
    async with TestClient(TestServer(app)) as client:
        yield client


async def _drip(pieces: int, size: int, pause: float) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield b"x" * size
        await asyncio.sleep(pause)


async def test_a_body_within_the_cap_is_read(
    capped: TestClient[web.Request, web.Application],
) -> None:
    response = await capped.post("/", data=b"x" * 1000)
    assert (response.status, await response.read()) == (200, b"x" * 1000)


async def test_a_body_over_the_cap_is_refused_with_and_without_its_length(
    capped: TestClient[web.Request, web.Application],
) -> None:
    assert (await capped.post("/", data=b"x" * 1001)).status == 413
    response = await capped.post("/", data=_drip(100, 100, 0))
    assert response.status == 413
    assert response.content_type == "application/problem+json"
    assert (await response.json())["status"] == 413


async def test_a_slow_body_is_refused(capped: TestClient[web.Request, web.Application]) -> None:
    assert (await capped.post("/", data=_drip(20, 1, 0.05))).status == 408


async def test_a_compressed_body_is_refused(
    capped: TestClient[web.Request, web.Application],
) -> None:
    response = await capped.post("/", data=b"x", headers={"Content-Encoding": "gzip"})
    assert response.status == 415


async def test_a_body_of_broken_chunks_is_refused(
    capped: TestClient[web.Request, web.Application],
) -> None:
    reader, writer = await asyncio.open_connection(capped.host, capped.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()
