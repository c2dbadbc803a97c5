"""The big off switch and the budgets over HTTP: who may turn it, and that it is shown loudly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from brain.spending import Cost, Spender
from gateway.budgets.budget import StoredBudget
from gateway.conversations.watching import watch
from tests.gateway.web.house import Site


async def turn(site: Site, verb: str, channel: str | None = None) -> dict[str, Any]:
    body = {} if channel is None else {"channel": channel}
    status, data = await site.post(f"/api/v1/{verb}", body, await site.bearer("Lin", "lead"))
    assert status == 200
    return data


async def items(site: Site, path: str) -> list[Any]:
    status, page = await site.get(f"/api/v1/{path}", await site.bearer("Ada"))
    assert status == 200
    found: list[Any] = page["items"]
    return found


async def figures(site: Site) -> str:
    async with site.http.get(site.url("/metrics")) as response:
        return await response.text()


async def test_a_lead_turns_the_switch_and_it_says_who_and_since_when(site: Site) -> None:
    paused = [{"channel": "web", "by": "Lin", "since": site.house.clock.now()}]
    assert await turn(site, "pause", "web") == {"changed": True, "paused": paused}
    assert await turn(site, "pause", "web") == {"changed": False, "paused": paused}
    assert await items(site, "pauses") == paused
    assert await turn(site, "resume", "web") == {"changed": True, "paused": []}


async def test_all_channels_are_one_switch_of_their_own(site: Site) -> None:
    await turn(site, "pause", "web")
    both = await turn(site, "pause")
    assert [one["channel"] for one in both["paused"]] == [None, "web"]
    left = await turn(site, "resume")
    assert [one["channel"] for one in left["paused"]] == ["web"]


async def test_agents_see_the_switch_and_may_not_turn_it(site: Site) -> None:
    assert (await site.post("/api/v1/pause", {}, await site.bearer("Ada")))[0] == 403
    assert await items(site, "pauses") == []


async def test_a_channel_that_is_none_is_refused_with_those_there_are(site: Site) -> None:
    lead = await site.bearer("Lin", "lead")
    status, problem = await site.post("/api/v1/pause", {"channel": "wbe"}, lead)
    assert status == 422
    assert "there are web" in problem["detail"]


async def test_readiness_and_figures_say_it_loudly(site: Site) -> None:
    site.health.report = replace(site.health.report, paused=("*",))
    status, ready = await site.get("/readyz")
    assert (status, ready["paused"]) == (200, ["*"])
    assert 'frontdesk_assistant_paused{channel="web"} 1.0' in await figures(site)


async def test_the_days_budgets_are_shown_in_dollars(site: Site) -> None:
    budget = StoredBudget(site.house.store, site.parts.limits)
    kept = await budget.reserve("t1", Spender("main", "web", "c1"), Cost(2_000_000, 500))
    await budget.settle(kept, Cost(1_000_000, 400))
    await budget.reserve("t2", Spender("main", "web", "c1"), Cost(500_000, 100))
    tenant, department = await items(site, "budgets")
    assert (tenant["usd"], tenant["tokens"], tenant["share"]) == (5.0, None, 0.3)
    assert tenant["spent"] == {"usd": 1.0, "tokens": 400}
    assert tenant["reserved"] == {"usd": 0.5, "tokens": 100}
    assert (department["name"], department["usd"]) == ("web", None)
    used = 'frontdesk_budget_used_ratio{account="main",scope="tenant"} 0.3'
    assert used in await figures(site)


async def test_the_watch_list_is_a_filter_and_what_is_read_leaves_it(site: Site) -> None:
    conversation = await site.house.says("How long does delivery take?")
    await site.house.says("Another matter", session="visitor-2")
    await site.house.write(lambda unit: watch(unit, conversation, "web", "shipping"))
    (item,) = await items(site, "conversations?watch=unread")
    assert (item["id"], item["watch"]["intent"], item["watch"]["read_at"]) == (
        conversation,
        "shipping",
        None,
    )
    agent = await site.bearer("Ada")
    read = f"/api/v1/conversations/{conversation}/read"
    assert await site.post(read, {}, agent) == (200, {"id": conversation, "marked": True})
    assert await site.post(read, {}, agent) == (200, {"id": conversation, "marked": False})
    assert await items(site, "conversations?watch=unread") == []
    assert len(await items(site, "conversations?watch=all")) == 1
    assert len(await items(site, "conversations")) == 2
    view = await site.house.view(conversation)
    assert view["watch"]["read_by"] == "Ada"
