"""What a run does to its gateways, drawn from a seed beforehand; pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

How: TypeAlias = Literal["point", "random", "term", "stop"]
Engine: TypeAlias = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
NODES = ("a", "b")
# Of a hundred blows: at a named point, at a random moment, asked to stop; the rest are stopped
# past their leases, where a second node can take over.
AT_POINTS, AT_RANDOM, ASKED = 0.6, 0.32, 0.08
STOPPED = 0.25
THEN_KILLED = 0.2
# At a terminal a stop does not wait for load balancers to look elsewhere.
AT_A_TERMINAL = 0.8
STAYS_AWAY = 0.5
# A batch holds many units, so its points are passed less often than the others.
HITS, BATCHES = (8, 60), (6, 24)
SHORTEST_SECONDS, LONGEST_SECONDS = 0.6, 3.0
WHILE_STARTING = 0.15
STARTING_SECONDS = 0.25
# A node that is down or stopped for longer than a lease, in the compressed time of two nodes.
PAST_LEASES_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Blow:
    """One life's end. ``after`` counts seconds from when it was ready, or from its beginning where
    it is to die ``early``; a ``point`` acts at its ``hit``;
    ``then`` kills a process that was asked to stop; ``down`` is how long the node stays away."""

    how: How
    node: str = "a"
    point: str = ""
    hit: int = 0
    after: float = 0.0
    early: bool = False
    terminal: bool = False
    then: float | None = None
    down: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, whole: enough to do it again."""

    seed: int
    engine: Engine
    nodes: tuple[str, ...]
    blows: tuple[Blow, ...]

    def data(self) -> dict[str, Any]:
        return asdict(self)


def plan_from(data: dict[str, Any]) -> Plan:
    blows = tuple(Blow(**blow) for blow in data["blows"])
    return Plan(data["seed"], data["engine"], tuple(data["nodes"]), blows)


def draw(seed: int, engine: Engine, nodes: int, blows: int, points: Sequence[str]) -> Plan:
    """A plan of ``blows`` in which every point gets its turn, and every other way too."""
    chance = random.Random(f"{seed} {engine} {nodes}")
    names = NODES[:nodes]
    ways = _ways(chance, blows, two=nodes > 1)
    rounds = _rounds(chance, points)
    drawn = tuple(
        _blow(chance, how, names[index % nodes], next(rounds) if how == "point" else "")
        for index, how in enumerate(ways)
    )
    return Plan(seed, engine, names, drawn)


def _ways(chance: random.Random, blows: int, *, two: bool) -> list[How]:
    stopped = max(1, round(blows * STOPPED)) if two else 0
    asked = max(1, round(blows * ASKED))
    at_random = max(1, round(blows * AT_RANDOM))
    at_points = max(0, blows - stopped - asked - at_random)
    counts: list[tuple[How, int]] = [
        ("stop", stopped),
        ("term", asked),
        ("random", at_random),
        ("point", at_points),
    ]
    ways: list[How] = []
    for how, count in counts:
        ways.extend(how for _ in range(count))
    ways = ways[:blows]
    chance.shuffle(ways)
    return ways


def _rounds(chance: random.Random, points: Sequence[str]) -> Iterator[str]:
    while True:
        yield from chance.sample(sorted(points), len(points))


def _blow(chance: random.Random, how: How, node: str, point: str) -> Blow:
    after = round(chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS), 3)
    if how == "point":
        hit = chance.randint(*(BATCHES if point.startswith("store.") else HITS))
        return Blow(how, node, point, hit=hit, down=_away(chance, node))
    if how == "term":
        then = round(chance.uniform(0, 1), 3) if chance.random() < THEN_KILLED else None
        return Blow(how, node, after=after, terminal=chance.random() < AT_A_TERMINAL, then=then)
    if how == "random" and chance.random() < WHILE_STARTING:
        early = round(chance.uniform(0, STARTING_SECONDS), 3)
        return Blow(how, node, after=early, early=True, down=_away(chance, node))
    return Blow(how, node, after=after, down=_away(chance, node) if how == "random" else 0.0)


def _away(chance: random.Random, node: str) -> float:
    # Only the second node stays away: the first is then the one that takes over.
    return PAST_LEASES_SECONDS if node == "b" and chance.random() < STAYS_AWAY else 0.0
