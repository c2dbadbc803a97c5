"""What Slack sends, read as events; pure. Whether a message in a thread is meant for us may depend
on how the thread began, which only the gateway knows: such an arrival is left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from channels.contract import nowhere
from channels.events import Deleted, Edited, Event, Ignored, InboundMessage, Reacted, Sender
from channels.slack.files import attachments
from channels.slack.identity import SLACKBOT, Identity, is_private, place
from channels.slack.payloads import Envelope, MessageEvent, ReactionEvent, Said
from channels.slack.wording import begins_with_another, mentions, written

SAID = frozenset({None, "file_share", "thread_broadcast", "me_message"})
NOT_ADDRESSED = "not addressed"
# "begins": said to us, and whatever follows in its thread is too. "yes": said to us. "ask": only if
# its thread began with us. "no": said to others.
Addressed: TypeAlias = Literal["begins", "yes", "ask", "no"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event and what has to be known to accept it. ``channel`` and ``ts`` place it among its
    neighbours; ``thread`` names its thread in a public place."""

    event: Event
    channel: str = ""
    ts: str = ""
    thread: str | None = None
    addressed: Addressed = "yes"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one app. ``support`` are channels where every message is meant for us;
    ``operators`` answer customers by hand. In ``desks`` staff work at this moment: what they say
    in a thread is passed on, and what they say outside of one is among themselves."""

    me: Identity
    support: frozenset[str]
    operators: frozenset[str]
    desks: Callable[[], frozenset[str]] = nowhere

    def envelope(self, payload: Mapping[str, Any]) -> Arrival:
        """
        Raises:
            ValidationError: this is no event as Slack describes it.
        """
        envelope = Envelope.model_validate(payload)
        kind = str(envelope.event.get("type"))[:60]
        if kind in {"message", "app_mention"}:
            event = MessageEvent.model_validate(envelope.event)
            return self._message(event, shared=envelope.is_ext_shared_channel)
        if kind in {"reaction_added", "reaction_removed"}:
            return self._reaction(ReactionEvent.model_validate(envelope.event))
        return Arrival(Ignored(f"event/{envelope.event_id}", f"a {kind} event"))

    def said(self, said: Said, channel: str, *, shared: bool = False) -> Arrival:
        """A message as it was said: out of an event, or out of a channel's history."""
        name = self.me.message(channel, said.ts)
        if self.me.is_me(said.user, said.bot_id):
            return Arrival(Ignored(f"{name}/own", "our own message"), channel, said.ts)
        if said.subtype == "bot_message" or said.bot_id is not None or said.user == SLACKBOT:
            return Arrival(Ignored(f"{name}/bot", "a bot wrote it"), channel, said.ts)
        if said.subtype not in SAID or said.user is None:
            reason = f"a message of the sort {said.subtype}"
            return Arrival(Ignored(f"{name}/{said.subtype}", reason), channel, said.ts)
        if not said.words.strip() and not said.files:
            return Arrival(Ignored(f"{name}/empty", "nothing was said"), channel, said.ts)
        addressed = self.addressed(said, channel)
        event = InboundMessage(
            external_id=name,
            address=place(channel, said.root),
            text=written(said.words, self.me.user, self.me.user_name),
            sender=self._sender(
                said, said.user, addressed, shared=shared, alone=is_private(channel)
            ),
            order=said.ts,
            attachments=attachments(said.files or ()),
            reply_context=reply_context(channel, said.root, said.ts, said.user),
            public=not is_private(channel),
            sent_at=float(said.ts),
        )
        return self._public(Arrival(event, channel, said.ts, said.root, addressed))

    def addressed(self, said: Said, channel: str) -> Addressed:
        if channel in self.desks():
            return "no" if said.root == said.ts else "yes"
        if is_private(channel) or channel in self.support:
            return "yes"
        if mentions(said.text, self.me.user):
            return "begins" if said.root == said.ts else "yes"
        if said.root == said.ts or begins_with_another(said.text, self.me.user):
            return "no"
        return "yes" if said.parent_user_id == self.me.user else "ask"

    def _sender(
        self, said: Said, user: str, addressed: Addressed, *, shared: bool, alone: bool = False
    ) -> Sender:
        team = said.user_team or said.team
        person = self.me.person(user, team)
        # In a channel shared with a customer's workspace, our own people are the other side.
        ours = shared and team == self.me.team and not mentions(said.text, self.me.user)
        by_hand = ours or person in self.operators or user in self.operators
        # Alone with us there is no customer whom they could be answering.
        answers = said.root != said.ts and not alone
        operator = by_hand and addressed in {"yes", "ask"} and answers
        kind: Literal["operator", "customer"] = "operator" if operator else "customer"
        return Sender((person,), kind=kind, verified="Slack account")

    def _public(self, arrival: Arrival) -> Arrival:
        if arrival.addressed != "no":
            return arrival
        return replace(arrival, event=unaddressed(arrival.event))

    def _message(self, event: MessageEvent, *, shared: bool) -> Arrival:
        if event.subtype == "message_changed" and event.message is not None:
            return self._changed(event, event.message)
        if event.subtype == "message_deleted" and event.deleted_ts is not None:
            return self._deleted(event, event.deleted_ts)
        return self.said(event, event.channel, shared=shared)

    def _changed(self, event: MessageEvent, now: Said) -> Arrival:
        """Also fires when a link is unfurled or a thread grows: only another text is a change."""
        name, before = self.me.message(event.channel, now.ts), event.previous_message
        if now.subtype == "tombstone":
            return self._deleted(event, now.ts)
        edited = now.edited.ts if now.edited is not None and now.edited.ts else event.ts
        change = f"{name}/changed/{edited}"
        if self.me.is_me(now.user, now.bot_id) or now.bot_id is not None or now.user is None:
            return Arrival(Ignored(change, "no customer's message changed"))
        if before is not None and before.text == now.text:
            return Arrival(Ignored(f"{name}/touched/{event.ts}", "its text did not change"))
        said = Edited(
            external_id=change,
            address=place(event.channel, now.root),
            message=name,
            text=written(now.text, self.me.user, self.me.user_name),
            sender=self._sender(now, now.user, "yes", shared=False),
        )
        addressed = self.addressed(now, event.channel)
        addressed = "yes" if addressed == "begins" else addressed
        return self._public(Arrival(said, event.channel, event.ts, now.root, addressed))

    def _deleted(self, event: MessageEvent, ts: str) -> Arrival:
        name, gone = self.me.message(event.channel, ts), event.previous_message
        if gone is None or gone.user is None or self.me.is_me(gone.user, gone.bot_id):
            return Arrival(Ignored(f"{name}/deleted", "no customer's message was deleted"))
        sender = self._sender(gone, gone.user, "yes", shared=False)
        where = place(event.channel, gone.root)
        return Arrival(Deleted(f"{name}/deleted", where, name, sender), event.channel, event.ts)

    def _reaction(self, event: ReactionEvent) -> Arrival:
        removed = event.type == "reaction_removed"
        verb = "unreacted" if removed else "reacted"
        item = event.item
        if item.channel is None or item.ts is None or self.me.is_me(event.user):
            name = f"{event.user}/{verb}/{event.event_ts}"
            return Arrival(Ignored(name, "a reaction that is nothing to us"))
        message = self.me.message(item.channel, item.ts)
        name = f"{message}/{verb}/{event.user}/{event.reaction}/{event.event_ts}"
        if not is_private(item.channel) and event.item_user != self.me.user:
            return Arrival(Ignored(name, NOT_ADDRESSED))
        said = Reacted(
            external_id=name,
            address=place(item.channel, item.ts),
            message=message,
            emoji=event.reaction,
            sender=Sender((self.me.person(event.user),), verified="Slack account"),
            removed=removed,
        )
        return Arrival(said, item.channel, event.event_ts)


def unaddressed(event: Event) -> Ignored:
    """What is said to others, without what was said. Its id is another than the message's: should
    it turn out to be meant for us after all, nothing stands in the way."""
    return Ignored(f"{event.external_id}/passed", NOT_ADDRESSED)


def reply_context(channel: str, root: str, ts: str, user: str) -> dict[str, str]:
    """What an answer needs: the thread to answer in, where to look for it afterwards, and in public
    places whom it is for."""
    context = {"thread": root, "after": ts}
    return context if is_private(channel) else {**context, "user": user}
