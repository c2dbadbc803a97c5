"""A wrong answer is corrected where it was given, in a real Chromium over the product as it is: in
at most six clicks, and the next customer gets the corrected answer within ten seconds.

With FRONTDESK_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.story.served import ROOT, Visitor, served
from tests.story.test_story_in_a_browser import Screens

SECONDS = 10
START_SECONDS = 20
CLICKS = 6
ASKED = "How long can I return something?"
ALIKE = (
    "How many days do I have to send something back?",
    "Until when can I return an order?",
    "How much time is there to return an item?",
)
COUNT = """
window.clicks = 0;
addEventListener("click", (event) => { if (event.isTrusted) window.clicks += 1; }, true);
"""
FIND = """
const [asked, done] = arguments;
const read = async (path) => (await fetch(`/api/v1/conversations${path}`)).json();
(async () => {
  for (const { id } of (await read("")).items) {
    const { messages } = await read(`/${id}`);
    const said = messages.some((message) => message.author === "assistant");
    if (said && messages[0].text === asked) done(id);
  }
})();
"""


@pytest.mark.timeout(180)
async def test_an_answer_is_corrected_in_six_clicks_and_live_in_ten_seconds(
    chromium: webdriver.Chrome, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("FRONTDESK_SCREENSHOTS", str(tmp_path / "pictures")))
    async with served(tmp_path / "data") as running, aiohttp.ClientSession() as http:
        base = running.base
        while "60 days" not in await answered(http, base, ASKED, START_SECONDS):
            pass  # A machine that is busy builds the index late.
        for question in ALIKE:
            await answered(http, base, question, 0)
        began = time.monotonic()
        await answered(http, base, ASKED, START_SECONDS)
        # What counts is when it was asked, and a busy machine takes its time with each answer.
        patience = SECONDS + time.monotonic() - began
        screens = Screens(chromium, running, ROOT / pictures)
        await asyncio.to_thread(correct, screens)
        saved = asked = time.monotonic()
        while "75 days" not in await answered(http, base, ASKED, START_SECONDS):
            assert asked - saved < patience
            asked = time.monotonic()
        assert asked - saved < patience
        assert screens.problems() == []


async def answered(http: aiohttp.ClientSession, base: str, question: str, seconds: float) -> str:
    """What a new customer is answered by the assistant within so many seconds; nothing if not."""
    visitor = Visitor(http, base)
    await visitor.arrive()
    await visitor.say(question)
    try:
        async with asyncio.timeout(seconds):
            return str((await visitor.hear("assistant"))["text"])
    except TimeoutError:
        return ""


def correct(screens: Screens) -> None:
    browser: Any = screens.browser
    screens.sign_in()
    screens.until("All", "#tabs")
    browser.get(f"{screens.running.base}/desk#c/{browser.execute_async_script(FIND, ASKED)}")
    screens.until("Correct this", "#conversation .assistant button")
    browser.execute_script(COUNT)
    screens.click("Correct this", "#conversation .assistant button")
    screens.until("It cites", ".correcting .which")
    box = browser.find_element(By.CSS_SELECTOR, ".correcting textarea")
    assert browser.switch_to.active_element == box
    text = box.get_attribute("value")
    assert "60 days" in text
    box.clear()
    box.send_keys(text.replace("60 days", "75 days"))
    screens.click("Ask again", ".correcting button")
    screens.until("75 days", ".correcting .compared")
    shown = browser.find_elements(By.CSS_SELECTOR, ".correcting .compared strong")
    assert {one.text for one in shown} >= {ASKED, *ALIKE[:2]}
    screens.picture("correct", 1280, 1000)
    screens.picture("correct-phone", 375, 800)
    assert browser.execute_script("return document.querySelector('dialog').scrollWidth") <= 1280
    screens.click("Save", ".correcting .buttons button")
    screens.until("Saved", ".correcting h3")
    assert browser.execute_script("return window.clicks") <= CLICKS
