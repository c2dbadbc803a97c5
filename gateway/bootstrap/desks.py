"""Joining what a desk on the staff's own platform is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from brain.contract import Decision
from channels.contract import Capabilities
from gateway.bootstrap.setups import TurnSetups
from gateway.bootstrap.surfaces import kinds_of
from gateway.config.live import LiveConfiguration
from gateway.config.settings import Settings
from gateway.conversations.rendering import Rendering
from gateway.desk.actions import Desk
from gateway.desk.chats import StaffChats
from gateway.desk.composing import Composing, Surroundings
from gateway.desk.following import Following
from gateway.desk.places import Places
from gateway.desk.scenes import Ask, Tools
from gateway.desk.thread_desk import ThreadDesk
from gateway.desk.working import DeskLoop
from gateway.people.accounts import Listed, configure
from gateway.store.store import Store

Decide = Callable[[str], Awaitable[Decision]]


@dataclass(frozen=True, slots=True)
class DeskNeeds:
    """``decide`` asks the assistant without a customer."""

    store: Store
    rendering: Rendering
    capabilities: Mapping[str, Capabilities]
    setups: TurnSetups
    live: LiveConfiguration
    decide: Decide


@dataclass(frozen=True, slots=True)
class Desks:
    """``desk`` has the verbs. In ``chats`` staff are heard. ``loop`` is None where every desk is
    the web desk: then nothing of this costs anything."""

    desk: Desk
    composing: Composing
    chats: StaffChats
    loop: DeskLoop | None


def desks_of(needs: DeskNeeds) -> Desks:
    settings, notices = needs.live.current().settings, needs.setups.notices
    desk = Desk(needs.store, needs.rendering, notices)
    around = Surroundings(
        needs.capabilities,
        kinds_of(settings),
        notices,
        settings.privacy.masking,
        lambda: ZoneInfo(needs.live.current().settings.business.timezone),
        settings.base_url,
    )
    composing = Composing(needs.store, around)
    places, chats = Places(lambda: needs.live.current().settings), StaffChats(needs.live)
    if not places.any():
        return Desks(desk, composing, chats, None)
    needs.store.follow(Following(places))
    tools = Tools(
        needs.store,
        desk,
        needs.rendering,
        needs.capabilities,
        kinds_of(settings),
        notices,
        lambda conversation: f"{settings.base_url}/desk#c/{conversation}",
        _asking(needs.decide),
    )
    return Desks(desk, composing, chats, DeskLoop(needs.store, ThreadDesk(tools).work))


def _asking(decide: Decide) -> Ask:
    """The assistant's answer to a question of the staff's, with its sources."""

    async def ask(question: str) -> str:
        decision = await decide(question)
        if decision.kind != "reply" or not decision.text.strip():
            why = "; ".join(reason.rule for reason in decision.reasons)
            return f"No answer: {why}" if why else "No answer."
        titles = dict.fromkeys((one.title, one.url) for one in decision.citations)
        sources = ", ".join(f"[{title}]({url})" if url else title for title, url in titles)
        return f"{decision.text}\n\nSources: {sources}" if sources else decision.text

    return ask


async def sync_staff(store: Store, settings: Settings) -> None:
    """Have the people and accounts that the configuration names."""
    listed = [Listed(one.name, one.role, dict(one.identities)) for one in settings.staff]
    await store.write(lambda unit: configure(unit, listed))
