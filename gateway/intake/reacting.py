"""Reactions: recorded on the message that they stand under. An answer under which there is a thumb
down counts as an exchange that did not help."""

from __future__ import annotations

from sqlalchemy import RowMapping, func, select, true, update

from channels.events import Address, Reacted
from gateway.conversations import opening
from gateway.conversations.messages import topic
from gateway.intake.pressing import message_behind
from gateway.store.schema.conversation import cases, messages, reactions
from gateway.store.unit import Unit

EMOJI_CHARACTERS = 64
# As a sign with any tone of skin, and in the words of those platforms that have their own.
_THUMBS_DOWN = ("👎", "-1", "thumbsdown", "thumbs_down")


def reacted(unit: Unit, channel: str, event: Reacted) -> tuple[str | None, str]:
    message = _message(unit, channel, event)
    if message is None or not event.sender.ids:
        return None, "recorded: a reaction to what is not known"
    given = (message["id"], event.sender.ids[0], event.emoji.strip(":")[:EMOJI_CHARACTERS])
    conversation: str = message["conversation_id"]
    # Held, so that two thumbs at the same time are counted one after the other.
    opening.lock(unit, conversation)
    before = _is_unhelpful(unit, message["id"])
    if event.removed:
        _take_back(unit, given)
    else:
        _record(unit, conversation, given, helped_not=message["author"] == "assistant")
    _count(unit, message, before=before, now=_is_unhelpful(unit, message["id"]))
    unit.emit(topic(conversation))
    return message["id"], "a reaction was taken back" if event.removed else "a reaction"


def _is_unhelpful(unit: Unit, message: str) -> bool:
    return bool(
        unit.scalar(
            select(func.count())
            .select_from(reactions)
            .where(
                reactions.c.message_id == message,
                reactions.c.unhelpful.is_(True),
                reactions.c.removed_at.is_(None),
            )
        )
    )


def _count(unit: Unit, message: RowMapping, *, before: bool, now: bool) -> None:
    """An answer that somebody finds unhelpful is one exchange that did not help, however many
    thumbs say so."""
    if before == now:
        return
    changed = cases.c.unsuccessful + 1 if now else cases.c.unsuccessful - 1
    unit.execute(
        update(cases)
        .where(cases.c.id == message["case_id"], true() if now else cases.c.unsuccessful > 0)
        .values(unsuccessful=changed)
    )


def _message(unit: Unit, channel: str, event: Reacted) -> RowMapping | None:
    """Ours by the platform's id, or the customers' own. A platform may not say in which thread of
    a chat ours stands; its id is one of the whole chat."""
    ours = message_behind(unit, channel, event.message)
    wanted = select(
        messages.c.id, messages.c.author, messages.c.conversation_id, messages.c.case_id
    )
    if ours is not None:
        found = unit.one(wanted.where(messages.c.id == ours))
        row = opening.by_id(unit, found["conversation_id"]) if found is not None else None
        here = row is not None and Address.parse(row["address"]).chat == event.address.chat
        return found if here else None
    row = opening.find(unit, channel, event.address)
    if row is None:
        return None
    return unit.one(
        wanted.where(
            messages.c.conversation_id == row["id"], messages.c.external_id == event.message
        )
    )


def _record(
    unit: Unit, conversation: str, given: tuple[str, str, str], *, helped_not: bool
) -> None:
    message, sender, emoji = given
    unit.upsert(
        reactions,
        ("message_id", "sender_id", "emoji"),
        id=unit.new_id(),
        tenant_id=unit.tenant,
        conversation_id=conversation,
        message_id=message,
        sender_id=sender,
        emoji=emoji,
        unhelpful=helped_not and emoji.startswith(_THUMBS_DOWN),
        at=unit.now,
        removed_at=None,
    )


def _take_back(unit: Unit, given: tuple[str, str, str]) -> None:
    message, sender, emoji = given
    unit.execute(
        update(reactions)
        .where(
            reactions.c.message_id == message,
            reactions.c.sender_id == sender,
            reactions.c.emoji == emoji,
        )
        .values(removed_at=unit.now)
    )
