"""Tags on conversations: short words of the team's own. They change nothing but the list."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, select

from gateway.conversations.messages import LISTS, topic
from gateway.conversations.opening import lock
from gateway.conversations.ownership import UnknownConversation
from gateway.errors import FrontdeskError
from gateway.people.records import Actor
from gateway.store.schema.inbox import tags
from gateway.store.unit import Unit

MOST = 20


class TooManyTags(FrontdeskError):
    """A conversation has at most 20 tags; take one away first."""


def tag(
    unit: Unit, conversation: str, actor: Actor, add: Collection[str], remove: Collection[str]
) -> list[str]:
    """The tags that it has then.

    Raises:
        UnknownConversation, TooManyTags.
    """
    if lock(unit, conversation) is None:
        raise UnknownConversation
    here = tags.c.conversation_id == conversation
    unit.execute(delete(tags).where(here, tags.c.tag.in_(sorted(remove))))
    for each in sorted(set(add)):
        unit.insert_once(
            tags,
            conversation_id=conversation,
            tag=each,
            tenant_id=unit.tenant,
            given_by=actor.id,
            at=unit.now,
        )
    if unit.scalar(select(func.count()).select_from(tags).where(here)) > MOST:
        raise TooManyTags
    unit.emit(topic(conversation), LISTS)
    return [row["tag"] for row in unit.all(select(tags.c.tag).where(here).order_by(tags.c.tag))]
