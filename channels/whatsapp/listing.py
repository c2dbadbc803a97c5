"""What Twilio lists of the messages between two addresses, as plain data, newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from channels.whatsapp.refusals import Broken, Refusal

PAGE = 200
_FAILED = frozenset({"failed", "undelivered", "canceled"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as Twilio keeps it. ``at`` is when Twilio made it, in seconds since the epoch;
    ``failed`` is what it says of a failure, None where there was none."""

    sid: str
    sender: str
    recipient: str
    text: str
    files: int
    inbound: bool
    at: float
    failed: str | None


def _listed(found: MessageInstance) -> Listed:
    made = found.date_created or found.date_sent
    files = str(found.num_media or "0")
    failed = str(found.status) in _FAILED
    return Listed(
        sid=found.sid or "",
        sender=found.from_ or "",
        recipient=found.to or "",
        text=found.body or "",
        files=int(files) if files.isascii() and files.isdigit() else 0,
        inbound=str(found.direction) == "inbound",
        at=made.timestamp() if made is not None else 0.0,
        failed=str(found.error_code or found.status) if failed else None,
    )


async def sent_to(client: Client, sender: str, recipient: str, limit: int) -> Sequence[Listed]:
    """Our newest messages to somebody. Not limited by date: what was just taken has none yet.

    Raises:
        Refusal, Unreached, Broken.
    """
    try:
        found = await client.messages.list_async(
            to=recipient, from_=sender, limit=limit, page_size=limit
        )
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        raise Broken("its list cannot be read") from error
    ours = [message for message in map(_listed, found) if not message.inbound]
    return sorted(ours, key=lambda message: message.at, reverse=True)


async def has_failed(client: Client, sid: str) -> bool:
    """Whether Twilio took a message of ours and could not deliver it. One that was deleted there
    says no more.

    Raises:
        Refusal, Unreached, Broken.
    """
    try:
        found = await client.messages(sid).fetch_async()
    except Refusal as refusal:
        if refusal.status == 404:  # noqa: PLR2004 - not there
            return False
        raise
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        raise Broken("its answer cannot be read") from error
    return str(found.status) in _FAILED


async def came_since(client: Client, recipient: str, since: float) -> Sequence[Listed]:
    """What came to our number since then (seconds since the epoch), oldest first.

    Raises:
        Refusal, Unreached, Broken.
    """
    after = datetime.fromtimestamp(since, UTC)
    try:
        found = await client.messages.list_async(
            to=recipient, date_sent_after=after, page_size=PAGE
        )
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        raise Broken("its list cannot be read") from error
    # Twilio promises whole days only, so the hours are ours to look at.
    theirs = [one for one in map(_listed, found) if one.inbound and one.at >= since]
    # Listed newest first; those of one second keep the order in which they came.
    theirs.reverse()
    return sorted(theirs, key=lambda message: message.at)


async def files_of(client: Client, sid: str) -> AsyncIterator[tuple[str, str]]:
    """The path and the type of each file of a message.

    Raises:
        Refusal, Unreached, Broken.
    """
    try:
        found = await client.messages(sid).media.list_async(limit=10)
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        raise Broken("its list cannot be read") from error
    for file in found:
        if file.uri:
            yield file.uri.removesuffix(".json"), file.content_type or ""
