"""What goes over the database and the network while a run is under way, drawn beforehand; pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

# The database's server itself; a node's connections to it; every node's connections to the
# platforms.
Where: TypeAlias = Literal["server", "database", "platform"]
# The server stops at once, as in a crash, or as an operator stops it. The others are what a network
# does: it delays, cuts after some bytes, takes everything and says nothing, lets a little through.
What: TypeAlias = Literal["crash", "stop", "delay", "cut", "silent", "drip"]
ON_THE_SERVER: tuple[What, ...] = ("crash", "stop")
ON_A_LINK: tuple[What, ...] = ("delay", "cut", "silent", "drip")
PAUSES = (0.5, 3.0)
DOWN_SECONDS = (0.0, 3.0)
LASTING_SECONDS = (0.5, 3.0)
BYTES = (0, 4_000)


@dataclass(frozen=True, slots=True)
class Storm:
    """Begins ``after`` seconds of calm and is over ``lasting`` seconds later. ``node`` names whose
    connections to the database it strikes; a ``cut`` lets ``bytes_through`` pass first."""

    where: Where
    what: What
    after: float
    lasting: float
    node: str = ""
    bytes_through: int = 0


def draw_storms(
    seed: int, wheres: Sequence[Where], nodes: Sequence[str], count: int
) -> tuple[Storm, ...]:
    """``count`` storms, every kind in turn at each of the places."""
    chance = random.Random(f"{seed} storms")
    kinds: list[tuple[Where, What]] = [
        (where, what)
        for where in wheres
        for what in (ON_THE_SERVER if where == "server" else ON_A_LINK)
    ]
    order: list[tuple[Where, What]] = []
    while len(order) < count:
        order.extend(chance.sample(kinds, len(kinds)))
    return tuple(_storm(chance, where, what, nodes) for where, what in order[:count])


def _storm(chance: random.Random, where: Where, what: What, nodes: Sequence[str]) -> Storm:
    lasting = DOWN_SECONDS if where == "server" else LASTING_SECONDS
    return Storm(
        where,
        what,
        after=round(chance.uniform(*PAUSES), 3),
        lasting=round(chance.uniform(*lasting), 3),
        node=chance.choice(nodes) if where == "database" else "",
        bytes_through=chance.randint(*BYTES) if what == "cut" else 0,
    )
