"""Hostile markup that belongs to no conversation: the knowledge, replies kept ready, and events
that nobody could read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from brain.contract import Citation, Decision, Filter, Hit, Passage, Reason, Trace, TurnInput
from channels.events import Address, Unreadable
from gateway.intake.cleaning import cleaned
from gateway.intake.events import receive
from gateway.store.schema.inbox import canned_replies
from gateway.store.schema.library import conflicts, documents, passages, sources
from gateway.store.unit import Unit, dumps
from tests.gateway.web.house import surface
from tests.gateway.web.markup.payloads import Payload
from tests.gateway.web.markup.rows import Words


def around(unit: Unit, hostile: Sequence[Payload], staff: str) -> None:
    """What belongs to no conversation: events nobody could read, and replies kept ready."""
    for payload in hostile[:90]:
        event = Unreadable(
            external_id=f"unreadable:{payload.number}",
            address=Address(payload.stored),
            reason=payload.text,
            raw=payload.stored.encode(),
        )
        receive(unit, surface(), cleaned(event))
    for number, payload in enumerate(hostile[:90]):
        unit.insert(
            canned_replies,
            id=unit.new_id(),
            name=f"reply-{number}",
            body=payload.stored,
            written_by=staff,
            changed_at=unit.now,
        )


def _articles(unit: Unit, hostile: Sequence[Payload]) -> Iterator[tuple[str, str]]:
    for payload in hostile:
        text = payload.stored
        id = payload.article
        unit.insert(
            documents,
            id=id,
            title=text,
            origin=f"origin-{payload.number // 10}",
            url=text if payload.number % 2 else f"https://shop.example/{text}",
            audience="public",
            language=text,
            hash="h",
            added_at=unit.now,
            format=text,
            owner=text,
            draft=payload.number % 3 == 0,
            body="\n\n".join(one.stored for one in hostile[payload.number :][:10]),
        )
        passage = f"p-{payload.number}"
        unit.insert(
            passages, id=passage, document_id=id, position=0, title_path=dumps([text]), body=text
        )
        yield id, passage


def knowledge(unit: Unit, hostile: Sequence[Payload]) -> None:
    """Articles, where they come from, and what contradicts what."""
    shelf = list(_articles(unit, hostile))
    for at in range(0, len(hostile), 10):
        words = Words(hostile[at : at + 10])
        unit.insert(
            sources,
            id=unit.new_id(),
            kind="path",
            origin=f"origin-{at // 10}",
            place=words(),
            owner=words(),
            state="failed",
            error=words(),
            problems=dumps([{"message": text, "place": text} for text in words.all]),
            created_at=unit.now,
        )
        (left, left_passage), (right, right_passage) = shelf[at], shelf[at - 1]
        unit.insert(
            conflicts,
            id=unit.new_id(),
            left_document=left,
            right_document=right,
            left_passage=left_passage,
            right_passage=right_passage,
            left_quote="\n".join(words.all),
            right_quote=words(),
            about=words(),
            found_at=unit.now,
        )


class Answering:
    """Implements Knowledge and Brain: whatever is asked, every word that comes back is hostile."""

    def __init__(self, hostile: Sequence[Payload]) -> None:
        self._words = Words(hostile)

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        said = self._words
        passage = Passage(said(), said(), "main", said(), (said(),), f"{query}\n\n{said()}", said())
        return (Hit(passage, 0.9),)

    async def decide(self, turn: TurnInput) -> Decision:
        said = self._words
        cited = (Citation("p-1", said(), said(), said()), Citation("p-1", said(), None, said()))
        detail = {"tier": 2, "tier_rule": said(), "model": {"route": said(), "models": [said()]}}
        return Decision(
            kind="reply",
            text=f"{turn.new[-1].text}\n\n{said()}",
            confidence=0.5,
            citations=cited,
            reasons=(Reason(said(), said()),),
            trace=Trace(model=said(), detail=detail),
        )
