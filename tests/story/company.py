"""The company of the story: its configuration, its gateway, and its people in Slack."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiohttp import ClientSession

from tests.fleet.house import Desk, House
from tests.fleet.streets import Slack, Street, flat
from tests.gateway.kills.process import ARTICLES, ROOT, free_port
from tests.platforms import slack_events as events
from tests.platforms.slack import FakeSlack
from tests.platforms.slack_workspace import TEAM, Message, buttons, pings, shown

DESK, LEGAL, DUTY = "C0DESK", "C0LEGAL", "S0DUTY"
BEN, CLEO = "U0BEN", "U0CLEO"
NAMES = {BEN: "Ben", CLEO: "Cleo"}
REFUND_LIMIT = 100
# The first answer waits for the index, on a busy machine for long.
PATIENCE_SECONDS = 90.0
POLL_SECONDS = 0.05


class NotSeen(Exception):
    """Something that the story needs did not happen in time; the message says what."""


async def until(what: str, look: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """
    Raises:
        NotSeen: it did not come to be within ``seconds``.
    """
    clock = asyncio.get_running_loop()
    end = clock.time() + seconds
    while not look():
        if clock.time() > end:
            raise NotSeen(what)
        await asyncio.wait({asyncio.create_task(asyncio.sleep(POLL_SECONDS))})


@dataclass(frozen=True, slots=True)
class SlackDesk:
    """The team in its Slack: what stands in its channels, and what its people do there."""

    slack: FakeSlack
    http: ClientSession
    webhook: str

    def head(self, about: str) -> Message | None:
        """The newest line of a handoff that says this."""
        said = [
            each
            for where, each in self.slack.workspace.ours()
            if where in {DESK, LEGAL} and "thread_ts" not in each and about in line(each)
        ]
        return said[-1] if said else None

    def place(self, head: Message) -> str:
        return next(where for where, each in self.slack.workspace.ours() if each is head)

    def posts(self, head: Message) -> list[Message]:
        """What the app has said below a line, oldest first."""
        below = self.slack.workspace.thread(self.place(head), head["ts"])
        return [each for each in below if each is not head and each.get("bot_id")]

    def called(self, head: Message) -> bool:
        """Whether the group on duty was notified in the thread."""
        return any(f"!subteam^{DUTY}" in pings(each) for each in self.posts(head))

    async def writes(self, head: Message, text: str, user: str = BEN) -> None:
        said = events.says(
            self.slack.workspace,
            events.escaped(text),
            channel=self.place(head),
            user=user,
            thread_ts=head["ts"],
        )
        await self._deliver(said)

    async def presses(self, head: Message, label: str, user: str = BEN) -> None:
        """
        Raises:
            NotSeen: no post in the thread has such a button.
        """
        for message in reversed(self.posts(head)):
            for button in buttons(message):
                if button["text"]["text"] == label:
                    place = self.place(head)
                    seen = {**message, "thread_ts": head["ts"]}
                    space = self.slack.workspace
                    await self._deliver(events.presses(space, place, seen, button, user))
                    return
        raise NotSeen(f"a button {label!r}")

    async def _deliver(self, body: events.Body) -> None:
        async with await self.slack.post(self.http, self.webhook, body) as answer:
            answer.raise_for_status()


def line(message: Message) -> str:
    """A post as staff read it, without what keeps words from being marks."""
    return flat(shown(message).replace("\u200b", ""))


@dataclass(frozen=True, slots=True)
class Company:
    folder: Path
    streets: dict[str, Street]
    desk: SlackDesk
    house: House
    base: str


async def hire(folder: Path, name: str, password: str) -> None:
    """Somebody who may sign in on the web desk."""
    words = ("staff", "add", name, "--role", "agent", "--password-stdin")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway", *words, "-c", str(folder / "config.yaml")),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    await process.communicate(password.encode())
    if process.returncode:
        raise NotSeen(f"{name} could not be added to the staff")


def furnish(folder: Path, streets: Sequence[Street]) -> str:
    """Write articles and the configuration; where the gateway listens."""
    (folder / "kb").mkdir(parents=True)
    for name, text in ARTICLES.items():
        (folder / "kb" / f"{name}.md").write_text(f"---\ntitle: {name.title()}\n---\n{text}")
    base = f"http://127.0.0.1:{free_port()}"
    stages: dict[str, Any] = dict.fromkeys((each.kind for each in streets), "auto")
    if "email" in stages:
        stages["email"] = {"mode": "auto", "intents": {"shipping": "draft"}}
    configuration: dict[str, Any] = {
        "public_url": base,
        "server": {"host": "127.0.0.1", "port": int(base.rpartition(":")[2])},
        "store": {"url": f"sqlite:///{folder / 'frontdesk.db'}", "data": str(folder / "data")},
        "business": {
            "name": "Fernhill Outdoor",
            "languages": ["en"],
            "rating": {
                "after_minutes": 0,
                "channels": [each.kind for each in streets if each.kind != "web"],
            },
        },
        "channels": {
            each.kind: {"kind": each.kind, "desk": "support", **each.entry()} for each in streets
        },
        "desks": {
            "web": {},
            "support": {
                "channel": "slack",
                "chat": DESK,
                "on_duty": DUTY,
                "by_topic": {"legal": LEGAL},
            },
        },
        "staff": [
            {"name": NAMES[BEN], "role": "agent", "identities": {"slack": f"{TEAM}/{BEN}"}},
            {"name": NAMES[CLEO], "role": "lead", "identities": {"slack": f"{TEAM}/{CLEO}"}},
        ],
        "brain": {
            "knowledge": {"sources": [{"path": "kb"}]},
            "escalation": {"refund_limit": REFUND_LIMIT},
        },
        "rollout": {"channels": stages},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(configuration))
    return base


@asynccontextmanager
async def open_company(folder: Path, streets: Sequence[Street]) -> AsyncGenerator[Company]:
    """A gateway with a channel a street, all of them up; customers may come. The team works in the
    Slack of the one that has it.

    Raises:
        tests.fleet.house.NotRunning: it ended, or a channel stays down.
    """
    async with AsyncExitStack() as stack:
        for street in streets:
            await stack.enter_async_context(street)
        slack = next(each.slack for each in streets if isinstance(each, Slack))
        space = slack.workspace
        space.messages |= {DESK: [], LEGAL: []}
        space.names |= NAMES
        slack.members |= {DESK, LEGAL}
        base = await asyncio.to_thread(furnish, folder, streets)
        for street in streets:
            street.meet(base)
        http = await stack.enter_async_context(ClientSession())
        house = House(folder, Desk(http, base), [street.kind for street in streets])
        stack.push_async_callback(house.stop)
        await house.start()
        desk = SlackDesk(slack, http, f"{base}/webhooks/slack")
        yield Company(folder, {each.kind: each for each in streets}, desk, house, base)
