"""How much a web chat channel lets one visitor or one address do; data."""

from __future__ import annotations

from dataclasses import dataclass

from channels.rates import Rate


@dataclass(frozen=True, slots=True)
class Rates:
    """What one channel allows. An address may be an office or a proxy, hence the generosity."""

    sessions: Rate = Rate(240, 4)
    all_sessions: Rate = Rate(4000, 400)
    refusals: Rate = Rate(300, 5)
    messages: Rate = Rate(120, 2)
    files: Rate = Rate(30, 0.5)
    streams: Rate = Rate(240, 4)
