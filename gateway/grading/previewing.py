"""What other settings would make of what customers wrote last: each put to both configurations as
if it came now, without a model. Nothing is sent and nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import RowMapping, select

from brain.circumstances import Profile
from brain.contract import Brain, CaseState, Clock, Decision, Said, TurnInput
from brain.models.routing import route_on
from brain.router import Need, complexity, route, sentiment
from brain.settings import BrainSettings, TriageSettings
from gateway.config.settings import Settings
from gateway.conversations.private import addressee
from gateway.desk.places import Places, about_of
from gateway.settings.texts import Saying, differing
from gateway.speech.gate import Gate, gate_of
from gateway.speech.unseen import visible
from gateway.store.schema.conversation import conversations, messages
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading
from gateway.turns.rollout import intent_of, staged
from gateway.turns.who import Needs, Who, case_and_customer, needs_of

CONVERSATIONS = 20
HISTORY = 20
# What takes longer is left out, and said to be.
SECONDS = 8.0
ASKED_CHARS = 400
SAID_CHARS = 600
TEXTS = 150
_RATHER = 0.5


@dataclass(frozen=True, slots=True)
class Last:
    """What a customer wrote last in a conversation, and what bears on it."""

    turn: TurnInput
    who: Who


class Previewing:
    """``brain_of`` makes a brain of settings; it is given them without any model."""

    def __init__(
        self, store: Store, clock: Clock, brain_of: Callable[[BrainSettings], Brain]
    ) -> None:
        self._store = store
        self._clock = clock
        self._brain_of = brain_of
        self._turn = asyncio.Lock()

    async def compared(self, now: Settings, after: Settings, tenant: str = MAIN) -> dict[str, Any]:
        """Both sides of each conversation, of the texts that differ, and how many do."""
        at = self._clock.now()
        texts = await asyncio.to_thread(_texts, now, after, at)
        async with self._turn:
            needs = _needs(now).beside(_needs(after))
            found = await self._store.read(lambda reading: last(reading, now, needs), tenant=tenant)
            sides = await asyncio.to_thread(lambda: (self._side(now, at), self._side(after, at)))
            shown = await self._compared(found, sides)
        return {
            "conversations": shown,
            "left_out": len(found) - len(shown),
            "differ": sum(bool(one["differs"]) for one in shown),
            "texts": texts[:TEXTS],
            "texts_differ": len(texts),
        }

    def _side(self, settings: Settings, at: float) -> _Side:
        brain = settings.brain.model_copy(update={"models": {}, "triage": TriageSettings()})
        return _Side(self._brain_of(brain), settings, gate_of(settings), Saying(settings, at), at)

    async def _compared(
        self, found: Sequence[Last], sides: tuple[_Side, _Side]
    ) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = []
        began = self._clock.monotonic()
        for one in found:
            if self._clock.monotonic() - began > SECONDS:
                break
            now, after = [await side.decided(one) for side in sides]
            shown.append(
                {
                    "conversation": one.turn.conversation,
                    "channel": one.turn.channel,
                    "asked": " / ".join(said.text for said in one.turn.new)[:ASKED_CHARS],
                    "now": now,
                    "after": after,
                    "differs": [name for name, value in now.items() if after[name] != value],
                }
            )
        return shown


@dataclass(frozen=True, slots=True)
class _Side:
    """One configuration, asked at a moment."""

    brain: Brain
    settings: Settings
    gate: Gate
    saying: Saying
    at: float

    async def decided(self, one: Last) -> dict[str, Any]:
        hours, channel = self.settings.business.hours, one.turn.channel
        team_open = None if hours is None else hours.is_open(self.at)
        around = one.who.around(None, team_open=team_open)
        demo = self.settings.channels[channel].demo
        turn = replace(one.turn, now=self.at, around=around, demo=demo)
        decision = self.gate.passed(await self.brain.decide(turn), channel)
        stages = self.settings.rollout.on(channel, demo=demo)
        mode = stages.of(intent_of(decision)).now(team_open=team_open is not False)
        carried = staged(decision, mode, decision.text).decision
        return {
            "decision": carried.kind,
            "tier": decision.trace.detail.get("tier"),
            "mode": mode,
            "said": self._said(carried, turn),
            "reasons": [{"code": one.code, "rule": one.rule} for one in carried.reasons],
            "route": self._route(decision, one.who.profile, channel),
            "desk": self._desk(carried, decision, turn),
        }

    def _desk(
        self, carried: Decision, decision: Decision, turn: TurnInput
    ) -> dict[str, str | None] | None:
        """Which team would be told, and in which chat of theirs; None where nobody is."""
        if carried.kind not in {"hand_over", "draft"}:
            return None
        language = decision.language or turn.language
        about = about_of({"detail": dict(decision.trace.detail)}, language)
        place = Places(lambda: self.settings).place(turn.channel, about)
        name = self.settings.desk_of(turn.channel)
        return {"name": name, "chat": None if place is None else place.chat}

    def _said(self, decision: Decision, turn: TurnInput) -> str:
        """What the customer reads; a notice as it is worded, with samples in it."""
        notice = decision.handoff.notice if decision.handoff is not None else decision.notice
        if not notice:
            return decision.text[:SAID_CHARS]
        language = decision.language or turn.language or self.settings.business.languages[0]
        words = self.saying.said(notice, language, turn.channel)
        return words[:SAID_CHARS]

    def _route(self, decision: Decision, profile: Profile, channel: str) -> dict[str, Any] | None:
        """Which models would be asked; None where none is configured or nothing is written."""
        brain = self.settings.brain
        if not brain.models or decision.kind not in {"reply", "draft"}:
            return None
        triage = cast("Mapping[str, Any]", decision.trace.detail.get("triage") or {})
        routed = route(need_of(triage, decision, profile), route_on(channel, brain), brain.models)
        return {"models": list(routed.models), "why": routed.why}


def need_of(triage: Mapping[str, Any], decision: Decision, profile: Profile) -> Need:
    """What a route looks at, as far as triage knows it; how much there is to read and what is left
    of the budget is not known beforehand."""
    topics = {
        triage.get("topic") if triage.get("sure", 0.0) >= _RATHER else None,
        triage.get("intent") if triage.get("intent_sure", 0.0) >= _RATHER else None,
    }
    mood = cast("Mapping[str, float]", triage.get("mood") or {})
    hard = complexity(
        triage.get("questions") or (), triage.get("unsuccessful"), sure=True, leaning=False
    )
    return Need(
        topics=frozenset(topic for topic in topics if topic),
        sentiment=sentiment(mood.get("sentiment", 0.0)),
        complexity=hard,
        customer=profile.tier,
        tagged=frozenset(profile.tags),
        language=decision.language,
    )


def last(reading: Reading, settings: Settings, needs: Needs) -> list[Last]:
    """The newest conversations on channels that are there, with the customer's last words."""
    rows = reading.all(
        select(conversations)
        .where(
            conversations.c.tenant_id == reading.tenant,
            conversations.c.customer_seq > 0,
            conversations.c.channel.in_(list(settings.channels)),
        )
        .order_by(conversations.c.updated_at.desc())
        .limit(CONVERSATIONS)
    )
    found = (_last(reading, row, settings, needs) for row in rows)
    return [one for one in found if one is not None]


