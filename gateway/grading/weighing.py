"""What replayed tickets add up to, what another configuration changes of it, and the gate that both
have to pass. Pure; it replays nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.grading.replaying import ANSWERING, Replayed, Ticket
from gateway.grading.rows import NotGradable

GATE_LIMIT = 64 * 1024
_MICROS = 1e6
Figure: TypeAlias = Literal[
    "right",
    "answered",
    "people",
    "silent",
    "answered_wrongly",
    "better",
    "worse",
    "cost_usd",
    "median_seconds",
]
Bounds: TypeAlias = Mapping[Figure, Annotated[float, Field(ge=0.0)]]


class Gate(BaseModel):
    """``right``, ``answered``, ``people`` and ``silent`` are shares from 0 to 1, the others counts
    and sums."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: Bounds = Field(default_factory=dict[Figure, float])
    at_most: Bounds = Field(default_factory=dict[Figure, float])


@dataclass(frozen=True, slots=True)
class Missed:
    """A bound that is not kept; ``was`` is None where nothing says what it was."""

    figure: str
    bound: str
    was: float | None

    def line(self) -> str:
        was = "nothing was there to tell it" if self.was is None else f"it is {self.was:g}"
        return f"{self.figure} has to be {self.bound}; {was}"


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket of which another configuration makes something else; of its first turn that differs,
    or of its grade."""

    id: str
    before: Replayed
    after: Replayed
    right_before: bool | None
    right_after: bool | None

    @property
    def to(self) -> Literal["better", "worse", "other"]:
        if self.right_before == self.right_after:
            return "other"
        return "better" if self.right_after else "worse"


def sums(tickets: Sequence[Ticket]) -> dict[str, int | float]:
    """How many tickets there are, how their turns ended, and how many came to what was right."""
    turns = [turn for ticket in tickets for turn in ticket.turns]
    kinds = Counter(map(_kind, turns))
    graded = [ticket.right for ticket in tickets if ticket.right is not None]
    return {
        "tickets": len(tickets),
        "turns": len(turns),
        "answered": kinds["answered"],
        "people": kinds["people"],
        "silent": kinds["silent"],
        "graded": len(graded),
        "right": sum(graded),
        "answered_wrongly": sum(map(_answered_wrongly, tickets)),
        "cost_usd": round(sum(turn.micros for turn in turns) / _MICROS, 6),
        "median_seconds": round(median(turn.seconds for turn in turns), 3) if turns else 0.0,
    }


def changes(before: Sequence[Ticket], after: Sequence[Ticket]) -> list[Change]:
    """What differs between two replays of the same tickets."""
    return [
        change
        for one, other in zip(before, after, strict=True)
        if (change := _change(one, other)) is not None
    ]


def figures(found: Mapping[str, float], moved: Sequence[Change] | None) -> dict[str, float | None]:
    """What a gate bounds. A share of nothing is None; so is a comparison with nothing."""
    turns, graded = found["turns"], found["graded"]
    shares = {name: found[name] / turns if turns else None for name in ("answered", "people")}
    wrongly = found["answered_wrongly"] if graded else None
    return {
        **shares,
        "silent": found["silent"] / turns if turns else None,
        "right": found["right"] / graded if graded else None,
        "answered_wrongly": wrongly,
        "better": None if moved is None else sum(one.to == "better" for one in moved),
        "worse": None if moved is None else sum(one.to == "worse" for one in moved),
        "cost_usd": found["cost_usd"],
        "median_seconds": found["median_seconds"],
    }


def missed(gate: Gate, found: Mapping[str, float | None]) -> list[Missed]:
    """What nothing was there to tell does not pass."""
    below = [
        Missed(figure, f"at least {least:g}", found[figure])
        for figure, least in gate.at_least.items()
        if (was := found[figure]) is None or was < least
    ]
    above = [
        Missed(figure, f"at most {most:g}", found[figure])
        for figure, most in gate.at_most.items()
        if (was := found[figure]) is None or was > most
    ]
    return below + above


def read_gate(file: Path) -> Gate:
    """
    Raises:
        NotGradable: it is no gate; the message says where.
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        raw = opened.read(GATE_LIMIT + 1)
    form = f"{file}: write at_least and at_most, each with figures and numbers"
    if len(raw) > GATE_LIMIT:
        raise NotGradable(f"{form}; this file is longer than {GATE_LIMIT // 1024} KiB")
    try:
        gate = Gate.model_validate(yaml.safe_load(raw) or {})
    except (yaml.YAMLError, RecursionError) as error:
        raise NotGradable(f"{form}; this is no YAML") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NotGradable(f"{form}; {where}: {first['msg']}") from error
    if not gate.at_least and not gate.at_most:
        raise NotGradable(f"{form}; there is none, and such a gate would let everything pass")
    return gate


def _kind(turn: Replayed) -> str:
    if turn.decision in ANSWERING:
        return "answered"
    return "silent" if turn.decision == "silent" else "people"


def _answered_wrongly(ticket: Ticket) -> bool:
    return ticket.right is False and ticket.turns[0].decision in ANSWERING


def _change(one: Ticket, other: Ticket) -> Change | None:
    # A turn that went another way may make the conversation shorter, never longer.
    pairs = zip(one.turns, other.turns, strict=False)
    differing = next((pair for pair in pairs if _essence(pair[0]) != _essence(pair[1])), None)
    if differing is None:
        if one.right == other.right:
            return None
        differing = (one.turns[0], other.turns[0])
    return Change(one.id, *differing, one.right, other.right)


def _essence(turn: Replayed) -> tuple[object, ...]:
    """What a customer or a colleague would notice."""
    return (turn.decision, turn.answer, turn.notice, turn.sources, turn.tier)
