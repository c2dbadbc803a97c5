"""How many lines of each channel a node sends at once: as many as there is room for, but for a few
places that are kept for every other. A platform that hangs holds up its own customers only.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

# At 0.2 s a message these are 50 a second.
KEPT = 10


def rooms(channels: Collection[str], busy: Mapping[str, int], capacity: int) -> dict[str, int]:
    """The channels of which more lines may be taken up, and how many at most."""
    kept = min(KEPT, capacity // max(len(channels), 1))
    free = capacity - sum(busy.values())
    unused = {channel: max(kept - busy.get(channel, 0), 0) for channel in channels}
    others = sum(unused.values())
    found = {
        channel: min(free, max(unused[channel], free - (others - unused[channel])))
        for channel in channels
    }
    return {channel: room for channel, room in found.items() if room > 0}
