"""The big off switch as staff turn it: named channels, and what is in force afterwards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.conversations import pauses
from gateway.conversations.pauses import ALL
from gateway.errors import FrontdeskError
from gateway.store.unit import Reading, Unit

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Turned:
    """``changed`` is False where it stood so already; ``paused`` is every pause in force now."""

    changed: bool
    paused: Sequence[dict[str, Any]]


class UnknownChannel(FrontdeskError):
    """No channel has this name."""


def listed(reading: Reading) -> Sequence[dict[str, Any]]:
    """Every pause in force; ``channel`` is None where it is of all channels."""
    return [
        {"channel": None if one.channel == ALL else one.channel, "by": one.by, "since": one.at}
        for one in pauses.paused(reading)
    ]


def pause(unit: Unit, channel: str | None, by: str, known: Collection[str]) -> Turned:
    """Silence the assistant on a channel, None for all.

    Raises:
        UnknownChannel.
    """
    changed = pauses.pause(unit, _named(channel, known), by)
    return Turned(changed, listed(unit))


def resume(unit: Unit, channel: str | None, by: str, known: Collection[str]) -> Turned:
    """End that pause and no other.

    Raises:
        UnknownChannel.
    """
    # One that is no longer configured may still be paused.
    paused = {one.channel for one in pauses.paused(unit)}
    changed = pauses.resume(unit, _named(channel, {*known, *paused}), by)
    return Turned(changed, listed(unit))


def _named(channel: str | None, known: Collection[str]) -> str:
    if channel is None:
        return ALL
    if channel not in known:
        shown = ", ".join(sorted(known)[:MOST_NAMED]) or "none"
        raise UnknownChannel(f"no channel is called {channel!r}; there are {shown}")
    return channel
