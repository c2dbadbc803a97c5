"""A lead invites somebody, who presses the button and sees who is there, in a real Chromium.

With FRONTDESK_SCREENSHOTS=docs/images the pictures of the documentation are made anew.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from selenium import webdriver

from gateway.config.desks import DeskSettings
from gateway.config.settings import Settings
from gateway.desk import viewing
from gateway.people import linking
from gateway.records import ChannelHealth
from gateway.web.pages import load_pages
from tests.gateway.web.house import PASSWORD, Site, open_site
from tests.gateway.web.test_desk_list_in_a_browser import Desk
from tests.gateway.web.test_http_channels import Entry
from tests.story.served import free_port

HOSTILE = "<img src=x onerror=alert(1)>"
KINDS = {"web": "web", "mail": "email", "team": "slack"}


def settings() -> Settings:
    desk = DeskSettings(
        channel="team", chat="C0SUPPORT", on_duty="S0DUTY", by_topic={"refund": "C0MONEY"}
    )
    channels = {name: Entry(kind, "support") for name, kind in KINDS.items()}
    return Settings(channels=channels, desks={"support": desk})


async def furnished(site: Site) -> str:
    """Lea leads, Noor has a Slack account, the mailbox is down, Tom waits; his conversation."""
    house = site.house
    await house.member("Lea Brandt", "lead")
    noor = await house.member("Noor Haddad")
    lea = house.known["Lea Brandt"]
    await house.people.inviting.invite(lea, "agent", "Jo Ferrer")
    await house.people.sign_in("Noor Haddad", PASSWORD, "elsewhere")
    await house.write(lambda unit: linking.add(unit, noor.id, "slack", "T0FERNHILL/U0NOOR"))
    talk = await house.says("I want to talk to somebody", "tom", "Tom")
    await house.to_the_queue(talk)
    why = "imap.example.com refused the password; set FRONTDESK_MAIL_PASSWORD anew"
    channels = {name: ChannelHealth("up", None, 60.0) for name in KINDS}
    channels["mail"] = ChannelHealth("down", why, None, retries=False)
    site.health.report = replace(site.health.report, channels=channels)
    return talk


def lead_invites(desk: Desk) -> str:
    desk.browser.get(f"{desk.base}/desk/sign-in")
    desk.one("#name").send_keys("Lea Brandt")
    desk.one("#password").send_keys(PASSWORD)
    desk.one("#submit").click()
    desk.until("Ask colleagues in", "#first-steps")
    desk.press("People", ".places a")
    desk.until("T0FERNHILL/U0NOOR", ".card")
    desk.picture("people", height=1000)
    desk.one("form [name=name]").send_keys(HOSTILE)
    desk.press("Make a link")
    desk.until("shown this once", ".secret")
    desk.until(HOSTILE, ".card h3")
    link = desk.value(".secret input")
    desk.press("Done", ".secret button")
    desk.browser.get(f"{desk.base}/desk/channels")
    desk.until("refused the password", ".card")
    desk.until("C0MONEY", ".card")
    desk.picture("channels", height=1150)
    return link


def narrow(desk: Desk) -> None:
    for page in ("/desk", "/desk/people", "/desk/channels"):
        desk.browser.get(f"{desk.base}{page}")
        desk.until("Inbox", ".places [aria-current], .places a")
        for width in (320, 375):
            desk.browser.set_window_size(width, 700)
            assert desk.wider_than_the_window() <= 0, page
    desk.browser.set_window_size(1440, 900)


def invited_joins(desk: Desk, link: str) -> None:
    desk.browser.get(link)
    desk.until("Lea Brandt invites you as an agent", "#intro")
    assert desk.value("#name") == HOSTILE
    assert "token" not in desk.browser.current_url
    desk.one("#password").send_keys(PASSWORD)
    desk.one("#submit").click()
    desk.until(HOSTILE, "#me")
    desk.press("Tom", "#list li a")
    desk.until("Lea Brandt is writing…", ".viewers")
    desk.until("Lea Brandt writes", "#list .viewing")


@pytest.mark.timeout(120)
async def test_a_lead_invites_and_the_invited_joins(
    sqlite_url: str, tmp_path: Path, chromium: webdriver.Chrome
) -> None:
    pictures = Path(os.environ.get("FRONTDESK_SCREENSHOTS") or tmp_path / "shots")
    shown = await asyncio.to_thread(load_pages)
    async with open_site(
        sqlite_url,
        tmp_path,
        f"http://127.0.0.1:{free_port()}",
        shown=shown,
        settings=settings,
        kinds=KINDS,
        business=lambda: "Fernhill Outdoor",
    ) as site:
        # The browser goes by its own clock.
        site.house.clock.at = time.time()
        talk = await furnished(site)
        desk = Desk(chromium, site.origin, pictures)
        link = await asyncio.to_thread(lead_invites, desk)
        lea = site.house.known["Lea Brandt"]
        await asyncio.to_thread(narrow, desk)
        await site.house.write(lambda unit: viewing.say(unit, talk, lea.id, "writing"))
        await asyncio.to_thread(invited_joins, desk, link)
        assert desk.problems() == []
