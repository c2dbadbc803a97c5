"""An answer that a model writes: routed, briefed and asked for. It rules on nothing: whether the
answer is sent is policy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from brain.answering.composed import Composed
from brain.answering.contradictions import Settled, Settling
from brain.answering.inquiry import Result
from brain.answering.manner import PLAIN, Manner
from brain.answering.policies import LETTERS_A_TOKEN, Policies
from brain.answering.prompting import Brief, request_of
from brain.answering.summing import Summed, due, summed, unsummed
from brain.answering.support import Support
from brain.answering.systems import Known, Systems, line_of
from brain.answering.vouching import MODELS_WORD, Vouching
from brain.answering.writing import Desk, Writing, traced
from brain.contract import Filter, Hit, TurnInput
from brain.models.chain import Asking, Chain
from brain.models.routing import route_on
from brain.router import Need, Routed, complexity, looks_at_budget, route, sentiment
from brain.settings import BrainSettings
from brain.spending import Spender
from brain.triage.classifier import Triage
from brain.triage.intents import Understood

# What shares no meaning with any passage is not worth a call: no model finds it there.
_LEAST_FOUND = 0.15
_RATHER = 0.5
# A summary is written beside the answer; an answer that is there does not wait longer for it.
_SUMMARY_SECONDS = 4.0


def _plain(_channel: str) -> Manner:
    return PLAIN


@dataclass(frozen=True, slots=True)
class Resources:
    """What an answer can be made with beside the passages that were found; each may be absent.
    ``manner`` gives how a channel's answers are written."""

    systems: Systems | None = None
    settling: Settling | None = None
    policies: Policies | None = None
    manner: Callable[[str], Manner] = _plain


