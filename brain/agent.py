"""The assistant's turn: what was said goes through triage, policy, knowledge and grounding into one
decision. It keeps nothing between turns, sends nothing, and asks people rather than guess."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Protocol

from brain import matters, policy, tiers
from brain.answering.approved import ApprovedOnly
from brain.answering.composed import Composed, Composer
from brain.answering.finding import Answerer, Finder, Found, Stopwatch
from brain.answering.inquiry import Inquiry, Result
from brain.answering.refined import Refined, Refiner, merged
from brain.contract import (
    Clock,
    Decision,
    Handoff,
    Hit,
    Knowledge,
    KnowledgeUnavailable,
    Reason,
    Said,
    Trace,
    TurnInput,
)
from brain.links import addresses
from brain.policy import Findings, Ruling
from brain.settings import BrainSettings
from brain.tiers import Tiering, approved_topic
from brain.triage.classifier import Triage

_TRACED_CHARS = 500
# What a person must answer is never told as nearly sure enough.
_JUST_BELOW = 0.01
_NOT_OURS = 0.1
_LOOK_UP_SECONDS = 2.0
# Reasons of models for a person: the knowledge lacks something.
_NOT_KNOWN = frozenset({"knowledge_missing", "partly_unanswered"})


class Reader(Protocol):
    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage: ...

    def content(self, text: str) -> frozenset[str]: ...


class Agent:
    """Implements ``Brain``."""

    def __init__(
        self,
        knowledge: Knowledge,
        reader: Reader,
        answerer: Answerer,
        settings: BrainSettings,
        clock: Clock,
        composer: Composer | None = None,
    ) -> None:
        self._composer = composer
        self._refiner: Refiner | None = None
        self._knowledge = knowledge
        self._reader = reader
        self._answerer = answerer
        self._settings = settings
        self._clock = clock

    def refining(self, refiner: Refiner) -> Agent:
        """Have it read again what was read unsurely; once, before the first turn."""
        self._refiner = refiner
        return self

    async def decide(self, turn: TurnInput) -> Decision:
        """The first citation of a reply is the passage that its answer mainly rests on."""
        if turn.owner != "assistant":
            reason = Reason("not_owner", f"the conversation belongs to {turn.owner}")
            return Decision(kind="silent", language=turn.language, reasons=(reason,))
        watch = Stopwatch(self._clock)
        triage = await asyncio.to_thread(self._reader.look, turn.new, turn.history, turn.language)
        watch.lap("triage")
        turn = replace(turn, around=tiers.known(turn.around, self._settings))
        triage, refined = await self._refined(turn, triage, watch)
        turn = replace(turn, case=matters.placed(triage, turn.case, self._reader.content))
        found = Findings(triage, turn.case, around=turn.around, channel=turn.channel)
        tier = policy.tier_of(found, self._settings)
        ruling = policy.before_search(found, self._settings)
        if ruling is not None:
            # People who get it by a rule are told what the articles say of it.
            by_rule = ruling.kind == "hand_over" and ruling.reason == tier.reason
            result = await self._looked_up(turn, triage, watch) if by_rule else None
            decision = self._decision(ruling, triage, result, watch)
        else:
            decision, tier = await self._answered(turn, found, watch)
        decision = replace(decision, matter=matters.begun(triage, turn.case))
        return _of_tier(tier, _with_reading(decision, turn, refined))

    async def _refined(
        self, turn: TurnInput, triage: Triage, watch: Stopwatch
    ) -> tuple[Triage, Refined | None]:
        """With what a second reading adds; no model lowers a tier."""
        refined = await self._refiner.refine(turn, triage) if self._refiner else None
        if refined is None:
            return triage, None
        watch.lap("refining")
        read = merged(triage, refined)
        used = read is not triage and self._tier(turn, read) >= self._tier(turn, triage)
        noted = replace(refined, trace={**refined.trace, "used": used})
        return (read if used else triage), noted

    def _tier(self, turn: TurnInput, triage: Triage) -> int:
        found = Findings(triage, turn.case, around=turn.around, channel=turn.channel)
        return policy.tier_of(found, self._settings).tier

    async def _looked_up(self, turn: TurnInput, triage: Triage, watch: Stopwatch) -> Result | None:
        """For the brief alone, so nobody waits for it."""
        enough = self._settings.knowledge.threshold
        finder = Finder(self._knowledge, self._answerer, turn, triage, enough, watch)
        try:
            async with asyncio.timeout(_LOOK_UP_SECONDS):
                return await Inquiry(finder, triage, self._reader.content, enough).result()
        except (KnowledgeUnavailable, TimeoutError):
            return None

    async def _answered(
        self, turn: TurnInput, found: Findings, watch: Stopwatch
    ) -> tuple[Decision, Tiering]:
        """With the tier, which may also hang on how sure the answer is."""
        triage, enough = found.triage, self._settings.knowledge.threshold
        tier = policy.tier_of(found, self._settings)
        approved = approved_topic(triage.understood, self._settings)
        knowledge = self._knowledge if approved is None else ApprovedOnly(self._knowledge)
        finder = Finder(knowledge, self._answerer, turn, triage, enough, watch)
        try:
            result = await Inquiry(finder, triage, self._reader.content, enough).result()
        except KnowledgeUnavailable as error:
            failed = f"the knowledge cannot be searched: {error}"
            ruling = policy.after_search(replace(found, failed=failed), self._settings)
            return self._decision(ruling, triage, None, watch), tier
        composed = None
        if approved is None:
            composed = await self._composed(turn, triage, result, watch)
        if composed is not None:
            # What people have to see in any case, no model asks a system for.
            if composed.action is not None and not tier.sensitive:
                return self._asks(composed, triage, result, watch), tier
            result = _written(result, composed)
            if composed.people is not None:
                return self._decision(_to_people(composed), triage, result, watch, composed), tier
        found = _searched(found, result)
        ruling = policy.after_search(found, self._settings)
        decision = self._decision(ruling, triage, result, watch, composed)
        if approved is not None:
            decision = _approved(decision, approved)
        return decision, policy.tier_of(found, self._settings)

    async def _composed(
        self, turn: TurnInput, triage: Triage, result: Result, watch: Stopwatch
    ) -> Composed | None:
        """What models make of what was found; None where none is configured, or has anything to
        write."""
        if self._composer is None:
            return None
        composed = await self._composer.compose(turn, triage, result)
        watch.lap("models")
        return composed

    def _asks(
        self, composed: Composed, triage: Triage, result: Result, watch: Stopwatch
    ) -> Decision:
        """What a model asks to be done is put to the customer like what they ask themselves."""
        name = composed.action.action if composed.action is not None else ""
        reason = Reason("model_asks_for_action", f"a model takes {name} to be wanted")
        ruling = Ruling("propose_action", reason)
        decision = self._decision(ruling, triage, result, watch, composed)
        return replace(decision, action=composed.action)

    def _decision(
        self,
        ruling: Ruling,
        triage: Triage,
        result: Result | None,
        watch: Stopwatch,
        composed: Composed | None = None,
    ) -> Decision:
        joined = (result or Result()).joined
        handoff = ruling.handoff
        if handoff is not None and ruling.kind == "draft":
            handoff = replace(handoff, sure=joined.confidence)
        shown = ruling.answers or ruling.kind == "draft"
        return Decision(
            kind=ruling.kind,
            text=joined.text if shown else "",
            notice=ruling.notice if handoff is None else None,
            slots=ruling.slots,
            citations=joined.citations if shown else (),
            handoff=_briefed(handoff, triage, result) if handoff else None,
            language=triage.language,
            confidence=self._confidence(ruling, joined.confidence),
            reasons=(ruling.reason,),
            unsuccessful=ruling.unsuccessful,
            links=_links(joined.hits, composed),
            summary=composed.summary if composed is not None else "",
            summed=composed.summed if composed is not None else 0,
            trace=_with_calls(_trace(self._answerer.name, triage, result, watch.stages), composed),
        )

    def _confidence(self, ruling: Ruling, confidence: float) -> float:
        if ruling.answers or ruling.kind == "clarify":
            return confidence
        if ruling.notice == policy.OFF_TOPIC:
            return min(confidence, _NOT_OURS)
        return min(confidence, max(0.0, self._settings.knowledge.threshold - _JUST_BELOW))


def _links(hits: Sequence[Hit], composed: Composed | None) -> tuple[str, ...]:
    found = addresses(hit.passage.text for hit in hits)
    return found if composed is None else tuple(dict.fromkeys((*found, *composed.links)))


def _approved(decision: Decision, topic: str) -> Decision:
    reason = Reason("approved_only", f"of {topic} only approved sentences are said")
    detail = {**decision.trace.detail, "approved": topic}
    return replace(
        decision,
        reasons=(*decision.reasons, reason),
        trace=replace(decision.trace, detail=detail),
    )


def _searched(found: Findings, result: Result) -> Findings:
    return replace(
        found,
        confidence=result.joined.confidence,
        answered=bool(result.joined.text),
        parts=len(result.parts),
        open_questions=tuple(part.question for part in result.unanswered),
        out_of_date=result.joined.out_of_date,
        off_topic=result.off_topic,
        declined=result.declined,
        ambiguous=result.slots,
    )


def _with_reading(decision: Decision, turn: TurnInput, refined: Refined | None) -> Decision:
    """With what rules looked at besides the message, and the second reading, in the trace."""
    case, profile = turn.case, turn.around.profile
    noted: dict[str, object] = {
        "unsuccessful": case.unsuccessful,
        "contacts": case.contacts,
        "customer": {"vip": profile.vip, "tier": profile.tier, "verified": profile.verified},
    }
    detail = {**decision.trace.detail, "case": noted}
    if refined is not None:
        detail["refined"] = dict(refined.trace)
    return replace(decision, trace=replace(decision.trace, detail=detail))


def _of_tier(tiering: Tiering, decision: Decision) -> Decision:
    """With the tier in the trace, and what gave it beside the reasons."""
    noted = {**decision.trace.detail, "tier": tiering.tier, "tier_rule": tiering.reason.rule}
    reasons = decision.reasons
    if tiering.tier > 1 and tiering.reason.code not in {reason.code for reason in reasons}:
        reasons = (*reasons, tiering.reason)
    return replace(decision, reasons=reasons, trace=replace(decision.trace, detail=noted))


def _briefed(handoff: Handoff, triage: Triage, result: Result | None) -> Handoff:
    """With what a colleague needs to go on from here."""
    told = replace(handoff, concluded=_concluded(handoff.reason.code, triage, result))
    if result is None:
        return told
    if handoff.reason.code == "out_of_date":
        return replace(told, suggested=result.joined.text)
    if handoff.reason.code != "partly_unanswered":
        return told
    if not result.unanswered:
        # What a model wrote answers what could be answered.
        return replace(told, suggested=result.joined.text)
    answered = [part.answer.text for part in result.parts if part not in result.unanswered]
    return replace(
        told,
        open_questions=tuple(part.question for part in result.unanswered),
        suggested="\n\n".join(dict.fromkeys(text for text in answered if text)),
    )


def _written(result: Result, composed: Composed) -> Result:
    """With the written answer in place of the extractive one; that stands where there is none."""
    if not composed.text:
        return result
    joined = replace(
        result.joined,
        text=composed.text,
        citations=composed.citations,
        confidence=composed.confidence,
        cut=composed.cut,
        out_of_date=composed.out_of_date,
    )
    return replace(result, joined=joined, unanswered=())


def _to_people(composed: Composed) -> Ruling:
    code, rule = composed.people or ("", "")
    unknown = code in _NOT_KNOWN
    notice = "unknown" if unknown else "handoff_by_us"
    return Ruling("hand_over", Reason(code, rule), notice, "unknown" if unknown else None)


def _with_calls(trace: Trace, composed: Composed | None) -> Trace:
    if composed is None:
        return trace
    detail = {**trace.detail, "model": composed.trace}
    return replace(trace, model=composed.model or trace.model, detail=detail)


def _concluded(code: str, triage: Triage, result: Result | None) -> str:
    """What the colleague who takes over is told that the assistant believes."""
    if triage.unsuccessful is not None and triage.earlier:
        return "The help pages quoted so far did not solve it."
    if result is None or not result.joined.hits:
        return ""
    open_parts: Sequence[Found] = result.unanswered or result.parts
    nearest = next((part.hits[0].passage for part in open_parts if part.hits), None)
    if nearest is None:
        return ""
    title = " > ".join(nearest.title_path) or nearest.title
    if code == "out_of_date":
        return f"The help page “{title}” answers it, but its review was due."
    return f"The nearest help page is “{title}”, but it may not answer the question."


def _trace(model: str, triage: Triage, result: Result | None, stages: Mapping[str, float]) -> Trace:
    detail: dict[str, object] = {"triage": _traced(triage)}
    if result is None:
        return Trace(model="none", stages=stages, detail=detail)
    detail |= {
        "query": "\n".join(part.query for part in result.parts)[:_TRACED_CHARS],
        "parts": [_traced_part(part) for part in result.parts],
        "off_topic": result.off_topic,
        "readings": result.slots,
        "cut": list(result.joined.cut),
    }
    return Trace(model, stages, tuple(map(_considered, result.joined.hits)), detail)


def _considered(hit: Hit) -> Mapping[str, object]:
    return {
        "id": hit.passage.id,
        "document": hit.passage.document,
        "title": " > ".join(hit.passage.title_path),
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "lexical": round(hit.lexical, 4),
    }


def _traced_part(part: Found) -> Mapping[str, object]:
    return {
        "question": part.question[:_TRACED_CHARS],
        "query": part.query[:_TRACED_CHARS],
        "confidence": round(part.answer.confidence, 4),
        "out_of_date": part.answer.out_of_date,
    }


def _traced(triage: Triage) -> Mapping[str, object]:
    """Without what was said before, which the conversation itself keeps."""
    return {
        "language": triage.language,
        "wish": triage.wish,
        "small_talk": triage.small_talk,
        "unsuccessful": triage.unsuccessful,
        "about_files": triage.about_files,
        "questions": [question.text[:_TRACED_CHARS] for question in triage.questions],
        "earlier": list(triage.earlier),
        "notices": sorted(triage.notices),
        "intent": triage.understood.intent,
        "intent_sure": round(triage.understood.intent_sure, 4),
        "topic": triage.understood.topic,
        "sure": round(triage.understood.sure, 4),
        "chances": {name: round(c, 4) for name, c in triage.understood.chances.items()},
        "mood": asdict(triage.mood),
        "amount": triage.amount,
        "tampering": triage.tampering,
    }
