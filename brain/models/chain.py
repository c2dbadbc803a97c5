"""Asking models in order until one answers: the one retry layer, with its deadlines, a breaker for
each model, and the budget around every call. It never judges an answer's content."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from brain.chat import (
    AskAnother,
    BrokenOff,
    Called,
    ChatError,
    ChatModel,
    ChatRequest,
    Completion,
    Finish,
    Malformed,
    NobodyAnswered,
    Refused,
    TooLong,
    Tried,
    TryAgain,
    Usage,
)
from brain.contract import Clock
from brain.models.breaker import Breaker
from brain.models.pricing import Tariff, most_tokens_of
from brain.models.streams import Patience
from brain.models.structured import again
from brain.spending import Budget, Cost, Spender

TRIES = 5
# While another model is left, a customer does not wait long for this one.
_TRIES_WITH_OTHERS = 2
_WAIT_WITH_OTHERS = 3.0
RETRY_AFTER_CAP = 60.0
_FIRST_PAUSE = 0.5
# Below this no model has time to answer.
_LEAST_SECONDS = 1.0
# A token of most texts has about so many bytes; of none more than a few times less.
_BYTES_A_TOKEN = 3
_ANSWERED, _CALLED_OFF = "answered", "called_off"
_SAY_NOTHING = frozenset({_CALLED_OFF, "refused", "too_long"})


async def _nothing_to_close() -> None:
    """A model without connections of its own."""


@dataclass(frozen=True, slots=True)
class Link:
    """One configured model in reach; ``context`` is how many tokens it can read, ``close`` lets go
    of its connections, ``provider`` and ``requested`` say as what it is asked, for the record."""

    model: ChatModel
    tariff: Tariff
    breaker: Breaker
    context: int
    close: Callable[[], Awaitable[None]] = _nothing_to_close
    provider: str = ""
    requested: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """``model`` is the configured name of the one that answered."""

    model: str
    completion: Completion


class Chain:
    """The configured models. ``draw`` gives random numbers from 0 to 1, for the jitter."""

    def __init__(
        self,
        links: Mapping[str, Link],
        budget: Budget,
        clock: Clock,
        draw: Callable[[], float],
        patience: Patience | None = None,
    ) -> None:
        self.links = links
        self.budget = budget
        self.clock = clock
        self.draw = draw
        self.patience = patience or Patience()

    def asking(self, turn: str, spender: Spender) -> Asking:
        return Asking(self, turn, spender)

    async def close(self) -> None:
        for link in self.links.values():
            await link.close()


class Asking:
    """The models' part of one turn: all its calls share one deadline. ``tried`` is every call."""

    def __init__(self, chain: Chain, turn: str, spender: Spender) -> None:
        self._chain = chain
        self._turn = turn
        self._spender = spender
        self._ends = chain.clock.monotonic() + chain.patience.total
        self.tried: list[Tried] = []

    async def ask(self, names: Sequence[str], request: ChatRequest) -> Answered:
        """The first whole answer, from the models in this order.

        Raises:
            NobodyAnswered: none of them has one, or there is no time left.
            BudgetSpent: a limit is reached; nothing more may be asked.
        """
        for at, name in enumerate(names):
            link = self._chain.links[name]
            if self._left() < _LEAST_SECONDS:
                break
            if most_tokens_of(request) / _BYTES_A_TOKEN + request.most_tokens > link.context:
                self._skipped(name, "too_long", "the request does not fit it")
            elif not link.breaker.allows():
                self._skipped(name, "resting", "it failed too often just now")
            else:
                try:
                    others, before = at + 1 < len(names), names[at - 1] if at else None
                    return Answered(name, await self._of(link, request, before, others=others))
                except ChatError:
                    # Why is among what was tried.
                    continue
        told = "; ".join(f"{one.model}: {one.error or one.outcome}" for one in self.tried)
        raise NobodyAnswered(told or "there was no time to ask a model")

    async def _of(
        self, link: Link, request: ChatRequest, before: str | None, *, others: bool
    ) -> Completion:
        """One model, with its tries and its one repair; ``before`` is the one asked before it.

        Raises:
            ChatError: the next model, then.
        """
        tries, repaired = 0, False
        while True:
            try:
                return await self._paid(link, request, before)
            except Malformed as error:
                if repaired:
                    raise
                repaired, request = True, again(request, error)
            except TryAgain as error:
                tries += 1
                pause = self._pause(error, tries)
                most = _WAIT_WITH_OTHERS if others else self._left() - _LEAST_SECONDS
                if tries >= (_TRIES_WITH_OTHERS if others else TRIES) or pause > most:
                    raise
                await self._chain.clock.sleep(pause)
            if self._left() < _LEAST_SECONDS:
                raise BrokenOff("no time is left", asked=False)

    def _pause(self, error: TryAgain, tries: int) -> float:
        """Seconds; spread, so that all who wait do not come back at once."""
        least = _FIRST_PAUSE * 2 ** (tries - 1)
        if error.retry_after is not None:
            least = max(least, min(error.retry_after, RETRY_AFTER_CAP))
        return least * (1.0 + 0.5 * self._chain.draw())

    async def _paid(self, link: Link, request: ChatRequest, before: str | None) -> Completion:
        """One call: set aside, asked, learnt from, and settled together with what came of it."""
        clock, worst = self._chain.clock, link.tariff.worst(request)
        reservation = await self._chain.budget.reserve(self._turn, self._spender, worst)
        began, at = clock.monotonic(), clock.now()
        # Also when the turn is called off: what was begun may cost all of it.
        came = _Came(_CALLED_OFF, worst)
        try:
            completion = await self._within(link, request)
            came = _answered(completion, link.tariff, worst)
            return completion
        except ChatError as error:
            came = _failed(error, link.tariff, request)
            raise
        finally:
            _learn(link.breaker, came.outcome)
            seconds = clock.monotonic() - began
            self.tried.append(
                Tried(
                    link.model.name,
                    came.outcome,
                    seconds,
                    came.usage,
                    came.cost.micros,
                    came.error,
                )
            )
            called = _called(link, request, came, at, seconds)
            await self._chain.budget.settle(
                reservation, came.cost, replace(called, instead_of=before)
            )

    async def _within(self, link: Link, request: ChatRequest) -> Completion:
        try:
            async with asyncio.timeout(self._left()):
                return await link.model.complete(request)
        except TimeoutError:
            raise BrokenOff("the time of the turn is over") from None

    def _left(self) -> float:
        return self._ends - self._chain.clock.monotonic()

    def _skipped(self, name: str, outcome: str, why: str) -> None:
        self.tried.append(Tried(name, outcome, 0.0, error=why))


