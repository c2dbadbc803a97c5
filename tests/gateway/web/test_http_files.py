"""Attachments over HTTP: a download for whoever holds a good address, nothing for others."""

from __future__ import annotations

import asyncio
from email.message import Message
from uuid import uuid4

import pytest

from channels.signatures import Signer
from gateway.store.schema.conversation import attachments
from gateway.web.files import FileLinks, disposition, label
from tests.gateway.web.house import Site

NASTY = (
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/passwd",
    "a\0b.png",
    "x\r\nSet-Cookie: a=b",
    "\u202egnp.exe",
    "a" * 300 + ".png",
    ".htaccess",
    "CON",
    'quote".png',
    "Ünïcödé – 文件.png",
    "",
    "...",
    "%2e%2e%2fx",
    "a;b=c.png",
    "\ud800.png",
)


async def keep(
    site: Site,
    content: bytes,
    content_type: str = "image/png",
    name: str = "a.png",
    state: str = "stored",
) -> str:
    """Store an attachment; its address."""
    stored = await asyncio.to_thread(site.house.files.keep, content)
    attachment = uuid4().hex
    await site.house.write(
        lambda unit: unit.insert(
            attachments,
            id=attachment,
            channel="web",
            name=name,
            content_type=content_type,
            size=stored.size,
            sha256=stored.sha256,
            state=state,
            created_at=unit.now,
        )
    )
    return site.house.links.file_url(attachment)


async def test_a_file_is_a_sandboxed_download(site: Site) -> None:
    content = b"\x89PNG" + bytes(700_000)
    address = await keep(site, content, name="Plan – A.png")
    async with site.http.get(site.url(address)) as response:
        assert response.status == 200
        assert await response.read() == content
        headers = response.headers
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''Plan%20%E2%80%93%20A.png" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Content-Type"] == "image/png"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/xhtml+xml", "x"])
async def test_what_a_browser_could_run_is_only_bytes(site: Site, kind: str) -> None:
    address = await keep(site, b"<svg onload=alert(1)>", kind, "a.svg")
    async with site.http.get(site.url(address)) as response:
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment;")


async def test_forged_foreign_and_expired_addresses_lead_nowhere(site: Site) -> None:
    good = await keep(site, b"secret")
    token = good.removeprefix("/files/")
    pending = await keep(site, b"secret", state="pending")
    clock = site.house.clock
    other_key = FileLinks(Signer(b"x" * 32, clock)).file_url("a")
    other_audience = "/files/" + Signer(b"k" * 32, clock).sign("web", {"file": "a"}, 60)
    unknown = site.house.links.file_url("nothing")
    body, mac = token.split(".")
    bad = [
        pending,
        other_key,
        other_audience,
        unknown,
        f"/files/{body}.{mac[:-2]}AA",
        f"/files/{body}",
        f"/files/{token}x",
        "/files/..%2f..%2fetc%2fpasswd",
        "/files/%00",
        "/files/" + "A" * 5000,
    ]
    for address in bad:
        async with site.http.get(site.origin + address) as response:
            assert response.status == 404, address
            assert b"secret" not in await response.read()
    async with site.http.get(site.url(good)) as response:
        assert response.status == 200
    clock.advance(24 * 3600)
    async with site.http.get(site.url(good)) as response:
        assert response.status == 404


async def test_a_file_whose_bytes_are_gone_is_404(site: Site) -> None:
    address = await keep(site, b"soon gone")
    stored = await asyncio.to_thread(site.house.files.keep, b"soon gone")
    await asyncio.to_thread(site.house.files.path(stored.sha256).unlink)
    async with site.http.get(site.url(address)) as response:
        assert response.status == 404


@pytest.mark.parametrize("name", NASTY)
async def test_a_name_is_only_a_label(site: Site, name: str) -> None:
    shown = label(name)
    assert shown
    assert not set(shown) & set('/\\\0\r\n"%;\u202e')
    assert not shown.startswith(".")
    assert len(shown) <= 131
    header = Message()
    header["Content-Disposition"] = disposition(name)
    assert header.get_content_disposition() == "attachment"
    assert header.get_filename()
    assert all(" " <= character < "\x7f" for character in disposition(name))
