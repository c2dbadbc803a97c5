"""The page behind a trial link: a colleague without an account asks, and reads what a customer
would be told. It reaches no customer, shows no article, and knows only how to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field

from channels.rates import Buckets, Rate
from gateway.knowledge import trial_links
from gateway.knowledge.trial_links import TrialOver
from gateway.people.tokens import hashed
from gateway.web.answers import as_json
from gateway.web.api.trying import tried
from gateway.web.desk_pages import PAGE_HEADERS
from gateway.web.parts import Parts
from gateway.web.routes import Body, Call, Route

# From one address of the network, and by one link: as somebody types, and no faster.
RATE = Rate(burst=8, per_second=0.2)


class AskBody(Body):
    question: Annotated[str, Field(min_length=1, max_length=500)]


class TrialPage:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rates = Buckets(RATE, parts.clock)

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/try", "try_by_link", self.page, "For who has a trial link"),
            Route("POST", "/try/ask", "try_by_link", self.ask, "Ask by a trial link", body=AskBody),
        ]

    async def page(self, _: Call) -> web.StreamResponse:
        html = self._parts.pages.html("try", self._parts.business())
        return web.Response(text=html, content_type="text/html", headers=PAGE_HEADERS)

    async def ask(self, call: Call) -> web.StreamResponse:
        self._rates.take(call.request.remote or "")
        body = call.body_as(AskBody)
        kept = hashed(_secret(call.request))
        self._rates.take(kept)
        left = await self._parts.store.write(
            lambda unit: trial_links.use(unit, kept), tenant=self._parts.tenant
        )
        said = await tried(self._parts, body.question, None, None)
        decision = said["decision"]
        return as_json(
            {
                "test": True,
                "kind": decision["kind"],
                "parts": said["parts"],
                "sources": [
                    {"title": one["title"], "url": one["url"]} for one in decision["citations"]
                ],
                "left": left,
            }
        )


def _secret(request: web.Request) -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise TrialOver("this link does not work any more; ask who gave it to you for another")
    return secret.strip()
