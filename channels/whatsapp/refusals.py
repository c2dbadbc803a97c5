"""What Twilio's error codes mean for us and what to do about them, in one table for refused calls
and for failures that are reported later. Pure: it asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)

Class: TypeAlias = Literal["later", "never", "setup"]
HOUR = 3600.0
# Below it Twilio's codes are about the account and the request, from it on about what was asked: a
# single recipient's country that is not allowed (21408, with status 403) is no fault of the set-up.
FIRST_OF_MESSAGES = 21_000


@dataclass(frozen=True, slots=True)
class Meaning:
    """``sort`` says what becomes of the message: tried later, never, or after the set-up was
    mended; ``wait`` is how long Twilio's own pages say to wait, in seconds."""

    text: str
    mend: str
    sort: Class = "never"
    wait: float | None = None

    @property
    def sentence(self) -> str:
        return f"{self.text}; {self.mend}"


_NOT_A_NUMBER = Meaning(
    "WhatsApp knows no such recipient", "ask the customer for another way to reach them"
)
_NOT_THE_TEMPLATE = Meaning(
    "the template is missing or takes other variables",
    "compare it with the one in the Twilio console; `frontdesk check --live` looks at it",
)
_TOO_LONG = Meaning("the text is longer than WhatsApp takes", "send it in shorter messages")
_BUSY = Meaning("Twilio takes no more messages right now", "it is tried again by itself", "later")
_CONTENT = Meaning(
    "WhatsApp does not take this content", "send plain text, or a file of another type"
)
_SENDER = Meaning(
    "the sender is not a WhatsApp sender of this account",
    "compare `from` with Messaging, Senders in the Twilio console",
    "setup",
)
_FILE = Meaning(
    "Twilio could not fetch the file, or it is larger or of another type than WhatsApp takes",
    "see that public_url is reached from the internet; send at most 16 MB (pictures 5 MB)",
)
_CREDENTIALS = Meaning(
    "Twilio refuses the credentials",
    "copy account_sid and auth_token (or api_key and its secret) from the console again",
    "setup",
)

MEANINGS: Mapping[int, Meaning] = {
    10001: Meaning("the Twilio account is not active", "see its console", "setup"),
    20003: _CREDENTIALS,
    20005: Meaning("the Twilio account is suspended", "see its console", "setup"),
    20404: Meaning("Twilio does not know the account", "compare account_sid and api_base", "setup"),
    20429: _BUSY,
    21211: _NOT_A_NUMBER,
    21212: _SENDER,
    21603: _SENDER,
    21606: _SENDER,
    21610: Meaning("the customer has opted out", "write again when they send START"),
    21614: _NOT_A_NUMBER,
    21617: _TOO_LONG,
    21620: _FILE,
    21655: _NOT_THE_TEMPLATE,
    21656: _NOT_THE_TEMPLATE,
    21658: _TOO_LONG,
    30001: _BUSY,
    30002: Meaning("the Twilio account is suspended", "see its console"),
    30008: Meaning("WhatsApp did not say why", "try again, or reach the customer another way"),
    30410: Meaning("the provider did not answer in time", "send it again"),
    63001: Meaning("WhatsApp refuses the sender's credentials", "register the sender again"),
    63003: _NOT_A_NUMBER,
    63005: _CONTENT,
    63007: _SENDER,
    63012: Meaning("WhatsApp had a fault of its own", "send it again"),
    63013: Meaning(
        "the message breaks a policy of WhatsApp", "change its words; see WhatsApp's policies"
    ),
    63016: Meaning(
        "the 24-hour window is closed: WhatsApp takes free text only within 24 hours of the"
        " customer's last message",
        "send the approved template, or wait until the customer writes",
    ),
    63017: _BUSY,
    63018: Meaning(
        "WhatsApp's rate or messaging limit of this sender is reached",
        "wait; its limits are in the WhatsApp Manager",
        "later",
        60.0,
    ),
    63019: _FILE,
    63020: Meaning("the WhatsApp sender is not connected", "see Messaging, Senders", "setup"),
    63021: _CONTENT,
    63024: _NOT_A_NUMBER,
    63027: _NOT_THE_TEMPLATE,
    63028: _NOT_THE_TEMPLATE,
    63030: _NOT_THE_TEMPLATE,
    63032: Meaning("WhatsApp does not let this customer receive it", "reach them another way"),
    63038: Meaning(
        "the account's daily limit of messages is reached",
        "wait until tomorrow, or have Twilio lift the limit of a trial or sandbox account",
        "later",
        HOUR,
    ),
    63049: Meaning("WhatsApp chose not to deliver this template", "do not send it again soon"),
}


@dataclass(eq=False)
class Refusal(Exception):
    """Twilio answered, and not with success. ``code`` is its own error code, None where the
    answer held none; ``retry_after`` is what its header asks for, in seconds."""

    status: int
    code: int | None = None
    message: str = ""
    retry_after: float | None = None

    def __str__(self) -> str:
        code = "" if self.code is None else f", error {self.code}"
        words = f": {self.message}" if self.message else ""
        return f"Twilio answers {self.status}{code}{words}"


class Unreached(Exception):
    """No connection was made: Twilio has seen nothing."""


class Broken(Exception):
    """The connection ended, or the time was up, before Twilio answered: it may have acted."""


def send_error(error: Refusal | Unreached | Broken) -> ChannelError:
    """What a refused or broken send means for the message."""
    if isinstance(error, Unreached):
        return RetryableSendError(f"Twilio cannot be reached: {error}")
    if isinstance(error, Broken):
        return UncertainSendError(f"the connection ended before Twilio answered: {error}")
    meaning = _meaning(error)
    if meaning is None:
        return _by_status(error)
    sentence = f"{meaning.sentence} ({_shown(error)})"
    if meaning.sort == "setup":
        return ChannelMisconfigured(sentence)
    if meaning.sort == "later":
        return RetryableSendError(sentence, retry_after=error.retry_after or meaning.wait)
    return RejectedSendError(sentence)


def _meaning(error: Refusal) -> Meaning | None:
    if error.status == 401:  # noqa: PLR2004 - whatever its code
        return _CREDENTIALS
    return MEANINGS.get(error.code or 0)


def _by_status(error: Refusal) -> ChannelError:
    status = error.status
    if status in {429, 503}:
        return RetryableSendError(str(error), retry_after=error.retry_after)
    if status >= 500 or status == 408:  # noqa: PLR2004 - its own fault: it may have acted
        return UncertainSendError(str(error))
    about_a_message = (error.code or 0) >= FIRST_OF_MESSAGES
    if (status in {403, 404} and not about_a_message) or 300 <= status < 400:  # noqa: PLR2004 - not where we think it is
        return ChannelMisconfigured(
            f"{error}; compare account_sid, the key's permissions and api_base"
        )
    return RejectedSendError(f"{error}; see twilio.com/docs/api/errors")


def _shown(error: Refusal) -> str:
    return f"Twilio {error.code or error.status}"


def failure(code: str, message: str) -> str:
    """Why a message failed that Twilio had taken, for people: the reason and a way out."""
    number = int(code) if code.isascii() and code.isdigit() and len(code) < 7 else 0  # noqa: PLR2004 - codes have five digits
    meaning = MEANINGS.get(number)
    if meaning is not None:
        return f"{meaning.sentence} (Twilio {number})"
    said = " ".join(message.split())[:200]
    named = f" {number}" if number else ""
    return f"Twilio reports failure{named}{f': {said}' if said else ''}; see its error log"
