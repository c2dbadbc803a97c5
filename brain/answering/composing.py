"""An answer that a model writes: routed, asked for, and held sentence by sentence against its
passages. It rules on nothing: whether the answer is sent is policy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from brain.answering.composed import Composed
from brain.answering.inquiry import Result
from brain.answering.prompting import Brief, Draft, draft_of, request_of, text_of
from brain.answering.support import Checked, Support
from brain.chat import NobodyAnswered, Tried, spent
from brain.contract import Citation, Hit, TurnInput
from brain.models.chain import Asking, Chain
from brain.models.conditions import has_figures
from brain.models.routing import route_on
from brain.router import Need, Routed, complexity, route, sentiment
from brain.settings import BrainSettings
from brain.spending import BudgetSpent, Spender
from brain.triage.classifier import Triage
from brain.triage.intents import Understood

# What shares no meaning with any passage is not worth a call: no model finds it there.
_LEAST_FOUND = 0.15
# A token of most languages has about so many letters.
_LETTERS_A_TOKEN = 3
# Of the sentences of an answer so many may be cut before it is another answer.
_MOST_CUT = 0.34
_RATHER = 0.5


class ModelComposer:
    """Implements ``Composer`` with the configured models. ``department`` gives the desk of a
    channel, on whose account its calls go."""

    def __init__(
        self,
        chain: Chain,
        settings: BrainSettings,
        support: Support,
        department: Callable[[str], str],
    ) -> None:
        self._chain = chain
        self._settings = settings
        self._support = support
        self._department = department

    async def compose(self, turn: TurnInput, triage: Triage, result: Result) -> Composed | None:
        hits = _worth_asking(result)
        if not hits:
            return None
        asked = tuple(part.question for part in result.parts)
        brief = Brief(asked, hits, turn.history, triage.language)
        routed = self._routed(turn, triage, result, brief)
        if not routed.models:
            told = "; ".join(f"{name}: {why}" for name, why in routed.left_out.items())
            rule = f"{routed.why}: no model may answer{f' ({told})' if told else ''}"
            return Composed(people=("routed_to_people", rule), trace=_traced(routed, (), None))
        spender = Spender(turn.tenant, self._department(turn.channel), turn.conversation)
        writing = _Writing(self, brief, turn, self._chain.asking(turn.turn, spender), routed)
        return await writing.written()

    def _routed(self, turn: TurnInput, triage: Triage, result: Result, brief: Brief) -> Routed:
        said = sum(len(line.text) for line in request_of(brief, 1).messages)
        need = Need(
            topics=_topics(triage.understood),
            sentiment=sentiment(triage.mood.sentiment),
            complexity=complexity(
                brief.questions,
                triage.unsuccessful,
                sure=result.joined.confidence >= self.enough,
                leaning=any(question.leans != "nothing" for question in triage.questions),
            ),
            language=triage.language,
            tokens=said // _LETTERS_A_TOKEN,
        )
        return route(need, route_on(turn.channel, self._settings), self._settings.models)

    @property
    def enough(self) -> float:
        return self._settings.knowledge.threshold

    def answer_tokens(self, name: str) -> int:
        return self._settings.models[name].parameters.answer_tokens

    async def checked(self, draft: Draft, brief: Brief) -> Sequence[Checked]:
        claims = [sentence.claim for sentence in draft.sentences]
        passages = [hit.passage for hit in brief.hits]
        return await asyncio.to_thread(self._support.check, claims, passages, brief.language)


class _Writing:
    """One turn's answer: the first model's, or a bigger one's where that is not borne."""

    def __init__(
        self, composer: ModelComposer, brief: Brief, turn: TurnInput, asking: Asking, routed: Routed
    ) -> None:
        self._composer = composer
        self._brief = brief
        self._today = datetime.fromtimestamp(turn.now, UTC).date().isoformat()
        self._asking = asking
        self._routed = routed
        self._escalated: list[str] = []

    async def written(self) -> Composed:
        last = Composed()
        names = self._routed.models
        while names:
            try:
                # Each answer may be as long as the shortest that these models give.
                most = min(map(self._composer.answer_tokens, names))
                answered = await self._asking.ask(names, request_of(self._brief, most))
            except NobodyAnswered as error:
                # An answer that another model gave and that was not borne is none.
                return self._told(_extractive(last), f"nobody answered: {error}")
            except BudgetSpent as error:
                return self._told(Composed(people=("budget_spent", str(error))), None)
            data = answered.completion.data or {}
            draft = draft_of(data, self._brief.hits)
            last = await self._held(draft, answered.model)
            why = self._doubt(draft, last)
            if why is None:
                return self._told(last, None)
            self._escalated.append(f"{answered.model}: {why}")
            names = names[names.index(answered.model) + 1 :]
        return self._told(self._without_models(last), None)

    def _without_models(self, last: Composed) -> Composed:
        """No model has a whole answer that its passages bear: people are told what is missing, and
        what could be said; where nothing is, the extractive answer stands."""
        if last.missing:
            code = "partly_unanswered" if last.text else "knowledge_missing"
            return replace(last, people=(code, f"the passages do not say: {last.missing}"))
        return _extractive(last)

    async def _held(self, draft: Draft, model: str) -> Composed:
        checked = await self._composer.checked(draft, self._brief)
        kept = [s for s, one in zip(draft.sentences, checked, strict=True) if one.fault is None]
        borne = [one for one in checked if one.fault is None]
        cut = tuple(f"{one.claim.text} ({one.fault})" for one in checked if one.fault is not None)
        text = text_of(kept)
        return Composed(
            text=text,
            citations=_citations(borne, self._brief.hits),
            confidence=draft.confidence if text else 0.0,
            model=model,
            out_of_date=self._out_of_date(borne),
            missing=draft.missing,
            people=("model_asks_for_person", draft.handoff) if draft.handoff else None,
            cut=cut,
        )

    def _doubt(self, draft: Draft, held: Composed) -> str | None:
        """Why a bigger model is asked; None where this answer stands."""
        if held.people is not None:
            return None
        if not held.text:
            return "no sentence that a passage bears"
        if len(held.cut) > _MOST_CUT * len(draft.sentences):
            return f"{len(held.cut)} of {len(draft.sentences)} sentences are not borne"
        if held.confidence < self._composer.enough:
            return f"confidence {held.confidence:.2f}"
        return f"missing: {held.missing}" if held.missing else None

    def _out_of_date(self, borne: Sequence[Checked]) -> str | None:
        passages = {hit.passage.id: hit.passage for hit in self._brief.hits}
        for one in borne:
            until = passages[one.bearer].review_by if one.bearer in passages else None
            if until is not None and until < self._today and has_figures(one.claim.text):
                return until
        return None

    def _told(self, composed: Composed, failed: str | None) -> Composed:
        traced = _traced(self._routed, self._asking.tried, failed)
        more = {"escalated": self._escalated, "missing": composed.missing}
        more |= {"cut": list(composed.cut)}
        return replace(composed, trace=traced | more)


