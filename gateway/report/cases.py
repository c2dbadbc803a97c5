"""Reads what each case of some time came to: who answered, when, and what models cost. Reads only;
it adds nothing up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, RowMapping, Select, case, func, select

from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.schema.pipeline import turns
from gateway.store.schema.safety import model_calls
from gateway.store.unit import Reading

# Who solved it: the assistant alone, people alone, both, or nobody said anything.
Solver: TypeAlias = Literal["assistant", "mixed", "human", "silent"]


@dataclass(frozen=True, slots=True)
class Case:
    """``answered_after`` are the seconds from the customer's first message to the first answer,
    ``waited`` those from the handoff to the first word of a person; None where there was none."""

    id: str
    channel: str
    path: Solver
    outcome: str | None
    answered_after: float | None
    waited: float | None
    micros: int


def opened_since(reading: Reading, since: float) -> list[Case]:
    """The cases that were opened from then on, the oldest first."""
    handed = {row["case_id"]: row["at"] for row in reading.all(_handed(reading.tenant, since))}
    costs = {row["case_id"]: row["micros"] for row in reading.all(_costs(reading.tenant, since))}
    return [_case(row, handed, costs) for row in reading.all(_said(reading.tenant, since))]


def _said(tenant: str, since: float) -> Select[*tuple[Any, ...]]:
    """When each side first spoke; notices and notes answer nobody."""
    spoken = messages.c.kind == "message"

    def first(author: str, *also: ColumnElement[bool]) -> ColumnElement[Any]:
        said = messages.c.author == author
        for one in (spoken, *also):
            said &= one
        return func.min(case((said, messages.c.at)))

    return (
        select(
            cases.c.id,
            cases.c.outcome,
            conversations.c.channel,
            first("customer").label("asked"),
            first("assistant", messages.c.notice.is_(None)).label("assistant"),
            first("staff").label("staff"),
        )
        .join(conversations, conversations.c.id == cases.c.conversation_id)
        .join(messages, messages.c.case_id == cases.c.id)
        .where(cases.c.tenant_id == tenant, cases.c.opened_at >= since)
        .group_by(cases.c.id, cases.c.outcome, cases.c.opened_at, conversations.c.channel)
        .order_by(cases.c.opened_at, cases.c.id)
    )


def _handed(tenant: str, since: float) -> Select[*tuple[Any, ...]]:
    """When a turn first gave the case to people."""
    return (
        select(turns.c.case_id, func.min(turns.c.finished_at).label("at"))
        .join(cases, cases.c.id == turns.c.case_id)
        .where(
            cases.c.tenant_id == tenant,
            cases.c.opened_at >= since,
            turns.c.conversation_id == cases.c.conversation_id,
            turns.c.decision == "hand_over",
        )
        .group_by(turns.c.case_id)
    )


def _costs(tenant: str, since: float) -> Select[*tuple[Any, ...]]:
    return (
        select(turns.c.case_id, func.sum(model_calls.c.micros).label("micros"))
        .join(turns, turns.c.id == model_calls.c.turn_id)
        .where(model_calls.c.tenant_id == tenant, model_calls.c.began_at >= since)
        .group_by(turns.c.case_id)
    )


def _case(row: RowMapping, handed: Mapping[str, float], costs: Mapping[str, Any]) -> Case:
    answers = [at for at in (row["assistant"], row["staff"]) if at is not None]
    return Case(
        id=row["id"],
        channel=row["channel"],
        path=_path(row),
        outcome=row["outcome"],
        answered_after=_after(row["asked"], min(answers, default=None)),
        waited=_after(handed.get(row["id"]), row["staff"]),
        micros=int(costs.get(row["id"]) or 0),
    )


def _path(row: RowMapping) -> Solver:
    if row["staff"] is not None:
        return "human" if row["assistant"] is None else "mixed"
    return "silent" if row["assistant"] is None else "assistant"


def _after(since: float | None, at: float | None) -> float | None:
    """None also where it came before: a person who was already there was not waited for."""
    return None if since is None or at is None or at < since else at - since
