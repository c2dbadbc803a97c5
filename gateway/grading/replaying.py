"""Past tickets through the brain as if they came today: what it would have said, on what ground.
Nothing is sent and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from brain.contract import Brain, CaseState, Clock, Decision, Filter, Passages, Said, TurnInput
from gateway.grading.rows import Spoken, TicketGold, TicketRow

T = TypeVar("T", str, int)
ANSWERING = frozenset({"reply", "clarify"})


@dataclass(frozen=True, slots=True)
class Replayed:
    """One turn of a ticket. ``answer`` is what the assistant would have said, or suggested to the
    person; ``sources`` are document ids; ``tier`` is None where no rule gave one; ``micros`` are
    millionths of a US dollar."""

    asked: str
    decision: str
    answer: str
    notice: str | None
    confidence: float
    language: str | None
    sources: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    intent: str | None
    tier: int | None
    seconds: float = 0.0
    micros: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """``right`` is whether the first turn came to what the ticket's gold says, None without one."""

    id: str
    turns: tuple[Replayed, ...]
    right: bool | None


class Replay:
    """Asks one brain, as on channels that may be answered from what ``allowed`` lets see."""

    def __init__(self, brain: Brain, passages: Passages, clock: Clock, allowed: Filter) -> None:
        self._brain = brain
        self._passages = passages
        self._clock = clock
        self._allowed = allowed

    async def run(self, rows: Sequence[TicketRow], step: Callable[[str], None]) -> list[Ticket]:
        """Each ticket is a conversation of its own; ``step`` hears of each that is done."""
        found: list[Ticket] = []
        for row in rows:
            found.append(await self._ticket(row))
            step(row.id)
        return found

    async def _ticket(self, row: TicketRow) -> Ticket:
        turns: list[Replayed] = []
        unsuccessful, language = 0, None
        for history, new in stretches(row.said):
            turn = self._turn(row.id, history, new, unsuccessful, language)
            began = self._clock.monotonic()
            decision = await self._brain.decide(turn)
            seconds = self._clock.monotonic() - began
            turns.append(await self._replayed(turn, decision, seconds))
            unsuccessful += decision.unsuccessful is not None
            language = decision.language or language
        right = None if row.gold is None else is_right(turns[0], row.gold)
        return Ticket(row.id, tuple(turns), right)

    def _turn(
        self,
        ticket: str,
        history: Sequence[Spoken],
        new: Sequence[Spoken],
        unsuccessful: int,
        language: str | None,
    ) -> TurnInput:
        now = self._clock.now()
        said = [
            Said(seq, one.author, one.text, now)
            for seq, one in enumerate((*history, *new), start=1)
        ]
        return TurnInput(
            turn=f"replay {ticket}",
            tenant=self._allowed.tenant,
            conversation=f"replay {ticket}",
            channel="replay",
            demo=self._allowed.demo,
            owner="assistant",
            new=tuple(said[len(history) :]),
            history=tuple(said[: len(history)]),
            language=language,
            case=CaseState(unsuccessful=unsuccessful),
            now=now,
        )

    async def _replayed(self, turn: TurnInput, decision: Decision, seconds: float) -> Replayed:
        ids = [citation.passage for citation in decision.citations]
        passages = await self._passages.resolve(ids, self._allowed)
        handoff = decision.handoff
        return Replayed(
            asked=" / ".join(said.text for said in turn.new),
            decision=decision.kind,
            answer=decision.text or (handoff.suggested if handoff is not None else ""),
            notice=decision.notice or (handoff.notice if handoff is not None else None),
            confidence=decision.confidence,
            language=decision.language,
            sources=tuple(dict.fromkeys(passage.document for passage in passages)),
            reasons=tuple((reason.code, reason.rule) for reason in decision.reasons),
            intent=_traced(decision, "intent", str),
            tier=_traced(decision, "tier", int),
            seconds=seconds,
            micros=_cost(decision),
        )


def stretches(
    said: Sequence[Spoken],
) -> Iterator[tuple[Sequence[Spoken], Sequence[Spoken]]]:
    """What was said before, and what the customer then said in one go, for each such time."""
    at = 0
    while at < len(said):
        end = at
        while end < len(said) and said[end].author == "customer":
            end += 1
        if end > at:
            yield said[:at], said[at:end]
        at = end + 1


def is_right(turn: Replayed, gold: TicketGold) -> bool:
    """Whether it came to what would have been right, as far as the gold says."""
    decided = "answer" if turn.decision in ANSWERING else "person"
    if gold.decision is not None and decided != gold.decision:
        return False
    return (
        gold.sources is None or not gold.sources or not set(gold.sources).isdisjoint(turn.sources)
    )


def _traced(decision: Decision, name: str, kind: type[T]) -> T | None:
    """What triage or policy noted of the turn, where they did."""
    detail = decision.trace.detail
    triage = cast("Mapping[str, object] | None", detail.get("triage"))
    for place in (detail, triage or {}):
        found = place.get(name)
        if isinstance(found, kind):
            return found
    return None


def _cost(decision: Decision) -> int:
    told = cast("Mapping[str, object]", decision.trace.detail.get("model") or {})
    micros = told.get("cost_micros")
    return micros if isinstance(micros, int) else 0
