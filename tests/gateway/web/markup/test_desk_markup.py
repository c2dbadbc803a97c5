"""What strangers, colleagues, articles and models write runs nothing on the desk, in a real
Chromium. `FRONTDESK_PAYLOADS=2000` renders so many; the suite renders a part of them.

What is looked at: whether anything was called, refused by the page's policy, fetched from
elsewhere, or stands in the document that no page of ours puts there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copy

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from selenium import webdriver

from gateway.store.unit import Unit
from gateway.web.app import build_app
from gateway.web.pages import PAGES, Pages, StaticFile, load_pages
from gateway.web.parts import Parts
from tests.gateway.web.house import House, Site, open_site
from tests.gateway.web.markup.office import channels, desks, office
from tests.gateway.web.markup.payloads import Payload, payloads
from tests.gateway.web.markup.rows import conversation, each
from tests.gateway.web.markup.shelf import Answering, around, knowledge
from tests.gateway.web.markup.walks import HANDLER, WALKS, Walker, through
from tests.gateway.web.markup.watched import HOST, MANY, SECONDS, Watched


@asynccontextmanager
async def hostile_desk(
    url: str, folder: Path, hostile: Sequence[Payload], *, holed: bool = False, policy: bool = True
) -> AsyncGenerator[tuple[House, str, list[str]]]:
    """The real pages over hostile rows: the house, where it is served, the conversations' ids."""
    async with open_site(url, folder) as site:
        lea = await site.house.member("Lea", "lead")
        ids: list[str] = []

        def unit(unit: Unit) -> None:
            ids[:] = [conversation(unit, session, some) for session, some in each(hostile)]
            around(unit, hostile, lea.id)
            knowledge(unit, hostile)
            office(unit, hostile, lea.id, ids[0])

        await site.house.write(unit)
        assert site.parts.leading is not None
        await site.parts.leading.desk.begin()
        pages = await asyncio.to_thread(load_pages)
        parts = furnished(site, hostile)
        app = build_app(replace(parts, pages=with_a_hole(pages) if holed else pages))
        if not policy:
            app.on_response_prepare.append(_without_a_policy)
        server = TestServer(app)
        await server.start_server(access_log=None, auto_decompress=False)
        try:
            yield site.house, str(server.make_url("")).rstrip("/"), ids
        finally:
            site.parts.closing.set()
            await server.close()


def furnished(site: Site, hostile: Sequence[Payload]) -> Parts:
    """Channels, desks, the assistant and the business's name are hostile too."""
    down = channels(hostile)
    site.health.report = replace(site.health.report, channels=down)
    configured, answering = desks(hostile), Answering(hostile)
    return replace(
        site.parts,
        assistant=replace(site.parts.assistant, knowledge=answering, brain=lambda: answering),
        kinds={"web": "web", "team": "slack", **dict.fromkeys(down, "web")},
        settings=lambda: configured,
        business=lambda: HANDLER,
    )


def with_a_hole(pages: Pages) -> Pages:
    """The pages with the mistake that all this is about."""
    sound = pages.static["dom.js"]
    content = sound.content.replace(b"node.textContent = value", b"node.innerHTML = value")
    assert content != sound.content
    return replace(
        pages, static={**pages.static, "dom.js": StaticFile(content, sound.content_type, "holed")}
    )


async def _without_a_policy(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.pop("Content-Security-Policy", None)


def test_there_is_a_way_through_every_page() -> None:
    assert WALKS.keys() == set(PAGES)


@pytest.mark.timeout(SECONDS)
async def test_nothing_that_anybody_wrote_runs_on_the_desk(
    chromium: webdriver.Chrome, sqlite_url: str, tmp_path: Path
) -> None:
    hostile = payloads(MANY, HOST)
    async with hostile_desk(sqlite_url, tmp_path, hostile) as (_, base, ids):
        desk = await asyncio.to_thread(Watched.over, chromium, base)
        assert await asyncio.to_thread(everywhere, desk, ids, hostile) == []


def everywhere(desk: Watched, ids: Sequence[str], hostile: Sequence[Payload]) -> list[str]:
    desk.sign_in()
    walker = Walker(desk, ids, hostile)
    return [what for page in PAGES for what in through(page, walker)]


@pytest.mark.timeout(SECONDS)
async def test_a_page_that_takes_text_for_markup_is_found_out(
    chromium: webdriver.Chrome, sqlite_url: str, tmp_path: Path
) -> None:
    """Or what found nothing on the sound pages would prove nothing."""
    hostile = [Payload(1, "handlers", HANDLER)]
    watched = await asyncio.to_thread(Watched.over, chromium, "")
    for policy, acted in ((True, "refused by the policy: script-src-attr"), (False, "called: 1")):
        url, folder = f"sqlite:///{tmp_path}/{policy}.db", tmp_path / str(policy)
        await asyncio.to_thread(folder.mkdir)
        await asyncio.to_thread(copy, sqlite_url.removeprefix("sqlite:///"), url[10:])
        async with hostile_desk(url, folder, hostile, holed=True, policy=policy) as (_, base, _):
            watched.base = base
            found = await asyncio.to_thread(the_list, watched)
        for line in ("element: list IMG", "attribute: list IMG onerror=canary(1)", acted):
            assert any(each.startswith(line) for each in found), line
    await asyncio.to_thread(most_would_act, watched)


def the_list(desk: Watched) -> list[str]:
    desk.sign_in()
    desk.do("await walkList(1); await pause(300)")
    return desk.noted()


def most_would_act(watched: Watched) -> None:
    """Each as the whole of a document without a policy: run, asking for something, or standing
    there. Markdown, and what only a template makes dangerous, does not."""
    hostile = payloads(MANY, HOST)
    watched.browser.get("data:text/html,<title>x</title>")
    acted = watched.do("return actsOf(given[0])", [payload.stored for payload in hostile])
    print(f"payloads {MANY}, of which act by themselves {sum(acted)}")  # noqa: T201  # a figure
    assert sum(acted) > MANY // 2
