"""Hostile input on every route that takes any: a clear 4xx, nothing stored, nothing blocked."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from gateway.store.schema.tables import metadata
from gateway.store.unit import Reading
from tests.gateway.web.house import PASSWORD, Site

UUID = "5f2b7c1e-7d1f-4d5b-9a54-0c6f0b3a9d11"
JSON = {"Content-Type": "application/json"}

BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no json": b"hello",
    "bad utf-8": b'{"id":"\xff\xfe","text":"x"}',
    "utf-16": '{"id":"x"}'.encode("utf-16"),
    "deep arrays": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "a list": b"[]",
    "a number": b"1",
    "not a number": b'{"id":NaN}',
    "infinity": b'{"epoch":1e999}',
    "a long number": b'{"epoch":' + b"9" * 500_000 + b"}",
    "twice": b'{"id":"a","id":"b"}',
    "nul": b'{"id":"\\u0000"}',
    "half a pair": b'{"text":"\\ud800"}',
    "cut off": b'{"id":"' + UUID.encode() + b'","text":"x',
    "a megabyte and more": b'{"text":"' + b"x" * 1_100_000 + b'"}',
}
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "x" * 10_000, [], ["x"], {}, {"$ne": None},
    "' OR 1=1 --", "../../etc/passwd", "\u202e", "٣", "{{7*7}}", "${jndi:ldap://x}",
)  # fmt: skip


def bodies(path: str) -> dict[str, Any]:
    """A good body of each route that takes one."""
    if path.endswith("messages"):
        return {"id": UUID, "text": "Hi", "note": False, "epoch": 0}
    if path.endswith("welcome"):
        return {"token": "t" * 43, "name": "Eve", "password": PASSWORD}
    if path.endswith("sign-in"):
        return {"name": "Eve", "password": PASSWORD}
    return {"id": UUID, "epoch": 0}


PATHS = (
    "/api/v1/conversations/{id}/messages",
    "/api/v1/conversations/{id}/take",
    "/api/v1/conversations/{id}/return",
    "/api/v1/conversations/{id}/resolve",
    "/desk/sign-in",
    "/desk/welcome",
)


def is_good(field: str, value: object) -> bool:
    if field == "epoch":
        return value is None or (value == 0 and value is not False)
    if field == "note":
        return value is True
    return field == "text" and isinstance(value, str) and 0 < len(value) <= 8000


def counted(reading: Reading) -> dict[str, int]:
    return {
        table.name: reading.scalar(select(func.count()).select_from(table))
        for table in metadata.sorted_tables
    }


async def prepared(site: Site, path: str) -> tuple[str, dict[str, str], dict[str, int]]:
    conversation = await site.house.says("Hello")
    headers = await site.bearer()
    before = await site.house.store.read(counted)
    return path.replace("{id}", conversation), headers, before


@pytest.mark.parametrize("path", PATHS)
async def test_broken_bodies_are_refused(site: Site, path: str) -> None:
    address, headers, before = await prepared(site, path)
    for name, body in BROKEN.items():
        async with site.http.post(
            site.url(address), data=io.BytesIO(body), headers={**headers, **JSON}
        ) as response:
            assert 400 <= response.status < 500, name
            assert response.status not in {401, 403, 404, 429}, name
            assert response.content_type == "application/problem+json", name
            if name == "a megabyte and more":
                assert response.status == 413
    assert await site.house.store.read(counted) == before


@pytest.mark.parametrize("path", PATHS)
async def test_every_field_is_checked(site: Site, path: str) -> None:
    address, headers, before = await prepared(site, path)
    good = bodies(path)
    for field in good:
        for value in VALUES:
            if field in {"name", "token", "password"} and isinstance(value, str):
                continue
            status, problem = await site.post(address, {**good, field: value}, headers)
            if is_good(field, value):
                continue
            assert status == 422 or (field == "epoch" and status == 409), (field, value)
            assert "10000" not in str(problem)
            assert len(json.dumps(problem)) < 2_000
    missing = {name: value for name, value in good.items() if name not in {"id", "token", "name"}}
    assert (await site.post(address, missing, headers))[0] == 422
    for extra in ("owner", "role", "staff_id", "__proto__", "x" * 5_000):
        status, problem = await site.post(address, {**good, extra: "lead"}, headers)
        assert status == 422
        assert len(json.dumps(problem)) < 1_000
    after = await site.house.store.read(counted)
    if not path.startswith("/api"):
        assert after == before
    assert after["staff"] == before["staff"]


@pytest.mark.parametrize("path", PATHS)
async def test_other_types_and_compressed_bodies_are_refused(site: Site, path: str) -> None:
    address, headers, before = await prepared(site, path)
    good = json.dumps(bodies(path)).encode()
    for content_type in ("text/plain", "application/xml", "multipart/form-data", ""):
        given = {**headers, "Content-Type": content_type}
        async with site.http.post(site.url(address), data=good, headers=given) as response:
            assert response.status == 415, content_type
    bomb = gzip.compress(b" " * 5_000_000, mtime=0)
    for coding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
        given = {**headers, **JSON, "Content-Encoding": coding}
        async with site.http.post(site.url(address), data=bomb, headers=given) as response:
            assert response.status in {400, 415}, coding
    assert await site.house.store.read(counted) == before


async def test_no_route_takes_a_compressed_body(site: Site) -> None:
    coded = {"Content-Encoding": "gzip"}
    for path in ("/healthz", "/desk/sign-out", "/api/v1/deliveries/x/retry", "/nowhere"):
        for method in ("GET", "POST"):
            async with site.http.request(
                method, site.url(path), data=b"x" * 100, headers=coded
            ) as response:
                assert response.status == 415


async def test_an_endless_body_is_cut_off(site: Site) -> None:
    address, headers, before = await prepared(site, PATHS[0])
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            yield b"x" * 65_536
            sent += 65_536
            await asyncio.sleep(0)

    try:
        async with site.http.post(
            site.url(address), data=endless(), headers={**headers, **JSON}
        ) as response:
            assert response.status == 413
    except ConnectionError:
        pass  # the other end had heard enough
    assert sent < 20_000_000
    assert await site.house.store.read(counted) == before


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/conversations",
        "/api/v1/conversations/{id}",
        "/api/v1/deliveries",
        "/api/v1/events",
        "/api/v1/me",
        "/readyz",
        "/healthz",
        "/desk/sign-in",
    ],
)
async def test_parameters_are_checked(site: Site, path: str) -> None:
    address, headers, _ = await prepared(site, path)
    for query in (
        "owner=root",
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1e9",
        "limit=٣x",
        "limit=5&limit=6",
        "cursor=%ff",
        "cursor=" + "A" * 3_000,
        "channel=%00",
        "rule=%e2%80%ae",
        "state=hacked",
        "before=0",
        "before=99999999999999999999",
        "conversation=%00",
        "conversation=" + "x" * 400,
        "unknown=1",
        "__proto__=1",
        "owner[$ne]=1",
    ):
        status, problem = await site.get(f"{address}?{query}", headers)
        assert status in {400, 404}, query
        assert problem["status"] == status
        assert len(json.dumps(problem)) < 1_000


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE messages; --",
        "\u202egnp\u2066",
        "🏳️‍🌈" * 500,
        "ﷺ" * 1_000,
        "Z̴̛͉a̷l̶g̵o̸" * 300,
        "{{7*7}} ${7*7} <%= 7*7 %>",
        "\\x00 \\u0000",
        "*" * 7_999,
        "[" * 7_999,
        "> " * 3_900,
        "`a" * 3_999,
        "<" * 7_999,
        "[a](" * 1_900,
        "_*" * 3_900,
        "|" * 7_999,
        "http://" + "a." * 3_900,
    ],
)
async def test_naughty_texts_are_kept_as_they_are_and_never_block(site: Site, text: str) -> None:
    address, headers, _ = await prepared(site, PATHS[0])
    loop = asyncio.get_running_loop()
    slowest = 0.0

    async def watch() -> None:
        nonlocal slowest
        while True:
            began = loop.time()
            await asyncio.sleep(0.005)
            slowest = max(slowest, loop.time() - began - 0.005)

    watching = asyncio.create_task(watch())
    status, done = await site.post(address, {"id": str(uuid4()), "text": text}, headers)
    _, view = await site.get(address.removesuffix("/messages"), headers)
    watching.cancel()
    assert status == 200
    [said] = [one for one in view["messages"] if one["id"] == done["message"]]
    assert said["text"] == text.strip()
    # A busy machine's own pauses; the parse is in a thread, or it would be many times longer.
    assert slowest < 3.0


async def test_headers_of_all_sorts_do_no_harm(site: Site) -> None:
    for headers in (
        {"Authorization": "Bearer " + "A" * 7_000},
        {"Authorization": "Bearer \u00ff\u00fe"},
        {"Cookie": "frontdesk=" + "A" * 7_000},
        {"Cookie": 'frontdesk="; frontdesk=; ===;;'},
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
        {"Host": "evil.example:port"},
    ):
        status, problem = await site.get("/api/v1/me", headers)
        assert status == 401
        assert "evil" not in str(problem)
    async with site.http.get(
        site.url("/desk"), headers={"Host": "evil.example"}, allow_redirects=False
    ) as response:
        assert response.headers["Location"] == "/desk/sign-in"
