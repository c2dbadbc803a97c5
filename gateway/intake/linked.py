"""A member of the staff shows that an account on a platform is theirs: the code that the desk
showed them comes from it. Its sender is who the platform says, never what the text claims."""

from __future__ import annotations

from channels.events import Event, InboundMessage
from gateway.conversations import desk_threads, opening
from gateway.conversations.desk_threads import Post
from gateway.conversations.messages import LISTS
from gateway.intake.surface import Surface
from gateway.people.linking import code_in, link_by
from gateway.store.unit import Unit


def linked(unit: Unit, surface: Surface, event: Event) -> bool:
    """Whether the event was such a code, and linked its sender. Anything else is a message like
    others."""
    if not isinstance(event, InboundMessage) or not event.sender.ids:
        return False
    code = code_in(event.text)
    if code is None or event.sender.guest or event.sender.kind == "bot":
        return False
    account = event.sender.ids[0]
    name = link_by(unit, surface.kind, account, code)
    if name is None:
        return False
    thread = desk_threads.at(unit, surface.channel, event.address)
    if thread is not None:
        opening.lock(unit, thread["conversation_id"])
        desk_threads.post(unit, thread, Post("linked", only_for=account, data=(("name", name),)))
    unit.emit(LISTS)
    return True
