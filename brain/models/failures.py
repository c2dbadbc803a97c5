"""What a provider's refusal means for whoever asked, from its status and words. Both SDKs raise
their own errors for the same statuses; here they become one tree."""

from __future__ import annotations

from collections.abc import Mapping

from brain.chat import ChatError, Misconfigured, TooLong, TryAgain

# Of a provider's message so much is kept, for operators.
_SHOWN = 300
_LATER = frozenset({408, 409, 425, 429})
_TOO_LARGE = 413
_OUR_REQUEST = frozenset({400, 422})
_FAULT_OF_THEIRS = 500
# Being over a limit passes with time, an empty account does not.
_PAY = ("insufficient_quota", "billing", "credit balance", "payment")
# Context overflow comes as 400 from both; these are the words of it.
_LONG = ("context length", "context_length", "context window", "prompt is too long", "too many tok")
# The exceptions underneath, by name: the HTTP client is the SDK's affair and is not imported here.
_NEVER_ARRIVED = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})


def refused(status: int, told: str, headers: Mapping[str, str]) -> ChatError:
    """What to do after an answer that is an error; ``told`` is its body or message."""
    message = f"the provider answered {status}: {_short(told)}"
    words = told.lower()
    if status in _LATER or status >= _FAULT_OF_THEIRS:
        if any(sign in words for sign in _PAY):
            return Misconfigured(message, asked=False)
        return TryAgain(message, retry_after=_seconds(headers.get("retry-after")))
    if status == _TOO_LARGE or (status in _OUR_REQUEST and any(sign in words for sign in _LONG)):
        return TooLong(message, asked=False)
    return Misconfigured(message, asked=False)


def unreachable(error: Exception) -> ChatError:
    """Whether the request can have arrived decides whether it can have cost anything."""
    under = type(error.__cause__).__name__
    return TryAgain(
        f"the provider cannot be reached: {_short(str(error.__cause__ or error))}",
        asked=under not in _NEVER_ARRIVED,
    )


def complains_of_form(status: int, told: str) -> bool:
    """Whether the form of the structured output is what it did not take."""
    signs = ("response_format", "json_schema", "json_object", "output_config", "structured output")
    return status in _OUR_REQUEST and any(sign in told.lower() for sign in signs)


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if 0.0 <= seconds < float("inf") else None


def _short(told: str) -> str:
    return " ".join(told.split())[:_SHOWN]
