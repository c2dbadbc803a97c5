"""What there is to do before a desk answers its first customer. What is done is read off the state
of things; only what cannot be seen there is what a lead says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Select, exists, select

from gateway.config.settings import BusinessSettings, Settings
from gateway.errors import FrontdeskError
from gateway.store.schema.inbox import first_steps
from gateway.store.schema.library import documents
from gateway.store.schema.people import invitations, staff
from gateway.store.schema.pipeline import turns
from gateway.store.unit import Reading, Unit

Step: TypeAlias = Literal["business", "knowledge", "desk", "channel", "test"]
Said: TypeAlias = Literal["done", "skipped", "open"]
STEPS: tuple[Step, ...] = get_args(Step)
# Said of this, none is shown any more.
ALL = "all"


class UnknownStep(FrontdeskError):
    """There is no such step."""


@dataclass(frozen=True, slots=True)
class Steps:
    """``shown`` is False once all are done or skipped, or a lead wants to see none of them."""

    items: Sequence[Mapping[str, Any]]
    shown: bool


def look(reading: Reading, settings: Settings) -> Steps:
    said = {
        row["step"]: row["state"]
        for row in reading.all(select(first_steps).where(first_steps.c.tenant_id == reading.tenant))
    }
    done = _done(reading, settings)
    items = [
        {
            "step": step,
            "done": done[step] or said.get(step) == "done",
            "skipped": said.get(step) == "skipped",
        }
        for step in STEPS
    ]
    left = any(not (item["done"] or item["skipped"]) for item in items)
    return Steps(items, shown=left and ALL not in said)


def say(unit: Unit, step: str, state: Said, by: str) -> None:
    """
    Raises:
        UnknownStep.
    """
    if step not in {*STEPS, ALL}:
        raise UnknownStep
    if state == "open":
        unit.execute(
            first_steps.delete().where(
                first_steps.c.tenant_id == unit.tenant, first_steps.c.step == step
            )
        )
        return
    unit.upsert(
        first_steps,
        ("tenant_id", "step"),
        tenant_id=unit.tenant,
        step=step,
        state=state,
        said_by=by,
        at=unit.now,
    )


def tried(unit: Unit, by: str) -> None:
    """Somebody asked the assistant a question of their own: that leaves no other row."""
    say(unit, "test", "done", by)


def _done(reading: Reading, settings: Settings) -> Mapping[Step, bool]:
    tenant = reading.tenant
    own = [entry for entry in settings.channels.values() if not entry.demo]
    article = select(documents.c.id).where(
        documents.c.tenant_id == tenant, documents.c.demo.is_(False)
    )
    here = select(staff.c.id).where(staff.c.tenant_id == tenant, staff.c.disabled_at.is_(None))
    invited = select(invitations.c.id).where(
        invitations.c.tenant_id == tenant, invitations.c.kind == "join"
    )
    told = any(desk.channel is not None for desk in settings.desks.values())
    answered = select(turns.c.id).where(turns.c.tenant_id == tenant, turns.c.state == "done")
    return {
        "business": settings.business.name != BusinessSettings().name,
        "knowledge": _any(reading, article),
        "desk": told or len(reading.all(here.limit(2))) > 1 or _any(reading, invited),
        "channel": bool(own),
        "test": _any(reading, answered),
    }


def _any(reading: Reading, query: Select[Any]) -> bool:
    return bool(reading.scalar(select(exists(query))))