def _topics(understood: Understood) -> frozenset[str]:
    """What the message is about, as far as that is surer than not."""
    topic = understood.topic if understood.sure >= _RATHER else None
    intent = understood.intent if understood.intent_sure >= _RATHER else None
    return frozenset(name for name in (topic, intent) if name is not None)


def _extractive(last: Composed) -> Composed:
    """What no model may say: the extractive answer stands."""
    return Composed(missing=last.missing, cut=last.cut)


def _worth_asking(result: Result) -> Sequence[Hit]:
    """The passages that an answer can be written of; none where that is decided already."""
    decided = result.declined or result.off_topic or result.slots is not None
    guided = any(part.leads_into_guide for part in result.parts)
    sure = max((part.answer.confidence for part in result.parts), default=0.0)
    return () if decided or guided or sure < _LEAST_FOUND else result.joined.hits


def _citations(borne: Sequence[Checked], hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """The passage that bears most of the answer first."""
    passages = {hit.passage.id: hit.passage for hit in hits}
    first: dict[str, Checked] = {}
    count: dict[str, int] = {}
    for one in borne:
        if one.bearer is not None:
            first.setdefault(one.bearer, one)
            count[one.bearer] = count.get(one.bearer, 0) + 1
    ordered = sorted(first, key=lambda id_: -count[id_])
    return tuple(
        Citation(id_, passages[id_].title, passages[id_].url, first[id_].quote) for id_ in ordered
    )


def _traced(routed: Routed, tried: Sequence[Tried], failed: str | None) -> dict[str, object]:
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