def _last(reading: Reading, row: RowMapping, settings: Settings, needs: Needs) -> Last | None:
    words = _words(reading, row)
    masking = settings.privacy.masking
    said = [
        Said(
            one["seq"], one["author"], masking.text(visible(one["body"])), one["at"], one["notice"]
        )
        for one in reversed(words)
        if one["case_id"] == words[0]["case_id"]
    ]
    if not said or said[-1].author != "customer" or not said[-1].text.strip():
        return None
    speaker = addressee(reading, row["id"], row["customer_seq"]) if row["public"] else None
    # The case of these words may have ended since; it is none of the earlier ones for that.
    case, who = case_and_customer(reading, row, words[0]["case_id"], needs, speaker)
    turn = TurnInput(
        turn="preview",
        tenant=reading.tenant,
        conversation=row["id"],
        channel=row["channel"],
        demo=False,
        owner="assistant",
        new=(said[-1],),
        history=tuple(said[:-1]),
        language=row["language"],
        case=_state(case, who),
    )
    return Last(turn, who)


def _words(reading: Reading, row: RowMapping) -> Sequence[RowMapping]:
    """What was said up to the customer's last words, the newest first."""
    return reading.all(
        select(
            messages.c.seq,
            messages.c.author,
            messages.c.body,
            messages.c.at,
            messages.c.notice,
            messages.c.case_id,
        )
        .where(
            messages.c.conversation_id == row["id"],
            messages.c.seq <= row["customer_seq"],
            messages.c.kind == "message",
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.seq.desc())
        .limit(HISTORY)
    )


def _state(case: RowMapping | None, who: Who) -> CaseState:
    if case is None:
        return CaseState(earlier=who.earlier)
    return CaseState(
        # The exchange that is looked at may be counted already.
        unsuccessful=max(0, case["unsuccessful"] - 1),
        human_stretch=bool(case["human_stretch"]),
        intent=case["intent"],
        earlier=who.earlier,
    )


def _needs(settings: Settings) -> Needs:
    return needs_of(settings.brain.escalation)


def _texts(now: Settings, after: Settings, at: float) -> list[dict[str, Any]]:
    return [
        {
            "key": one.key,
            "language": one.language,
            "channel": one.channel,
            "now": one.now,
            "after": one.after,
        }
        for one in differing(now, after, at)
    ]
