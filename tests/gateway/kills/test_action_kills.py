"""The real gateway is killed just before and just after its call to the demo shop, and comes back
on the same data: the refund is made once, and the customer hears of it."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import closing

import aiohttp
import pytest

from tests.gateway.kills.points import AROUND_A_CALL
from tests.gateway.kills.process import GatewayHome
from tests.story.served import Visitor

ORDERS = ("FH1000002", "FH1000005")


def _with_shop(home: GatewayHome) -> None:
    config = home.folder / "config.yaml"
    text = config.read_text().replace("brain: {", "brain: {actions: {demo: true}, ")
    config.write_text(text.replace("[{path: kb, demo: true}]", "[]"))


def _refunds(home: GatewayHome) -> list[str]:
    with closing(sqlite3.connect(home.folder / "data" / "demo-shop.db")) as db:
        return [row[0] for row in db.execute("SELECT what FROM done ORDER BY rowid")]


async def _ask(visitor: Visitor, order: str) -> str:
    """Up to the question whether to do it; the id of its yes."""
    await visitor.say(f"please refund order {order}")
    shown = await visitor.hear("assistant" if not visitor.seen else "system")
    if shown["author"] == "assistant":
        async with visitor.http.get(f"{visitor.base}/demo/mailbox") as answer:
            newest = (await answer.json())["items"][0]["text"]
        code = re.search(r"\d{6}", newest)
        assert code is not None
        await visitor.say(code[0])
        shown = await visitor.hear("system")
    return f"{shown['id']} {shown['choices'][0]['id']}"


@pytest.mark.timeout(240)
async def test_killed_around_the_call_the_refund_is_made_once(home: GatewayHome) -> None:
    _with_shop(home)
    async with aiohttp.ClientSession() as street:
        visitor = Visitor(street, home.base)
        for number, (point, order) in enumerate(zip(AROUND_A_CALL, ORDERS, strict=True), 1):
            async with home.running(f"{point}=kill:1") as life:
                if not visitor.token:
                    await visitor.arrive()
                message, _, choice = (await _ask(visitor, order)).partition(" ")
                await visitor.choose(message, choice)
                # A point that is never reached leaves the process alive, and the test fails here.
                assert await life.death(15) == -signal.SIGKILL, point
            async with home.running():
                told = await visitor.hear("system")
                assert told["text"].startswith("Done"), told
            assert len(_refunds(home)) == number
    assert _refunds(home) == [f"POST /orders/{order}/refund robin" for order in ORDERS]
