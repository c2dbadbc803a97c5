"""Pages: signed, posted until they are taken, and not posted for who was answered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import RowMapping, select

from channels.api.signing import require_signature
from gateway.config.promises import DeskPromises, PageSettings, Promises
from gateway.egress.webhook import NotTaken, Webhook
from gateway.store.schema.waiting import pages
from gateway.waiting.paging import PageLoop, PagingTools, Posting
from tests.gateway.pipeline.rig import Rig, to_a_person

MINUTE, DAY = 60.0, 86_400.0
SECRET = "p" * 32
DESK = "https://help.example/desk"


@dataclass
class Pager:
    """Somebody who is called; ``refuses`` says how often they don't take it."""

    refuses: int = 0
    wait: float | None = None
    taken: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])

    async def post(self, id: str, body: bytes) -> None:
        if self.refuses:
            self.refuses -= 1
            raise NotTaken("it answers 503", self.wait)
        self.taken.append((id, body))

    @asynccontextmanager
    async def opened(self, _page: PageSettings) -> AsyncGenerator[Posting]:
        yield self


def settings(url: str = "https://pager.example/x") -> PageSettings:
    return PageSettings.model_validate({"url": url, "secret": SECRET})


async def late(rig: Rig, page: PageSettings | None = None) -> None:
    """A case whose desk has promised an answer and not given one."""
    desk = DeskPromises(first_answer=15 * MINUTE, page=page or settings())
    rig.promises = Promises({"web": desk})
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    rig.clock.pass_(16 * MINUTE)
    await rig.look()


def loop(rig: Rig, pager: Pager) -> PageLoop:
    return PageLoop(PagingTools(rig.store, lambda: rig.promises, pager.opened, DESK))


async def rows(rig: Rig) -> Sequence[RowMapping]:
    return await rig.store.read(lambda r: r.all(select(pages)))


async def test_a_page_is_posted_once_with_a_link_and_no_words(rig: Rig) -> None:
    pager = Pager()
    await late(rig)
    posting = loop(rig, pager)
    assert await posting.once() == 1
    assert await posting.once() == 0
    (row,) = await rows(rig)
    assert (row["state"], row["tries"]) == ("sent", 1)
    ((id, body),) = pager.taken
    assert id == row["id"]
    assert f"{DESK}#c/{row['conversation_id']}".encode() in body
    assert b"person please" not in body


async def test_what_is_not_taken_is_posted_again_under_its_id_for_a_day(rig: Rig) -> None:
    pager = Pager(refuses=3, wait=90.0)
    await late(rig)
    posting = loop(rig, pager)
    tries = 0
    while not pager.taken:
        tries += await posting.once()
        rig.clock.pass_(30)
    assert tries == 4
    pager = Pager(refuses=1_000)
    await rig.say("another", chat="c2")
    await rig.settle()
    rig.clock.pass_(16 * MINUTE)
    await rig.look()
    posting = loop(rig, pager)
    for _ in range(60):
        await posting.once()
        rig.clock.pass_(DAY / 50)
    states = sorted(row["state"] for row in await rows(rig))
    assert states == ["failed", "sent"]


async def test_nobody_is_called_for_who_was_answered_meanwhile(rig: Rig) -> None:
    pager = Pager()
    await late(rig)
    await rig.staff("say", "Here")
    assert await loop(rig, pager).once() == 0
    assert [row["state"] for row in await rows(rig)] == ["withdrawn"]
    assert pager.taken == []


async def test_two_nodes_post_a_page_once(two_nodes: tuple[Rig, Rig]) -> None:
    one, two = two_nodes
    pager = Pager()
    await late(one)
    two.promises = one.promises
    loops = [loop(rig, pager) for rig in (one, two) for _ in range(3)]
    await asyncio.gather(*(posting.once() for posting in loops))
    assert len(pager.taken) == 1


@pytest.mark.parametrize("answer", [204, 500])
async def test_over_http_a_page_is_signed_as_standard_webhooks(rig: Rig, answer: int) -> None:
    heard: list[Any] = []

    async def hear(request: web.Request) -> web.Response:
        body = await request.read()
        require_signature(request.headers, SECRET, body, rig.clock.now())
        heard.append(await request.json())
        return web.Response(status=answer)

    app = web.Application()
    app.router.add_post("/call", hear)
    async with TestServer(app) as server:
        page = settings(str(server.make_url("/call")))
        await late(rig, page)

        def receiver(page: PageSettings) -> Webhook:
            secret = page.secret.get_secret_value()
            return Webhook(page.url, secret, rig.clock, private=page.networks)

        tools = PagingTools(rig.store, lambda: rig.promises, receiver, DESK)
        await PageLoop(tools).once()
    assert [one["type"] for one in heard] == ["case.late"]
    (row,) = await rows(rig)
    assert row["state"] == ("sent" if answer == 204 else "queued")
