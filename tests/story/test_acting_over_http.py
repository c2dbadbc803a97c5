"""The demo shop's refund as a visitor of the demo page does it, by HTTP alone: asked, proved,
confirmed, done, audited; above the limit a colleague approves."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from tests.story.served import Agent, Visitor, served


async def _code(visitor: Visitor) -> str:
    """The newest code in the shop's mailbox, as the demo page shows it."""
    async with visitor.http.get(f"{visitor.base}/demo/mailbox") as answer:
        newest = (await answer.json())["items"][0]["text"]
    found = re.search(r"\d{6}", newest)
    assert found is not None, newest
    return found[0]


def _done(data: Path) -> list[str]:
    """The shop's own record of what was done to it."""
    with closing(sqlite3.connect(data / "demo-shop.db")) as db:
        return [row[0] for row in db.execute("SELECT what FROM done ORDER BY rowid")]


@pytest.mark.timeout(180)
async def test_a_refund_is_asked_proved_confirmed_done_and_audited(tmp_path: Path) -> None:
    data, unsafe = tmp_path / "data", aiohttp.CookieJar(unsafe=True)
    async with (
        served(data) as running,
        aiohttp.ClientSession() as street,
        aiohttp.ClientSession(cookie_jar=unsafe) as office,
    ):
        visitor, agent = Visitor(street, running.base), Agent(office, running.base)
        await visitor.arrive()
        await visitor.say("I want a refund for order FH1000002")
        assert "r•••@customer.example" in (await visitor.hear("assistant"))["text"]
        await visitor.say(await _code(visitor))
        shown = await visitor.hear("system")
        assert "Order: FH1000002, Amount in £: 34.00" in shown["text"].replace("\\", "")
        assert _done(data) == []
        await visitor.choose(shown["id"], shown["choices"][0]["id"])
        done = await visitor.hear("system")
        assert done["text"].replace("\\", "").startswith("Done: £34.00 for order FH1000002")
        assert _done(data) == ["POST /orders/FH1000002/refund robin"]

        # Somebody else's order is not there, and one above the limit is for a colleague.
        await visitor.say("refund order FH2000001")
        assert "can't find order" in (await visitor.hear("assistant"))["text"]
        await visitor.say("refund order FH1000001")
        await visitor.hear("system")
        await visitor.say("yes")
        assert "needs a colleague's approval" in (await visitor.hear("system"))["text"]
        assert len(_done(data)) == 1

        await agent.welcome(running.first_link)
        (waiting,) = await agent.approvals()
        assert waiting["details"] == "Order: FH1000001, Amount in £: 289.00"
        await agent.decide(waiting["id"], "approve")
        assert "289.00" in (await visitor.hear("system"))["text"]
        assert len(_done(data)) == 2
        first, second = (await agent.look(waiting["conversation"]))["actions"]
        events = [step["event"] for step in first["audit"]]
        assert events == ["proposed", "confirmed", "approved", "calling", "done"]
        assert second["audit"][3]["event"] == "approved"
        assert (first["customer"], first["proof"]) == ("robin", "code")
