"""One streamed answer from its request to its end, whichever SDK brings it: what a fault at each
point of the way means, and when what came is a whole answer. It knows no SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from brain.chat import (
    BrokenOff,
    ChatError,
    ChatRequest,
    Completion,
    Finish,
    Malformed,
    Refused,
    ToolCall,
    Usage,
)
from brain.models.streams import Patience, opened, paced
from brain.models.structured import whole

# The SDKs do not check what an answer is made of.
_UNREADABLE = (ValueError, TypeError, AttributeError, IndexError, RecursionError)


@dataclass(frozen=True, slots=True)
class Faults:
    """What an SDK raises. ``unopened`` says what it means before an answer began, ``cut`` after;
    ``raised`` are the errors before, ``broken`` those of a stream under way."""

    raised: tuple[type[Exception], ...]
    broken: tuple[type[Exception], ...]
    unopened: Callable[[Any], ChatError]
    cut: Callable[[Any], ChatError]


class Ear(Protocol):
    """What takes one event after the other."""

    def take(self, event: Any) -> None: ...  # noqa: ANN401  # the SDK's events are read with care


async def heard(answer: Awaitable[Any], ear: Ear, patience: Patience, faults: Faults) -> None:
    """Everything that comes, into the ear.

    Raises:
        ChatError: it did not begin, was cut, or cannot be read.
    """
    try:
        stream = await opened(answer, patience.idle)
    except faults.raised as error:
        raise faults.unopened(error) from error
    try:
        await _listen(paced(stream, patience.idle), ear)
    except faults.broken as error:
        raise faults.cut(error) from error
    except _UNREADABLE as error:
        raise Malformed(f"the stream cannot be read: {error}") from error
    finally:
        await stream.close()


async def _listen(events: AsyncIterator[Any], ear: Ear) -> None:
    async for event in events:
        ear.take(event)


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said in the end. ``stop`` is why it stopped in the provider's word, None where
    it never said so."""

    text: str
    usage: Usage | None
    stop: str | None
    refused: bool = False
    calls: tuple[ToolCall, ...] = ()


def completed(request: ChatRequest, said: Said, finishes: Mapping[str, Finish]) -> Completion:
    """
    Raises:
        ChatError: what came is no whole answer.
    """
    if said.stop is None:
        raise BrokenOff("the answer ended in the middle")
    if said.refused:
        raise Refused("the model declined to answer", usage=said.usage)
    finish = finishes.get(said.stop)
    if finish is None or (finish == "length" and request.wanted is not None):
        raise Malformed(f"the answer is not whole: {said.stop}", usage=said.usage)
    return whole(request, said.text, said.usage, finish, said.calls)


def cut(error: Exception) -> ChatError:
    """What a stream that broke means where nothing more is known."""
    return BrokenOff(f"the answer was cut: {error}")


def count(value: object, otherwise: int = 0) -> int:
    """A figure that a provider told, or did not."""
    return value if isinstance(value, int) and value >= 0 else otherwise
