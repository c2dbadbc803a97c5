"""A gateway's pipeline before a platform that is sent to, as a process that may be killed.

``python -m tests.gateway.kills.pushed_line URL FOLDER KIND`` says three things as three customers
(under the same ids at every start, as a platform that was not acknowledged does), answers them and
ends when nothing is left to do. The platform is a ledger in FOLDER, which outlives the process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from channels.contract import Channel, OutboundMessage, Receipt
from channels.errors import UncertainSendError
from channels.events import Address, InboundMessage, Sender
from channels.kinds import CAPABILITIES
from gateway.clock import SystemClock
from gateway.conversations.rendering import Rendering
from gateway.failpoint import VARIABLE, Failpoints, parse
from gateway.intake.door import Door, Gate
from gateway.intake.surface import surface_of
from gateway.notices.catalogue import Notices
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.records import Node
from gateway.store.files import Files
from gateway.store.opening import open_store
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import deliveries
from gateway.store.store import Options, Store
from gateway.supervisor import heartbeat
from gateway.turns.loop import TurnLoop, TurnTools
from gateway.turns.plan import ChannelRules, TurnSetup
from tests.gateway.pipeline.rig import ScriptedBrain

CHATS = ("first", "second", "third")


class Ledger(Channel):
    """Writes each message down durably; is asked only where the kind can be."""

    def __init__(self, kind: str, file: Path) -> None:
        self.capabilities = CAPABILITIES[kind]
        self._file = file

    async def send(self, message: OutboundMessage) -> Receipt:
        line = {"delivery": message.delivery_id, "chat": message.address.chat}
        await asyncio.to_thread(self._note, json.dumps(line))
        return Receipt((f"platform-{message.delivery_id}",), 1.0)

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        if not self.capabilities.read_back:
            raise UncertainSendError
        known = await asyncio.to_thread(ledger, self._file)
        if any(line["delivery"] == message.delivery_id for line in known):
            return Receipt((f"platform-{message.delivery_id}",), 1.0)
        return None

    def _note(self, line: str) -> None:
        with self._file.open("a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())


def ledger(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text().splitlines()]


class Line:
    """One channel of one node."""

    def __init__(self, store: Store, folder: Path, kind: str, failpoint: Failpoints) -> None:
        self.store = store
        self.node = Node("line", str(os.getpid()))
        clock = SystemClock()
        channel = Ledger(kind, folder / "ledger.jsonl")
        capabilities = channel.capabilities
        surface = surface_of("line", capabilities, tenant="main", quiet=0.0)
        self.door = Door(surface, store, Files(folder / "files"), Gate(), failpoint)
        rules = {"line": ChannelRules(demo=False, answers=True, mail=False)}
        setup = TurnSetup(
            ScriptedBrain(), Notices("Fernhill Outdoor"), None, ("en",), rules, version=1
        )
        rendering = Rendering({"line": capabilities})
        self.turns = TurnLoop(
            TurnTools(store, self.node, lambda: setup, rendering, clock, failpoint)
        )
        channels = {"line": channel}
        # One at a time, so that one is in the window when the process dies.
        self.outbox = OutboxLoop(
            OutboxTools(
                store,
                self.node,
                lambda: channels,
                clock,
                lambda: 1.0,
                failpoint,
                capacity=1,
            )
        )

    async def run(self) -> None:
        await self.store.write(lambda unit: heartbeat.begin(unit, self.node))
        for chat in CHATS:
            said = InboundMessage(f"m-{chat}", Address(chat), f"hello {chat}", Sender((chat,)))
            await self.door.accept(said)
        while await self._unfinished():
            await self.turns.once()
            await self.outbox.once()

    async def _unfinished(self) -> bool:
        waiting = select(func.count()).where(
            conversations.c.answered_seq < conversations.c.customer_seq
        )
        unsent = select(func.count()).where(deliveries.c.state.in_(["queued", "sending"]))
        return await self.store.read(lambda r: bool(r.scalar(waiting) or r.scalar(unsent)))


def main(url: str, folder: str, kind: str) -> None:
    failpoint = Failpoints(parse(os.environ.get(VARIABLE, "")))
    store = open_store(url, Options(failpoint=failpoint))
    asyncio.run(Line(store, Path(folder), kind, failpoint).run())
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
