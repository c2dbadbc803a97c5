"""Asks Twilio from time to time for messages that its webhook did not bring: Twilio tries a webhook
twice at most, and keeps what it could not deliver in its list only."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from twilio.rest import Client

from channels.contract import Clock, Intake
from channels.errors import ChannelDisconnected, ChannelMisconfigured
from channels.events import Cursor, Event, Ignored
from channels.whatsapp.listing import Listed, came_since, files_of
from channels.whatsapp.payloads import Posted, message_event
from channels.whatsapp.refusals import Broken, Refusal, Unreached, send_error

CURSOR = "listed"
# The webhook knows more than the list (names, buttons, quotes), so it goes first.
WEBHOOK_SECONDS = 60.0
# Twilio may list a message later than another one that came after it.
OVERLAP_SECONDS = 900.0
FAILURES = 3
SEEN = 10_000


class Seen:
    """The newest messages that the intake has taken, by any way; bounded, in memory."""

    def __init__(self) -> None:
        self._sids: OrderedDict[str, None] = OrderedDict()

    def add(self, sid: str) -> None:
        self._sids[sid] = None
        if len(self._sids) > SEEN:
            self._sids.popitem(last=False)

    def __contains__(self, sid: str) -> bool:
        return sid in self._sids


@dataclass(eq=False)
class Missed:
    """``api`` is Twilio's address, ``sender`` our number, ``account`` its owner."""

    client: Client
    clock: Clock
    api: str
    account: str
    sender: str
    seen: Seen
    _failures: int = field(default=0, init=False)

    async def watch(self, intake: Intake, seconds: float) -> None:
        """Look now and every so many seconds, until cancelled.

        Raises:
            ChannelDisconnected: Twilio did not answer three times in a row.
            ChannelMisconfigured: it refuses us. IntakeClosed: from the intake.
        """
        while True:
            await self._look_once(intake)
            pause = seconds if not self._failures else min(seconds, WEBHOOK_SECONDS)
            await self.clock.sleep(pause)

    async def _look_once(self, intake: Intake) -> None:
        try:
            await self.look(intake)
        except (Refusal, Unreached, Broken) as error:
            refused = send_error(error)
            if isinstance(refused, ChannelMisconfigured):
                raise refused from error
            self._failures += 1
            if self._failures >= FAILURES:
                self._failures = 0
                raise ChannelDisconnected(
                    f"Twilio cannot be asked for missed messages: {error}"
                ) from error
        else:
            self._failures = 0

    async def look(self, intake: Intake) -> int:
        """Take in what is listed since the last time; how many were new.

        Raises:
            Refusal, Unreached, Broken: nothing more was taken. IntakeClosed: from the intake.
        """
        now = self.clock.now()
        stored = await intake.cursor(CURSOR)
        if stored is None:
            # What came before the channel was set up is not ours to answer.
            began = Ignored(f"listing:{int(now)}", "began to look for missed messages")
            await intake.accept(began, _at(now))
            return 0
        since = _seconds(stored, now)
        listed = await came_since(self.client, self.sender, since - OVERLAP_SECONDS)
        ready = [one for one in listed if one.at <= now - WEBHOOK_SECONDS]
        taken = 0
        for one in ready:
            last = one is ready[-1] and one.at > since
            if one.sid not in self.seen or last:
                cursor = _at(max(one.at, since))
                accepted = await intake.accept(await self._event(one), cursor)
                self.seen.add(one.sid)
                taken += accepted.new
        return taken

    async def _event(self, one: Listed) -> Event:
        fields = {
            "MessageSid": one.sid,
            "AccountSid": self.account,
            "From": one.sender,
            "To": one.recipient,
            "Body": one.text,
        }
        if one.files:
            found = await self._files(one.sid)
            fields["NumMedia"] = str(len(found))
            for number, (path, kind) in enumerate(found):
                fields[f"MediaUrl{number}"] = self.api + path
                fields[f"MediaContentType{number}"] = kind
        raw = "\n".join(f"{name}={value}" for name, value in fields.items()).encode()
        posted = Posted.of(list(fields.items()), raw)
        return message_event(posted, self.sender, sent_at=one.at)

    async def _files(self, sid: str) -> list[tuple[str, str]]:
        """A file that Twilio does not know any more must not hold up what came after it."""
        try:
            return [file async for file in files_of(self.client, sid)]
        except Refusal as refusal:
            if refusal.status in {400, 404, 410}:
                return []
            raise


def _at(seconds: float) -> Cursor:
    return Cursor(CURSOR, f"{seconds:.0f}")


def _seconds(stored: str, now: float) -> float:
    try:
        return min(float(stored), now)
    except ValueError:
        return now
