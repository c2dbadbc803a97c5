"""Acts around another brain, which answers everything else: it notices what a customer wants done,
asks for what is missing, has them prove who they are, looks up what the systems know, and proposes.
It never writes: a proposal is a decision, and the customer's yes is the gateway's matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from brain.actions.catalogue import Action, Catalogue, with_arguments
from brain.actions.recognition import Wish, wished
from brain.acts import ActionRequest, Actions, Answered, Challenge
from brain.contract import Brain, Decision, DecisionKind, Handoff, Reason, Trace, TurnInput
from brain.links import addresses

# The tier that only people answer.
_PEOPLE = 3
_MARKS = re.compile(r"[\\`*_{}\[\]<>()#+!|~:@/-]")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one turn is about."""

    turn: TurnInput
    action: Action
    request: ActionRequest
    language: str | None

    @property
    def customer(self) -> str | None:
        return self.turn.customer.id if self.turn.customer is not None else None


class Acting:
    """Implements ``Brain``. ``new_code`` makes a one-time code."""

    def __init__(
        self,
        inner: Brain,
        catalogue: Catalogue,
        actions: Actions,
        new_code: Callable[[], str],
    ) -> None:
        self._inner = inner
        self._catalogue = catalogue
        self._actions = actions
        self._new_code = new_code

    async def decide(self, turn: TurnInput) -> Decision:
        if turn.owner != "assistant":
            return await self._inner.decide(turn)
        if turn.resumed is not None:
            return await self._asked(turn, turn.resumed, turn.language)
        wish = wished(self._catalogue, turn.new, turn.history)
        decision = await self._inner.decide(turn)
        if wish is not None and not _is_for_people(decision):
            return await self._asked(turn, wish.request, turn.language or _spoken(wish, decision))
        if decision.kind != "propose_action" or decision.action is None:
            return decision
        # What a model asks for goes the same way as what was read off the words.
        proposed = await self._asked(turn, decision.action, decision.language)
        trace = {**decision.trace.detail, **proposed.trace.detail}
        return replace(proposed, trace=replace(decision.trace, detail=trace))

    async def _asked(
        self, turn: TurnInput, request: ActionRequest, language: str | None
    ) -> Decision:
        action = self._catalogue.get(request.action)
        if action is None:
            return _to_people(language, "no_such_action", f"no action {request.action[:60]}")
        known = turn.customer is not None
        # What the systems fill in nobody else does, whatever was written; and who it is for is
        # the conversation's alone, once it is known.
        dropped: set[str | None] = {*action.filled, action.settings.identify if known else None}
        own = {name: value for name, value in request.arguments.items() if name not in dropped}
        own = _own_words(turn, request, own)
        wanted = _Wanted(turn, action, replace(request, arguments=own), language)
        missing = action.missing(own, known=known)
        if missing is not None:
            return self._ask_for(wanted, missing)
        if action.settings.verified and turn.customer is None:
            return await self._prove(wanted)
        return await self._looked_up(wanted) if action.writes else await self._read(wanted)

    def _ask_for(self, wanted: _Wanted, name: str) -> Decision:
        prompt = wanted.action.settings.prompts.get(name)
        if prompt is None:
            rule = f"{wanted.action.name} needs {name}, and there is no question for it"
            return _to_people(wanted.language, "action_incomplete", rule)
        text = wanted.action.said(prompt, wanted.language)
        return _decided(wanted, "clarify", text, f"{name} is missing")

    async def _prove(self, wanted: _Wanted) -> Decision:
        """Nobody acts for somebody who has not shown that they are it."""
        if not wanted.turn.provable:
            return _to_people(wanted.language, "not_verified", "enough codes were sent today")
        code = self._new_code()
        sent = await self._actions.send_code(wanted.request, code)
        if sent.state == "refused" and wanted.action.settings.missing:
            return self._not_there(wanted, sent)
        if sent.state != "done":
            rule = f"{wanted.action.name} needs a verified customer: {sent.reason}"
            return _to_people(wanted.language, "not_verified", rule)
        challenge = Challenge(
            str(sent.body["customer"]), str(sent.body["masked"]), wanted.request, code
        )
        reason = Reason("verify", f"{wanted.action.name} is for verified customers only")
        return replace(
            _decided(wanted, "reply", "", reason.rule),
            notice="verify",
            slots={"masked": challenge.masked},
            challenge=challenge,
            reasons=(reason,),
        )

    async def _looked_up(self, wanted: _Wanted) -> Decision:
        lookup = wanted.action.settings.lookup
        if lookup is None:
            return self._proposed(wanted)
        found = await self._actions.look_up(wanted.request, wanted.customer)
        if found.state == "refused":
            return self._not_there(wanted, found)
        if found.state != "done":
            return _to_people(wanted.language, "action_unavailable", found.reason, "trouble")
        known = {
            name: found.body[field] for name, field in lookup.fill.items() if field in found.body
        }
        return self._proposed(replace(wanted, request=with_arguments(wanted.request, known)))

    def _proposed(self, wanted: _Wanted) -> Decision:
        checked = self._catalogue.checked(wanted.request)
        if isinstance(checked, str):
            return _to_people(wanted.language, "action_unusable", checked)
        decided = _decided(wanted, "propose_action", "", f"{wanted.action.name} is wanted")
        return replace(decided, action=wanted.request)

    async def _read(self, wanted: _Wanted) -> Decision:
        checked = self._catalogue.checked(wanted.request)
        if isinstance(checked, str):
            return _to_people(wanted.language, "action_unusable", checked)
        found = await self._actions.read(wanted.request, wanted.customer)
        if found.state == "refused":
            return self._not_there(wanted, found)
        if found.state != "done":
            return _to_people(wanted.language, "action_unavailable", found.reason, "trouble")
        text = told(wanted.action, wanted.request, found.body, wanted.language)
        return _decided(wanted, "reply", text, f"{wanted.action.name} was read")

    def _not_there(self, wanted: _Wanted, found: Answered) -> Decision:
        """The system says no before anything was asked of it: not theirs, or not there."""
        missing = wanted.action.settings.missing
        if not missing:
            return _to_people(wanted.language, "action_refused", found.reason)
        values = literal(wanted.request.arguments)
        text = wanted.action.said(missing, wanted.language, **values)
        decided = _decided(wanted, "reply", text, f"the system refused: {found.reason}")
        return replace(decided, unsuccessful="unknown")


