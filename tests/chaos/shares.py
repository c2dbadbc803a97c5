"""What a campaign is made of: how many of its kills go to which kind of run; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.chaos.plan import (
    DENSE,
    NODES,
    STEADY,
    Engine,
    Plan,
    draw,
    draw_skewed,
    draw_stops,
    draw_struck,
)
from tests.chaos.storms import Storm, Where, draw_storms

# Longer campaigns have shorter lives, and more of them in a run.
MANY_KILLS = 200
BLOWS_A_RUN, BLOWS_A_DENSE_RUN = 25, 60
# What is not named here is for SQLite.
ON_ONE, ON_TWO, ON_FOUR = 0.22, 0.14, 0.12
SKEWED, STRUCK = 0.04, 0.08
# At least one of each kind.
STORMS = 10
EVERYWHERE: tuple[Where, ...] = ("server", "database", "platform")
# A node asked to stop beside another is one in so many on PostgreSQL.
BESIDE_ANOTHER = 5


def plans(kills: int, seed: int, points: Sequence[str]) -> list[Plan]:
    """The runs of a campaign of about so many kills, on both databases, on one node, on two and on
    four, in storms, and with clocks that are apart."""
    pace, most = (DENSE, BLOWS_A_DENSE_RUN) if kills > MANY_KILLS else (STEADY, BLOWS_A_RUN)
    one, two, four = (round(kills * share) for share in (ON_ONE, ON_TWO, ON_FOUR))
    skewed, struck = round(kills * SKEWED), round(kills * STRUCK)
    shares: list[tuple[Engine, int, int]] = [
        ("sqlite", 1, kills - one - two - four - skewed - struck),
        ("postgresql", 1, one),
        ("postgresql", 2, two),
        ("postgresql", 4, four),
    ]
    found = [
        draw(seed + number, engine, nodes, blows, points, pace)
        for engine, nodes, share in shares
        for number, blows in enumerate(_pieces(share, most))
    ]
    found += [
        draw_skewed(seed + number, blows, points)
        for number, blows in enumerate(_pieces(skewed, BLOWS_A_RUN))
    ]
    return [*found, *_stormy(seed, _pieces(struck, BLOWS_A_RUN))]


def _stormy(seed: int, pieces: Sequence[int]) -> list[Plan]:
    """For each run with kills, one in which a node has to get over the storms in one life."""
    found: list[Plan] = []
    for number, blows in enumerate(pieces):
        alone: Sequence[Where] = ("server",) if number % 2 == 0 else ("database", "platform")
        found.append(draw_struck(seed + number, 1, 0, _storms(seed + number, alone, 1)))
        storms = _storms(seed + number, EVERYWHERE, 2, max(STORMS, blows))
        found.append(draw_struck(seed + number, 2, blows, storms))
    return found


def _storms(
    seed: int, wheres: Sequence[Where], nodes: int, count: int = STORMS // 2
) -> tuple[Storm, ...]:
    return draw_storms(seed, wheres, NODES[:nodes], count)


def _pieces(blows: int, most: int) -> list[int]:
    """Runs of about equal length, none longer than a run may be."""
    count = -(-blows // most)
    return [blows // count + (number < blows % count) for number in range(count)]


def more(
    done: int, hits: Mapping[str, int], kills: int, seed: int, points: Sequence[str]
) -> Plan | None:
    """A run for what is missing: points without a hit, or kills (an armed point may not be
    reached, and a stop that is asked for kills nobody)."""
    missed = [point for point in points if not hits.get(point)]
    lacking = max(kills - done, 0)
    if not missed and not lacking:
        return None
    blows = max(min(lacking, BLOWS_A_RUN), 2 * len(missed), 3)
    return draw(seed, "sqlite", 1, blows, missed or points)


def stops(terms: int, seed: int) -> list[Plan]:
    """Runs in which nodes are asked to stop so many times: half of them on each database."""
    sqlite = terms // 2
    two = (terms - sqlite) // BESIDE_ANOTHER
    shares: list[tuple[Engine, int, int]] = [
        ("sqlite", 1, sqlite),
        ("postgresql", 1, terms - sqlite - two),
        ("postgresql", 2, two),
    ]
    return [
        draw_stops(seed + number, engine, nodes, asked)
        for engine, nodes, share in shares
        for number, asked in enumerate(_pieces(share, BLOWS_A_DENSE_RUN))
    ]
