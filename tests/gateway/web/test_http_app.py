"""What every request passes: policies, refusals in one form, health, figures, the description."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from channels.errors import IntakeClosed
from channels.signatures import Refused
from gateway.errors import FrontdeskError, StoreUnavailable
from gateway.people.records import Actor
from gateway.records import ChannelHealth
from gateway.web.api.openapi import plain_path
from gateway.web.app import own_routes
from gateway.web.credentials import Credentials
from gateway.web.doors import POLICY, Action, authorize
from gateway.web.proxies import client_address
from tests.gateway.web.house import Site, open_site

AGENT, LEAD = Actor("a", "Ada", "agent"), Actor("l", "Lea", "lead")
READER, READING_LEAD = Actor("a", "Ada", "agent", "read"), Actor("l", "Lea", "lead", "read")


def allowed(actor: Actor | None, action: Action) -> bool:
    try:
        authorize(actor, action)
    except Refused:
        return False
    return True


def test_who_may_do_what() -> None:
    table = {
        action: "".join(
            "x" if allowed(actor, action) else "-"
            for actor in (None, READER, AGENT, READING_LEAD, LEAD)
        )
        for action in POLICY
    }
    assert table == {
        "look_at_health": "xxxxx",
        "fetch_file": "xxxxx",
        "open_page": "xxxxx",
        "sign_in": "xxxxx",
        "sign_out": "xxxxx",
        "see_self": "-xxxx",
        "say_presence": "--x-x",
        "read_conversations": "-xxxx",
        "act_in_conversations": "--x-x",
        "read_traces": "-xxxx",
        "read_deliveries": "-xxxx",
        "decide_deliveries": "--x-x",
        "read_staff": "---xx",
        "manage_staff": "----x",
        "link_own_accounts": "--x-x",
        "read_channels": "-xxxx",
        "read_knowledge": "-xxxx",
        "edit_knowledge": "----x",
        "read_originals": "----x",
        "read_actions": "-xxxx",
        "decide_actions": "--x-x",
        "edit_canned_replies": "----x",
        "read_contacts": "-xxxx",
        "edit_contacts": "--x-x",
        "read_bounds": "-xxxx",
        "turn_switch": "----x",
        "read_settings": "-xxxx",
        "edit_settings": "----x",
        "try_by_link": "xxxxx",
    }


def served(site: Site) -> set[tuple[str, str]]:
    return {
        (route.method, route.resource.canonical)
        for route in site.app.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }


async def test_every_route_declares_its_action(site: Site) -> None:
    credentials = Credentials(site.house.people, site.parts.base_url)
    declared: dict[tuple[str, str], Action] = {
        (route.method, plain_path(route.path)): route.action
        for route in own_routes(site.parts, credentials)
    }
    assert served(site) == declared.keys()
    assert set(declared.values()) <= POLICY.keys()
    opened = {path for (_, path), action in declared.items() if not POLICY[action].staff}
    assert not any(path.startswith("/api/") for path in opened)


async def test_every_route_of_the_api_is_described(site: Site) -> None:
    _, document = await site.get("/api/v1/openapi.json", await site.bearer())
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == {(m, path) for m, path in served(site) if path.startswith("/api/v1/")}
    references = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert references <= document["components"]["schemas"].keys()
    body = document["components"]["schemas"]["MessageBody"]
    assert body["additionalProperties"] is False
    assert set(body["required"]) == {"id", "text"}


async def test_unknown_addresses_and_methods_are_problems(site: Site) -> None:
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/me", 405),
        ("POST", "/healthz", 405),
        ("PATCH", "/nowhere/<script>", 404),
    ):
        async with site.http.request(method, site.url(path)) as response:
            assert response.status == status
            assert response.content_type == "application/problem+json"
            problem = await response.json(content_type=None)
            assert problem["status"] == status
            assert problem["type"] == "about:blank"
            assert problem["title"]
            assert "script" not in str(problem)
            assert re.fullmatch(r"[0-9a-f]{16}", response.headers["X-Request-Id"])
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Server"] == "frontdesk"


async def failing(request: web.Request) -> web.StreamResponse:
    errors: dict[str, Exception] = {
        "store": StoreUnavailable("sqlite at /secret/place"),
        "intake": IntakeClosed("draining"),
        "bug": RuntimeError("secret internals"),
        "ours": FrontdeskError("secret internals"),
        "teapot": web.HTTPConflict(text="secret internals"),
    }
    raise errors[request.match_info["what"]]


async def remote(request: web.Request) -> web.StreamResponse:
    return web.json_response({"remote": request.remote})


@pytest.mark.parametrize(
    ("what", "status"),
    [("store", 503), ("intake", 503), ("bug", 500), ("ours", 500), ("teapot", 409)],
)
async def test_whatever_fails_says_nothing_of_its_inside(
    sqlite_url: str, tmp_path: Path, what: str, status: int
) -> None:
    routes = [web.get("/webhooks/{what}", failing)]
    async with (
        open_site(sqlite_url, tmp_path, routes=routes) as site,
        site.http.get(site.url(f"/webhooks/{what}")) as response,
    ):
        assert response.status == status
        assert response.content_type == "application/problem+json"
        assert "secret" not in await response.text()
        assert ("Retry-After" in response.headers) == (status == 503)


async def test_health_is_told_without_a_sign_in(site: Site) -> None:
    assert (await site.get("/healthz"))[0] == 200
    status, report = await site.get("/readyz")
    assert (status, report["ready"]) == (200, True)
    assert report["channels"]["web"] == {
        "state": "up",
        "why": None,
        "last_inbound_age": 3.0,
        "retries": True,
    }
    assert report["oldest_unfinished_age"] == 1.5


async def test_a_bad_channel_is_red_but_does_not_take_the_node_out(site: Site) -> None:
    down = {"web": ChannelHealth("down", "the token was refused", None)}
    site.health.report = replace(site.health.report, channels=down)
    assert (await site.get("/readyz"))[0] == 200
    status, report = await site.get("/readyz?all=1")
    assert status == 503
    assert report["channels"]["web"]["why"] == "the token was refused"
    standby = {"web": ChannelHealth("standby", None, None)}
    site.health.report = replace(site.health.report, channels=standby)
    assert (await site.get("/readyz?all=1"))[0] == 200
    site.health.report = replace(site.health.report, ready=False, loops_down=("turns",))
    assert (await site.get("/readyz"))[0] == 503


async def test_figures_name_routes_and_never_addresses(site: Site) -> None:
    await site.get("/files/abc.def")
    await site.get("/made-up-by-a-stranger")
    await site.post("/desk/sign-in", {"name": "Nobody", "password": "not a password"})
    conversation = await site.house.says("Hello")
    await site.house.to_the_queue(conversation)
    async with site.http.get(site.url("/metrics")) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        figures = await response.text()
    counted = 'frontdesk_http_requests_total{method="GET",route="/files/{token}",status="404"} 1.0'
    assert counted in figures
    assert 'route="unmatched"' in figures
    assert "stranger" not in figures
    assert 'frontdesk_sign_ins_total{outcome="refused"} 1.0' in figures
    assert 'frontdesk_queue_depth{queue="people"} 1.0' in figures
    assert 'frontdesk_channel_state{channel="web",state="up"} 1.0' in figures


@pytest.mark.parametrize(
    ("remote_address", "forwarded", "found"),
    [
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7", "10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["<script>"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        (None, ["198.51.100.7"], ""),
    ],
)
def test_only_our_proxies_are_believed(
    remote_address: str | None, forwarded: list[str], found: str
) -> None:
    assert client_address(remote_address, forwarded, ["10.0.0.0/8"]) == found


async def test_handlers_see_the_clients_own_address(sqlite_url: str, tmp_path: Path) -> None:
    routes = [web.get("/webhooks/remote", remote)]
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    async with open_site(sqlite_url, tmp_path, routes=routes, trusted=["127.0.0.0/8"]) as site:
        assert (await site.get("/webhooks/remote", forwarded))[1] == {"remote": "198.51.100.7"}


async def test_strangers_cannot_choose_their_address(sqlite_url: str, tmp_path: Path) -> None:
    routes: Any = [web.get("/webhooks/remote", remote)]
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    async with open_site(sqlite_url, tmp_path, routes=routes) as site:
        assert (await site.get("/webhooks/remote", forwarded))[1] == {"remote": "127.0.0.1"}
