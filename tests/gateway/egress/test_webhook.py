"""Signed bodies to an address that the operator configured, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from aiohttp import web

from channels.api.signing import ID, require_signature
from gateway.egress.webhook import NotTaken, Webhook
from tests.gateway.conftest import ManualClock
from tests.gateway.egress.fake_web import SITE, Canary, Site

SECRET = "a secret of at least thirty-two characters"
BODY = b'{"type":"resolved"}'


async def test_a_body_arrives_signed(site: Site, clock: ManualClock) -> None:
    taken: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        require_signature(request.headers, SECRET, body, clock.now())
        taken.append(body)
        assert request.headers[ID] == request.headers["Idempotency-Key"] == "e1"
        return web.Response(status=204)

    site.answers["/events"] = take
    private = [f"{SITE}/32"]
    async with Webhook(site.url("/events"), SECRET, clock, private=private) as webhook:
        await webhook.post("e1", BODY)
    assert taken == [BODY]


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]"])
async def test_a_name_may_not_lead_into_a_network(
    host: str, clock: ManualClock, canary: Canary
) -> None:
    async def inward(_host: str, _port: int) -> Sequence[str]:
        return [host.strip("[]")]

    url = f"http://crm.example.com:{canary.port}/events"
    async with Webhook(url, SECRET, clock, resolve=inward) as webhook:
        with pytest.raises(NotTaken, match="network"):
            await webhook.post("e1", BODY)


async def test_a_number_is_judged_too(clock: ManualClock) -> None:
    async with Webhook("https://10.1.2.3/events", SECRET, clock) as webhook:
        with pytest.raises(NotTaken, match="network"):
            await webhook.post("e1", BODY)


async def test_a_redirect_is_not_followed(site: Site, clock: ManualClock) -> None:
    url = site.redirect("/events", site.url("/elsewhere"))
    async with Webhook(url, SECRET, clock, private=[f"{SITE}/32"]) as webhook:
        with pytest.raises(NotTaken, match="redirect"):
            await webhook.post("e1", BODY)
    assert [path for path, _ in site.seen] == ["/events"]


async def test_what_the_receiver_says_is_told(site: Site, clock: ManualClock) -> None:
    site.answers["/events"] = web.Response(status=503, headers={"Retry-After": "30"})
    async with Webhook(site.url("/events"), SECRET, clock, private=[f"{SITE}/32"]) as webhook:
        with pytest.raises(NotTaken, match="503") as caught:
            await webhook.post("e1", BODY)
    assert caught.value.wait == 30.0


async def test_nobody_there(clock: ManualClock) -> None:
    async with Webhook("http://127.0.0.1:9/events", SECRET, clock) as webhook:
        with pytest.raises(NotTaken, match="reached"):
            await webhook.post("e1", BODY)
    assert SECRET not in repr(webhook)
