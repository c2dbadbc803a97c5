"""What is said and pressed where staff work: kept for a member of the staff, and for nobody else.
It decides who somebody is; what they wanted is worked off afterwards, once."""

from __future__ import annotations

from sqlalchemy import RowMapping

from channels.events import (
    Address,
    Chosen,
    Commanded,
    Deleted,
    DeliveryUpdate,
    Edited,
    Event,
    Ignored,
    InboundMessage,
    Moved,
    Reacted,
    Sender,
    Unreadable,
)
from gateway.conversations import desk_threads, opening
from gateway.conversations.desk_threads import Post
from gateway.desk.inputs import Input, keep
from gateway.intake.surface import Surface
from gateway.people.accounts import member_at
from gateway.store.unit import Unit

NOT_STAFF = "ignored: not staff"


def at_a_desk(surface: Surface, event: Event) -> bool:
    """Whether it happened in a chat in which staff work; no customer is heard there."""
    if isinstance(event, DeliveryUpdate | Ignored | Unreadable):
        return False
    return event.address.chat in surface.desks()


def heard(unit: Unit, surface: Surface, event: Event) -> str:
    """What was done with something from a desk's chat."""
    match event:
        case InboundMessage():
            if event.sender.kind == "bot":
                return "ignored: a bot wrote it"
            said = Input("said", event.external_id, event.text, event.attachments)
            return _from(unit, surface, event.address, event.sender, said)
        case Chosen() if event.text:
            filled = Input("filled", event.message, f"{event.choice}\n{event.text}")
            return _from(unit, surface, event.address, event.sender, filled)
        case Chosen():
            pressed = Input("pressed", event.message, event.choice)
            return _from(unit, surface, event.address, event.sender, pressed)
        case Edited():
            edited = Input("edited", event.message, event.text)
            return _from(unit, surface, event.address, event.sender, edited)
        case Deleted():
            deleted = Input("deleted", event.message)
            return _from(unit, surface, event.address, event.sender, deleted)
        case Commanded() | Reacted() | Moved() | DeliveryUpdate() | Unreadable() | Ignored():
            return "ignored: nothing that a desk does"


def _from(unit: Unit, surface: Surface, address: Address, sender: Sender, done: Input) -> str:
    thread = desk_threads.at(unit, surface.channel, address)
    if thread is None:
        return "ignored: no thread of ours"
    # As everywhere: the conversation before what belongs to it.
    conversation = opening.lock(unit, thread["conversation_id"])
    if conversation is None:
        return "ignored: no conversation of ours"
    account = sender.ids[0] if sender.ids else ""
    stranger = sender.guest or sender.kind == "bot"
    member = None if stranger else member_at(unit, surface.kind, account)
    if member is None:
        return _refused(unit, thread, account, done)
    keep(unit, thread, conversation, member.id, account, done)
    return f"kept: staff {done.kind}"


def _refused(unit: Unit, thread: RowMapping, account: str, done: Input) -> str:
    """Not a word of it goes anywhere; who wrote or pressed alone is told so."""
    if account and done.kind in {"said", "pressed", "filled"}:
        desk_threads.post(unit, thread, Post("not_staff", only_for=account))
    return NOT_STAFF
