"""The settings page in a real Chromium: a text is worded anew, looked at, saved and taken back; a
colleague's change is told; what is locked or wrong is said at its place.

With FRONTDESK_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from gateway.web.pages import load_pages
from tests.gateway.web.house import Site, open_site
from tests.gateway.web.test_drafts_in_a_browser import Desk
from tests.story.served import free_port

# What is wider than a narrow phone.
WIDER = """return [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > 320.5 && !one.closest(".unseen"))
  .map((one) => `${one.tagName}.${one.className}`)"""
# The next answer that says something was saved is lost on the way.
LOSE = """const real = window.fetch;
window.fetch = async (path, more) => {
  const answer = await real(path, more);
  if (path !== "/api/v1/settings" || more.method !== "POST") return answer;
  window.fetch = real;
  throw new TypeError("lost");
};"""
HANDOFF = "business.texts.handoff"


@pytest.mark.timeout(240)
async def test_settings_as_a_lead_changes_them(
    chromium: webdriver.Chrome, sqlite_url: str, tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{free_port()}"
    shown = await asyncio.to_thread(load_pages)
    async with open_site(sqlite_url, tmp_path, base, shown=shown) as site:
        # The browser goes by its own clock.
        site.house.clock.at = time.time() - 60
        await site.house.member("Maya", "lead")
        await site.house.says("Where is my parcel?", "Kim")
        desk = Desk(chromium, site, asyncio.get_running_loop())
        ben = await site.bearer("Ben", "lead")
        await asyncio.to_thread(desk.sign_in)
        for part in (words_a_text, takes_it_back, makes_a_desk, edits_the_rules):
            await asyncio.to_thread(part, desk)
        await asyncio.to_thread(hears_of_a_colleague, desk, ben)
        await asyncio.to_thread(gives_one_back, desk)
        assert [line for line in desk.problems() if "422" not in line] == []


def said(site: Site) -> Any:
    assert site.parts.leading is not None
    return site.parts.leading.desk.current().business.texts.get("handoff")


def fill(desk: Desk, css: str, words: str) -> None:
    box = desk.browser.find_element(By.CSS_SELECTOR, css)
    box.clear()
    box.send_keys(words)


def save(desk: Desk, why: str) -> None:
    desk.press("Look at it and save", ".savebar")
    desk.until("Of the last", "dialog")
    fill(desk, "dialog form input", why)


def words_a_text(desk: Desk) -> None:
    desk.browser.get(desk.site.url("/desk/settings"))
    desk.until("handoff", ".wording summary code")
    fill(desk, "input[type=search]", "handoff")
    desk.until("I fetch somebody.", ".wording summary").click()
    box = "[aria-label='Your words for handoff']"
    fill(desk, box, "I fetch {nobody}.")
    desk.press("Look at it and save", ".savebar")
    desk.until("this text has no value {nobody}", "dialog .problem")
    desk.press("Cancel", "dialog")
    fill(desk, box, "One moment, {business} is coming.")
    desk.until("33 of 300", ".count-of")
    save(desk, "Friendlier")
    desk.until("Fernhill Outdoor is coming", "dialog .side.after")
    desk.picture("settings-preview", 1280, 860)
    desk.press("Save", "dialog form")
    desk.until("Fernhill Outdoor is coming", ".wording summary")
    assert said(desk.site) == {"*": "I fetch somebody.", "en": "One moment, {business} is coming."}
    desk.picture("settings", 1280, 860)


def takes_it_back(desk: Desk) -> None:
    desk.browser.get(desk.site.url("/desk/settings#history"))
    desk.until("Friendlier", ".version h3")
    desk.press("Take back", ".version")
    desk.until("Of the last", "dialog")
    fill(desk, "dialog form input", "It was better")
    desk.press("Take it back", "dialog form")
    desk.until("Takes back 1", ".version")
    assert said(desk.site) == "I fetch somebody."


def makes_a_desk(desk: Desk) -> None:
    """It is made beside what was begun, and its customers are given to it in one change."""
    desk.browser.get(desk.site.url("/desk/settings#desks"))
    desk.until("Handoffs from web go to", ".field")
    fill(desk, "[aria-label^='web: a person answers']", "2h")
    fill(desk, "[aria-label='Name of the new desk']", "billing")
    desk.press("Add a desk", "#panel")
    fill(desk, "[aria-label^='billing: a person answers']", "1d")
    Select(desk.until("", "[aria-label='Handoffs from web go to']")).select_by_value("billing")
    desk.until("3 settings are changed", ".savebar")
    desk.picture("settings-desks", 1280, 860)
    save(desk, "Invoices have a team")
    desk.press("Save", "dialog form")
    desk.until("Changed here, version 3", "#panel")
    assert desk.site.parts.leading is not None
    settings = desk.site.parts.leading.desk.current()
    assert settings.desk_of("web") == "billing"
    kept = {name: one.first_answer for name, one in settings.desks.items()}
    assert kept == {"web": 7200, "billing": 86400}


def edits_the_rules(desk: Desk) -> None:
    """A form of every part is drawn; of the rules one is made and kept."""
    for part, words in (
        ("desks", "Handoffs from web"), ("voice", "Words never used"),
        ("business", "The first is spoken"),
        ("hours", "When people are there"), ("tiers", "Returns"),
        ("routes", "On all channels"), ("budgets", "Locked in config.yaml"), ("start", "On web"),
        ("prompt", "Question"), ("rules", "Refunds above"),
    ):  # fmt: skip
        desk.browser.get(desk.site.url(f"/desk/settings#{part}"))
        desk.until(words, "#panel")
        desk.browser.set_window_size(320, 700)
        assert desk.browser.execute_script(WIDER) == [], part
        desk.browser.set_window_size(1280, 860)
    desk.press("Add a rule", "#panel")
    fill(desk, "[aria-label=Name]", "parcels")
    fill(desk, "[aria-label=Condition] + .grow input", "")
    desk.browser.find_element(By.CSS_SELECTOR, ".item .grow input").send_keys("parcel, box")
    desk.picture("settings-rules", 1280, 860)
    save(desk, "Parcels are for people")
    desk.press("Save", "dialog form")
    desk.until("Changed here, version 4", "#panel")
    assert desk.site.parts.leading is not None
    (rule,) = desk.site.parts.leading.desk.current().brain.escalation.rules
    assert (rule.name, rule.when.words, rule.tier) == ("parcels", ("parcel", "box"), 3)


def hears_of_a_colleague(desk: Desk, ben: dict[str, str]) -> None:
    desk.browser.get(desk.site.url("/desk/settings#voice"))
    desk.until("Longest answer", ".field")
    desk.browser.find_element(By.CSS_SELECTOR, "[aria-label='Words never used']").click()
    desk.browser.switch_to.active_element.send_keys("cheap")
    body = {
        "id": str(uuid4()),
        "seen": 4,
        "changes": [{"key": HANDOFF, "value": "<img src=x onerror=alert(1)>"}],
        "why": "<b>Bold</b>",
    }
    assert desk.do(desk.site.post("/api/v1/settings", body, ben))[0] == 200
    desk.until("Ben saved version 5: <b>Bold</b>", "#news")
    save(desk, "Not our word")
    desk.press("Save", "dialog form")
    refused = desk.until("Somebody else changed the settings", "dialog .problem")
    desk.press("Look again, over theirs", "dialog")
    # What was refused makes way for what is seen now.
    WebDriverWait(desk.browser, 30).until(staleness_of(refused))
    desk.until("Of the last", "dialog")
    fill(desk, "dialog form input", "Not our word")
    desk.press("Save", "dialog form")
    desk.until("Changed here, version 6", "#panel")
    assert desk.browser.find_elements(By.CSS_SELECTOR, "#news img, #news b, dialog img") == []
    desk.picture("settings-phone", 375, 760)


def gives_one_back(desk: Desk) -> None:
    """What else was begun stays, and what was saved unheard is not saved twice."""
    desk.browser.set_window_size(1280, 860)
    desk.browser.get(desk.site.url("/desk/settings#rules"))
    changed = desk.until("Changed here, version 4", "#panel .field header")
    limit = "[aria-label='Refunds above this are looked at by a person']"
    box = desk.browser.find_element(By.CSS_SELECTOR, limit)
    box.send_keys("55")
    # Out from under what stays at the top.
    desk.browser.execute_script("scrollTo(0, 0)")
    desk.press("As in config.yaml", "#panel")
    desk.until("Of the last", "dialog")
    fill(desk, "dialog form input", "No rules any more")
    desk.browser.execute_script(LOSE)
    desk.press("Save", "dialog form")
    desk.until("can’t be reached", "dialog .problem")
    desk.press("Save", "dialog form")
    WebDriverWait(desk.browser, 30).until(staleness_of(changed))
    desk.until("One setting is changed and not saved", ".savebar")
    assert box.get_property("value") == "55"
    assert desk.site.parts.leading is not None
    settings = desk.site.parts.leading.desk
    assert (settings.version, settings.current().brain.escalation.rules) == (7, ())
