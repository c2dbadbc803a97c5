"""Walks customers through guides around another brain, which answers everything else. It keeps
nothing between turns: where a customer stands lies in the case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from brain.contract import (
    Brain,
    Citation,
    Decision,
    Filter,
    Guide,
    GuideProgress,
    Guides,
    Handoff,
    Option,
    Reason,
    Said,
    Step,
    Trace,
    TurnInput,
)
from brain.guides import telling, walking
from brain.guides.phrasebook import Hears, Phrasebook, Says
from brain.guides.reading import holds_steps
from brain.guides.understanding import is_question
from brain.guides.walking import STEPS_CHOICE, Came, Walked
from brain.links import addresses
from brain.triage.classifier import Triage

# The failures of an answer that a step may explain: the words were no question at all.
_NO_QUESTION = frozenset({"unknown", "not_understood"})
# The notice that says that a message is not about the business.
_OFF_TOPIC = "off_topic"


class Reader(Protocol):
    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage: ...

    def content(self, text: str) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class _Walk:
    """One turn at a step of a guide, with the words of the customer's language."""

    turn: TurnInput
    guide: Guide
    progress: GuideProgress
    step: Step
    language: str | None
    says: Says
    hears: Hears


class Guided:
    """Implements ``Brain``."""

    def __init__(self, inner: Brain, guides: Guides, reader: Reader, phrases: Phrasebook) -> None:
        self._inner = inner
        self._guides = guides
        self._reader = reader
        self._phrases = phrases

    async def decide(self, turn: TurnInput) -> Decision:
        progress = turn.case.guide
        if turn.owner != "assistant":
            return await self._inner.decide(turn)
        if progress is None or _a_person_spoke_since(turn.history):
            return await self._perhaps_begun(turn, await self._inner.decide(turn))
        return await self._at(turn, progress)

    # --- Beginning ---------------------------------------------------------------------------

    async def _perhaps_begun(self, turn: TurnInput, decision: Decision) -> Decision:
        if decision.kind != "reply" or not decision.citations:
            return decision
        allowed = _allowed(turn)
        guide = await self._guides.of_passage(decision.citations[0].passage, allowed)
        if guide is not None:
            return self._begun(turn, decision, guide)
        # Beside answers to other questions the guide comes last.
        for cited in decision.citations[1:]:
            at = decision.text.rfind(cited.quote) if cited.quote else -1
            guide = await self._guides.of_passage(cited.passage, allowed) if at > 0 else None
            if guide is not None:
                return self._begun(turn, decision, guide, decision.text[:at].strip())
        return decision

    def _begun(
        self, turn: TurnInput, decision: Decision, guide: Guide, before: str = ""
    ) -> Decision:
        """``before`` are the answers to the other questions of the message."""
        progress = walking.begin(guide)
        walk = self._walk(turn, guide, progress, guide.steps[0], decision.language)
        text = telling.fresh(telling.introduced(guide, walk.step, walk.says), turn.history)
        if text is None:
            return _told_before(walk)
        reason = Reason("guide", f"the answer is the guide “{guide.title}”, step by step")
        return replace(
            decision,
            text=f"{before}\n\n{text}" if before else text,
            options=_options(walk),
            guide=progress,
            reasons=(*decision.reasons, reason),
            trace=_traced(decision.trace, _noted(progress, "begun")),
        )

    # --- Walking -----------------------------------------------------------------------------

    async def _at(self, turn: TurnInput, progress: GuideProgress) -> Decision:
        typed = tuple(said for said in turn.new if not walking.is_of_guide(said.choice))
        triage = await asyncio.to_thread(
            self._reader.look, typed or turn.new, turn.history, turn.language
        )
        if typed and triage.wish is not None:
            return _with_steps(await self._inner.decide(turn), progress)
        guide = await self._guides.guide(progress.document, _allowed(turn))
        step = walking.step_of(guide, progress.step) if guide is not None else None
        if guide is None or step is None or not telling.was_shown(step, turn.history):
            return await self._lost(turn, progress, typed)
        walk = self._walk(turn, guide, progress, step, triage.language)
        walked = _answered(walk, typed)
        if walked is None and triage.small_talk == "greeting":
            walked = Walked(progress, "again")
        return await self._beside(walk, typed) if walked is None else self._went(walk, walked)

    async def _lost(
        self, turn: TurnInput, progress: GuideProgress, typed: Sequence[Said]
    ) -> Decision:
        """The guide is no longer what the customer was told: a question is still answered, but
        nobody guesses what an answer to a step would mean now."""
        hears = self._phrases.hears(turn.language)
        if typed and any(is_question(said.text, hears) for said in typed):
            decision = await self._perhaps_begun(turn, await self._inner.decide(turn))
            return _with_steps(decision, progress)
        rule = f"the guide “{progress.title}” was changed or removed while it was walked"
        return _handed_over(progress, turn.language, Reason("guide_changed", rule))

    async def _beside(self, walk: _Walk, typed: Sequence[Said]) -> Decision:
        """The message is no answer to the step: perhaps another question."""
        decision = await self._inner.decide(walk.turn)
        asks = any(is_question(said.text, walk.hears) or said.choice for said in typed)
        if decision.kind in {"hand_over", "draft"}:
            unclear = decision.unsuccessful in _NO_QUESTION and not asks
            return self._unclear(walk) if unclear else _with_steps(decision, walk.progress)
        if decision.kind not in {"reply", "clarify"}:
            return decision
        lost = decision.unsuccessful == "not_understood" or decision.notice == _OFF_TOPIC
        if lost and not asks:
            return self._unclear(walk)
        if decision.notice == _OFF_TOPIC and self._is_about_step(walk, typed):
            return self._went(walk, Walked(walk.progress, "again"))
        return await self._replied(walk, decision, asks=asks)

    def _is_about_step(self, walk: _Walk, typed: Sequence[Said]) -> bool:
        """The step itself may say what is asked: "which cable?" where it speaks of one."""
        asked = self._reader.content("\n".join(said.text for said in typed))
        return bool(asked & self._reader.content(walk.step.text))

    async def _replied(self, walk: _Walk, decision: Decision, *, asks: bool) -> Decision:
        """The other brain's reply stands, unless it would only quote a guide's steps."""
        cited = decision.citations[0].passage if decision.citations else None
        allowed = _allowed(walk.turn)
        guide = await self._guides.of_passage(cited, allowed) if cited else None
        if guide is not None and guide.document != walk.guide.document:
            return self._begun(walk.turn, decision, guide)
        if guide is not None and not asks:
            return self._unclear(walk)
        if guide is not None and holds_steps(decision.text):
            return self._went(walk, Walked(walk.progress, "again"))
        return replace(
            decision,
            options=(*decision.options, Option(STEPS_CHOICE, walk.says.back)),
            guide=walk.progress,
            trace=_traced(decision.trace, _noted(walk.progress, "beside")),
        )

    # --- Saying ------------------------------------------------------------------------------

    def _went(self, walk: _Walk, walked: Walked) -> Decision:
        walk = replace(walk, progress=walked.progress)
        if walked.came == "unclear":
            return self._unclear(walk)
        if walked.came == "person":
            rule = f"step {walk.step.number} of “{walk.guide.title}” leads to a person"
            reason = Reason("guide_person", f"{rule}: {walked.outcome}")
            return _handed_over(walked.progress, walk.language, reason, walked.outcome)
        if walked.came == "done":
            ways = telling.closing(walk.guide, walked.progress, walk.says)
            return _reply(walk, walked, telling.fresh(ways, walk.turn.history), None)
        step = walking.step_of(walk.guide, walked.progress.step) or walk.step
        walk = replace(walk, step=step)
        ways = telling.shown(walk.guide, step, walked.came, walk.says)
        return _reply(walk, walked, telling.fresh(ways, walk.turn.history), walked.progress)

    def _unclear(self, walk: _Walk) -> Decision:
        """Ask once which outcome it is; asked twice at a step, a person helps better."""
        text = telling.unclear(walk.step, _options(walk), walk.says)
        if telling.fresh((text,), walk.turn.history) is None:
            rule = f"what came of step {walk.step.number} was not understood twice"
            return _handed_over(walk.progress, walk.language, Reason("guide_unclear", rule))
        decision = _reply(walk, Walked(walk.progress, "unclear"), text, walk.progress)
        return replace(decision, unsuccessful="not_understood")

    def _walk(
        self,
        turn: TurnInput,
        guide: Guide,
        progress: GuideProgress,
        step: Step,
        language: str | None,
    ) -> _Walk:
        language = language or turn.language
        says, hears = self._phrases.says(language), self._phrases.hears(language)
        return _Walk(turn, guide, progress, step, language, says, hears)