def _own_words(
    turn: TurnInput, request: ActionRequest, arguments: dict[str, Any]
) -> dict[str, Any]:
    """A model may have its arguments from anywhere. What goes to a system for somebody who is not
    verified, and every address, the customer has to have written: it says to whom a code is sent,
    and what is shown for a yes leads nowhere that they did not name."""
    if not request.by_model:
        return arguments
    said = [one.text.casefold() for one in (*turn.history, *turn.new) if one.author == "customer"]

    def is_own(value: object) -> bool:
        return any(str(value).casefold() in text for text in said)

    def is_free(value: object) -> bool:
        named = not isinstance(value, int | float) and bool(addresses((str(value),)))
        return turn.customer is not None and not named

    return {name: value for name, value in arguments.items() if is_free(value) or is_own(value)}


def told(
    action: Action, request: ActionRequest, body: Mapping[str, object], language: str | None
) -> str:
    """What is said of an outcome: the configured text with what the system answered, as it is."""
    values = {**literal(request.arguments), **literal(body)}
    return action.said(action.settings.answer, language, **values)


def literal(values: Mapping[str, object]) -> dict[str, object]:
    """Texts with everything that Markdown would read escaped: what a system or a customer wrote
    makes no link and no heading."""
    return {
        name: _MARKS.sub(r"\\\g<0>", value) if isinstance(value, str) else value
        for name, value in values.items()
    }


def _spoken(wish: Wish, decision: Decision) -> str:
    """Languages share words: which of them it is, the rest of the message says."""
    heard = (decision.language or "").split("-")[0]
    return heard if heard in wish.languages else wish.languages[0]


def _is_for_people(decision: Decision) -> bool:
    """Who asks for a person gets one, and what only a person deals with is not done here, whatever
    else the message says."""
    asked = any(reason.code == "asked_for_person" for reason in decision.reasons)
    return decision.kind == "hand_over" and (asked or decision.trace.detail.get("tier") == _PEOPLE)


def _decided(wanted: _Wanted, kind: DecisionKind, text: str, rule: str) -> Decision:
    return Decision(
        kind=kind,
        text=text,
        language=wanted.language,
        confidence=1.0,
        reasons=(Reason("action", rule),),
        trace=Trace(
            model="actions",
            detail={
                "action": {
                    "name": wanted.action.name,
                    "arguments": dict(wanted.request.arguments),
                    "verified": wanted.turn.customer.proof if wanted.turn.customer else None,
                }
            },
        ),
    )


def _to_people(
    language: str | None, code: str, rule: str, notice: str = "handoff_by_us"
) -> Decision:
    reason = Reason(code, rule)
    return Decision(
        kind="hand_over",
        handoff=Handoff(reason, notice),
        language=language,
        confidence=1.0,
        reasons=(reason,),
        trace=Trace(model="actions"),
    )
