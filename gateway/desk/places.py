"""Where a conversation is told of on a platform of the staff's own, by its channel, topic, tier and
language. Pure but for the settings in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.config.desks import DeskSettings, chats_on, works_in_threads
from gateway.config.settings import Settings
from gateway.conversations.desk_threads import Place


@dataclass(frozen=True, slots=True)
class About:
    """What a conversation is about, as far as its last turn says; topics the narrowest last."""

    topics: tuple[str, ...] = ()
    tier: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    settings: Callable[[], Settings]

    def any(self) -> bool:
        """Whether any desk is on a platform at all."""
        return any(desk.channel is not None for desk in self.settings().desks.values())

    def chats(self, channel: str) -> frozenset[str]:
        return chats_on(self.settings().desks, channel)

    def desk(self, channel: str) -> DeskSettings | None:
        """The desk of a customers' channel, where it is on a platform."""
        settings = self.settings()
        desk = settings.desks.get(settings.desk_of(channel))
        return None if desk is None or desk.channel is None else desk

    def place(self, channel: str, about: About) -> Place | None:
        desk = self.desk(channel)
        if desk is None or desk.channel is None:
            return None
        settings = self.settings()
        topic = next((topic for topic in about.topics if topic in desk.by_topic), "")
        chat = desk.chat_for(topic, about.tier, about.language, channel)
        entry = settings.channels.get(desk.channel)
        if chat is None or entry is None:
            return None
        return Place(
            desk=settings.desk_of(channel),
            channel=desk.channel,
            chat=chat,
            threads=works_in_threads(entry.kind),
            on_duty=desk.on_duty,
            marked_only=desk.relay == ">>",
        )


def about_of(trace: Mapping[str, object], language: str | None) -> About:
    """Out of what a turn recorded."""
    detail = _inside(trace, "detail")
    triage = _inside(detail, "triage")
    topics = [str(triage[key]) for key in ("topic", "intent") if triage.get(key)]
    tier = detail.get("tier")
    return About(tuple(topics), "" if tier is None else str(tier), language or "")


def _inside(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = data.get(key)
    return {str(name): each for name, each in found.items()} if isinstance(found, Mapping) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON of our own
