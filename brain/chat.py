"""The contract of asking a model: what it is given, what it gives, and what can go wrong; the name
of an error says what the asker does next.

ChatError
├── TryAgain                  nothing was answered: the same model after ``retry_after`` seconds
└── AskAnother                this model will not do; the next one may
    ├── Misconfigured         key, name, rights or credit: an operator must mend it
    ├── TooLong               the request does not fit this model
    ├── Refused               it declined to answer
    ├── BrokenOff             it fell silent or the line was cut: what came is not used
    └── Malformed             it did not answer in the form that was asked for

NobodyAnswered                no model is left: the extractive answer, or a person
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

Speaker: TypeAlias = Literal["user", "assistant"]
Finish: TypeAlias = Literal["end", "length", "tools"]


@dataclass(frozen=True, slots=True)
class SystemPart:
    """A piece of the instructions. ``cached`` marks the end of what is the same from call to call;
    parts that vary come after it."""

    text: str
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said to the model or by it. ``before`` stands in front of the text and is the same
    from call to call, so that a provider may keep it in its cache."""

    speaker: Speaker
    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The structure that is asked for. ``schema`` is JSON Schema in the subset that all providers
    take: every property required, ``additionalProperties`` false."""

    name: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the model may ask for; ``schema`` is that of its arguments."""

    name: str
    description: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model asks for. ``arguments`` are as it wrote them: JSON, possibly not valid."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """``most_tokens`` caps the answer, thinking included. ``hears`` is given each piece of its text
    as it comes, to get ready by: a piece is no answer, and what is not whole never becomes one."""

    system: tuple[SystemPart, ...]
    messages: tuple[Line, ...]
    wanted: Wanted | None = None
    most_tokens: int = 1024
    tools: tuple[Tool, ...] = ()
    hears: Callable[[str], None] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. ``input`` are those read anew, beside ``cached_input`` (read from the provider's
    cache) and ``cache_write`` (read and kept there); ``output`` includes thinking."""

    input: int = 0
    cached_input: int = 0
    cache_write: int = 0
    output: int = 0

    @property
    def read(self) -> int:
        return self.input + self.cached_input + self.cache_write

    @property
    def tokens(self) -> int:
        return self.read + self.output


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer, never a part of one. ``data`` is the structure that was asked for, held
    against its schema; None where none was. ``usage`` is None where the provider told none,
    ``model`` is the one that answered, in the provider's words."""

    text: str
    usage: Usage | None
    finish: Finish = "end"
    data: Mapping[str, object] | None = None
    calls: tuple[ToolCall, ...] = ()
    model: str = ""


class ChatError(Exception):
    """A model gave no answer that can be used. The message is for operators, never for customers.
    ``usage`` is what it cost all the same, None where nobody knows; ``asked`` is False where the
    provider turned the call away before it cost anything."""

    def __init__(self, message: str, *, usage: Usage | None = None, asked: bool = True) -> None:
        super().__init__(message)
        self.usage = usage
        self.asked = asked


class TryAgain(ChatError):
    """Overloaded, over a rate limit, or out of reach: the same model may answer later.
    ``retry_after`` is what the provider asked for in seconds, None where it did not say."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, asked: bool = False
    ) -> None:
        super().__init__(message, asked=asked)
        self.retry_after = retry_after


class AskAnother(ChatError):
    """This model will not answer this request, however often it is asked."""


class Misconfigured(AskAnother):
    """The provider does not take our key, does not know the model, or wants to be paid."""


class TooLong(AskAnother):
    """The request does not fit what this model can read."""


class Refused(AskAnother):
    """The model declined to answer."""


class BrokenOff(AskAnother):
    """The answer did not come to its end in time."""


class Malformed(AskAnother):
    """The answer is not what was asked for. ``text`` is what came, for a second try."""

    def __init__(self, message: str, *, text: str = "", usage: Usage | None = None) -> None:
        super().__init__(message, usage=usage)
        self.text = text


class NobodyAnswered(Exception):
    """Every model that was to be asked failed; the message says how, for operators."""


class ChatModel(Protocol):
    """One configured model. It never retries and keeps nothing of what was said."""

    @property
    def name(self) -> str:
        """As it is called in the configuration."""
        ...

    async def complete(self, request: ChatRequest) -> Completion:
        """
        Raises:
            ChatError: one of the tree above.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tried:
    """One call, for the trace. ``outcome`` is ``answered`` or the name of the error; ``micros`` are
    millionths of a US dollar."""

    model: str
    outcome: str
    seconds: float
    usage: Usage = field(default_factory=Usage)
    micros: int = 0
    error: str = ""


def spent(tried: Sequence[Tried]) -> int:
    """Millionths of a US dollar, of all calls together."""
    return sum(one.micros for one in tried)


@dataclass(frozen=True, slots=True)
class Called:
    """One call of a model, for the record: what it was asked and what came of it. ``model`` is its
    configured name, ``requested`` and ``answered_by`` are the provider's; ``outcome`` is
    ``answered``, ``called_off`` or the name of the error; ``began`` counts from 1970. It was asked
    after ``instead_of`` had given no answer; with ``rests`` its breaker is open from now on."""

    model: str
    provider: str
    requested: str
    outcome: str
    began: float
    seconds: float
    request: ChatRequest
    answer: str = ""
    answered_by: str = ""
    finish: Finish | None = None
    usage: Usage = field(default_factory=Usage)
    micros: int = 0
    error: str = ""
    instead_of: str | None = None
    rests: bool = False
