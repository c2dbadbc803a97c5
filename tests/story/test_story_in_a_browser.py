"""The whole story as people see it: a customer's page and the desk in a real Chromium.

With FRONTDESK_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, cast

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.story.served import ROOT, Served, served

SECONDS = 25
DEEP = "return arguments[0].shadowRoot"


class Screens:
    """One browser with a customer's tab and a desk's tab."""

    def __init__(self, browser: webdriver.Chrome, running: Served, pictures: Path) -> None:
        self.browser = browser
        self.running = running
        self.pictures = pictures
        self.customer = browser.current_window_handle
        self.desk = ""

    def until(self, what: str, css: str, root: ShadowRoot | None = None) -> WebElement:
        """The last element of the selector that shows ``what``."""

        def found(browser: webdriver.Chrome) -> WebElement | None:
            places = (root or browser).find_elements(By.CSS_SELECTOR, css)
            return next((place for place in reversed(places) if what in place.text), None)

        wait = WebDriverWait(self.browser, SECONDS)
        return cast("WebElement", wait.until(found, f"nothing at {css} shows {what!r}"))

    def chat(self) -> ShadowRoot:
        host = self.browser.find_element(By.CSS_SELECTOR, "frontdesk-chat")
        return cast("ShadowRoot", self.browser.execute_script(DEEP, host))  # pyright: ignore[reportUnknownMemberType]  # no stubs

    def picture(self, name: str, width: int = 1280, height: int = 860) -> None:
        browser = cast("Any", self.browser)  # Selenium's own types say too little here.
        browser.set_window_size(width, height)
        self.pictures.mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(str(self.pictures / f"{name}.png"))
        browser.set_window_size(1280, 860)

    # --- The customer ------------------------------------------------------------------------

    def open_demo(self) -> None:
        self.browser.get(f"{self.running.base}/")

    def ask(self, text: str) -> None:
        self.browser.switch_to.window(self.customer)
        box = self.chat().find_element(By.CSS_SELECTOR, "textarea")
        box.send_keys(text, Keys.ENTER)

    def heard(self, what: str, author: str) -> WebElement:
        self.browser.switch_to.window(self.customer)
        return self.until(what, f".m.{author}", self.chat())

    # --- The desk ----------------------------------------------------------------------------

    def sign_in(self) -> None:
        self.browser.switch_to.new_window("tab")
        self.desk = self.browser.current_window_handle
        self.browser.get(self.running.first_link)
        self.browser.find_element(By.ID, "name").send_keys("Maya")
        self.browser.find_element(By.ID, "password").send_keys("correct horse battery")
        self.browser.find_element(By.ID, "submit").click()

    def press(self, label: str) -> None:
        self.browser.switch_to.window(self.desk)
        self.until(label, "button").click()

    def reply(self, text: str) -> None:
        self.browser.switch_to.window(self.desk)
        box = self.browser.find_element(By.ID, "reply")
        box.send_keys(text)
        box.send_keys(Keys.CONTROL, Keys.ENTER)

    def problems(self) -> list[str]:
        """What the pages complained of, a refused style or script among it."""
        logged = self.browser.get_log("browser")  # pyright: ignore[reportUnknownMemberType]  # no stubs
        return [str(line) for line in logged if line["level"] == "SEVERE"]


@pytest.mark.timeout(180)
async def test_the_story_as_people_see_it(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("FRONTDESK_SCREENSHOTS", str(tmp_path / "pictures")))
    async with served(tmp_path / "data") as running:
        screens = Screens(chromium, running, ROOT / pictures)
        await asyncio.to_thread(tell, screens)


def tell(screens: Screens) -> None:
    screens.open_demo()
    screens.picture("demo", 1280, 1150)
    screens.ask("How long can I return something?")
    answer = screens.heard("60 days", "assistant")
    assert "Returns and refunds" in answer.text
    screens.ask("I want a person")
    screens.heard("our team", "system")
    screens.picture("story", 1280, 1000)

    screens.sign_in()
    screens.until("Waiting", "#tabs")
    screens.until("our team", "#list li").click()
    screens.until("asked for a person", "#conversation")
    screens.picture("desk")
    screens.press("Take")
    screens.reply("Hello, Maya here. Which item is it about?")
    screens.heard("Hello, Maya here.", "staff")
    screens.ask("The blue tent, order 1042")
    screens.browser.switch_to.window(screens.desk)
    screens.until("The blue tent", "#conversation")
    screens.picture("desk-phone", 390, 844)
    screens.reply("Thank you, a new pole is on its way to you.")
    screens.heard("a new pole", "staff")

    screens.press("Return")
    screens.heard("Maya has finished here", "system")
    screens.ask("What does shipping cost?")
    screens.heard("£", "assistant")
    screens.picture("customer-phone", 390, 844)
    assert screens.problems() == []
