"""How an account on a platform becomes somebody's: its holder sends the bot a code that the desk
showed them, or a lead types it. It counts from the commit on, on every node."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from sqlalchemy import delete, select

from gateway.config.desks import works_in_threads
from gateway.people.accounts import CONFIGURED, link, member_at
from gateway.people.records import AccountFixed, AccountTaken, NotAnAccount, UnknownAccount
from gateway.people.staff import active
from gateway.people.tokens import hashed
from gateway.store.schema.desk import staff_identities
from gateway.store.schema.people import link_codes, staff
from gateway.store.unit import Reading, Unit

CODE_SECONDS = 600.0
DESK = "desk"
# Without letters that are taken for others; twelve of 31 are too many to guess in ten minutes.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ2345678"
_GROUPS, _GROUP = 3, 4
_ORDER = re.compile(r"\s*!link\s+`?([A-Za-z0-9-]{12,20})`?\s*")
_ACCOUNT = re.compile(r"[^\s/]{1,128}/[^\s/]{1,384}")


@dataclass(frozen=True, slots=True)
class Code:
    code: str = field(repr=False)
    expires_at: float


def new_code() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def show_code(unit: Unit, member: str, code: str) -> Code:
    """Let this code link an account to a member, once; the one before is worth nothing now."""
    expires_at = unit.now + CODE_SECONDS
    unit.upsert(
        link_codes,
        ("staff_id",),
        staff_id=member,
        tenant_id=unit.tenant,
        code_hash=_hash(code),
        created_at=unit.now,
        expires_at=expires_at,
    )
    return Code(code, expires_at)


def open_until(reading: Reading, member: str) -> float | None:
    """Until when a code of this member's works; None where none does."""
    ends = reading.scalar(
        select(link_codes.c.expires_at).where(
            link_codes.c.staff_id == member, link_codes.c.tenant_id == reading.tenant
        )
    )
    return ends if ends is not None and ends > reading.now else None


def code_in(text: str) -> str | None:
    """The code of an order to link, None where a text is none."""
    found = _ORDER.fullmatch(text[:100])
    return None if found is None else found[1]


def link_by(unit: Unit, kind: str, account: str, code: str) -> str | None:
    """Link the account from which a code was sent to whoever was shown it: their name. None where
    the code is none that works, or the account is somebody else's."""
    if not (works_in_threads(kind) and _ACCOUNT.fullmatch(account)):
        return None
    row = unit.one(
        select(staff.c.id, staff.c.name)
        .select_from(link_codes)
        .join(staff, staff.c.id == link_codes.c.staff_id)
        .where(
            link_codes.c.tenant_id == unit.tenant,
            link_codes.c.code_hash == _hash(code),
            link_codes.c.expires_at > unit.now,
            staff.c.disabled_at.is_(None),
        )
    )
    if row is None or _others(unit, row["id"], kind, account):
        return None
    spent = unit.changed(delete(link_codes).where(link_codes.c.code_hash == _hash(code)))
    if not spent:
        return None
    _keep(unit, row["id"], kind, account)
    return str(row["name"])


def add(unit: Unit, member: str, kind: str, account: str) -> None:
    """
    Raises:
        NoSuchMember, NotAnAccount, AccountTaken.
    """
    active(unit, member)
    if not works_in_threads(kind):
        raise NotAnAccount(f"No staff work on channels of the kind {kind!r}.")
    if not _ACCOUNT.fullmatch(account):
        raise NotAnAccount(
            "An account is WORKSPACE/ACCOUNT, for Slack like T0123456789/U0123456789."
        )
    if _others(unit, member, kind, account):
        raise AccountTaken
    _keep(unit, member, kind, account)


def remove(unit: Unit, member: str, id: str) -> None:
    """
    Raises:
        UnknownAccount, AccountFixed: the configuration names it.
    """
    own = (
        (staff_identities.c.id == id)
        & (staff_identities.c.tenant_id == unit.tenant)
        & (staff_identities.c.staff_id == member)
    )
    source = unit.scalar(select(staff_identities.c.source).where(own))
    if source is None:
        raise UnknownAccount
    if source == CONFIGURED:
        raise AccountFixed
    unit.execute(delete(staff_identities).where(own))


def _keep(unit: Unit, member: str, kind: str, account: str) -> None:
    """An account of the configuration's stays what it is."""
    held = member_at(unit, kind, account)
    if held is None or held.id != member:
        link(unit, member, kind, account, DESK)


def _others(reading: Reading, member: str, kind: str, account: str) -> bool:
    held = member_at(reading, kind, account)
    return held is not None and held.id != member


def _hash(code: str) -> str:
    return hashed(code.upper().replace("-", ""))
