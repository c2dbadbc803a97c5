"""Staff who deal with a case on the web desk, in a browser: by button, by words, by draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from selenium.webdriver.common.keys import Keys

from tests.fleet.streets import flat
from tests.story.browser import Browser
from tests.story.plots import Plot
from tests.story.telling import Came, Tell

MAYA, PASSWORD = "Maya", "correct horse battery"
# As the list and the head of a conversation name channels and reasons.
CHANNELS = {
    "web": "Web chat",
    "whatsapp": "WhatsApp",
    "slack": "Slack",
    "discord": "Discord",
    "telegram": "Telegram",
    "email": "Email",
}
REASONS = {
    "asked_for_person": "Asked for a person",
    "legal": "Legal matter",
    "unsuccessful_exchanges": "The assistant could not help",
    "low_confidence": "The assistant was not sure",
    "refund_above_limit": "Refund above the limit",
    "draft": "People check answers here",
}
PICTURED = {"whatsapp": "brief", "telegram": "draft"}


@dataclass
class OnTheWeb:
    browser: Browser
    base: str
    tell: Tell
    url: str = ""

    async def sign_in(self) -> None:
        def act() -> None:
            self.browser.go(f"{self.base}/desk")
            self.browser.until("Sign in", "#submit")
            self.browser.write("#name", MAYA)
            self.browser.write("#password", PASSWORD, Keys.ENTER)
            self.browser.until("Waiting", "#tabs")

        await self.browser.do(act)

    async def reads(self, plot: Plot, came: Came) -> None:
        text = await self.browser.do(lambda: self._opened(plot))
        came.wrong += list(wrong_in(text, plot))
        if REASONS[plot.reason] in text:
            came.escalated_by = plot.reason
        came.briefed = not came.wrong
        self.tell(plot.kind, "desk", text)

    def _opened(self, plot: Plot) -> str:
        """The brief of the newest that waits on this channel."""
        self.browser.go(f"{self.base}/desk")
        self.browser.click("Waiting", "#tabs button")
        self.browser.click(CHANNELS[plot.kind], "#list li.row a")
        self.browser.until(CHANNELS[plot.kind], "#conversation .title")
        if "draft" in plot.means:
            # The draft comes first, and the brief is folded.
            self.browser.click("Brief", ".side .brief-card summary")
        self.browser.until(plot.why, "#conversation .side")
        self.url = self.browser.address
        if plot.kind in PICTURED:
            self.browser.picture(PICTURED[plot.kind])
        return flat(self.browser.until(plot.why, "#conversation").text)

    async def takes(self, plot: Plot) -> None:
        def act() -> None:
            if plot.kind == "web":
                self._pictured_list()
            self._open()
            if plot.means == "draft":
                self.browser.click("Send draft", ".draft button")
            elif plot.means == "edited draft":
                self.browser.click("Edit", ".draft button")
                self.browser.until("Send in your words", "dialog h2")
                self.browser.write("dialog textarea", plot.answer)
                self.browser.click("Send", "dialog .buttons button")
            else:
                self.browser.click("Take", ".ownership button")
            self.browser.until("You", ".owner")

        self.tell(plot.kind, "staff", f"takes it, by {plot.means}")
        await self.browser.do(act)

    def _pictured_list(self) -> None:
        """All of them wait by now."""
        self.browser.go(f"{self.base}/desk")
        self.browser.until("WhatsApp", "#list li.row")
        self.browser.picture("six-waiting")

    async def sees(self, text: str) -> None:
        def act() -> None:
            self._open()
            self.browser.until(text, "#conversation .message.customer")

        await self.browser.do(act)

    async def answers(self, plot: Plot) -> None:
        """What is sent as a draft has been sent by taking it."""
        if "draft" in plot.means:
            return

        def act() -> None:
            self._open()
            self.browser.write("#reply", plot.answer, Keys.CONTROL, Keys.ENTER)
            self.browser.until(plot.answer, "#conversation .message.staff")

        self.tell(plot.kind, "staff", plot.answer)
        await self.browser.do(act)

    async def returns(self, plot: Plot) -> None:
        def act() -> None:
            self._open()
            self.browser.click("Return", ".ownership button")
            self.browser.until("ssistant", ".owner strong")

        self.tell(plot.kind, "staff", "gives it back")
        await self.browser.do(act)

    async def resolves(self, plot: Plot) -> None:
        def act() -> None:
            self._open()
            self.browser.click("Resolve", ".ownership button")
            self.browser.click("Resolve", "dialog .buttons button")
            self.browser.until_gone("Resolve", ".ownership button")

        self.tell(plot.kind, "staff", "resolves it")
        await self.browser.do(act)

    def _open(self) -> None:
        if self.browser.address != self.url:
            self.browser.go(self.url)
        self.browser.until("", "#conversation .owner strong")


def wrong_in(text: str, plot: Plot) -> Iterator[str]:
    """What whoever opens it would not know."""
    tried = (part.removeprefix("found ") for part in plot.tried.split("; "))
    told = (plot.ask, plot.why, plot.who, REASONS[plot.reason], plot.limits, plot.suggests, *tried)
    for words in told:
        if words.strip("“”").removeprefix("answered “") not in text:
            yield f"the desk does not say {words!r}"
