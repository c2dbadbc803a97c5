"""What a run does to its gateways, drawn from a seed beforehand; pure."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeAlias

from tests.chaos.storms import Storm

How: TypeAlias = Literal["point", "random", "term", "stop"]
Engine: TypeAlias = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
NODES = ("a", "b", "c", "d")
# Of a hundred blows: at a named point, at a random moment, asked to stop; the rest are stopped
# past their leases, where a second node can take over.
AT_POINTS, AT_RANDOM, ASKED = 0.6, 0.32, 0.08
STOPPED = 0.25
THEN_KILLED = 0.2
# At a terminal a stop does not wait for load balancers to look elsewhere.
AT_A_TERMINAL = 0.8
STAYS_AWAY = 0.5
WHILE_STARTING = 0.15
STARTING_SECONDS = 0.25
# A node that is down or stopped for longer than a lease, in the compressed time of two nodes.
PAST_LEASES_SECONDS = 8.0
HOUR, DAY = 3_600.0, 86_400.0
SKEWS = (HOUR, -HOUR, DAY, -DAY)
# A life in a storm lasts long enough to start in one and to see another.
STRUCK_SECONDS = (1.0, 5.0)
STOPS_AT_A_TERMINAL = 0.96


@dataclass(frozen=True, slots=True)
class Pace:
    """How long lives last: the hit at which a point acts (a batch holds many units, so its points
    are passed less often than the others), and seconds."""

    hits: tuple[int, int]
    batches: tuple[int, int]
    seconds: tuple[float, float]


STEADY = Pace((8, 60), (6, 24), (0.6, 3.0))
# About one kill a second and a half.
DENSE = Pace((4, 40), (4, 16), (0.3, 1.2))


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
    """One run, whole: enough to do it again. ``storms`` strike the database and the network, one
    after the other; ``skew`` is by how many seconds each node's own clock is ahead, where any is.
    ``crowd`` is how many conversations go on at a time on each channel, 0 for the usual.
    """

    seed: int
    engine: Engine
    nodes: tuple[str, ...]
    blows: tuple[Blow, ...]
    storms: tuple[Storm, ...] = ()
    skew: tuple[float, ...] = ()
    crowd: int = 0

    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        return json.loads(json.dumps(asdict(self)))

    @property
    def fast(self) -> bool:
        """Whether leases have to run out before it is over: the database's clock then runs fast."""
        return self.engine == "postgresql" and (len(self.nodes) > 1 or bool(self.storms))

    @property
    def kind(self) -> str:
        """What is tried, in a few words."""
        more = "".join(f", storms on the {where}" for where in sorted(self._struck))
        return f"{self.engine} x{len(self.nodes)}{more}{', clocks apart' if self.skew else ''}"

    @property
    def _struck(self) -> set[str]:
        return {storm.where for storm in self.storms}


def plan_from(data: dict[str, Any]) -> Plan:
    blows = tuple(Blow(**blow) for blow in data["blows"])
    storms = tuple(Storm(**storm) for storm in data.get("storms", ()))
    skew = tuple(data.get("skew", ()))
    nodes, crowd = tuple(data["nodes"]), data.get("crowd", 0)
    return Plan(data["seed"], data["engine"], nodes, blows, storms, skew, crowd)


def draw(
    seed: int,
    engine: Engine,
    nodes: int,
    blows: int,
    points: Sequence[str],
    pace: Pace = STEADY,
) -> Plan:
    """A plan of ``blows`` in which every point gets its turn, and every other way too."""
    chance = random.Random(f"{seed} {engine} {nodes}")
    names = NODES[:nodes]
    ways = _ways(chance, blows, several=nodes > 1)
    rounds = _rounds(chance, points)
    drawn = tuple(
        _blow(chance, pace, how, names[index % nodes], next(rounds) if how == "point" else "")
        for index, how in enumerate(ways)
    )
    return Plan(seed, engine, names, drawn)


def _ways(chance: random.Random, blows: int, *, several: bool) -> list[How]:
    stopped = max(1, round(blows * STOPPED)) if several else 0
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


def _blow(chance: random.Random, pace: Pace, how: How, node: str, point: str) -> Blow:
    after = round(chance.uniform(*pace.seconds), 3)
    if how == "point":
        hit = chance.randint(*(pace.batches if point.startswith("store.") else pace.hits))
        return Blow(how, node, point, hit=hit, down=_away(chance, node))
    if how == "term":
        then = round(chance.uniform(0, 1), 3) if chance.random() < THEN_KILLED else None
        return Blow(how, node, after=after, terminal=chance.random() < AT_A_TERMINAL, then=then)
    if how == "random" and chance.random() < WHILE_STARTING:
        early = round(chance.uniform(0, STARTING_SECONDS), 3)
        return Blow(how, node, after=early, early=True, down=_away(chance, node))
    return Blow(how, node, after=after, down=_away(chance, node) if how == "random" else 0.0)


def _away(chance: random.Random, node: str) -> float:
    # The first node never stays away: somebody has to take over.
    return PAST_LEASES_SECONDS if node != "a" and chance.random() < STAYS_AWAY else 0.0


def draw_skewed(seed: int, blows: int, points: Sequence[str]) -> Plan:
    """Two nodes whose clocks are an hour or a day apart, one of them right. Points alone and
    freezes: both are struck while they hold leases."""
    plan = draw(seed, "postgresql", 2, blows, points, DENSE)
    ahead = random.Random(f"{seed} skew").choice(SKEWS)
    return replace(plan, skew=(0.0, ahead))


def draw_struck(seed: int, nodes: int, blows: int, storms: Sequence[Storm]) -> Plan:
    """Kills at random moments while ``storms`` go over the database and the network. Without a
    blow, the nodes have to get over them in one life."""
    chance = random.Random(f"{seed} {nodes} struck")
    names = NODES[:nodes]
    drawn = tuple(
        Blow("random", names[index % nodes], after=round(chance.uniform(*STRUCK_SECONDS), 3))
        for index in range(blows)
    )
    return Plan(seed, "postgresql", names, drawn, tuple(storms))


def draw_stops(seed: int, engine: Engine, nodes: int, stops: int, pace: Pace = DENSE) -> Plan:
    """Nothing but SIGTERM, at any moment, under load."""
    chance = random.Random(f"{seed} {engine} {nodes} stops")
    names = NODES[:nodes]
    drawn = tuple(
        Blow(
            "term",
            names[index % nodes],
            after=round(chance.uniform(0, pace.seconds[1]), 3),
            terminal=chance.random() < STOPS_AT_A_TERMINAL,
        )
        for index in range(stops)
    )
    return Plan(seed, engine, names, drawn)
