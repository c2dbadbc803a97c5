"""What can go wrong when staff act, and what an act answers. Nothing here touches a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping

from gateway.conversations.ownership import OwnerMoved
from gateway.errors import FrontdeskError


class OwnedByAnother(OwnerMoved):
    """Somebody else speaks in this conversation; take it over first, or leave a note."""

    def __init__(self, epoch: int, owner_name: str | None) -> None:
        super().__init__(
            epoch,
            f"{owner_name or 'Somebody else'} speaks in this conversation;"
            " take it over first, or leave a note.",
        )
        self.owner_name = owner_name


class CustomerSpoke(OwnerMoved):
    """The customer has written since you looked; read it before you close the conversation."""

    def __init__(self, epoch: int, customer_seq: int, newer: Sequence[RowMapping]) -> None:
        super().__init__(epoch)
        self.customer_seq = customer_seq
        self.newer = newer


class RequestReused(FrontdeskError):
    """This request id was used for something else; make a new one for every action."""


class NothingToSay(FrontdeskError):
    """The text is empty once what cannot be seen is left out; write something."""


class NotDead(FrontdeskError):
    """The delivery neither failed nor is uncertain, so there is nothing to decide about it."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an action came to; a repetition answers the same. ``message`` is what was said."""

    request: str
    conversation: str
    epoch: int
    owner: str
    message: str | None = None
    seq: int | None = None
