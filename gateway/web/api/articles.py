"""Articles written and edited over HTTP: seen before they are saved, compared where somebody else
was faster, with every version kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import AfterValidator, Field

from brain.contract import Audience, Decision, Mark, Passage
from channels.kinds import CAPABILITIES
from channels.text.render import render
from gateway.desk.correcting import cited
from gateway.knowledge import versions
from gateway.knowledge.difference import difference
from gateway.knowledge.edits import ArticleMoved, Seen
from gateway.knowledge.versions import Content, VersionView, Written
from gateway.knowledge.writing import BODY_LIMIT, Draft
from gateway.store.unit import Reading
from gateway.web.answers import as_json, as_page
from gateway.web.api.knowledge import PREFIX, ArticleId, ArticleQuery, Language, Owner
from gateway.web.parts import Parts
from gateway.web.problems import Conflict, not_found
from gateway.web.routes import Body, Call, Query, RequestId, Route, Word, one_line

# JSON may write a byte of the text as six.
LIMIT = 4 * BODY_LIMIT
# So many passages of an article are shown as customers see them.
SHOWN = 60


def _named(value: str) -> str:
    value = one_line(value)
    if not value:
        raise ValueError("must name the article")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError("is no address; it starts with https://") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is no address; it starts with https://")
    return value


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError("is no date; write 2030-12-31") from None


class TextBody(Body):
    """An article's text. ``id`` and ``edition`` are of the one that is changed, as it was seen;
    without them it is a new one."""

    id: ArticleId | None = None
    edition: Word | None = None
    title: Annotated[str, Field(max_length=300), AfterValidator(_named)]
    text: Annotated[str, Field(max_length=BODY_LIMIT)]
    url: Annotated[Word, Field(max_length=2048), AfterValidator(_address)] | None = None
    audience: Audience = "public"
    language: Language | None = None
    owner: Owner | None = None
    review_by: Annotated[str, Field(max_length=10), AfterValidator(_day)] | None = None
    guide: bool = False
    marks: Annotated[tuple[Mark, ...], Field(max_length=3, strict=False)] = ()

    def draft(self) -> Draft:
        content = Content(
            title=self.title,
            body=self.text,
            url=self.url,
            audience=self.audience,
            language=self.language,
            owner=self.owner,
            review_by=self.review_by,
            guide=self.guide,
            marks=tuple(sorted(self.marks)),
        )
        edition = (self.edition or "") if self.id is not None else None
        return Draft(content, self.id, edition)


class WriteBody(TextBody):
    request: RequestId
    why: Annotated[str, Field(max_length=500), AfterValidator(one_line)] = ""
    draft_only: bool = False


class RestoreBody(Body):
    id: ArticleId
    edition: Word
    number: Annotated[int, Field(ge=0, le=2**31 - 1)]
    request: RequestId


class WhoseBody(Body):
    """``edition`` and ``source`` are the editions of the two texts, as they were seen."""

    id: ArticleId
    edition: Word
    source: Word
    keep: Literal["ours", "source"]
    request: RequestId


class VersionQuery(Query):
    id: ArticleId
    number: Annotated[int, Field(ge=0, le=2**31 - 1)]


class ArticlePages:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._writing = parts.writing

    def routes(self) -> Sequence[Route]:
        read, edit = "read_knowledge", "edit_knowledge"
        saved = {200: "Saved, or saved before by this request."}
        return [
            Route(
                "GET", f"{PREFIX}/versions", read, self.versions, "What an article said, and when",
                query=ArticleQuery, answers={200: "Its versions, the newest first."},
            ),
            Route(
                "GET", f"{PREFIX}/version", read, self.version, "One version, and what it changed",
                query=VersionQuery, answers={200: "Its text, and the lines that differ."},
            ),
            Route(
                "POST", f"{PREFIX}/articles/preview", edit, self.preview,
                "A text as customers would see it; nothing is saved", body=TextBody,
                answers={200: "Its passages."}, limit=LIMIT,
            ),
            Route(
                "POST", f"{PREFIX}/articles/write", edit, self.write, "Write or edit an article",
                body=WriteBody, answers=saved, limit=LIMIT,
            ),
            Route(
                "POST", f"{PREFIX}/articles/restore", edit, self.restore,
                "Go back to an earlier version", body=RestoreBody, answers=saved,
            ),
            Route(
                "POST", f"{PREFIX}/articles/decide", edit, self.decide,
                "Keep ours, or follow the source again", body=WhoseBody, answers=saved,
            ),
        ]  # fmt: skip

    async def versions(self, call: Call) -> web.StreamResponse:
        id = call.query_as(ArticleQuery).id
        found = await self._parts.store.read(
            lambda reading: versions.listed(reading, id), tenant=self._parts.tenant
        )
        return as_page([_line(one) for one in found])

    async def version(self, call: Call) -> web.StreamResponse:
        asked = call.query_as(VersionQuery)
        found = await self._parts.store.read(
            lambda reading: versions.listed(reading, asked.id), tenant=self._parts.tenant
        )
        one = next((one for one in found if one.number == asked.number), None)
        if one is None:
            raise not_found()
        earlier = next((other for other in found if other.number < one.number), None)
        before = _whole(earlier.content) if earlier is not None else ""
        lines = await _differing(before, _whole(one.content))
        return as_json({**_line(one), "content": asdict(one.content), "difference": lines})

    async def preview(self, call: Call) -> web.StreamResponse:
        cut = await self._writing.cut(call.body_as(TextBody).draft())
        shown = await asyncio.to_thread(lambda: [_passage(one) for one in cut[:SHOWN]])
        return as_json({"passages": shown, "count": len(cut)})

    async def write(self, call: Call) -> web.StreamResponse:
        body = call.body_as(WriteBody)
        written = Written(call.actor.name, body.why, body.request)
        try:
            saved = await self._writing.write(body.draft(), written, as_draft=body.draft_only)
        except ArticleMoved as error:
            yours = _whole(body.draft().content)
            raise await _moved(error, yours) from error
        return as_json(asdict(saved))

    async def restore(self, call: Call) -> web.StreamResponse:
        body = call.body_as(RestoreBody)
        written = Written(call.actor.name, f"back to version {body.number}", body.request)
        try:
            saved = await self._writing.restore(body.id, body.number, body.edition, written)
        except ArticleMoved as error:
            raise await _moved(error, "") from error
        return as_json(asdict(saved))

    async def decide(self, call: Call) -> web.StreamResponse:
        body = call.body_as(WhoseBody)
        seen = Seen(body.id, body.edition, body.source)
        written = Written(call.actor.name, "as its source says", body.request)
        try:
            if body.keep == "ours":
                saved = await self._writing.keep_ours(seen)
            else:
                saved = await self._writing.take_source(seen, written)
        except ArticleMoved as error:
            raise await _moved(error, "") from error
        return as_json(asdict(saved))


async def _moved(error: ArticleMoved, yours: str) -> Conflict:
    """With what it says now, and how that differs from what was to be written."""
    lines = await _differing(_whole(error.content), yours) if yours else []
    more = {"edition": error.edition, "content": asdict(error.content), "difference": lines}
    return Conflict(str(error), more)


async def _differing(before: str, after: str) -> list[dict[str, str]]:
    lines = await asyncio.to_thread(difference, before, after)
    return [{"sign": line.sign, "text": line.text} for line in lines]


def _whole(content: Content) -> str:
    """As lines that people compare: what is said of the article, then its text."""
    said = {
        "title": content.title,
        "url": content.url,
        "audience": content.audience,
        "language": content.language,
        "owner": content.owner,
        "review_by": content.review_by,
        "guide": "yes" if content.guide else None,
        "marks": ", ".join(content.marks) or None,
    }
    head = [f"{name}: {value}" for name, value in said.items() if value]
    return "\n".join([*head, "", content.body])


def documents_of(reading: Reading, decision: Decision) -> list[str]:
    """The ids of the articles that a decision rests on."""
    ids = [citation.passage for citation in decision.citations]
    found = cited(reading, ids)
    guide = [] if decision.guide is None else [decision.guide.document]
    return [*found, *guide]


def _line(version: VersionView) -> Mapping[str, Any]:
    return {
        "number": version.number,
        "by": version.by,
        "why": version.why,
        "at": version.at,
        "title": version.content.title,
    }


def _passage(passage: Passage) -> Mapping[str, Any]:
    parts = render(passage.text, CAPABILITIES["web"])
    return {
        "title": " > ".join(passage.title_path) or passage.title,
        "text": passage.text,
        "html": "".join(part.html or "" for part in parts),
    }
