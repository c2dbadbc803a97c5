"""A browser in which every page is looked through for what hostile markup may have got done."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.gateway.web.house import PASSWORD

HERE = Path(__file__).parent
MANY = int(os.environ.get("FRONTDESK_PAYLOADS", "100"))
SECONDS = 120 + 2 * MANY
# Nobody listens there: whoever asks is in the page's own list of what it fetched.
HOST = "127.0.0.1:9"
FETCHED = r"^/(desk|api/v1|files|try)(/|$)"


@dataclass
class Watched:
    """A browser in which every page is looked through."""

    browser: Any  # Selenium's own types say too little here.
    base: str

    @classmethod
    def over(cls, browser: webdriver.Chrome, base: str) -> Watched:
        watched = cls(browser, base)
        watched.browser.set_script_timeout(SECONDS)
        source = "".join((HERE / name).read_text() for name in ("watch.js", "walk.js", "pages.js"))
        watched.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        return watched

    def open(self, path: str) -> None:
        """Anew, though only what stands behind # is another."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.base}{path}")

    def sign_in(self) -> None:
        self.open("/desk/sign-in")
        self.browser.find_element(By.ID, "name").send_keys("Lea")
        self.browser.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
        self.do("await until(() => document.querySelector('#tabs button'), 'the desk')")

    def do(self, script: str, *given: object) -> Any:
        """Run it in the page; what it comes to."""
        whole = f"""const done = arguments[arguments.length - 1];
        (async (given) => {{ {script} }})([...arguments].slice(0, -1)).then(
            (value) => done({{ value }}), (error) => done({{ error: String(error.stack) }}))"""
        answer = self.browser.execute_async_script(whole, *given)
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def noted(self, fetched: str = FETCHED) -> list[str]:
        found: list[str] = self.do("return noted(given[0])", fetched)
        return found
