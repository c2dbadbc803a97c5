"""Trying the assistant over HTTP: as a channel would show it, with its reasons and its price; the
questions whose right answer somebody said; links for colleagues without an account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, Field

from brain.contract import Decision, KnowledgeUnavailable
from channels.contract import Choice, Link
from channels.kinds import CAPABILITIES
from channels.signatures import Refused
from channels.text.render import render
from gateway.desk import first_steps
from gateway.desk.traces import cost_of
from gateway.errors import StoreUnavailable
from gateway.knowledge import questions, trial_links
from gateway.knowledge.questions import Labelled, QuestionView
from gateway.people.tokens import hashed, new_secret
from gateway.store.unit import Reading
from gateway.web.answers import as_json, as_page
from gateway.web.api.articles import documents_of
from gateway.web.api.knowledge import HITS, PREFIX, ArticleId, Language, decided, hit_of
from gateway.web.api.rows import Rows
from gateway.web.parts import Parts
from gateway.web.routes import ID, Body, Call, RequestId, Route, Word

# All questions are asked again; a model may take its time with each, and what it said is kept
# after so many.
_SECONDS = 300.0
TOGETHER = 20
_WEB = "web"


class TryBody(Body):
    """``channel`` is one of the configured ones; the answer is shown as it would be there."""

    question: Annotated[str, Field(min_length=1, max_length=2000)]
    channel: Word | None = None
    language: Language | None = None


class LabelBody(TryBody):
    """``document`` is the article that answers it, None where a person should."""

    request: RequestId
    document: ArticleId | None = None


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("must say whom it is for")
    return value.strip()


class LinkBody(Body):
    name: Annotated[Word, Field(max_length=120), AfterValidator(_said)]
    days: Annotated[int, Field(ge=1, le=trial_links.LONGEST_DAYS)] = 7


class NothingBody(Body):
    """No fields."""


class Trying:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rows = Rows(parts)

    def routes(self) -> Sequence[Route]:
        read, edit, asked = "read_knowledge", "edit_knowledge", f"{PREFIX}/questions"
        links, nothing = f"{PREFIX}/links", NothingBody
        return [
            Route(
                "POST", f"{PREFIX}/try", read, self.attempt, "What the assistant would say",
                body=TryBody, answers={200: "The decision, its reasons, and the passages found."},
            ),
            Route("GET", f"{PREFIX}/channels", read, self.channels, "Where answers are shown"),
            Route("GET", asked, read, self.questions, "Questions whose right answer is known"),
            Route(
                "POST", asked, edit, self.label, "Say what is right for a question",
                body=LabelBody, answers={200: "Kept, or kept before by this request."},
            ),
            Route(
                "POST", f"{asked}/run", edit, self.run, "Ask them all again", body=nothing,
                answers={200: "How many are right now, and were before."},
            ),
            Route("POST", f"{asked}/{{id:{ID}}}/remove", edit, self.remove, "Remove", body=nothing),
            Route("GET", links, edit, self.links, "Links for colleagues"),
            Route(
                "POST", links, edit, self.make, "Make a link for a colleague", body=LinkBody,
                answers={200: "The link's secret, shown this once."},
            ),
            Route(
                "POST", f"{links}/{{id:{ID}}}/revoke", edit, self.revoke, "Take it back",
                body=nothing,
            ),
        ]  # fmt: skip

    async def attempt(self, call: Call) -> web.StreamResponse:
        body = call.body_as(TryBody)
        said = await tried(self._parts, body.question, body.channel, body.language)
        try:
            hits = await self._parts.assistant.hits(body.question, HITS)
        except KnowledgeUnavailable as error:
            raise Refused(503, str(error)) from error
        by = call.actor.id
        # The answer is there, whether or not the first step can be ticked off.
        with suppress(StoreUnavailable):
            await self._rows.write(lambda unit: first_steps.tried(unit, by))
        return as_json({**said, "hits": [hit_of(hit) for hit in hits]})

    async def channels(self, _: Call) -> web.StreamResponse:
        named = [{"name": name, "kind": kind} for name, kind in self._parts.kinds.items()]
        return as_json({"channels": named})

    # --- Questions -----------------------------------------------------------------------------

    async def questions(self, _: Call) -> web.StreamResponse:
        found = await self._rows.read(questions.listed)
        return as_page([asdict(one) for one in found])

    async def label(self, call: Call) -> web.StreamResponse:
        body, by = call.body_as(LabelBody), call.actor.name
        labelled = Labelled(body.question, body.document, body.channel, body.language)
        id = await self._rows.write(lambda unit: questions.add(unit, labelled, by, body.request))
        return as_json({"id": id})

    async def run(self, _: Call) -> web.StreamResponse:
        found = await self._rows.read(questions.listed)
        at, outcomes = self._parts.clock.now(), dict[str, bool]()
        try:
            async with asyncio.timeout(_SECONDS):
                # What an earlier run had no time for comes first.
                waiting = sorted(found, key=lambda one: one.ran_at or 0.0)
                for start in range(0, len(waiting), TOGETHER):
                    outcomes |= await self._ran(waiting[start : start + TOGETHER], at)
        except KnowledgeUnavailable as error:
            raise Refused(503, str(error)) from error
        except TimeoutError as error:
            if not outcomes:
                raise Refused(503, "Asking them took too long; ask again later.") from error
        before = sum(bool(one.right_now) for one in found if one.id in outcomes)
        right = sum(outcomes.values())
        counts = {"total": len(found), "asked": len(outcomes), "right": right, "before": before}
        return as_json(counts)

    async def _ran(self, asked: Sequence[QuestionView], at: float) -> Mapping[str, bool]:
        """Whether each is answered rightly now, kept under the moment of the run."""
        assistant = self._parts.assistant
        turns = [assistant.turn(one.question, one.channel or _WEB, one.language) for one in asked]
        decisions = await assistant.now(turns)

        def judged(reading: Reading) -> dict[str, bool]:
            return {
                one.id: questions.is_right(one.document, made.kind, documents_of(reading, made))
                for one, made in zip(asked, decisions, strict=True)
            }

        outcomes = await self._rows.read(judged)
        await self._rows.write(lambda unit: questions.ran(unit, outcomes, at))
        return outcomes

    async def remove(self, call: Call) -> web.StreamResponse:
        id = call.path("id")
        return await self._rows.done(lambda unit: questions.remove(unit, id))

    # --- Links ---------------------------------------------------------------------------------

    async def links(self, _: Call) -> web.StreamResponse:
        return as_page([asdict(one) for one in await self._rows.read(trial_links.listed)])

    async def make(self, call: Call) -> web.StreamResponse:
        body, by = call.body_as(LinkBody), call.actor.name
        secret = new_secret()
        kept = hashed(secret)
        id = await self._rows.write(
            lambda unit: trial_links.make(unit, body.name, by, body.days, kept)
        )
        return as_json({"id": id, "address": f"{self._parts.base_url}/try#{secret}"})

    async def revoke(self, call: Call) -> web.StreamResponse:
        id = call.path("id")
        return await self._rows.done(lambda unit: trial_links.revoke(unit, id))


async def tried(
    parts: Parts, question: str, channel: str | None, language: str | None
) -> Mapping[str, Any]:
    """What the assistant would say, as ``channel`` would show it, why, and what it cost.

    Raises:
        Refused: no such channel, or nothing can be said about the articles now.
    """
    named = channel or next(iter(parts.kinds), _WEB)
    if channel is not None and channel not in parts.kinds:
        raise Refused(
            422, f"channel: there is none of that name; there is {', '.join(parts.kinds)}"
        )
    turn = parts.assistant.turn(question, named, language)
    try:
        decision = await parts.assistant.said(turn)
    except KnowledgeUnavailable as error:
        raise Refused(503, str(error)) from error
    cost = await parts.store.read(lambda reading: cost_of(reading, turn.turn), tenant=parts.tenant)
    detail = decision.trace.detail
    documents = await parts.store.read(
        lambda reading: documents_of(reading, decision), tenant=parts.tenant
    )
    kind = parts.kinds.get(named, _WEB)
    return {
        "decision": decided(decision),
        "documents": documents,
        "channel": named,
        "kind": kind,
        "parts": await asyncio.to_thread(_shown, decision, kind),
        "tier": detail.get("tier"),
        "tier_rule": detail.get("tier_rule"),
        "route": _route(detail.get("model")),
        "cost_usd": cost,
    }


def _route(model: object) -> Mapping[str, Any] | None:
    """None where no model was thought of."""
    if not isinstance(model, Mapping):
        return None
    found: Mapping[str, Any] = model  # pyright: ignore[reportUnknownVariableType]  # JSON
    return {"name": found.get("route"), "models": list(found.get("models") or ())}


def _shown(decision: Decision, kind: str) -> list[Mapping[str, str]]:
    """The parts as the channel's customers see them; blocking."""
    capabilities = CAPABILITIES.get(kind, CAPABILITIES[_WEB])
    choices = [Choice(option.id, option.label) for option in decision.options]
    links = [Link(one.title, one.url, one.passage) for one in decision.citations]
    parts = render(decision.text, capabilities, choices, links) if decision.text else ()
    return [{"text": part.plain, "html": part.html or ""} for part in parts]
