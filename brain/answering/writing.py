"""One turn's written answer: the first model's, or a bigger one's where that is not borne, held
sentence by sentence against what it names; and what models ask of the systems meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from brain.answering.ahead import ReadAhead
from brain.answering.composed import Composed
from brain.answering.drafting import Asked, Draft, draft_of, text_of
from brain.answering.judging import judged
from brain.answering.prompting import Brief, request_of
from brain.answering.support import Checked, Support
from brain.answering.systems import Systems
from brain.chat import NobodyAnswered, Tried, spent
from brain.contract import Citation, Passage, TurnInput
from brain.links import addresses
from brain.models.chain import Asking
from brain.models.conditions import has_figures
from brain.router import Routed
from brain.settings import BrainSettings
from brain.spending import BudgetSpent

# Of the sentences of an answer so many may be cut before it is another answer.
_MOST_CUT = 0.34
# How often a model may ask the systems in one turn.
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Desk:
    """What is written at: the settings, the check, and the systems where there are any."""

    settings: BrainSettings
    support: Support
    systems: Systems | None = None

    @property
    def enough(self) -> float:
        return self.settings.knowledge.threshold

    def answer_tokens(self, names: Sequence[str]) -> int:
        """Each answer may be as long as the shortest that these models give."""
        return min(self.settings.models[name].parameters.answer_tokens for name in names)


class Writing:
    def __init__(
        self, desk: Desk, brief: Brief, turn: TurnInput, asking: Asking, routed: Routed
    ) -> None:
        self._desk = desk
        self._brief = brief
        self._turn = turn
        self._today = datetime.fromtimestamp(turn.now, UTC).date().isoformat()
        self._asking = asking
        self._routed = routed
        self._escalated: list[str] = []
        self._asked: list[dict[str, object]] = []
        self._ahead = ReadAhead(desk.support, tuple(brief.sources.values()))

    async def written(self) -> Composed:
        async with self._ahead:
            return await self._written()

    async def _written(self) -> Composed:
        last = Composed()
        names = self._routed.models
        while names:
            try:
                request = request_of(self._brief, self._desk.answer_tokens(names))
                request = replace(request, hears=self._ahead.hear)
                answered = await self._asking.ask(names, request)
            except NobodyAnswered as error:
                # An answer that another model gave and that was not borne is none.
                return self._told(_extractive(last), f"nobody answered: {error}")
            except BudgetSpent as error:
                return self._told(Composed(people=("budget_spent", str(error))), None)
            draft = draft_of(answered.completion.data or {}, self._brief.sources)
            names = names[names.index(answered.model) :]
            if draft.action is not None and not draft.handoff:
                step = await self._stepped(draft.action, answered.model)
                if step is not None:
                    return self._told(step, None)
                continue
            last = await self._held(draft, answered.model)
            why = self._doubt(draft, last)
            if why is None:
                return self._told(last, None)
            self._escalated.append(f"{answered.model}: {why}")
            names = names[1:]
        return self._told(self._without_models(last), None)

    # --- Asking the systems ------------------------------------------------------------------

    async def _stepped(self, asked: Asked, model: str) -> Composed | None:
        """None where the model is asked again, with what came of it. After the last round it is
        offered nothing any more."""
        if self._desk.systems is None:
            return Composed(people=("model_asks_for_person", "it asks for what nobody offered"))
        came = await self._desk.systems.came_of(self._turn, asked)
        self._asked.append({"action": asked.name[:60], "came": _word(came.note, came.passage)})
        if came.request is not None:
            return Composed(action=came.request, model=model, confidence=1.0)
        systems, notes = self._brief.systems, self._brief.notes
        if came.passage is not None and came.passage.id not in {one.id for one in systems}:
            systems = (*systems, came.passage)
        elif came.passage is not None:
            notes = (*notes, f"{asked.name[:60]}: it is in `systems` already")
        if came.note:
            notes = (*notes, came.note)
        offered = self._brief.offered if len(self._asked) < ROUNDS else ()
        self._brief = replace(self._brief, systems=systems, notes=notes, offered=offered)
        return None

    # --- Holding what was written ------------------------------------------------------------

    def _without_models(self, last: Composed) -> Composed:
        """No model has a whole answer that its passages bear: people are told what is missing, and
        what could be said; where nothing is, the extractive answer stands."""
        if last.missing:
            code = "partly_unanswered" if last.text else "knowledge_missing"
            return replace(last, people=(code, f"the passages do not say: {last.missing}"))
        return _extractive(last)

    async def _held(self, draft: Draft, model: str) -> Composed:
        checked = await self._checked(draft)
        kept = [s for s, one in zip(draft.sentences, checked, strict=True) if one.fault is None]
        borne = [one for one in checked if one.fault is None]
        cut = tuple(f"{one.claim.text} ({one.fault})" for one in checked if one.fault is not None)
        text = text_of(kept)
        return Composed(
            text=text,
            citations=self._citations(borne),
            confidence=draft.confidence if text else 0.0,
            model=model,
            out_of_date=self._out_of_date(borne),
            missing=draft.missing,
            people=("model_asks_for_person", draft.handoff) if draft.handoff else None,
            cut=cut,
            links=addresses(one.text for one in self._brief.sources.values()),
        )

    async def _checked(self, draft: Draft) -> Sequence[Checked]:
        claims = [sentence.claim for sentence in draft.sentences]
        sources, language = tuple(self._brief.sources.values()), self._brief.language
        await self._ahead.settled()
        checked = await asyncio.to_thread(self._desk.support.check, claims, sources, language)
        return await judged(checked, self._asking, self._desk.settings.judge.models)

    def _doubt(self, draft: Draft, held: Composed) -> str | None:
        """Why a bigger model is asked; None where this answer stands."""
        if held.people is not None:
            return None
        if not held.text:
            return "no sentence that a passage bears"
        if len(held.cut) > _MOST_CUT * len(draft.sentences):
            return f"{len(held.cut)} of {len(draft.sentences)} sentences are not borne"
        if held.confidence < self._desk.enough:
            return f"confidence {held.confidence:.2f}"
        return f"missing: {held.missing}" if held.missing else None

    def _out_of_date(self, borne: Sequence[Checked]) -> str | None:
        passages = self._passages()
        for one in borne:
            until = passages[one.bearer].review_by if one.bearer in passages else None
            if until is not None and until < self._today and has_figures(one.claim.text):
                return until
        return None

    def _citations(self, borne: Sequence[Checked]) -> tuple[Citation, ...]:
        """The passage that bears most of the answer first. What a system says of a customer is no
        article that anybody could be sent to."""
        passages, systems = self._passages(), {one.id for one in self._brief.systems}
        first: dict[str, Checked] = {}
        count: dict[str, int] = {}
        for one in borne:
            if one.bearer is not None and one.bearer not in systems:
                first.setdefault(one.bearer, one)
                count[one.bearer] = count.get(one.bearer, 0) + 1
        ordered = sorted(first, key=lambda id_: -count[id_])
        return tuple(
            Citation(id_, passages[id_].title, passages[id_].url, first[id_].quote)
            for id_ in ordered
        )

    def _passages(self) -> dict[str | None, Passage]:
        return {passage.id: passage for passage in self._brief.sources.values()}

    def _told(self, composed: Composed, failed: str | None) -> Composed:
        more = {"escalated": self._escalated, "missing": composed.missing}
        more |= {"cut": list(composed.cut)}
        if self._asked:
            more |= {"systems": self._asked}
        return replace(composed, trace=traced(self._routed, self._asking, failed) | more)


def _word(note: str, passage: Passage | None) -> str:
    if passage is not None:
        return "read"
    return note[:200] or "the customer's next step"


def _extractive(last: Composed) -> Composed:
    """What no model may say: the extractive answer stands."""
    return Composed(missing=last.missing, cut=last.cut)


def traced(routed: Routed, asking: Asking, failed: str | None) -> dict[str, object]:
    tried = asking.tried
    return {
        "route": routed.why,
        "models": list(routed.models),
        "left_out": dict(routed.left_out),
        "calls": [_call(one) for one in tried],
        "cost_micros": spent(tried),
        "tokens": sum(one.usage.tokens for one in tried),
        "failed": failed,
    }


def _call(one: Tried) -> dict[str, object]:
    return {**asdict(one), "seconds": round(one.seconds, 3), "usage": asdict(one.usage)}
