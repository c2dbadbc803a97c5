"""What the rest of the gateway knows of a person of the desk, and what can be refused to one.

It never holds a password, a token or a hash of either.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gateway.errors import FrontdeskError

Role: TypeAlias = Literal["agent", "lead"]
Scope: TypeAlias = Literal["desk", "read"]
NAME_LIMIT = 128
PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff who is doing something now; ``scope`` is what their sign-in allows."""

    id: str
    name: str
    role: Role
    scope: Scope = "desk"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the secret that their browser keeps."""

    actor: Actor
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff as leads see them."""

    id: str
    name: str
    role: Role
    created_at: float
    disabled_at: float | None
    away_at: float | None = None


class SignInRefused(FrontdeskError):
    """This name and password do not belong together, or the account is disabled."""


class TooManyTries(FrontdeskError):
    """Too many sign-ins failed; wait a little, then try again."""

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class LinkRefused(FrontdeskError):
    """This sign-in link is spent, expired or unknown, or staff exists already; while there is no
    staff, `frontdesk staff link` prints a new one, and afterwards `frontdesk staff add` adds
    people."""


class InvitationRefused(FrontdeskError):
    """This link is spent, revoked, expired or unknown; ask a lead of the desk for another."""


class TooManyInvitations(FrontdeskError):
    """A hundred links are open already; revoke those that nobody will use."""


class NoSuchMember(FrontdeskError):
    """Nobody on the staff has this id."""


class LeadsOnly(FrontdeskError):
    """Only leads may do this; ask one."""


class LastLead(FrontdeskError):
    """Nobody else could look after this desk then: make somebody else a lead first, who can sign
    in."""


class NotAnAccount(FrontdeskError):
    """This cannot be anybody's account."""


class AccountTaken(FrontdeskError):
    """The account belongs to somebody else on the staff; take it from them first."""


class AccountFixed(FrontdeskError):
    """The configuration names this account; take it out there, under `staff`, and reload."""


class UnknownAccount(FrontdeskError):
    """This person has no such account."""


class NameTaken(FrontdeskError):
    """Somebody of this name is on the staff already; choose another name."""


class UnknownMember(FrontdeskError):
    """There is nobody of this name on the staff; `frontdesk staff list` shows who is."""


class Unsuitable(FrontdeskError):
    """The name or the password cannot be used."""


def lookup_form(name: str) -> str:
    """The form in which a name is looked for; what nobody can be called becomes empty."""
    kept = " ".join(unicodedata.normalize("NFC", name[: 4 * NAME_LIMIT]).split())
    return kept if kept.isprintable() and len(kept) <= NAME_LIMIT else ""


def suitable_name(name: str) -> str:
    """The name as it is kept: composed, on one line.

    Raises:
        Unsuitable: empty, too long, or with characters that cannot be seen.
    """
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if not kept:
        raise Unsuitable("The name is empty; write the one that customers may read.")
    if len(kept) > NAME_LIMIT:
        raise Unsuitable(f"The name is longer than {NAME_LIMIT} characters; shorten it.")
    if not kept.isprintable():
        raise Unsuitable("The name holds characters that cannot be seen; write it again.")
    return kept


def suitable_password(password: str) -> str:
    """
    Raises:
        Unsuitable: too short or too long.
    """
    if len(password) < PASSWORD_SHORTEST:
        raise Unsuitable(
            f"The password has fewer than {PASSWORD_SHORTEST} characters; take a longer one."
        )
    if len(password) > PASSWORD_LONGEST:
        raise Unsuitable(
            f"The password has more than {PASSWORD_LONGEST} characters; take a shorter one."
        )
    return password
