"""How long the adapter waits for Slack where nobody else says, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: ``heartbeat`` lies between two pings of Socket Mode, each of which has to be
    answered within half of it; ``hello`` is how long a connection may stay mute at first; ``name``
    how long somebody's name is waited for before their message goes on without: Slack wants its
    acknowledgement within three seconds, and the store has most of them."""

    heartbeat: float = 15.0
    hello: float = 10.0
    name: float = 0.4
