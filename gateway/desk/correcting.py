"""What a lead needs to correct an answer: what was asked and said, from which articles, and what
was asked in other conversations. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, UnaryExpression, select

from gateway.conversations.messages import links_of
from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.schema.library import passages
from gateway.store.schema.pipeline import turns
from gateway.store.unit import Reading, loads_list, loads_object

# Of each sort, the newest: closed cases and open ones.
MOST_CASES = 400
SHORTEST, LONGEST = 8, 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the assistant's. ``articles`` are the ids of those that it cites, the first
    quoted first, or else of those that were considered."""

    turn: str
    conversation: str
    channel: str
    language: str | None
    question: str
    text: str
    decision: str | None
    confidence: float | None
    reasons: Sequence[Mapping[str, Any]]
    articles: tuple[str, ...]
    cited: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case began with."""

    conversation: str
    text: str
    at: float


def answer_of(reading: Reading, turn: str) -> Answer | None:
    """None when there is no such turn."""
    row = reading.one(
        select(turns, conversations.c.channel, conversations.c.language)
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        .where(turns.c.id == turn, turns.c.tenant_id == reading.tenant)
    )
    if row is None:
        return None
    said = _said(reading, row)
    trace = loads_object(row["trace"])
    quoted = _cited(reading, [one for one in said if one["turn_id"] == turn])
    considered = [str(one.get("document", "")) for one in trace.get("passages", ())]
    return Answer(
        turn=turn,
        conversation=row["conversation_id"],
        channel=row["channel"],
        language=trace.get("language") or row["language"],
        question=_words(one for one in said if one["author"] == "customer"),
        text=_words(one for one in said if one["turn_id"] == turn),
        decision=row["decision"],
        confidence=row["confidence"],
        reasons=list(loads_list(row["reasons"])),
        articles=tuple(dict.fromkeys(filter(None, quoted or considered))),
        cited=bool(quoted),
    )


def _said(reading: Reading, turn: RowMapping) -> Sequence[RowMapping]:
    """The messages that the turn was about, and those that it said."""
    asked = messages.c.seq.between(turn["from_seq"], turn["through_seq"])
    about = (messages.c.author == "customer") & asked
    return reading.all(
        select(messages)
        .where(
            messages.c.conversation_id == turn["conversation_id"],
            about | (messages.c.turn_id == turn["id"]),
            messages.c.kind == "message",
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.seq)
    )


def _words(said: Iterable[RowMapping]) -> str:
    return "\n\n".join(one["body"] for one in said if one["body"])


def _cited(reading: Reading, said: Sequence[RowMapping]) -> list[str]:
    return cited(reading, [link.passage for one in said for link in links_of(one) if link.passage])


def cited(reading: Reading, ids: Sequence[str]) -> list[str]:
    """The ids of the articles that these passages are of, in that order."""
    rows = reading.all(
        select(passages.c.id, passages.c.document_id).where(
            passages.c.tenant_id == reading.tenant, passages.c.id.in_(ids)
        )
    )
    found = {row["id"]: row["document_id"] for row in rows}
    return [found[id] for id in ids if id in found]


def asked_elsewhere(reading: Reading, conversation: str) -> list[Asked]:
    """What cases of other conversations began with, the newest first, each once."""
    rows = recent_cases(reading)
    found: dict[str, Asked] = {}
    for row in sorted(rows, key=lambda row: -row["opened_at"]):
        text = " ".join(row["question"].split())
        if row["conversation_id"] != conversation and SHORTEST <= len(text) <= LONGEST:
            asked = Asked(row["conversation_id"], text, row["opened_at"])
            found.setdefault(text.casefold(), asked)
    return list(found.values())


def recent_cases(reading: Reading) -> list[RowMapping]:
    """The newest of those that are closed and of those that are open."""
    closed = cases.c.resolved_at.is_not(None)
    return [
        *_cases(reading, closed, cases.c.resolved_at.desc()),
        *_cases(reading, cases.c.resolved_at.is_(None), cases.c.opened_at.desc()),
    ]


def _cases(
    reading: Reading, which: ColumnElement[bool], order: UnaryExpression[Any]
) -> Sequence[RowMapping]:
    return reading.all(
        select(cases.c.conversation_id, cases.c.question, cases.c.opened_at)
        .where(cases.c.tenant_id == reading.tenant, which)
        .order_by(order)
        .limit(MOST_CASES)
    )
