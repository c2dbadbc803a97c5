"""A Chromium of our own, for tests and for what is played by hand: how it is started, and a window
in which one thing is done at a time. All of it blocks: it is called from a thread."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

T = TypeVar("T")
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
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoChromiumError(Exception):
    """There is none here, or it does not start."""


def start(profile: Path, width: int = 1280, height: int = 900) -> webdriver.Chrome:
    """A browser with this profile, empty at first. ``get_log("browser")`` holds what pages wrote to
    their consoles.

    Raises:
        NoChromiumError.
    """
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        raise NoChromiumError("No Chromium here")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*_FLAGS, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    except WebDriverException as error:
        raise NoChromiumError(f"Chromium did not start ({error.msg})") from error


class Window:
    """``seconds`` is how long a page has to show what is waited for."""

    def __init__(self, browser: webdriver.Chrome, seconds: float) -> None:
        self.browser: Any = browser  # Selenium's own types say too little.
        self.seconds = seconds

    @property
    def address(self) -> str:
        return str(self.browser.current_url)

    def go(self, url: str) -> None:
        self.browser.get(url)

    def until(self, what: str, css: str, root: Any = None) -> WebElement:
        """The last element at the selector that shows ``what``; ``root`` is where to look."""

        def found(browser: Any) -> WebElement | None:
            places = (root or browser).find_elements(By.CSS_SELECTOR, css)
            return next((each for each in reversed(places) if what in each.text), None)

        return self.wait(found, f"nothing at {css} shows {what!r}")

    def until_gone(self, what: str, css: str) -> None:
        def gone(browser: Any) -> bool:
            places = browser.find_elements(By.CSS_SELECTOR, css)
            return not any(what in each.text for each in places)

        self.wait(gone, f"{css} still shows {what!r}")

    def click(self, what: str, css: str) -> None:
        """Lists are drawn anew as things happen; what was found may be another by then."""

        def clicked(browser: Any) -> bool:
            for place in reversed(browser.find_elements(By.CSS_SELECTOR, css)):
                if what in place.text:
                    place.click()
                    return True
            return False

        self.wait(clicked, f"{what!r} at {css} cannot be pressed")

    def write(self, css: str, text: str, *keys: str) -> None:
        box = self.browser.find_element(By.CSS_SELECTOR, css)
        box.clear()
        box.send_keys(text, *keys)

    def wait(self, look: Callable[[Any], T | None], words: str) -> T:
        """
        Raises:
            TimeoutException: with these words, where ``look`` sees nothing in time.
        """
        waiting = WebDriverWait(self.browser, self.seconds, ignored_exceptions=MOVED)
        return cast("T", waiting.until(look, words))

    def problems(self) -> list[str]:
        """What the pages complained of, a refused style or script among it."""
        logged = self.browser.get_log("browser")
        return [str(each["message"]) for each in logged if each["level"] == "SEVERE"]
