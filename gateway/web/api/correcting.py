"""Correcting an answer over HTTP: why it was said, the articles that it rests on, and what would
be said over another text, to the same question and to others like it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from brain.contract import Decision, KnowledgeUnavailable
from channels.signatures import Refused
from gateway.desk.correcting import Answer, Asked, answer_of, asked_elsewhere
from gateway.desk.unanswered import Unanswered, unanswered
from gateway.knowledge import catalogue
from gateway.knowledge.library import DESK
from gateway.knowledge.proposed import Proposal
from gateway.store.unit import Reading
from gateway.web.answers import as_json, as_page
from gateway.web.api.articles import LIMIT, TextBody
from gateway.web.api.knowledge import PREFIX, decided
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import ID, Call, Route, Word

ARTICLES = 3
SIMILAR = 5
QUESTION_LIMIT = 2000
# By shared words first, as meaning is asked of a model: the nearest, and the newest besides.
_BY_WORDS, _NEWEST = 40, 20
_LEAST_ALIKE = 0.35
_SHORT_WORD = 3
# Two questions that one article would answer.
_ALIKE = 0.6
# All questions over both texts; a model may take its time with each.
_SECONDS = 90.0

Question = Annotated[str, Field(min_length=1, max_length=QUESTION_LIMIT)]


class AskBody(TextBody):
    """A text that nobody has saved, and what is asked over it."""

    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=6, strict=False)]
    channel: Word | None = None


class Correcting:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        edit = "edit_knowledge"
        return [
            Route(
                "GET", f"{PREFIX}/correcting/{{turn:{ID}}}", edit, self.answer,
                "An answer, what it rests on, and questions like it",
                answers={200: "The answer, the articles whole, and up to five other questions."},
            ),
            Route(
                "GET", f"{PREFIX}/unanswered", "read_knowledge", self.unanswered,
                "What was asked and no article answered",
                answers={200: "Questions that are alike together, the most asked first."},
            ),
            Route(
                "POST", f"{PREFIX}/articles/ask", edit, self.ask,
                "What would be answered over a text that is not saved", body=AskBody,
                answers={200: "What is answered now, and what would be."}, limit=LIMIT,
            ),
        ]  # fmt: skip

    async def answer(self, call: Call) -> web.StreamResponse:
        turn = call.path("turn")

        def query(reading: Reading) -> tuple[Answer, list[Asked], list[Any]] | None:
            found = answer_of(reading, turn)
            if found is None:
                return None
            rests = [catalogue.article(reading, id) for id in found.articles[:ARTICLES]]
            return found, asked_elsewhere(reading, found.conversation), rests

        found = await self._parts.store.read(query, tenant=self._parts.tenant)
        if found is None:
            raise not_found()
        answer, others, rests = found
        mask = self._parts.views.masking.text
        # Hundreds of texts: too many to look through on the event loop.
        question, text, *texts = await asyncio.to_thread(
            lambda: list(map(mask, (answer.question, answer.text, *(one.text for one in others))))
        )
        articles = [asdict(one) for one in rests if one is not None]
        similar = await self._similar(question, texts)
        shown = {**asdict(answer), "question": question, "text": text}
        return as_json({**shown, "articles": articles, "similar": similar})

    async def unanswered(self, _: Call) -> web.StreamResponse:
        found = await self._parts.store.read(unanswered, tenant=self._parts.tenant)
        texts = [one.text for one in found]
        groups = await self._parts.assistant.rehearsing.groups(texts, _ALIKE)
        most = sorted(groups, key=lambda group: -len(group))
        return as_page([_group([found[place] for place in group]) for group in most])

    async def _similar(self, question: str, others: Sequence[str]) -> Sequence[str]:
        """What was asked elsewhere and is nearest in meaning."""
        short = question[:QUESTION_LIMIT]
        asked = await asyncio.to_thread(_by_words, short, others)
        near = await self._parts.assistant.rehearsing.alike(short, asked)
        ranked = sorted(zip(near, asked, strict=True), reverse=True)
        return [text for nearness, text in ranked if nearness >= _LEAST_ALIKE][:SIMILAR]

    async def ask(self, call: Call) -> web.StreamResponse:
        body = call.body_as(AskBody)
        draft = body.draft()
        cut = await self._parts.writing.cut(draft)
        content = draft.content
        proposal = Proposal(draft.id or DESK, content.title, content.body, content.url, cut)
        assistant = self._parts.assistant
        channel = body.channel or next(iter(self._parts.kinds), "")
        turns = [assistant.turn(question, channel) for question in body.questions]
        try:
            async with asyncio.timeout(_SECONDS):
                before = await assistant.now(turns)
                after = await assistant.proposed(proposal, turns)
        except KnowledgeUnavailable as error:
            raise Refused(503, str(error)) from error
        except TimeoutError as error:
            raise Refused(503, "Asking again took too long; ask fewer questions.") from error
        return as_json({"items": list(map(_pair, body.questions, before, after))})


def _group(group: Sequence[Unanswered]) -> Mapping[str, Any]:
    """The newest stands for all."""
    others = list(dict.fromkeys(one.text for one in group[1:] if one.text != group[0].text))
    return {
        "question": group[0].text,
        "turn": group[0].turn,
        "count": len(group),
        "others": others[:SIMILAR],
        "at": group[0].at,
    }


def _pair(question: str, before: Decision, after: Decision) -> Mapping[str, Any]:
    same = (before.kind, before.text, before.notice) == (after.kind, after.text, after.notice)
    return {
        "question": question,
        "before": decided(before),
        "after": decided(after),
        "same": same,
    }


def _by_words(question: str, others: Sequence[str]) -> list[str]:
    """Those that share most words with it, and the newest; never itself."""
    own = _words(question)
    new = [text for text in others if text.casefold() != question.casefold().strip()]
    shared = sorted(new, key=lambda text: -len(own & _words(text)))[:_BY_WORDS]
    kept = [text for text in shared if own & _words(text)]
    return list(dict.fromkeys([*kept, *new[:_NEWEST]]))


def _words(text: str) -> set[str]:
    return {word for word in text.casefold().split() if len(word) > _SHORT_WORD}
