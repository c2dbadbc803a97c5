"""The web desk in a real Chromium, as somebody of the staff uses it: one window, one thing at a
time. Selenium waits in a thread of its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
    TimeoutException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.story.company import PATIENCE_SECONDS, NotSeen

T = TypeVar("T")
WIDE, NARROW = (1440, 900), (375, 812)
# What a page drawn anew takes out of the hand of whoever wants to press it.
MOVED = (
    StaleElementReferenceException,
    ElementClickInterceptedException,
    ElementNotInteractableException,
)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    f"--window-size={WIDE[0]},{WIDE[1]}",
)


def program() -> str | None:
    """Chromium, where it and its driver are."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return found if shutil.which("chromedriver") else None


@dataclass
class Browser:
    """``pictures`` is where screenshots go, None for nowhere."""

    driver: Any  # Selenium's own types say too little.
    pictures: Path | None = None
    _hand: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def do(self, act: Callable[[], T]) -> T:
        """
        Raises:
            NotSeen: the page did not show in time what ``act`` waited for.
        """
        async with self._hand:
            try:
                return await asyncio.to_thread(act)
            except TimeoutException as error:
                raise NotSeen(error.msg or "the page") from error

    # --- Within an act -------------------------------------------------------------------------

    def go(self, url: str) -> None:
        self.driver.get(url)

    def until(self, what: str, css: str) -> WebElement:
        """The last element at the selector that shows ``what``."""

        def found(_driver: object) -> WebElement | None:
            places = self.driver.find_elements(By.CSS_SELECTOR, css)
            return next((each for each in reversed(places) if what in each.text), None)

        return self._wait(found, f"nothing at {css} shows {what!r}")

    def click(self, what: str, css: str) -> None:
        def clicked(_driver: object) -> bool:
            for place in reversed(self.driver.find_elements(By.CSS_SELECTOR, css)):
                if what in place.text:
                    place.click()
                    return True
            return False

        self._wait(clicked, f"{what!r} at {css} cannot be pressed")

    def until_gone(self, what: str, css: str) -> None:
        def gone(_driver: object) -> bool:
            places = self.driver.find_elements(By.CSS_SELECTOR, css)
            return not any(what in each.text for each in places)

        self._wait(gone, f"{css} still shows {what!r}")

    def write(self, css: str, text: str, *keys: str) -> None:
        box = self.driver.find_element(By.CSS_SELECTOR, css)
        box.clear()
        box.send_keys(text)
        if keys:
            box.send_keys(*keys)

    def _wait(self, look: Callable[[object], T | None], words: str) -> T:
        waiting = WebDriverWait(self.driver, PATIENCE_SECONDS, ignored_exceptions=MOVED)
        return cast("T", waiting.until(look, words))

    def picture(self, name: str) -> None:
        """Of what is open, on a desk and on a phone."""
        if self.pictures is None:
            return
        self.pictures.mkdir(parents=True, exist_ok=True)
        for width, height in (NARROW, WIDE):
            # A window is never so narrow; what the page is given is.
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            self.driver.save_screenshot(str(self.pictures / f"{name}-{width}.png"))
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def problems(self) -> list[str]:
        """What the pages complained of."""
        return [str(each) for each in self.driver.get_log("browser") if each["level"] == "SEVERE"]


@asynccontextmanager
async def open_browser(
    chromium: str, profile: Path, pictures: Path | None
) -> AsyncGenerator[Browser]:
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = await asyncio.to_thread(webdriver.Chrome, options=options, service=service)
    try:
        yield Browser(driver, pictures)
    finally:
        await asyncio.to_thread(driver.quit)
