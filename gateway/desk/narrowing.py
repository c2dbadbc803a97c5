"""Narrowing the list of conversations: by what customers thought, by how sure the assistant was, by
tag and by words; and what each row of it shows of that. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from gateway.desk.words import words
from gateway.store.schema.aftercare import ratings
from gateway.store.schema.conversation import conversations
from gateway.store.schema.inbox import search_words, tags
from gateway.store.schema.pipeline import turns
from gateway.store.schema.safety import watches
from gateway.store.unit import Reading

Rating: TypeAlias = Literal["1", "2", "3", "4", "5", "low", "any"]
MOST_WORDS = 6
# More than this are told as this many: what a look costs has an end.
MOST = 1_000
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """``rating`` is a score, ``low`` (below 3) or ``any``; ``confidence_below`` finds conversations
    in which the assistant was less sure at least once; ``find`` are words that all have to be
    there, each as the beginning of one."""

    rating: Rating | None = None
    confidence_below: float | None = None
    tag: str | None = None
    find: str | None = None


WHOLE = Narrowed()


def narrowing(wanted: Narrowed) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.rating is not None:
        found.append(_rated(wanted.rating))
    if wanted.confidence_below is not None:
        found.append(
            exists()
            .where(
                turns.c.conversation_id == conversations.c.id,
                turns.c.confidence < wanted.confidence_below,
            )
            .correlate(conversations)
        )
    if wanted.tag is not None:
        found.append(conversations.c.id.in_(_tagged(wanted.tag)))
    if wanted.find is not None:
        found.extend(_holding(wanted.find))
    return found


def _rated(rating: Rating) -> ColumnElement[bool]:
    scored = ratings.c.score.is_not(None)
    if rating == "low":
        scored = ratings.c.score < 3  # noqa: PLR2004 - as customers are asked again
    elif rating != "any":
        scored = ratings.c.score == int(rating)
    return (
        exists()
        .where(ratings.c.conversation_id == conversations.c.id, scored)
        .correlate(conversations)
    )


def _tagged(tag: str) -> Select[Any]:
    return select(tags.c.conversation_id).where(
        tags.c.tenant_id == conversations.c.tenant_id, tags.c.tag == tag
    )


def _holding(text: str) -> list[ColumnElement[bool]]:
    """A condition for each word. A text without words finds nothing."""
    wanted = sorted(words(text), key=len, reverse=True)[:MOST_WORDS]
    if not wanted:
        return [false()]
    return [conversations.c.id.in_(_beginning(word)) for word in wanted]


def _beginning(word: str) -> Select[Any]:
    return select(search_words.c.conversation_id).where(
        search_words.c.tenant_id == conversations.c.tenant_id,
        search_words.c.word >= word,
        search_words.c.word < word + _LAST,
    )


def marks_of(reading: Reading, ids: Sequence[str]) -> Mapping[str, dict[str, Any]]:
    """The tags of conversations, and how their customers last rated them."""
    found: dict[str, dict[str, Any]] = {id: {"tags": [], "rating": None} for id in ids}
    if not ids:
        return found
    for row in reading.all(
        select(tags.c.conversation_id, tags.c.tag)
        .where(tags.c.conversation_id.in_(ids))
        .order_by(tags.c.tag)
    ):
        found[row["conversation_id"]]["tags"].append(row["tag"])
    for row in reading.all(
        select(ratings.c.conversation_id, ratings.c.score)
        .where(ratings.c.conversation_id.in_(ids), ratings.c.score.is_not(None))
        .order_by(ratings.c.rated_at)
    ):
        found[row["conversation_id"]]["rating"] = row["score"]
    return found


def counts(reading: Reading, me: str) -> dict[str, int]:
    """How many conversations each queue of the desk has."""
    waits = and_(conversations.c.covered, conversations.c.waiting_since.is_not(None))
    owner = conversations.c.owner
    mine = and_(owner == "staff", conversations.c.staff_id == me)
    queues = {
        "waiting": or_(owner == "queue", and_(owner == "assistant", waits)),
        "mine": mine,
        "people": owner == "staff",
        "to_read": conversations.c.id.in_(
            select(watches.c.conversation_id).where(
                watches.c.tenant_id == reading.tenant, watches.c.read_at.is_(None)
            )
        ),
    }
    return {name: _few(reading, condition) for name, condition in queues.items()}


def _few(reading: Reading, condition: ColumnElement[bool]) -> int:
    some = (
        select(conversations.c.id)
        .where(condition, conversations.c.tenant_id == reading.tenant, conversations.c.last_seq > 0)
        .limit(MOST)
        .subquery()
    )
    return int(reading.scalar(select(func.count()).select_from(some)))


def tags_in_use(reading: Reading) -> list[str]:
    rows = reading.all(
        select(tags.c.tag)
        .where(tags.c.tenant_id == reading.tenant)
        .group_by(tags.c.tag)
        .order_by(func.count().desc(), tags.c.tag)
        .limit(200)
    )
    return [row["tag"] for row in rows]
