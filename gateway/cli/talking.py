"""One conversation in a terminal: what it has said so far, and what a decision looks like to a
customer. It asks no brain, stores nothing and prints nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import RowMapping

from brain.contract import CaseState, Clock, Decision, GuideProgress, Said, TurnInput
from channels.contract import Capabilities, Choice, Link
from gateway.conversations.rendering import Rendering
from gateway.records import Claimed, Prepared
from gateway.store.store import MAIN
from gateway.turns.opened import Opened
from gateway.turns.plan import Plan, Planner, TurnSetup

NAME = "terminal"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the customer writes: a channel's name, and what its kind can show."""

    channel: str
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as the customer sees it: its pieces, and what may be chosen. ``beside`` are the
    sources that stand beside the text; elsewhere they are part of it."""

    author: str
    notice: str | None
    pieces: tuple[str, ...]
    choices: tuple[Choice, ...]
    citations: tuple[Link, ...]
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said, what was decided, and what was heard of it."""

    said: str
    decision: Decision
    heard: tuple[Heard, ...]


class Talk:
    """A customer at a channel of the set-up, who has not written before."""

    def __init__(self, setup: TurnSetup, place: Place, clock: Clock) -> None:
        self._setup = setup
        self._place = place
        self._rendering = Rendering({place.channel: place.capabilities})
        self._channel = place.channel
        self._clock = clock
        self._history: tuple[Said, ...] = ()
        self._offered: tuple[Choice, ...] = ()
        self._unsuccessful = 0
        self._guide: GuideProgress | None = None
        self._disclosed = False
        self._language: str | None = None

    def asked(self, line: str) -> TurnInput:
        """The turn in which this line is answered; the number of a choice presses it."""
        now = self._clock.now()
        choice = self._pressed(line)
        seq = len(self._history) + 1
        said = Said(seq, "customer", line, now)
        if choice is not None:
            said = Said(seq, "customer", choice.label, now, choice=choice.id)
        return TurnInput(
            turn=NAME,
            tenant=MAIN,
            conversation=NAME,
            channel=self._channel,
            demo=self._setup.rules[self._channel].demo,
            owner="assistant",
            new=(said,),
            history=self._history,
            language=self._language,
            case=CaseState(unsuccessful=self._unsuccessful, guide=self._guide),
            now=now,
        )

    def answered(self, turn: TurnInput, decision: Decision) -> Exchange:
        """Take the decision in, as the pipeline would, and show what the customer sees."""
        planner = Planner(self._setup, self._rendering, self._opened(turn))
        plan = planner.plan(decision, turn.now)
        told = (*plan.say, *plan.notices)
        self._remember(turn, decision, plan)
        self._offered = tuple(choice for prepared in told for choice in prepared.choices)
        heard = tuple(self._heard(prepared) for prepared in told)
        return Exchange(turn.new[0].text, decision, heard)

    def _pressed(self, line: str) -> Choice | None:
        numbers = {str(at): choice for at, choice in enumerate(self._offered, start=1)}
        return numbers.get(line.strip())

    def _remember(self, turn: TurnInput, decision: Decision, plan: Plan) -> None:
        self._disclosed = self._disclosed or any(
            one.discloses for one in (*plan.say, *plan.notices)
        )
        self._language = decision.language or self._language
        if decision.kind in {"hand_over", "draft"}:
            # People would close the case; what is said next is a new one.
            self._history, self._unsuccessful, self._guide = (), 0, None
            return
        if decision.kind in {"reply", "clarify"}:
            self._guide = decision.guide
        if decision.unsuccessful is not None:
            self._unsuccessful += 1
        said = [*turn.history, *turn.new]
        said += [_said(len(said) + at, one, turn.now) for at, one in enumerate(plan.say, start=1)]
        self._history = tuple(said)

    def _opened(self, turn: TurnInput) -> Opened:
        row: Mapping[str, Any] = {
            "channel": self._channel,
            "disclosed": self._disclosed,
            "language": self._language,
            "waiting_since": None,
            "epoch": 0,
            "owner": "assistant",
        }
        return Opened(
            turn=NAME,
            held=Claimed(NAME, 0, MAIN, self._channel, NAME),
            # A row of the store, which a terminal does not have: the planner reads these columns.
            row=cast("RowMapping", row),
            case=None,
            new=turn.new,
            history=turn.history,
            poisoned=False,
            started=turn.now,
            through_seq=0,
            asked=(),
        )

    def _heard(self, prepared: Prepared) -> Heard:
        # The web's own form is Markdown and HTML, mail's is HTML; no customer reads them as such.
        dialect = self._place.capabilities.dialect
        web, plain = dialect == "web", dialect in {"web", "email"}
        return Heard(
            prepared.author,
            prepared.notice,
            tuple(piece.plain if plain else piece.body for piece in prepared.pieces),
            prepared.choices,
            prepared.citations,
            _sources(prepared.citations) if web else (),
        )


def _said(seq: int, prepared: Prepared, at: float) -> Said:
    return Said(
        seq,
        prepared.author,
        prepared.markdown,
        at,
        notice=prepared.notice,
        passages=tuple(link.passage for link in prepared.citations),
    )


def _sources(links: Sequence[Link]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{link.title} {link.url or ''}".rstrip() for link in links))
