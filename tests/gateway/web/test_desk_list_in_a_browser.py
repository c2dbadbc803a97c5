"""The desk's list and what closing a case shows, in a real Chromium over rows of our own making.

With FRONTDESK_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select

from gateway.conversations.closings import write_down
from gateway.conversations.opening import by_id
from gateway.conversations.write_ups import WriteUp
from gateway.store.schema.aftercare import ratings
from gateway.store.schema.conversation import cases
from gateway.store.unit import Unit
from gateway.web.app import build_app
from gateway.web.pages import load_pages
from tests.chromium import Window
from tests.gateway.web.house import PASSWORD, House, asked, open_site

ROOT = Path(__file__).parents[3]
SECONDS = 20
HOSTILE = "<img src=x onerror=alert(1)>"


class Desk(Window):
    """A browser with the desk."""

    def __init__(self, browser: webdriver.Chrome, base: str, pictures: Path) -> None:
        super().__init__(browser, SECONDS)
        self.base = base
        self.pictures = pictures

    def one(self, css: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def value(self, css: str) -> str:
        return str(self.one(css).get_property("value"))

    def press(self, label: str, css: str = "button") -> None:
        self.click(label, css)

    def picture(self, name: str, width: int = 1440, height: int = 900) -> None:
        self.browser.set_window_size(width, height)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(self.pictures / f"{name}.png"))

    def wider_than_the_window(self) -> int:
        script = "return document.documentElement.scrollWidth - innerWidth"
        return int(self.browser.execute_script(script))


@asynccontextmanager
async def served(url: str, folder: Path) -> AsyncGenerator[tuple[House, str]]:
    """The desk's own pages over a house."""
    async with open_site(url, folder) as site:
        pages = await asyncio.to_thread(load_pages)
        server = TestServer(build_app(replace(site.parts, pages=pages)))
        await server.start_server(access_log=None, auto_decompress=False)
        try:
            yield site.house, str(server.make_url("")).rstrip("/")
        finally:
            site.parts.closing.set()
            await server.close()


async def furnished(house: House) -> str:
    """Kim was helped before, was not content, and waits again; somebody else is there, too."""
    lea = await house.member("Lea", "lead")
    kim = await house.says("Where is my tent?", "kim", "Kim Park")
    await house.desk.say(asked(lea, kim, "messages"), "It left us today. I'll send the number.")

    def remembered(unit: Unit) -> None:
        row = by_id(unit, kim)
        assert row is not None
        lines = WriteUp("Where is my tent?", "It left us today.", "I'll send the number.")
        write_down(unit, row, lines, lea.id)
        unit.insert(
            ratings,
            id=unit.new_id(),
            case_id=row["case_id"],
            conversation_id=kim,
            contact_id=row["contact_id"],
            channel="web",
            path="human",
            state="rated",
            created_at=unit.now,
            asked_at=unit.now,
            rated_at=unit.now,
            score=2,
        )

    await house.write(remembered)
    await house.desk.resolve(asked(lea, kim, "resolve"))
    house.clock.advance(3_600.0)
    await house.says(f"It never came {HOSTILE}", "kim", "Kim Park")
    await house.to_the_queue(kim)
    for number in range(3):
        await house.says("Do you repair boots?", f"visitor-{number}", f"Guest {number}")
    return kim


@pytest.mark.timeout(300)
async def test_the_list_as_staff_use_it(
    chromium: webdriver.Chrome, sqlite_url: str, tmp_path: Path
) -> None:
    pictures = ROOT / os.environ.get("FRONTDESK_SCREENSHOTS", str(tmp_path / "pictures"))
    async with served(sqlite_url, tmp_path) as (house, base):
        kim = await furnished(house)
        desk = Desk(chromium, base, pictures)
        await asyncio.to_thread(look, desk)
        await asyncio.to_thread(answer_and_close, desk)
        await asyncio.to_thread(narrow_and_close_several, desk)
        assert desk.problems() == []
        closed = await house.store.read(
            lambda r: r.all(select(cases).where(cases.c.resolved_at.is_not(None)))
        )
        assert len(closed) == 3
        view = await house.view(kim)
        assert view["before"]["promised"] == "Maya calls on Monday"


def look(desk: Desk) -> None:
    desk.browser.get(f"{desk.base}/desk/sign-in")
    desk.one("#name").send_keys("Lea")
    desk.one("#password").send_keys(PASSWORD)
    desk.one("#submit").click()
    desk.until("Waiting1", "#tabs")
    desk.until("rated 2 of 5", "#list")
    desk.press("Kim Park", "#list li a")
    desk.until("Last time", ".brief-card")
    desk.until("It left us today.", ".brief-card")
    desk.until("2 of 5", ".brief-card")
    desk.press("Cases of this customer", ".history summary")
    desk.until("no. 1", ".history")
    desk.picture("desk-customer")
    desk.one(".tags input").send_keys(HOSTILE, Keys.ENTER)
    desk.until(f"#{HOSTILE}", "#list")


def answer_and_close(desk: Desk) -> None:
    box = desk.one("#reply")
    box.send_keys("/")
    desk.press("Write and remove replies")
    desk.one("dialog [name=name]").send_keys("sorry")
    desk.one("dialog [name=text]").send_keys(f"Sorry, {{customer}}. {{me}} looks. {HOSTILE}")
    desk.press("Keep")
    desk.until("/sorry", "dialog li")
    desk.press("Close")
    box.clear()
    box.send_keys("/so")
    desk.until("/sorry", ".slash li")
    desk.picture("canned-replies")
    box.send_keys(Keys.ENTER)
    assert desk.value("#reply") == f"Sorry, Kim Park. Lea looks. {HOSTILE}"
    box.send_keys(Keys.CONTROL, Keys.ENTER)
    desk.until("Lea looks.", ".log .staff")
    desk.press("Resolve", ".head button")
    desk.until("Promised", "dialog .write-up")
    promised = desk.one("dialog [name=promised]")
    promised.clear()
    promised.send_keys("Maya calls on Monday")
    desk.picture("resolve")
    desk.one("dialog button[type=submit]").click()
    desk.until("Nobody is waiting.", "#list")


def narrow_and_close_several(desk: Desk) -> None:
    desk.press("All", "#tabs button")
    desk.until("Guest 2", "#list")
    desk.press("Search and filter", "#narrow summary")
    desk.one("#narrow option[value='5']").click()
    desk.until("Nothing fits.", "#list")
    desk.one("#narrow option[value=low]").click()
    desk.until("Kim Park", "#list")
    desk.picture("desk-list")
    desk.picture("desk-list-phone", 375, 812)
    for width in (320, 375):
        desk.browser.set_window_size(width, 700)
        assert desk.wider_than_the_window() <= 0
    desk.browser.set_window_size(1440, 900)
    desk.press("Show everything")
    desk.until("Guest 0", "#list")
    desk.press("Search and filter", "#narrow summary")
    desk.press("Select several")
    desk.until("Guest 0", "#list .row").find_element(By.CSS_SELECTOR, ".pick input").click()
    desk.press("Resolve 1", "#bulk button")
    desk.press("Resolve", "dialog button")
    desk.press("Leave it", "#bulk button")
