"""Trying the assistant over real HTTP: as a channel shows it, questions whose answer is known, and
what a link for colleagues opens and does not."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from gateway.knowledge.trial_links import DAY
from gateway.store.schema.conversation import conversations
from gateway.store.schema.trials import trial_links
from gateway.store.unit import Unit
from tests.gateway.web.house import Site

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
        assert (status, ran) == (200, {"total": 2, "right": 0, "before": before})
    _, page = await site.get(f"{API}/questions", agent)
    assert {(one["right_now"], one["right_before"]) for one in page["items"]} == {(False, False)}
    assert not any("7946" in one["question"] for one in page["items"])
    one = page["items"][0]["id"]
    assert (await site.post(f"{API}/questions/{one}/remove", {}, lead))[0] == 200
    assert (await site.post(f"{API}/questions/{one}/remove", {}, lead))[0] == 404


async def ask(site: Site, secret: str, **body: Any) -> tuple[int, dict[str, Any]]:
    site.house.clock.advance(60)
    headers = {"Authorization": f"Bearer {secret}"}
    return await site.post("/try/ask", {"question": "May I?", **body}, headers)


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
    assert (await ask(site, secret, question="x" * 501))[0] == 422
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