class ModelComposer:
    """Implements ``Composer`` with the configured models. ``department`` gives the desk of a
    channel, on whose account its calls go."""

    def __init__(
        self,
        chain: Chain,
        settings: BrainSettings,
        support: Support,
        department: Callable[[str], str],
        resources: Resources | None = None,
    ) -> None:
        self._chain = chain
        self._settings = settings
        self._support = support
        self._vouching = Vouching(support.content, support.compared_by)
        self._department = department
        self._with = resources or Resources()

    async def compose(self, turn: TurnInput, triage: Triage, result: Result) -> Composed | None:
        if _is_decided(result):
            return None
        systems = self._with.systems
        known = await systems.known_of(turn) if systems is not None else Known()
        offered = systems.offered(turn) if systems is not None else ()
        hits = _worth_asking(result)
        if not hits and not known.passages and not offered:
            return None
        settled = await self._settled(hits, turn)
        brief = Brief(
            tuple(part.question for part in result.parts),
            settled.hits,
            unsummed(turn.history, turn.case),
            triage.language,
            systems=known.passages,
            offered=tuple(map(line_of, offered)),
            earlier=turn.case.summary,
            manner=self._with.manner(turn.channel),
        )
        spender = Spender(turn.tenant, self._department(turn.channel), turn.conversation)
        routed = await self._routed(self._need(turn, triage, result, brief, known), turn, spender)
        asking = self._chain.asking(turn.turn, spender)
        noted = _noted(settled, known)
        if not routed.models:
            told = "; ".join(f"{name}: {why}" for name, why in routed.left_out.items())
            rule = f"{routed.why}: no model may answer{f' ({told})' if told else ''}"
            trace = traced(routed, asking, None) | noted
            return Composed(people=("routed_to_people", rule), trace=trace)
        brief, why = await self._with_policies(brief, settled, routed, turn)
        written = await self._written(brief, turn, asking, routed)
        if why:
            noted["policies"] = why
        most = self._most(written, brief, settled, result)
        if most is not None:
            noted["vouched"] = round(most, 3)
            written = replace(written, confidence=min(written.confidence, most))
        return replace(written, trace={**written.trace, **noted})

    def _most(
        self, written: Composed, brief: Brief, settled: Settled, result: Result
    ) -> float | None:
        """The confidence that the search allows. What was not searched for it cannot judge, nor
        which of two articles on one matter is right where that was settled otherwise."""
        if brief.policies:
            return None
        most = self._vouching.most(written.citations, result, brief.language)
        if most is None or not settled.notes:
            return most
        return max(most, min(1.0, result.joined.confidence + MODELS_WORD))

    async def _settled(self, hits: Sequence[Hit], turn: TurnInput) -> Settled:
        if self._with.settling is None:
            return Settled(hits)
        return await self._with.settling.settled(hits, turn.tenant)

    def _need(
        self, turn: TurnInput, triage: Triage, result: Result, brief: Brief, known: Known
    ) -> Need:
        said = sum(len(line.text) for line in request_of(brief, 1).messages)
        profile = turn.around.profile
        return Need(
            topics=_topics(triage.understood),
            sentiment=sentiment(triage.mood.sentiment),
            complexity=complexity(
                brief.questions,
                triage.unsuccessful,
                sure=result.joined.confidence >= self._settings.knowledge.threshold,
                leaning=any(question.leans != "nothing" for question in triage.questions),
            ),
            customer=profile.tier or known.tier,
            tagged=frozenset(profile.tags) | known.tags,
            language=triage.language,
            tokens=said // LETTERS_A_TOKEN,
        )

    async def _routed(self, need: Need, turn: TurnInput, spender: Spender) -> Routed:
        rules = route_on(turn.channel, self._settings)
        if looks_at_budget(rules):
            need = replace(need, budget_left=await self._chain.budget.left(spender))
        return route(need, rules, self._settings.models)

    async def _with_policies(
        self, brief: Brief, settled: Settled, routed: Routed, turn: TurnInput
    ) -> tuple[Brief, str]:
        """With the policies where that is cheaper than the passages in their place; and why."""
        if self._with.policies is None:
            return brief, ""
        if settled.notes:
            return brief, "passages contradict each other: only what was found is told"
        allowed = Filter(turn.tenant, turn.demo, turn.audiences)
        policies = await self._with.policies.of(allowed)
        smallest = min(
            (self._chain.links[name] for name in routed.models), key=lambda link: link.context
        )
        first = replace(self._chain.links[routed.models[0]], context=smallest.context)
        choice = self._with.policies.chosen(policies, brief.hits, first)
        return (replace(brief, policies=policies) if choice.prefix else brief), choice.why

    async def _written(
        self, brief: Brief, turn: TurnInput, asking: Asking, routed: Routed
    ) -> Composed:
        desk = Desk(self._settings, self._support, self._with.systems)
        older = due(turn.history, turn.case)
        if not older:
            return await Writing(desk, brief, turn, asking, routed).written()
        cheap = self._cheapest(routed)
        summing = asyncio.create_task(summed(older, turn.case, asking, cheap))
        try:
            composed = await Writing(desk, brief, turn, asking, routed).written()
            summary = await _in_time(summing)
        finally:
            summing.cancel()
        if summary is None:
            return composed
        return replace(composed, summary=summary.text, summed=summary.through)

    def _cheapest(self, routed: Routed) -> tuple[str, ...]:
        """Of those that may read the conversation at all, the cheap ones first."""
        links = self._chain.links
        return tuple(sorted(routed.models, key=lambda name: links[name].tariff.tiers[0].input))


async def _in_time(summing: asyncio.Task[Summed | None]) -> Summed | None:
    done, _ = await asyncio.wait({summing}, timeout=_SUMMARY_SECONDS)
    return summing.result() if done else None


def _noted(settled: Settled, known: Known) -> dict[str, object]:
    noted: dict[str, object] = {}
    if settled.notes:
        noted["contradictions"] = list(settled.notes)
    if known.asked:
        noted["customer"] = dict(known.asked)
    return noted


def _topics(understood: Understood) -> frozenset[str]:
    """What the message is about, as far as that is surer than not."""
    topic = understood.topic if understood.sure >= _RATHER else None
    intent = understood.intent if understood.intent_sure >= _RATHER else None
    return frozenset(name for name in (topic, intent) if name is not None)


def _is_decided(result: Result) -> bool:
    """Whether no words of a model are wanted, whatever was found."""
    guided = any(part.leads_into_guide for part in result.parts)
    return result.declined or result.off_topic or result.slots is not None or guided


def _worth_asking(result: Result) -> Sequence[Hit]:
    """The passages that an answer can be written of."""
    sure = max((part.answer.confidence for part in result.parts), default=0.0)
    return () if sure < _LEAST_FOUND else result.joined.hits
