"""The business's systems within a turn: what they know of a verified customer, what they can be
asked for, and what came of it. It writes nothing; for whom it asks, the conversation says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from brain.action_settings import OURS, properties
from brain.actions.catalogue import Action, Catalogue, shown
from brain.acts import ActionRequest, Actions, Answered
from brain.answering.drafting import Asked
from brain.contract import Passage, TurnInput

# Whoever waits for an answer does not wait long for what would only round it off.
CONTEXT_SECONDS = 2.0
READ_SECONDS = 5.0
_MOST_TEXT = 4000
_DEPTH = 3
_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What the systems say of who is verified. ``passages`` can bear an answer; ``tier`` and
    ``tags`` are for routes; ``asked`` is every read and what came of it, for the trace."""

    passages: tuple[Passage, ...] = ()
    tier: str | None = None
    tags: frozenset[str] = frozenset()
    asked: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Came:
    """What came of what a model asked for: a request that is put to the customer, or a passage with
    what was read, or a note for the model."""

    request: ActionRequest | None = None
    passage: Passage | None = None
    note: str = ""


class Systems:
    """``mask`` takes out of a text what no model may read."""

    def __init__(self, catalogue: Catalogue, actions: Actions, mask: Callable[[str], str]) -> None:
        self._catalogue = catalogue
        self._actions = actions
        self._mask = mask

    def offered(self, turn: TurnInput) -> tuple[Action, ...]:
        """What a model may ask for here: nothing where others read along or people check."""
        return self._catalogue.all() if turn.may_act else ()

    async def known_of(self, turn: TurnInput) -> Known:
        """Never before the customer is verified. What is not there in time is left out."""
        if turn.customer is None:
            return Known()
        reads = [action for action in self._catalogue.all() if action.settings.context is not None]
        found = await asyncio.gather(*(self._read(turn, action) for action in reads))
        told = list(zip(reads, found, strict=True))
        done = [(action, answered.body) for action, answered in told if answered.state == "done"]
        return Known(
            tuple(self._passage(turn, action, {}, body) for action, body in done),
            next((tier for tier in (_tier(action, body) for action, body in done) if tier), None),
            frozenset(tag for action, body in done for tag in _tags(action, body)),
            {action.name: answered.state for action, answered in told},
        )

    async def _read(self, turn: TurnInput, action: Action) -> Answered:
        return await self._in_time(ActionRequest(action.name), turn, CONTEXT_SECONDS)

    async def _in_time(self, request: ActionRequest, turn: TurnInput, seconds: float) -> Answered:
        customer = turn.customer.id if turn.customer is not None else None
        try:
            async with asyncio.timeout(seconds):
                return await self._actions.read(request, customer)
        except TimeoutError:
            return Answered("unknown", reason="the system gave no answer in time")

    async def came_of(self, turn: TurnInput, asked: Asked) -> Came:
        """What a model asked for, held against the catalogue. A write, and whatever needs a proof
        or a parameter that is not there yet, is the customer's next step and nobody else's."""
        action = next((one for one in self.offered(turn) if one.name == asked.name), None)
        if action is None:
            return Came(note=f"{asked.name[:60]}: there is no such action")
        if asked.arguments is None:
            return Came(note=f"{action.name}: arguments is no JSON object")
        known = turn.customer is not None
        own = _arguments(action, asked.arguments, known=known)
        problem = _problem(action, own)
        if problem is not None:
            return Came(note=problem)
        request = ActionRequest(action.name, own, by_model=True)
        unproved = action.settings.verified and not known
        if action.writes or unproved or action.missing(own, known=known) is not None:
            return Came(request=request)
        return await self._came_of_read(turn, action, request)

    async def _came_of_read(self, turn: TurnInput, action: Action, request: ActionRequest) -> Came:
        found = await self._in_time(request, turn, READ_SECONDS)
        if found.state == "done":
            return Came(passage=self._passage(turn, action, request.arguments, found.body))
        if found.state == "refused":
            reason = self._mask(found.reason)[:200]
            return Came(note=f"{action.name}: the system has nothing: {reason}")
        return Came(note=f"{action.name}: the system cannot be asked now")

    def _passage(
        self,
        turn: TurnInput,
        action: Action,
        arguments: Mapping[str, object],
        body: Mapping[str, object],
    ) -> Passage:
        """What a system answered, as text that can bear a sentence."""
        title = action.title(turn.language)
        said = action.said(action.settings.answer, turn.language, **{**arguments, **body})
        lines = (said, *_sentences({**arguments, **body}))
        text = self._mask("\n\n".join(line for line in lines if line))[:_MOST_TEXT]
        named = json.dumps([action.name, arguments], sort_keys=True, default=str)
        return Passage(f"system:{named}", "", turn.tenant, title, (title,), text)


def line_of(action: Action) -> str:
    """An action as a model is told it."""
    hidden = action.filled | {action.settings.identify}
    kept = {k: v for k, v in properties(action.schema).items() if k not in hidden}
    required = [name for name in action.required if name in kept]
    told = {
        "name": action.name,
        "does": action.title("en"),
        "kind": action.settings.kind,
        "arguments": {"properties": kept, "required": required},
    }
    return json.dumps(told, ensure_ascii=False)


def _arguments(action: Action, given: Mapping[str, object], *, known: bool) -> dict[str, object]:
    """Without what the systems fill in and who it is for, which nobody writes."""
    dropped = {*action.filled, *OURS, action.settings.identify if known else None}
    return {name: value for name, value in given.items() if name not in dropped}


def _problem(action: Action, arguments: Mapping[str, object]) -> str | None:
    """Why the arguments are none; what is still missing the customer is asked for."""
    return replace(action, schema={**action.schema, "required": []}).problem(arguments)


def _tier(action: Action, body: Mapping[str, object]) -> str | None:
    context = action.settings.context
    value = body.get(context.tier) if context is not None and context.tier else None
    return value if isinstance(value, str) and value else None


def _tags(action: Action, body: Mapping[str, object]) -> tuple[str, ...]:
    context = action.settings.context
    value = body.get(context.tags) if context is not None and context.tags else None
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(one for one in listed if isinstance(one, str) and one)


def _sentences(body: Mapping[str, object], depth: int = 0) -> Iterator[str]:
    """JSON as sentences: the plain values of an object in one, and each object below in its own."""
    plain = [f"{_words(name)} {shown(value)}" for name, value in body.items() if _is_plain(value)]
    if plain:
        yield ", ".join(plain) + "."
    if depth >= _DEPTH:
        return
    for name, value in body.items():
        for one in _objects(value):
            for sentence in _sentences(one, depth + 1):
                yield f"{_words(name)}: {sentence}"


def _objects(value: object) -> list[Mapping[str, object]]:
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    return [cast("Mapping[str, object]", one) for one in listed[:_ITEMS] if isinstance(one, dict)]


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return not any(isinstance(one, dict | list) for one in cast("list[object]", value))
    return value is not None and not isinstance(value, dict)


def _words(name: str) -> str:
    return name.replace("_", " ")
