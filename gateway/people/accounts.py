"""The accounts that staff have on platforms: who acts from one of them is that member of the
staff. An account is named by its kind, its workspace and its id there, never by a name that people
choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from gateway.people.records import Actor, Role
from gateway.store.schema.desk import staff_identities
from gateway.store.schema.people import staff
from gateway.store.unit import Reading, Unit

CONFIGURED = "configuration"


@dataclass(frozen=True, slots=True)
class Listed:
    """A member of staff as the configuration names them; ``accounts`` by kind, each as
    ``WORKSPACE/ACCOUNT``."""

    name: str
    role: Role
    accounts: Mapping[str, str]


def member_at(reading: Reading, kind: str, id: str) -> Actor | None:
    """Whose account this is, if it is that of somebody who is on the staff today."""
    workspace, _, account = id.partition("/")
    row = reading.one(
        select(staff.c.id, staff.c.name, staff.c.role)
        .join(staff_identities, staff_identities.c.staff_id == staff.c.id)
        .where(
            staff_identities.c.tenant_id == reading.tenant,
            staff_identities.c.kind == kind,
            staff_identities.c.workspace == workspace,
            staff_identities.c.account == account,
            staff.c.tenant_id == reading.tenant,
            staff.c.disabled_at.is_(None),
        )
    )
    return None if row is None else Actor(row["id"], row["name"], row["role"])


def member_called(reading: Reading, kind: str, workspace: str, word: str) -> Actor | None:
    """Somebody of the staff by their account in this workspace (``@U123``), or by their name."""
    name = word.strip().lstrip("@").strip()
    found = member_at(reading, kind, f"{workspace}/{name}")
    if found is not None or not name:
        return found
    row = reading.one(
        select(staff.c.id, staff.c.name, staff.c.role).where(
            staff.c.tenant_id == reading.tenant,
            staff.c.name == name,
            staff.c.disabled_at.is_(None),
        )
    )
    return None if row is None else Actor(row["id"], row["name"], row["role"])


def configure(unit: Unit, listed: Sequence[Listed]) -> None:
    """Have exactly these accounts of the configuration's. Somebody new is on the staff from now on,
    without a password; who is known keeps role and password."""
    unit.execute(
        delete(staff_identities).where(
            staff_identities.c.tenant_id == unit.tenant,
            staff_identities.c.source == CONFIGURED,
        )
    )
    for one in listed:
        unit.insert_once(
            staff,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            name=one.name,
            role=one.role,
            created_at=unit.now,
        )
        member = unit.scalar(
            select(staff.c.id).where(staff.c.tenant_id == unit.tenant, staff.c.name == one.name)
        )
        for kind, id in one.accounts.items():
            link(unit, str(member), kind, id, CONFIGURED)


def link(unit: Unit, member: str, kind: str, id: str, source: str) -> None:
    workspace, _, account = id.partition("/")
    unit.upsert(
        staff_identities,
        ("tenant_id", "kind", "workspace", "account"),
        id=unit.new_id(),
        tenant_id=unit.tenant,
        staff_id=member,
        kind=kind,
        workspace=workspace,
        account=account,
        source=source,
        created_at=unit.now,
    )