def _answered(walk: _Walk, typed: Sequence[Said]) -> Walked | None:
    """What the new messages mean as an answer to the step. A question among them comes first, and
    so does a button that is not the guide's."""

    def one(text: str, choice: str | None = None) -> Walked | None:
        return walking.answer(walk.guide, walk.progress, text, choice, walk.hears)

    pressed = [said for said in walk.turn.new if walking.is_of_guide(said.choice)]
    asks = any(is_question(said.text, walk.hears) for said in typed)
    if any(said.choice for said in typed) or (pressed and asks):
        return None
    if pressed:
        return one("", pressed[-1].choice)
    together = one("\n".join(said.text for said in typed))
    if together is not None or asks:
        return together
    return next((found for said in reversed(typed) if (found := one(said.text))), None)


def _reply(
    walk: _Walk, walked: Walked, text: str | None, progress: GuideProgress | None
) -> Decision:
    if text is None:
        return _told_before(walk)
    step = walk.step
    cited = Citation(step.passage, walk.guide.title, walk.guide.url, "") if step.passage else None
    note = _noted(walk.progress, walked.came, walked.outcome)
    rule = f"step {step.number} of the guide “{walk.guide.title}”: {walked.came}"
    return Decision(
        kind="reply",
        text=text,
        options=_options(walk) if progress is not None else (),
        citations=(cited,) if cited is not None and progress is not None else (),
        guide=progress,
        language=walk.language,
        confidence=1.0,
        reasons=(Reason("guide", rule),),
        links=addresses(one.text for one in walk.guide.steps),
        trace=_traced(Trace(model="guide"), note),
    )


