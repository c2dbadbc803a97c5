"""The knowledge over HTTP: where articles come from, what they say, what needs a look, and how the
assistant would answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AfterValidator, Field

from brain.contract import Audience, Decision, Hit
from channels.signatures import Refused, read_capped
from gateway.knowledge import catalogue
from gateway.knowledge.catalogue import About, ArticleState
from gateway.knowledge.difference import difference
from gateway.knowledge.records import is_storable
from gateway.store.unit import Unit
from gateway.web.answers import as_json, as_page
from gateway.web.api.rows import Rows
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import ID, Body, Call, Query, Route, Word

FILE_LIMIT = 20 * 1024 * 1024
FILE_SECONDS = 120.0
HITS = 8
SNIPPET = 400
# Of each sort; whoever has more begins with these.
REVIEWED = 50
PREFIX = "/api/v1/knowledge"
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _language(value: str) -> str:
    if _LANGUAGE.fullmatch(value) is None:
        raise ValueError("is no language; write its two letters, such as en or de")
    return value


def _storable(value: str) -> str:
    if not is_storable(value):
        raise ValueError("holds characters that no database takes")
    return value


Language = Annotated[str, AfterValidator(_language)]
ArticleId = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_storable)]
Owner = Annotated[Word, Field(min_length=1, max_length=120)]


class AddressBody(Body):
    url: Annotated[Word, Field(max_length=2048)]
    kind: Literal["url", "sitemap"]
    audience: Audience = "public"
    language: Language | None = None
    owner: Owner | None = None
    refresh_hours: Annotated[int, Field(ge=0, le=24 * 365)] = 24


class FileQuery(Query):
    name: Annotated[Word, Field(min_length=1, max_length=200)]
    audience: Audience = "public"
    language: Language | None = None
    owner: Owner | None = None


class ArticlesQuery(Query):
    q: Word | None = None
    state: ArticleState = "all"
    cursor: Word | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ArticleQuery(Query):
    id: ArticleId


class ArticleBody(Body):
    id: ArticleId


class NothingBody(Body):
    """No fields."""


class KnowledgePages:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rows = Rows(parts)

    def routes(self) -> Sequence[Route]:
        return [*self._reading(), *self._editing()]

    def _reading(self) -> Sequence[Route]:
        read = "read_knowledge"
        return [
            Route("GET", f"{PREFIX}/sources", read, self.sources, "Where articles come from"),
            Route(
                "GET", f"{PREFIX}/articles", read, self.articles, "A page of the articles",
                query=ArticlesQuery, answers={200: "A page of the list."},
            ),
            Route(
                "GET", f"{PREFIX}/article", read, self.article, "One article, whole",
                query=ArticleQuery, answers={200: "The article with its passages."},
            ),
            Route("GET", f"{PREFIX}/review", read, self.review, "What needs a look"),
        ]  # fmt: skip

    def _editing(self) -> Sequence[Route]:
        edit, nothing = "edit_knowledge", NothingBody
        one = f"{PREFIX}/sources/{{id:{ID}}}"
        return [
            Route(
                "POST", f"{PREFIX}/sources", edit, self.add, "Add a page or a website",
                body=AddressBody, answers={200: "Added; it is read soon."},
            ),
            Route(
                "POST", f"{PREFIX}/files", edit, self.upload, "Add a file; the body is its bytes",
                query=FileQuery, answers={200: "Added; it is read soon."},
            ),
            Route("POST", f"{one}/read", edit, self.read_again, "Read again", body=nothing),
            Route("POST", f"{one}/remove", edit, self.remove_source, "Remove", body=nothing),
            Route(
                "POST", f"{PREFIX}/articles/publish", edit, self.publish, "Publish a draft",
                body=ArticleBody,
            ),
            Route(
                "POST", f"{PREFIX}/articles/unpublish", edit, self.unpublish, "Make it a draft",
                body=ArticleBody,
            ),
            Route(
                "POST", f"{PREFIX}/articles/remove", edit, self.remove, "Remove an article",
                body=ArticleBody,
            ),
            Route(
                "POST", f"{PREFIX}/conflicts/{{id:{ID}}}/dismiss", edit, self.dismiss,
                "Both are right", body=nothing,
            ),
        ]  # fmt: skip

    # --- Reading -----------------------------------------------------------------------------

    async def sources(self, _: Call) -> web.StreamResponse:
        found = await self._rows.read(catalogue.sources)
        return as_page([asdict(one) for one in found])

    async def articles(self, call: Call) -> web.StreamResponse:
        asked = call.query_as(ArticlesQuery)
        wanted = catalogue.Wanted(asked.q, asked.state, asked.cursor, asked.limit)
        page = await self._rows.read(lambda reading: catalogue.articles(reading, wanted))
        return as_page([asdict(item) for item in page.items], page.next)

    async def article(self, call: Call) -> web.StreamResponse:
        id = call.query_as(ArticleQuery).id
        found = await self._rows.read(lambda reading: catalogue.article(reading, id))
        if found is None:
            raise not_found()
        lines: list[dict[str, str]] = []
        if found.source is not None and found.source.state == "changed":
            source = found.source.content.body
            lines = await asyncio.to_thread(
                lambda: [asdict(x) for x in difference(found.body, source)]
            )
        return as_json({**asdict(found), "difference": lines})

    async def review(self, _: Call) -> web.StreamResponse:
        found = await self._rows.read(catalogue.review)
        parts = {
            "conflicts": found.conflicts,
            "drafts": found.drafts,
            "overdue": found.overdue,
            "source": found.source,
        }
        shown = {name: [asdict(one) for one in part[:REVIEWED]] for name, part in parts.items()}
        return as_json({"open": sum(map(len, parts.values())), **shown})

    # --- Editing -----------------------------------------------------------------------------

    async def add(self, call: Call) -> web.StreamResponse:
        body = call.body_as(AddressBody)
        about = About(body.audience, body.language, body.owner)

        def add(unit: Unit) -> str:
            return catalogue.add_address(unit, body.url, body.kind, about, body.refresh_hours)

        return as_json({"id": await self._rows.write(add)})

    async def upload(self, call: Call) -> web.StreamResponse:
        asked = call.query_as(FileQuery)
        content = await read_capped(call.request, FILE_LIMIT, FILE_SECONDS)
        if not content:
            raise Refused(422, "The file is empty; choose another.")
        kept = await asyncio.to_thread(self._parts.files.keep, content)
        about = About(asked.audience, asked.language, asked.owner)

        def add(unit: Unit) -> str:
            return catalogue.add_upload(unit, asked.name, kept.sha256, about)

        return as_json({"id": await self._rows.write(add)})

    async def read_again(self, call: Call) -> web.StreamResponse:
        id = call.path("id")
        return await self._rows.done(lambda unit: catalogue.read_again(unit, id))

    async def remove_source(self, call: Call) -> web.StreamResponse:
        id = call.path("id")
        return await self._rows.done(lambda unit: catalogue.remove_source(unit, id))

    async def publish(self, call: Call) -> web.StreamResponse:
        id = call.body_as(ArticleBody).id
        if not await catalogue.publish(self._parts.store, id, self._parts.tenant):
            raise not_found()
        return as_json({"id": id})

    async def unpublish(self, call: Call) -> web.StreamResponse:
        id = call.body_as(ArticleBody).id
        return await self._rows.done(lambda unit: catalogue.unpublish(unit, id))

    async def remove(self, call: Call) -> web.StreamResponse:
        id = call.body_as(ArticleBody).id
        return await self._rows.done(lambda unit: bool(catalogue.remove(unit, [id])))

    async def dismiss(self, call: Call) -> web.StreamResponse:
        id, name = call.path("id"), call.actor.name
        return await self._rows.done(lambda unit: catalogue.dismiss(unit, id, name))


def hit_of(hit: Hit) -> Mapping[str, Any]:
    """A passage found, as pages show it."""
    return {
        "document": hit.passage.document,
        "title": " > ".join(hit.passage.title_path) or hit.passage.title,
        "text": hit.passage.text[:SNIPPET],
        "score": round(hit.score, 4),
    }


def decided(decision: Decision) -> Mapping[str, Any]:
    """A decision as pages show it."""
    return {
        "kind": decision.kind,
        "text": decision.text,
        "notice": decision.handoff.notice if decision.handoff is not None else decision.notice,
        "confidence": round(decision.confidence, 4),
        "language": decision.language,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "citations": [asdict(citation) for citation in decision.citations],
        "options": [asdict(option) for option in decision.options],
    }
