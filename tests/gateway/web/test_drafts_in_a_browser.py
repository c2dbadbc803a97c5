"""Drafts as staff see them, in a real Chromium: sent, asked about again, rejected, on a phone too.

With FRONTDESK_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from channels.contract import Link
from gateway.conversations.drafts import Drafted, prepare
from gateway.conversations.ownership import expect
from gateway.store.unit import Unit
from gateway.web.pages import load_pages
from tests.chromium import Window
from tests.gateway.web.house import PASSWORD, Site, open_site
from tests.story.served import ROOT, free_port

SECONDS = 30
ANSWER = (
    "The second charge of £129.00 is a **reservation** by your bank, and it is released within"
    " 5 working days. Nothing has been taken twice."
)


class Desk(Window):
    """A signed-in browser; what customers do meanwhile runs in the server's loop."""

    def __init__(
        self, browser: webdriver.Chrome, site: Site, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(browser, SECONDS)
        self.site = site
        self.loop = loop
        self.pictures = ROOT / os.environ.get("FRONTDESK_SCREENSHOTS", "")

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def press(self, label: str, within: str = "") -> None:
        self.click(label, f"{within} button")

    def picture(self, name: str, width: int, height: int) -> None:
        self.browser.set_window_size(width, height)
        if "FRONTDESK_SCREENSHOTS" in os.environ:
            self.browser.save_screenshot(str(self.pictures / f"{name}.png"))

    def sign_in(self) -> None:
        self.browser.get(self.site.url("/desk/sign-in"))
        self.browser.find_element(By.ID, "name").send_keys("Maya")
        self.browser.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
        self.until("Drafts", "#tabs")

    def drafted(self, visitor: str, question: str, body: str) -> str:
        async def come_about() -> str:
            house = self.site.house
            conversation = await house.says(question, visitor, name=visitor)
            await house.to_the_queue(conversation)

            def unit(unit: Unit) -> None:
                row = expect(unit, conversation, None)
                link = Link("Charges that appear twice", "https://help.example/charges", "p-1")
                draft = Drafted(question, body, 0, row["customer_seq"], (link,), (), 0.93, "en")
                prepare(unit, row, row["epoch"], draft, "turn")

            await house.write(unit)
            return conversation

        return self.do(come_about())

    def open(self, conversation: str) -> None:
        self.browser.get(self.site.url(f"/desk#c/{conversation}"))
        self.until("Draft to check", ".draft h3")

    def problems(self) -> list[str]:
        """That something moved meanwhile is what these tests are about."""
        return [line for line in super().problems() if "status of 409" not in line]


@pytest.mark.timeout(240)
async def test_drafts_as_staff_see_them(
    chromium: webdriver.Chrome, sqlite_url: str, tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    shown = await asyncio.to_thread(load_pages)
    async with open_site(sqlite_url, tmp_path, base, shown=shown) as site:
        # The browser goes by its own clock.
        site.house.clock.at = time.time() - 240
        await site.house.member("Maya", "lead")
        desk = Desk(chromium, site, asyncio.get_running_loop())
        for part in (sends_after_reading, sends_by_key, rejects, joins_two):
            await asyncio.to_thread(part, desk)
        assert desk.problems() == []


def sends_after_reading(desk: Desk) -> None:
    desk.sign_in()
    conversation = desk.drafted("Kim", "Why was I charged twice?", ANSWER)
    desk.press("Drafts", "#tabs")
    desk.until("Draft to check", "#list li").click()
    desk.until("93 % sure", ".draft")
    desk.picture("draft", 1280, 860)
    desk.do(desk.site.house.says("Sorry, it was three times!", "Kim"))
    desk.until("has written since", ".draft .late")
    desk.press("Send draft", ".draft")
    desk.until("three times", "dialog .newer")
    desk.picture("draft-phone", 375, 760)
    desk.browser.set_window_size(320, 700)
    assert desk.browser.execute_script("return document.documentElement.scrollWidth") <= 320
    desk.browser.set_window_size(1280, 860)
    desk.press("all the same", "dialog")
    desk.until("Nothing has been taken twice", ".message.staff")
    assert desk.do(desk.site.house.row(conversation))["owner"] == "staff"
    assert desk.browser.find_elements(By.CSS_SELECTOR, ".draft") == []


def sends_by_key(desk: Desk) -> None:
    desk.open(desk.drafted("Ann", "Is my refund on its way?", "Yes, since Monday."))
    desk.browser.find_element(By.TAG_NAME, "body").send_keys("a")
    desk.until("Send this draft?", "dialog h2")
    desk.browser.switch_to.active_element.send_keys(Keys.ENTER)
    desk.until("Yes, since Monday.", ".message.staff")


def rejects(desk: Desk) -> None:
    hostile = "<img src=x onerror=alert(1)> [x](javascript:alert(1))"
    desk.open(desk.drafted("Eve", hostile, hostile))
    assert desk.browser.find_elements(By.CSS_SELECTOR, ".draft img, .draft .body a") == []
    desk.press("Reject", ".draft")
    desk.browser.switch_to.active_element.send_keys("The article is out of date", Keys.TAB)
    desk.press("Reject", "dialog")
    desk.until("Draft", "#tabs")
    desk.press("What was learnt", ".below-list")
    desk.until("out of date", "dialog .lesson")
    assert desk.browser.find_elements(By.CSS_SELECTOR, "dialog img") == []
    desk.press("Close", "dialog")


def joins_two(desk: Desk) -> None:
    """Who was joined by staff is shown, and it is taken back."""
    desk.do(desk.site.house.says("It is me again", "Kim on the phone", name="Kim P."))
    desk.open(desk.drafted("Kay", "Is my other message there?", "Yes."))
    desk.press("Is somebody else we know", ".person")
    desk.press("Kim P.", "dialog .others")
    desk.until("Join them?", "dialog h2")
    desk.press("Join", "dialog.ask")
    desk.until("Joined by staff (Maya)", ".person")
    desk.until("It is me again", ".person")
    desk.press("Take back", ".person")
    desk.press("Take back", "dialog.ask")
    desk.until("No other conversation is known", ".person")
