"""The web desk in a real Chromium, as somebody of the staff uses it: one window, one thing at a
time. Selenium waits in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.common.exceptions import TimeoutException

from tests.chromium import Window, start
from tests.story.company import PATIENCE_SECONDS, NotSeen

T = TypeVar("T")
WIDE, NARROW = (1440, 900), (375, 812)


class Browser(Window):
    """``pictures`` is where screenshots go, None for nowhere."""

    def __init__(self, browser: webdriver.Chrome, pictures: Path | None = None) -> None:
        super().__init__(browser, PATIENCE_SECONDS)
        self.pictures = pictures
        self._hand = asyncio.Lock()

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

    def picture(self, name: str) -> None:
        """Of what is open, on a desk and on a phone; within an act."""
        if self.pictures is None:
            return
        self.pictures.mkdir(parents=True, exist_ok=True)
        for width, height in (NARROW, WIDE):
            # A window is never so narrow; what the page is given is.
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            self.browser.save_screenshot(str(self.pictures / f"{name}-{width}.png"))
        self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@asynccontextmanager
async def open_browser(profile: Path, pictures: Path | None) -> AsyncGenerator[Browser]:
    """
    Raises:
        NoChromiumError.
    """
    driver = await asyncio.to_thread(start, profile, *WIDE)
    try:
        yield Browser(driver, pictures)
    finally:
        await asyncio.to_thread(driver.quit)
