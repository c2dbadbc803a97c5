"""What was said while nobody listened, read back from Slack's history: Slack sends an event again
three times at most, and within minutes. It moves no cursor and repeats nothing that is
known, as the gateway knows each message by its id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.contract import Clock
from channels.errors import (
    ChannelDisconnected,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Ignored
from channels.slack.payloads import Said
from channels.slack.reading import Arrival
from channels.slack.reception import Reception, history_said
from channels.slack.web import Web, listed, next_page

# Events overtake each other; what came shortly before the last known one may be missing too.
OVERLAP_SECONDS = 600.0
# How old a downtime, and how old the beginning of a thread, is still looked at.
LONGEST_SECONDS = 7 * 24 * 3600.0
PLACES = 1_000
PAGE = 200
PAGES = 5
TRIES = 10
TYPES = ("im", "mpim", "private_channel", "public_channel")


@dataclass(frozen=True, slots=True)
class Backlog:
    web: Web
    clock: Clock
    reception: Reception

    async def read(self, since: str) -> int:
        """Accept what was said after ``since`` (a ts); how much of it there was.

        Raises:
            ChannelDisconnected: Slack cannot be asked. IntakeClosed: nothing more was stored.
        """
        oldest = max(float(since) - OVERLAP_SECONDS, self.clock.now() - LONGEST_SECONDS)
        found = 0
        for place in await self._places():
            shared = place.get("is_ext_shared") is True
            for said in await self._missed(str(place.get("id")), oldest):
                arrival = self.reception.reader.said(said, str(place["id"]), shared=shared)
                found += await self._accepted(arrival)
        return found

    async def _accepted(self, arrival: Arrival) -> bool:
        # What is nothing to us was never missed.
        return not isinstance(arrival.event, Ignored) and await self.reception.arrive(arrival)

    async def _places(self) -> Sequence[Mapping[str, Any]]:
        """Where the app is, direct messages first."""
        found: list[Mapping[str, Any]] = []
        for sort in TYPES:
            fields = {"types": sort, "exclude_archived": True, "limit": PAGE}
            pages = PLACES // PAGE
            found += [
                each async for each in self._all("users.conversations", "channels", pages, fields)
            ]
        return found[:PLACES]

    async def _missed(self, channel: str, oldest: float) -> Sequence[Said]:
        """What was said in a channel and in those of its threads that somebody wrote in since."""
        begun = self.clock.now() - LONGEST_SECONDS
        fields = {"channel": channel, "oldest": f"{begun:.6f}", "limit": PAGE}
        found: dict[str, Said] = {}
        async for message in self._all("conversations.history", "messages", PAGES, fields):
            said = history_said(message)
            if said is None:
                continue
            found[said.ts] = said
            if said.latest_reply is not None and float(said.latest_reply) > oldest:
                found |= await self._replies(channel, said.ts, oldest)
        return [found[ts] for ts in sorted(found, key=float) if float(ts) > oldest]

    async def _replies(self, channel: str, root: str, oldest: float) -> dict[str, Said]:
        fields = {"channel": channel, "ts": root, "oldest": f"{oldest:.6f}", "limit": PAGE}
        replies: dict[str, Said] = {}
        async for message in self._all("conversations.replies", "messages", PAGES, fields):
            said = history_said(message)
            if said is not None and said.ts != root:
                replies[said.ts] = said
        return replies

    async def _all(
        self, method: str, key: str, pages: int, fields: Mapping[str, Any]
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Everything on so many pages; nothing where Slack does not let us look."""
        asked = dict(fields)
        for _ in range(pages):
            try:
                answer = await self._patiently(method, asked)
            except (RejectedSendError, ChannelMisconfigured):
                # `check` names what the app lacks; what can be read is read all the same.
                return
            for each in listed(answer, key):
                yield each
            asked["cursor"] = next_page(answer)
            if not asked["cursor"]:
                return

    async def _patiently(self, method: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer, after the pauses that Slack asks for."""
        for _ in range(TRIES):
            try:
                return await self.web.ask(method, **fields)
            except RetryableSendError as error:
                if error.retry_after is None:
                    raise ChannelDisconnected(str(error)) from error
                await self.clock.sleep(error.retry_after)
            except UncertainSendError as error:
                raise ChannelDisconnected(str(error)) from error
        raise ChannelDisconnected(f"Slack asks for time again and again ({method})")
