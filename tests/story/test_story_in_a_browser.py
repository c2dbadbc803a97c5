"""The whole story as people see it: a customer's page and the desk in a real Chromium.

With FRONTDESK_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import asyncio
import os
import re
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.chromium import Window
from tests.story.served import ROOT, Served, served

SECONDS = 60
DEEP = "return arguments[0].shadowRoot"


class Screens(Window):
    """One browser with a customer's tab and a desk's tab."""

    def __init__(self, browser: webdriver.Chrome, running: Served, pictures: Path) -> None:
        super().__init__(browser, SECONDS)
        self.running = running
        self.pictures = pictures
        self.customer = browser.current_window_handle
        self.desk = ""

    def chat(self) -> Any:
        host = self.browser.find_element(By.CSS_SELECTOR, "frontdesk-chat")
        return self.browser.execute_script(DEEP, host)

    def picture(self, name: str, width: int = 1280, height: int = 860) -> None:
        self.browser.set_window_size(width, height)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(self.pictures / f"{name}.png"))
        self.browser.set_window_size(1280, 860)

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
        self.click(label, "button")

    def reply(self, text: str) -> None:
        self.browser.switch_to.window(self.desk)
        box = self.browser.find_element(By.ID, "reply")
        box.send_keys(text)
        box.send_keys(Keys.CONTROL, Keys.ENTER)


@pytest.mark.timeout(300)
async def test_the_story_as_people_see_it(chromium: webdriver.Chrome, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("FRONTDESK_SCREENSHOTS", str(tmp_path / "pictures")))
    async with served(tmp_path / "data") as running:
        screens = Screens(chromium, running, ROOT / pictures)
        await asyncio.to_thread(tell, screens)
        await asyncio.to_thread(tend_the_knowledge, screens, tmp_path)
        await asyncio.to_thread(ask_ten_kinds, screens)
        await asyncio.to_thread(refund, screens)
        assert screens.problems() == []


def tell(screens: Screens) -> None:
    screens.open_demo()
    screens.picture("demo", 1280, 1150)
    screens.ask("How long can I return something?")
    answer = screens.heard("60 days", "assistant")
    assert "Returns: how to send something back" in answer.text
    screens.ask("I want a person")
    screens.heard("our team", "system")
    screens.picture("story", 1280, 1000)

    screens.sign_in()
    screens.until("Waiting", "#tabs")
    screens.click("our team", "#list li")
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


PAGE = """<title>Climbing wall | Fernhill</title><main><h1>The climbing wall</h1>
<h2>When is the climbing wall open?</h2>
<p>The climbing wall in the Leeds store is open from Thursday to Sunday, 10 am to 8 pm.</p>
<h2>What does the climbing wall cost?</h2>
<p>An hour on the climbing wall costs £7.50, and shoes are lent for nothing.</p></main>"""


def tend_the_knowledge(screens: Screens, folder: Path) -> None:
    """A lead adds a PDF on the desk, sees it read, tries it, and reads what contradicts."""
    browser = screens.browser
    browser.switch_to.window(screens.desk)
    browser.get("data:text/html;charset=utf-8," + quote(PAGE))
    pdf = folder / "climbing-wall.pdf"
    pdf.write_bytes(b64decode(browser.print_page()))
    browser.get(f"{screens.running.base}/desk/knowledge#sources")
    screens.until("gateway/demo/kb", ".card h3")
    browser.find_element(By.NAME, "files").send_keys(str(pdf))
    screens.click("Add files", "button")
    screens.until("climbing-wall.pdf", ".card h3")
    screens.until("1 article", ".card .facts")
    browser.get(f"{screens.running.base}/desk/knowledge#try")
    answered = ""
    for _ in range(10):  # The index follows the store within seconds.
        box = screens.until("", "form.card input[type=text]")
        box.clear()
        box.send_keys("What does an hour at the climbing wall cost?", Keys.ENTER)
        screens.until("Passages found", "h3")
        answered = browser.find_element(By.CSS_SELECTOR, ".answer").text
        if "7.50" in answered:
            break
    assert "£7.50" in answered
    screens.picture("knowledge-try")
    browser.get(f"{screens.running.base}/desk/knowledge#review")
    screens.until("differently", "h2")
    screens.until("sale", ".card .quote")
    screens.picture("knowledge", 1280, 1000)
    screens.picture("knowledge-phone", 320, 700)
    browser.get(f"{screens.running.base}/desk/knowledge#articles")
    screens.click("Climbing", ".article strong")
    screens.until("£7.50", "dialog .body")


KINDS = (
    ("How long is delivery and can I pay by invoice?", "pay by invoice", "assistant"),
    ("and to Switzerland?", "£14.95", "assistant"),
    ("How heavy is the Ridge?", "Do you mean", "assistant"),
    ("Ridge 3 tent", "2.8 kg", "assistant"),
    ("and the other one?", "2.1 kg", "assistant"),
    ("My headlamp does not switch on", "Hold the button", "assistant"),
    ("no light", "Which one do you have?", "assistant"),
    ("Are you a bot?", "I'm an AI assistant, not a person", "assistant"),
    ("What is the weather tomorrow?", "outside what I can help with", "assistant"),
    ("Do you sell kayaks?", "rather not guess", "system"),
)


def ask_ten_kinds(screens: Screens) -> None:
    """Different sorts of question to one chat, for the picture of it."""
    browser = screens.browser
    browser.switch_to.window(screens.customer)
    browser.execute_script("localStorage.clear(); sessionStorage.clear()")
    browser.get(f"{screens.running.base}/")
    for question, said, author in KINDS:
        screens.ask(question)
        screens.heard(said, author)
    # As tall as all that was said.
    host = browser.find_element(By.CSS_SELECTOR, "frontdesk-chat")
    browser.execute_script("arguments[0].style.height = '2150px'", host)
    screens.picture("ten-questions", 700, 2500)


def refund(screens: Screens) -> None:
    """The shop's refund by hand: asked, proved by the mailbox on the page, confirmed, done; the
    desk has every step of it."""
    browser = screens.browser
    browser.switch_to.window(screens.customer)
    browser.execute_script("localStorage.clear(); sessionStorage.clear()")
    browser.get(f"{screens.running.base}/")
    screens.ask("I want a refund for order FH1000002")
    screens.heard("r•••@customer.example", "assistant")
    mail = screens.until("Your code", "#mails li")
    code = re.search(r"is (\d{6})", mail.text)
    assert code is not None, mail.text
    screens.ask(code[1])
    shown = screens.heard("Amount in £: 34.00", "system")
    shown.find_element(By.XPATH, ".//button[text()='Yes, do it']").click()
    screens.heard("Done: £34.00", "system")
    screens.picture("refund", 1280, 1000)
    browser.switch_to.window(screens.desk)
    browser.get(f"{screens.running.base}/desk")
    screens.click("All", "#tabs button")
    screens.click("Done", "#list li")
    screens.until("Refund an order", ".actions").find_element(By.TAG_NAME, "summary").click()
    steps = screens.until("confirmed", ".actions ol").text
    order = [steps.index(word) for word in ("proposed", "confirmed", "approved", "calling", "done")]
    assert order == sorted(order)
