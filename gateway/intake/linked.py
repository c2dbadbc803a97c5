"""A member of the staff shows that an account on a platform is theirs: the code that the desk
showed them comes from it. Its sender is who the platform says, never what the text claims."""

from __future__ import annotations

from channels.events import Event, InboundMessage
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
    done = link_by(unit, surface.kind, event.sender.ids[0], code)
    if done:
        unit.emit(LISTS)
    return done
