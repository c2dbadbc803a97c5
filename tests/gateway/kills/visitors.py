"""Visitors who talk to a gateway over HTTP while it dies and comes back, and who remember what
they were promised. What a visitor is owed is judged by that visitor's own stream alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp

# Whoever wants a person is told that people come, and by nobody but the gateway itself.
WISH, COMING = "I want to talk to a human", "I'm passing this to our team"
TROUBLE = "Your message is saved and our team has it."
# What each kind of visitor asks, one after the other, and what its answer has to say.
TOPICS = (
    (
        ("What does shipping cost?", "4.90 euros"),
        ("How long does shipping take?", "two to four working days"),
    ),
    (
        ("How long may I return something?", "within 60 days"),
        ("Who pays for a return parcel?", "printed label"),
    ),
    (
        ("How long is the warranty on tents?", "five years"),
        ("What does the warranty not cover?", "campfires"),
    ),
    ((WISH, COMING),),
)
GONE = (aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError)
PATIENCE_SECONDS = 40.0


class Down(Exception):
    """The gateway did not answer; nothing is known about what was asked."""


@dataclass
class Said:
    id: str
    text: str
    fact: str
    accepted: bool = False


@dataclass
class Visitor:
    """``seen`` is what the stream has ever shown, by seq."""

    http: aiohttp.ClientSession
    base: str
    token: str
    plan: list[tuple[str, str]]
    said: list[Said] = field(default_factory=list[Said])
    seen: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def finished(self) -> bool:
        return not self.plan and self.answered

    @property
    def handed_over(self) -> bool:
        return any(item["author"] == "system" for item in self.seen.values())

    @property
    def answered(self) -> bool:
        """Whether everything said was accepted and dealt with."""
        return all(said.accepted for said in self.said) and not self._waits

    async def go_on(self) -> None:
        """Say what is still unsaid, each after the answer to what came before.

        Raises:
            Down: the gateway went away.
        """
        while not self.finished:
            if self.answered:
                text, fact = self.plan.pop(0)
                self.said.append(Said(str(uuid4()), text, fact))
            if not self.said[-1].accepted:
                await self._post(self.said[-1])
            await self._listen()

    async def look_again(self) -> None:
        """Read the whole stream anew: all that was ever shown is still there, and in its place."""
        before, self.seen = self.seen, {}
        await self._listen()
        for seq, item in before.items():
            assert self.seen.get(seq) == item, f"{item} was shown at {seq} and is gone"

    async def _post(self, said: Said) -> None:
        body = {"id": said.id, "text": said.text}
        try:
            url = f"{self.base}/chat/web/messages"
            async with self.http.post(url, json=body, headers=self.headers) as response:
                if response.status == 503:
                    raise Down
                assert response.status == 202, await response.text()
                said.accepted = True
        except GONE as error:
            raise Down from error

    async def _listen(self) -> None:
        """Follow the stream until the newest message is dealt with."""
        after = max(self.seen, default=0)
        try:
            url = f"{self.base}/chat/web/events?after={after}"
            async with (
                asyncio.timeout(PATIENCE_SECONDS),
                self.http.get(url, headers=self.headers) as response,
            ):
                async for line in response.content:
                    self._take(line)
                    if not self._waits:
                        return
        except GONE as error:
            raise Down from error
        if self._waits:
            raise Down

    def _take(self, line: bytes) -> None:
        if not line.startswith(b"data: "):
            return
        data: dict[str, Any] = json.loads(line[6:])
        if "author" in data:
            seq: int = data["seq"]
            assert seq not in self.seen, f"{seq} was shown twice in one reading"
            self.seen[seq] = {key: data[key] for key in ("id", "author", "text")}

    @property
    def _waits(self) -> bool:
        """Whether the stream does not show all that was said, or its last word is the visitor's
        and it has not said that people come."""
        shown = [self.seen[seq] for seq in sorted(self.seen)]
        mine = [item for item in shown if item["author"] == "customer"]
        if len(mine) < len(self.said):
            return True
        return bool(shown) and shown[-1]["author"] == "customer" and not self.handed_over


@dataclass
class Crowd:
    """``workers`` visitors at a time, new ones taking the places of those who are done."""

    http: aiohttp.ClientSession
    base: str
    workers: int = 4
    everyone: list[Visitor] = field(default_factory=list[Visitor])
    _numbers: count[int] = field(default_factory=count)

    async def talk(self, going: Callable[[], bool]) -> None:
        """Load the gateway until it is gone or ``going`` says that it is enough."""
        unfinished = [visitor for visitor in self.everyone if not visitor.finished]
        async with asyncio.TaskGroup() as group:
            for _ in range(self.workers):
                group.create_task(self._work(unfinished, going))

    async def finish(self) -> None:
        """See everybody through who has begun."""
        async with asyncio.TaskGroup() as group:
            for visitor in self.everyone:
                if not visitor.finished:
                    group.create_task(visitor.go_on())
        async with asyncio.TaskGroup() as group:
            for visitor in self.everyone:
                group.create_task(visitor.look_again())

    async def _work(self, unfinished: list[Visitor], going: Callable[[], bool]) -> None:
        try:
            while going():
                visitor = unfinished.pop() if unfinished else await self._newcomer()
                await visitor.go_on()
        except Down:
            return

    async def _newcomer(self) -> Visitor:
        try:
            async with self.http.post(f"{self.base}/chat/web/sessions") as response:
                token: str = (await response.json())["token"]
        except GONE as error:
            raise Down from error
        topic = TOPICS[next(self._numbers) % len(TOPICS)]
        visitor = Visitor(self.http, self.base, token, list(topic))
        self.everyone.append(visitor)
        return visitor


@asynccontextmanager
async def crowd_at(base: str, workers: int = 4) -> AsyncGenerator[Crowd]:
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
    ) as http:
        yield Crowd(http, base, workers)


def judge(visitor: Visitor) -> None:
    """Every accepted message is there once and in order, each with exactly one answer, which is
    the one to that question; after a handoff, none but the word that people come."""
    shown = [visitor.seen[seq] for seq in sorted(visitor.seen)]
    mine = [item["id"] for item in shown if item["author"] == "customer"]
    assert mine == [said.id for said in visitor.said], shown
    assert sorted(visitor.seen) == list(range(1, len(shown) + 1)), shown
    handed_over = False
    for said, answers in zip(visitor.said, _answers(shown), strict=True):
        assert len(answers) <= 1, f"{said.text!r} was answered more than once: {shown}"
        if not answers:
            assert handed_over, f"{said.text!r} was never answered: {shown}"
        elif answers[0]["author"] == "assistant":
            assert not handed_over, f"the assistant spoke after the handoff: {shown}"
            assert said.fact in answers[0]["text"], shown
        else:
            # Whose turn died three times gets people for that reason, before it is read.
            passed_on = any(words in answers[0]["text"] for words in (COMING, TROUBLE))
            assert said.text != WISH or passed_on, shown
            handed_over = True


def _answers(shown: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What follows each of the visitor's messages."""
    found: list[list[dict[str, Any]]] = []
    for item in shown:
        if item["author"] == "customer":
            found.append([])
        else:
            assert found, f"somebody spoke before the visitor did: {shown}"
            found[-1].append(item)
    return found