@dataclass(frozen=True, slots=True)
class _Came:
    """What one call came to."""

    outcome: str
    cost: Cost
    usage: Usage = field(default_factory=Usage)
    error: str = ""
    answer: str = ""
    answered_by: str = ""
    finish: Finish | None = None


def _answered(completion: Completion, tariff: Tariff, worst: Cost) -> _Came:
    usage = completion.usage
    return _Came(
        _ANSWERED,
        worst if usage is None else tariff.cost(usage),
        usage or Usage(),
        answer=_said(completion),
        answered_by=completion.model,
        finish=completion.finish,
    )


def _said(completion: Completion) -> str:
    wanted = (f"{call.name}({call.arguments})" for call in completion.calls)
    return "\n".join((completion.text, *wanted)).strip()


def _failed(error: ChatError, tariff: Tariff, request: ChatRequest) -> _Came:
    text = error.text if isinstance(error, Malformed) else ""
    cost = _cost_of(error, tariff, request)
    return _Came(_code(error), cost, error.usage or Usage(), str(error), text)


def _called(link: Link, request: ChatRequest, came: _Came, at: float, seconds: float) -> Called:
    return Called(
        link.model.name,
        link.provider,
        link.requested,
        came.outcome,
        at,
        seconds,
        request,
        answer=came.answer,
        answered_by=came.answered_by,
        finish=came.finish,
        usage=came.usage,
        micros=came.cost.micros,
        error=came.error,
        rests=link.breaker.is_open,
    )


def _learn(breaker: Breaker, outcome: str) -> None:
    """A request that a model will not answer, or that nobody waits for any more, says nothing about
    how it is."""
    if outcome == _ANSWERED:
        breaker.answered()
    elif outcome not in _SAY_NOTHING:
        breaker.failed()


def _cost_of(error: ChatError, tariff: Tariff, request: ChatRequest) -> Cost:
    if not error.asked:
        return Cost()
    return tariff.worst(request) if error.usage is None else tariff.cost(error.usage)


def _code(error: ChatError) -> str:
    names: Mapping[type[ChatError], str] = {
        TryAgain: "try_again",
        Malformed: "malformed",
        BrokenOff: "broken_off",
        Refused: "refused",
        TooLong: "too_long",
        AskAnother: "misconfigured",
    }
    return next((code for kind, code in names.items() if isinstance(error, kind)), "failed")
