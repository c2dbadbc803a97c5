"""The rows of labelled questions: what somebody tried and said the right answer of, asked again
after every change. It asks nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, and_, delete, func, select, update

from gateway.errors import FrontdeskError
from gateway.privacy.articles import masked
from gateway.store.schema.trials import labelled_questions as table
from gateway.store.unit import Reading, Unit

# All of them are asked again in one go.
MOST = 200


class TooManyQuestions(FrontdeskError):
    """So many questions nobody waits for; remove some, or grade them with `frontdesk eval`."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and what is right: the article that answers it, or None for a person."""

    question: str
    document: str | None
    channel: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionView:
    """``right_now`` is None until it was asked again, ``right_before`` until the second time."""

    id: str
    question: str
    document: str | None
    channel: str | None
    language: str | None
    right_now: bool | None
    right_before: bool | None
    ran_at: float | None
    added_by: str
    added_at: float


def add(unit: Unit, labelled: Labelled, by: str, request: str) -> str:
    """The question's id; the same for a request that comes again. What leads to one person is
    masked in it.

    Raises:
        TooManyQuestions.
    """
    mine = table.c.tenant_id == unit.tenant
    known = unit.scalar(select(table.c.id).where(mine, table.c.request_id == request))
    if known is not None:
        return str(known)
    if int(unit.scalar(select(func.count()).select_from(table).where(mine)) or 0) >= MOST:
        raise TooManyQuestions(
            f"there are {MOST} questions already; remove some, or write them out with"
            " `frontdesk kb questions` and grade them with `frontdesk eval`"
        )
    id = unit.new_id()
    unit.insert(
        table,
        id=id,
        tenant_id=unit.tenant,
        question=masked(labelled.question),
        channel=labelled.channel,
        language=labelled.language,
        document_id=labelled.document,
        added_by=by,
        request_id=request,
        added_at=unit.now,
    )
    return id


def listed(reading: Reading) -> list[QuestionView]:
    """The newest first."""
    mine = table.c.tenant_id == reading.tenant
    rows = reading.all(
        select(table).where(mine).order_by(table.c.added_at.desc(), table.c.id).limit(MOST)
    )
    return [_view(row) for row in rows]


def remove(unit: Unit, id: str) -> bool:
    """False when there is none."""
    mine = and_(table.c.tenant_id == unit.tenant, table.c.id == id)
    return bool(unit.changed(delete(table).where(mine)))


def ran(unit: Unit, outcomes: Mapping[str, bool], at: float) -> None:
    """Keep whether each was answered rightly, and what it was before; the run of one moment counts
    once."""
    for id, right in outcomes.items():
        mine = and_(table.c.tenant_id == unit.tenant, table.c.id == id)
        unit.execute(
            update(table)
            .where(mine, table.c.ran_at.is_(None) | (table.c.ran_at < at))
            .values(right_before=table.c.right_now, right_now=right, ran_at=at)
        )


def is_right(document: str | None, kind: str, cited: Sequence[str]) -> bool:
    """Whether a decision is what somebody said would be right."""
    if document is None:
        return kind in {"hand_over", "draft"}
    return kind == "reply" and document in cited


def _view(row: RowMapping) -> QuestionView:
    return QuestionView(
        id=row["id"],
        question=row["question"],
        document=row["document_id"],
        channel=row["channel"],
        language=row["language"],
        right_now=row["right_now"],
        right_before=row["right_before"],
        ran_at=row["ran_at"],
        added_by=row["added_by"],
        added_at=row["added_at"],
    )