def _options(walk: _Walk) -> tuple[Option, ...]:
    return walking.options(walk.guide, walk.step, walk.says, walk.hears)


def _told_before(walk: _Walk) -> Decision:
    rule = f"all that step {walk.step.number} of “{walk.guide.title}” says has been said"
    return _handed_over(walk.progress, walk.language, Reason("guide_repeats", rule))


def _handed_over(
    progress: GuideProgress, language: str | None, reason: Reason, outcome: str = ""
) -> Decision:
    decision = Decision(
        kind="hand_over",
        handoff=Handoff(reason, "handoff_by_us"),
        language=language,
        confidence=1.0,
        reasons=(reason,),
        trace=_traced(Trace(model="guide"), _noted(progress, "person", outcome)),
    )
    return _with_steps(decision, progress)


def _with_steps(decision: Decision, progress: GuideProgress) -> Decision:
    """The people who take over learn which steps were done, and at which the customer stands."""
    if decision.handoff is None:
        return decision
    stands = f"The customer is walking the guide “{progress.title}”, at step {progress.step}."
    handoff = replace(
        decision.handoff,
        steps=tuple(walking.line(done) for done in progress.done),
        concluded=" ".join(part for part in (decision.handoff.concluded, stands) if part),
    )
    trace = decision.trace
    if "guide" not in trace.detail:
        trace = _traced(trace, _noted(progress, "person"))
    return replace(decision, handoff=handoff, trace=trace)


def _noted(progress: GuideProgress, came: Came | str, outcome: str = "") -> Mapping[str, object]:
    return {
        "document": progress.document,
        "step": progress.step,
        "came": came,
        "outcome": outcome,
    }


def _traced(trace: Trace, note: Mapping[str, object]) -> Trace:
    return replace(trace, detail={**trace.detail, "guide": note})


def _allowed(turn: TurnInput) -> Filter:
    return Filter(turn.tenant, turn.demo, turn.audiences)


def _a_person_spoke_since(history: Sequence[Said]) -> bool:
    """Somebody of the team took the steps out of the assistant's hands."""
    authors = [said.author for said in history if said.author in {"assistant", "staff"}]
    return bool(authors) and authors[-1] == "staff"
