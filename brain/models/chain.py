"""Asking models in order until one answers: the one retry layer, with its deadlines, a breaker for
each model, and the budget around every call. It never judges an answer's content."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from brain.chat import (
    AskAnother,
    BrokenOff,
    ChatError,
    ChatModel,
    ChatRequest,
    Completion,
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


async def _nothing_to_close() -> None:
    """A model without connections of its own."""


@dataclass(frozen=True, slots=True)
class Link:
    """One configured model in reach; ``context`` is how many tokens it can read, ``close`` lets go
    of its connections."""

    model: ChatModel
    tariff: Tariff
    breaker: Breaker
    context: int
    close: Callable[[], Awaitable[None]] = _nothing_to_close


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
                    others = at + 1 < len(names)
                    return Answered(name, await self._of(link, request, others=others))
                except ChatError:
                    # Why is among what was tried.
                    continue
        told = "; ".join(f"{one.model}: {one.error or one.outcome}" for one in self.tried)
        raise NobodyAnswered(told or "there was no time to ask a model")

    async def _of(self, link: Link, request: ChatRequest, *, others: bool) -> Completion:
        """One model, with its tries and its one repair.

        Raises:
            ChatError: the next model, then.
        """
        tries, repaired = 0, False
        while True:
            try:
                return await self._timed(link, request)
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

    async def _timed(self, link: Link, request: ChatRequest) -> Completion:
        clock, began = self._chain.clock, self._chain.clock.monotonic()
        try:
            completion, cost = await self._paid(link, request)
        except ChatError as error:
            _learn(link.breaker, error)
            self.tried.append(
                Tried(
                    link.model.name,
                    _code(error),
                    clock.monotonic() - began,
                    error.usage or Usage(),
                    _cost_of(error, link.tariff, request).micros,
                    str(error),
                )
            )
            raise
        link.breaker.answered()
        usage = completion.usage or Usage()
        seconds = clock.monotonic() - began
        self.tried.append(Tried(link.model.name, "answered", seconds, usage, cost.micros))
        return completion

    async def _paid(self, link: Link, request: ChatRequest) -> tuple[Completion, Cost]:
        used = worst = link.tariff.worst(request)
        reservation = await self._chain.budget.reserve(self._turn, self._spender, worst)
        try:
            completion = await self._within(link, request)
            if completion.usage is not None:
                used = link.tariff.cost(completion.usage)
            return completion, used
        except ChatError as error:
            used = _cost_of(error, link.tariff, request)
            raise
        finally:
            # Also when the turn is called off: what was begun may cost all of it.
            await self._chain.budget.settle(reservation, used)

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


def _learn(breaker: Breaker, error: ChatError) -> None:
    """A request that a model will not answer says nothing about how it is."""
    if not isinstance(error, (Refused, TooLong)):
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
