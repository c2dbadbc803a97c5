"""Trying the assistant over real HTTP: as a channel shows it, questions whose answer is known, and
what a link for colleagues opens and does not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import update

from brain.contract import Decision, KnowledgeUnavailable, TurnInput
from brain.models.scripted import Scripted, echo
from gateway.knowledge import questions
from gateway.knowledge.questions import Labelled
from gateway.knowledge.trial_links import DAY
from gateway.store.schema.conversation import conversations
from gateway.store.schema.trials import trial_links
from gateway.store.unit import Unit
from gateway.web.api.trying import TOGETHER
from tests.gateway.web.house import HandClock, Rehearsed, Site, assistant, open_site

API = "/api/v1/knowledge"


async def test_an_answer_is_shown_as_its_channel_shows_it(site: Site) -> None:
    agent = await site.bearer()
    asked = {"question": "**May** I?", "channel": "web", "language": "en"}
    status, tried = await site.post(f"{API}/try", asked, agent)
    assert (status, tried["kind"], tried["cost_usd"]) == (200, "web", 0.0)
    assert "<strong>May</strong>" in tried["parts"][0]["html"]
    status, problem = await site.post(f"{API}/try", {**asked, "channel": "fax"}, agent)
    assert (status, "web" in problem["detail"]) == (422, True)
    _, found = await site.get(f"{API}/channels", agent)
    assert found["channels"] == [{"name": "web", "kind": "web"}]
    assert await site.house.rows(conversations) == []
    lead = await site.bearer("Lea", "lead")
    _, steps = await site.get("/api/v1/first-steps", lead)
    assert "test" in [one["step"] for one in steps["items"] if one["done"]]


async def test_every_question_tried_is_a_conversation_of_its_own(
    sqlite_url: str, tmp_path: Path
) -> None:
    asked: list[TurnInput] = []

    def heard(turn: TurnInput) -> Decision:
        asked.append(turn)
        return echo(turn)

    brain = replace(assistant(HandClock()), brain=lambda: Scripted(heard))
    async with open_site(sqlite_url, tmp_path, assistant=brain) as site:
        agent = await site.bearer()
        for _ in range(2):
            await site.post(f"{API}/try", {"question": "May I?"}, agent)
    # What one of them may cost is the cap of a conversation.
    assert len({turn.conversation for turn in asked}) == 2


async def test_what_is_right_is_kept_and_asked_again(site: Site) -> None:
    agent, lead = await site.bearer("Ada"), await site.bearer("Lea", "lead")
    person = {"question": "Call me on +44 20 7946 0958?", "request": str(uuid4())}
    assert (await site.post(f"{API}/questions", person, agent))[0] == 403
    first = await site.post(f"{API}/questions", person, lead)
    assert first == await site.post(f"{API}/questions", person, lead)
    answered = {"question": "May I?", "request": str(uuid4()), "document": "returns"}
    await site.post(f"{API}/questions", answered, lead)
    for before in (0, 0):
        site.house.clock.advance(1)
        status, ran = await site.post(f"{API}/questions/run", {}, lead)
        # The scripted assistant answers everything, and cites nothing.
        assert (status, ran) == (200, {"total": 2, "asked": 2, "right": 0, "before": before})
    _, page = await site.get(f"{API}/questions", agent)
    assert {(one["right_now"], one["right_before"]) for one in page["items"]} == {(False, False)}
    assert not any("7946" in one["question"] for one in page["items"])
    one = page["items"][0]["id"]
    assert (await site.post(f"{API}/questions/{one}/remove", {}, lead))[0] == 200
    assert (await site.post(f"{API}/questions/{one}/remove", {}, lead))[0] == 404


@dataclass(slots=True)
class Faltering(Rehearsed):
    """Hands over what it is asked, ``fails`` at the so many-th time."""

    fails: int
    error: type[Exception]
    times: int = 0

    async def now(self, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        self.times += 1
        if self.times == self.fails:
            raise self.error
        return [Decision("hand_over") for _ in turns]


@pytest.mark.parametrize("error", [KnowledgeUnavailable, TimeoutError])
async def test_what_was_asked_again_stays_when_the_rest_is_not(
    sqlite_url: str, tmp_path: Path, error: type[Exception]
) -> None:
    def keep(unit: Unit) -> None:
        for number in range(TOGETHER + 1):
            questions.add(unit, Labelled(f"{number}?", None), "Lea", str(uuid4()))

    faltering = Faltering(fails=2, error=error)
    brain = replace(assistant(HandClock()), rehearsing=faltering)
    async with open_site(sqlite_url, tmp_path, assistant=brain) as site:
        lead = await site.bearer("Lea", "lead")
        await site.house.write(keep)
        status, ran = await site.post(f"{API}/questions/run", {}, lead)
        if error is KnowledgeUnavailable:
            assert status == 503
        else:
            assert (status, ran["asked"], ran["total"]) == (200, TOGETHER, TOGETHER + 1)
        _, page = await site.get(f"{API}/questions", lead)
        assert [one["right_now"] for one in page["items"]].count(True) == TOGETHER
        # What was left over comes first.
        faltering.times = 0
        site.house.clock.advance(1)
        await site.post(f"{API}/questions/run", {}, lead)
        _, page = await site.get(f"{API}/questions", lead)
        assert all(one["right_now"] for one in page["items"])


async def test_what_may_not_be_said_is_not_right(sqlite_url: str, tmp_path: Path) -> None:
    def kept_in(decision: Decision, channel: str) -> Decision:
        return replace(decision, kind="hand_over", text=f"not on {channel}")

    gated = replace(assistant(HandClock()), gate=kept_in)
    async with open_site(sqlite_url, tmp_path, assistant=gated) as site:
        lead = await site.bearer("Lea", "lead")
        await site.post(f"{API}/questions", {"question": "Key?", "request": str(uuid4())}, lead)
        _, ran = await site.post(f"{API}/questions/run", {}, lead)
        assert ran["right"] == 1
        body = {"title": "Keys", "text": "Here is a key.", "questions": ["Key?"], "channel": "web"}
        _, again = await site.post(f"{API}/articles/ask", body, lead)
        (pair,) = again["items"]
        assert {pair[when]["text"] for when in ("before", "after")} == {"not on web"}


async def ask(site: Site, secret: str, **body: Any) -> tuple[int, dict[str, Any]]:
    site.house.clock.advance(60)
    headers = {"Authorization": f"Bearer {secret}"}
    return await site.post("/try/ask", {"question": "May I?", **body}, headers)


async def unreadable(site: Site) -> bytes:
    """The first line of the answer to bytes that are no text in place of a secret."""
    address = urlsplit(site.origin)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    body = b'{"question": "May I?"}'
    head = b"POST /try/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    auth = b"Authorization: Bearer \xff\xfe\r\nContent-Length: %d\r\n\r\n" % len(body)
    writer.write(head + auth + body)
    line = await reader.readline()
    writer.close()
    return line


async def test_a_link_asks_and_does_nothing_else(site: Site) -> None:
    agent, lead = await site.bearer("Ada"), await site.bearer("Lea", "lead")
    assert (await site.post(f"{API}/links", {"name": "Sales"}, agent))[0] == 403
    status, made = await site.post(f"{API}/links", {"name": "Sales", "days": 7}, lead)
    assert status == 200
    secret = re.sub(r".*/try#", "", made["address"])
    status, said = await ask(site, secret)
    assert (status, said["test"], said["left"]) == (200, True, 199)
    assert set(said) == {"test", "kind", "parts", "sources", "left"}
    assert await site.house.rows(conversations) == []
    rows = await site.house.rows(trial_links)
    assert secret not in str([dict(row) for row in rows])
    # It is no staff token, and a staff token is no link.
    assert (await site.get(f"{API}/articles", {"Authorization": f"Bearer {secret}"}))[0] == 401
    assert (await ask(site, agent["Authorization"].split()[1]))[0] == 401
    assert (await site.post("/try/ask", {"question": "May I?"}))[0] == 401
    assert b" 401 " in await unreadable(site)
    assert (await ask(site, secret, question="x" * 501))[0] == 422
    # It tells nobody how the channels are called.
    status, problem = await ask(site, secret, channel="fax")
    assert (status, "web" in str(problem)) == (422, False)
    answers = [
        (await site.post("/try/ask", {"question": "May I?"}, {"Authorization": f"Bearer {secret}"}))
        for _ in range(12)
    ]
    assert [status for status, _ in answers].count(429) >= 3
    assert (await site.post(f"{API}/links/{made['id']}/revoke", {}, lead))[0] == 200
    assert (await ask(site, secret))[0] == 401


async def test_a_link_ends_by_time_and_by_use(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    secrets: list[str] = []
    for _ in range(2):
        _, made = await site.post(f"{API}/links", {"name": "Sales", "days": 1}, lead)
        secrets.append(made["address"].partition("#")[2])
    used, late = secrets

    def use_up(unit: Unit) -> None:
        unit.execute(update(trial_links).values(asked=trial_links.c.most - 1))

    await site.house.write(use_up)
    assert [(await ask(site, used))[0] for _ in range(2)] == [200, 401]
    site.house.clock.advance(DAY)
    assert (await ask(site, late))[0] == 401
