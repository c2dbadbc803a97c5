"""Finds out whether a message arrived at Twilio whose answer did not arrive here.

Twilio takes no idempotency key, so this goes by what is certain, in this order:

1. A status callback, or an answer, named the message by our mark: it was taken.
2. An address gets its messages one after the other, so what is in doubt can only be the newest of
   ours to this customer. If the newest reads exactly like it, it was taken; and should those be the
   words of the message before it, the customer has read them last and misses nothing.
3. If the newest reads otherwise, it was not taken.
4. Files and templates cannot be told by their words: they count as taken if a message was made
   since the attempt began, as not taken if none was, and are in doubt after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.rest import Client

from channels.contract import Clock, OutboundMessage, Receipt
from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.whatsapp.attempts import Attempt, Attempts
from channels.whatsapp.listing import Listed, sent_to
from channels.whatsapp.pieces import File, Piece, Words, pieces, same_words
from channels.whatsapp.refusals import Broken, Refusal, Unreached, failure, send_error

NEWEST = 20
# How long Twilio may need until it lists what it took, and how far its clock may be from ours.
LISTED_SECONDS = 5.0
SKEW_SECONDS = 30.0
# A restart knows of no attempt; nothing that it could find in doubt is older.
REMEMBERED_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Reconciling:
    client: Client
    attempts: Attempts
    clock: Clock
    sender: str
    fetched_here: bool = False

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        """The receipt, or None where it was not taken, or not all of it: sending it again then
        sends what is missing.

        Raises:
            UncertainSendError: it cannot be told. RejectedSendError: it was taken, and failed.
            RetryableSendError, ChannelMisconfigured: Twilio cannot be asked now.
        """
        planned = pieces(message, fetched_here=self.fetched_here)
        attempt = self.attempts.find(message.delivery_id)
        taken = attempt.all_taken(len(planned)) if attempt is not None else None
        if taken is None:
            await self._wait_until_listed(attempt)
            await self._look(message, planned, attempt)
            attempt = self.attempts.find(message.delivery_id)
            taken = attempt.all_taken(len(planned)) if attempt is not None else None
        return Receipt(taken, self.clock.now()) if taken is not None else None

    async def _wait_until_listed(self, attempt: Attempt | None) -> None:
        if attempt is not None and attempt.began is not None:
            left = attempt.began + LISTED_SECONDS - self.clock.now()
            if left > 0:
                await self.clock.sleep(left)

    async def _look(
        self, message: OutboundMessage, planned: Sequence[Piece], attempt: Attempt | None
    ) -> None:
        """Remember the pieces that Twilio lists as its newest."""
        newest = await self._newest(message, attempt)
        missing = [
            (number, piece)
            for number, piece in enumerate(planned)
            if attempt is None or number not in attempt.taken
        ]
        known = attempt is not None and attempt.began is not None
        for count in range(min(len(missing), len(newest)), 0, -1):
            pairs = list(zip(missing[:count], reversed(newest[:count]), strict=True))
            if all(_is(piece, listed) for (_, piece), listed in pairs):
                if not known and not any(_shows(piece, listed) for (_, piece), listed in pairs):
                    raise UncertainSendError(
                        "after a restart nothing shows whose the newest message is: it has no words"
                    )
                self._remember(message.delivery_id, pairs)
                return

    def _remember(self, delivery: str, pairs: Sequence[tuple[tuple[int, Piece], Listed]]) -> None:
        for (number, _), listed in pairs:
            if listed.failed is not None:
                raise RejectedSendError(failure(listed.failed, ""))
            self.attempts.took(delivery, number, listed.sid)

    async def _newest(self, message: OutboundMessage, attempt: Attempt | None) -> Sequence[Listed]:
        """What may be this delivery's, newest first."""
        try:
            listed = await sent_to(self.client, self.sender, message.address.chat, NEWEST)
        except (Refusal, Unreached, Broken) as error:
            raise _unasked(error) from error
        began = attempt.began if attempt is not None else None
        since = self.clock.now() - REMEMBERED_SECONDS if began is None else began - SKEW_SECONDS
        found: list[Listed] = []
        for one in listed:
            # The first that is older, or another's, ends what can be in doubt.
            if one.at < since or self.attempts.others(one.sid, message.delivery_id):
                break
            if attempt is None or one.sid not in attempt.taken.values():
                found.append(one)
        return found


def _shows(piece: Piece, listed: Listed) -> bool:
    """Whether a match says something: only words do."""
    return isinstance(piece, Words) and bool(listed.text)


def _is(piece: Piece, listed: Listed) -> bool:
    if isinstance(piece, Words):
        texts = (piece.text, piece.written_out())
        # Whether Twilio lists the words of a message with buttons is not documented.
        untold = bool(piece.choices) and not listed.text
        return not listed.files and (untold or any(same_words(text, listed.text) for text in texts))
    if isinstance(piece, File):
        return listed.files > 0
    return not listed.files


def _unasked(error: Refusal | Unreached | Broken) -> ChannelError:
    refused = send_error(error)
    if isinstance(refused, ChannelMisconfigured):
        return refused
    return RetryableSendError(f"Twilio could not be asked whether it arrived: {error}")
