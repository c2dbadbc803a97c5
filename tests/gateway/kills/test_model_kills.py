"""The real gateway is killed while a provider hangs, and comes back: the customer is answered once,
and what the call could cost stays counted. And how long a slow model keeps people waiting."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.gateway.kills.process import GatewayHome
from tests.platforms.models import Call, Move, Providers, Says, Stops
from tests.story.served import Visitor

ANSWER = "Standard shipping costs 4.90 euros within the country."
MODEL_SECONDS = 3.0
VISITORS = 20
P95_SECONDS = 15.0


@dataclass
class Model:
    """Hangs as long as it should; then answers, after ``seconds``."""

    hangs: bool = True
    seconds: float = 0.0

    def script(self, call: Call) -> Move:
        if self.hangs:
            return Stops("hangs")
        ids = [f"{sort}{number}" for sort in "pk" for number in range(1, 9)]
        sentence = {"text": ANSWER, "sources": ids, "place": "same"}
        reply = {"sentences": [sentence], "confidence": 0.95, "handoff": "", "missing": ""}
        # Of an answer in pieces the first comes at once, as from providers.
        return Says(json.dumps(reply), pause=self.seconds)


def _with_model(home: GatewayHome, base: str) -> None:
    config = home.folder / "config.yaml"
    model = "{provider: openai, model: slow, price: {input: 1, output: 5}, api_base: '%s'}" % base  # noqa: UP031  # braces are YAML's here
    text = config.read_text().replace("brain: {", f"brain: {{models: {{slow: {model}}}, ")
    config.write_text(text)


def _sums(home: GatewayHome) -> tuple[int, int]:
    """What is set aside and what is spent, of the tenant."""
    with closing(sqlite3.connect(home.folder / "data" / "frontdesk.db")) as db:
        sql = "SELECT reserved_micros, spent_micros FROM budget_sums WHERE scope = 'tenant'"
        reserved, spent = db.execute(sql).fetchone()
        return reserved, spent


@pytest.mark.timeout(240)
async def test_killed_while_a_provider_hangs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'home' / 'data' / 'frontdesk.db'}"
    home, model = GatewayHome(tmp_path / "home", url), Model()
    async with Providers(model.script) as providers, aiohttp.ClientSession() as street:
        _with_model(home, providers.base("openai"))
        visitor = Visitor(street, home.base)
        async with home.running() as life:
            await visitor.arrive()
            await visitor.say("What does shipping cost?")
            async with asyncio.timeout(90):
                await providers.asked.wait()
            life.kill()
            await life.death(10)
        aside, spent = _sums(home)
        assert (aside > 0, spent) == (True, 0)
        model.hangs = False
        async with home.running():
            told = await visitor.hear("assistant")
            assert ANSWER in told["text"]
            assert len(providers.calls) == 2, "at most one call more for a kill"
            reserved, spent = _sums(home)
            assert reserved == aside, "what it may have cost stays set aside"
            assert spent > 0
            model.seconds = MODEL_SECONDS
            waits = sorted(await _all_wait(street, home.base))
            assert waits[0] > MODEL_SECONDS, "the model was asked"
            assert waits[int(0.95 * len(waits))] < P95_SECONDS, waits
        said = [one for one in visitor.seen if one["author"] == "assistant"]
        assert len(said) == 1


async def _all_wait(street: aiohttp.ClientSession, base: str) -> list[float]:
    async def one() -> float:
        visitor = Visitor(street, base)
        await visitor.arrive()
        begun = time.monotonic()
        await visitor.say("What does shipping cost?")
        await visitor.hear("assistant")
        return time.monotonic() - begun

    return await asyncio.gather(*(one() for _ in range(VISITORS)))
