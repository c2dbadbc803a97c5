"""The rows of conflicts: two passages that answer the same question differently, until one of them
goes or a person says that both are right. It never looks for any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, and_, select, update
from sqlalchemy.sql import CompoundSelect

from gateway.knowledge.library import LIBRARY
from gateway.knowledge.records import ConflictSide, ConflictView
from gateway.store.schema.library import conflicts as table
from gateway.store.schema.library import documents, passages
from gateway.store.unit import Reading, Unit


@dataclass(frozen=True, slots=True)
class Side:
    """One passage of a pair, and the sentence in it that contradicts."""

    passage: str
    document: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class Pair:
    """``about`` says in words what differs."""

    left: Side
    right: Side
    about: str

    @property
    def key(self) -> tuple[str, str]:
        """The same whichever side was met first."""
        left, right = sorted((self.left.passage, self.right.passage))
        return left, right


def conflicts(reading: Reading) -> list[ConflictView]:
    """Those that nobody dismissed, the newest first."""
    rows = reading.all(
        _with_titles(reading.tenant)
        .where(table.c.dismissed_at.is_(None))
        .order_by(table.c.found_at.desc(), table.c.id)
    )
    return [_view(row) for row in rows]


def in_conflict(tenant: str) -> CompoundSelect[Any]:
    """The ids of documents in a conflict that nobody dismissed."""
    open_ = and_(table.c.tenant_id == tenant, table.c.dismissed_at.is_(None))
    left = select(table.c.left_document).where(open_)
    return left.union(select(table.c.right_document).where(open_))


def dismiss(unit: Unit, id: str, staff: str) -> bool:
    """Both are right, says ``staff``: it is not shown again while both passages stay as they are.
    False when there is none."""
    mine = and_(table.c.tenant_id == unit.tenant, table.c.id == id)
    unit.execute(
        update(table)
        .where(mine, table.c.dismissed_at.is_(None))
        .values(dismissed_at=unit.now, dismissed_by=staff)
    )
    unit.emit(LIBRARY)
    return unit.one(select(table.c.id).where(mine)) is not None


def record(unit: Unit, pairs: Sequence[Pair]) -> int:
    """Keep the pairs whose passages are both still there; how many were not known yet."""
    known = 0
    for pair in pairs:
        # Either side may be met first; one order makes the pair unique.
        left, right = sorted((pair.left, pair.right), key=lambda side: side.passage)
        if _there(unit, left, right) and unit.insert_once(
            table,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            left_passage=left.passage,
            right_passage=right.passage,
            left_document=left.document,
            right_document=right.document,
            left_quote=left.quote,
            right_quote=right.quote,
            about=pair.about,
            found_at=unit.now,
        ):
            known += 1
    if known:
        unit.emit(LIBRARY)
    return known


def dismissed(reading: Reading) -> set[tuple[str, str]]:
    """The keys of the pairs that a person said are both right."""
    wanted = and_(table.c.tenant_id == reading.tenant, table.c.dismissed_at.is_not(None))
    rows = reading.all(select(table.c.left_passage, table.c.right_passage).where(wanted))
    return {(row["left_passage"], row["right_passage"]) for row in rows}


def _there(unit: Unit, left: Side, right: Side) -> bool:
    wanted = (left.passage, right.passage)
    mine = and_(passages.c.tenant_id == unit.tenant, passages.c.id.in_(wanted))
    return len(unit.all(select(passages.c.id).where(mine))) == len(set(wanted))


def _with_titles(tenant: str) -> Any:  # noqa: ANN401  # a select of a table and two labels
    left, right = documents.alias("left_side"), documents.alias("right_side")
    return (
        select(table, left.c.title.label("left_title"), right.c.title.label("right_title"))
        .join(left, and_(left.c.id == table.c.left_document, left.c.tenant_id == table.c.tenant_id))
        .join(
            right,
            and_(right.c.id == table.c.right_document, right.c.tenant_id == table.c.tenant_id),
        )
        .where(table.c.tenant_id == tenant, left.c.tenant_id == tenant, right.c.tenant_id == tenant)
    )


def _view(row: RowMapping) -> ConflictView:
    return ConflictView(
        id=row["id"],
        about=row["about"],
        left=ConflictSide(row["left_document"], row["left_title"], row["left_quote"]),
        right=ConflictSide(row["right_document"], row["right_title"], row["right_quote"]),
        found_at=row["found_at"],
    )
