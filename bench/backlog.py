"""Measures how a backlog is worked off, as after an outage, while new messages keep coming: nobody
waits behind anybody who wrote later, and what is new is acknowledged at once."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, insert

from bench.model import QUESTION
from bench.node import CHANNEL, Node, Platform, Visitors, quiet_log, share
from channels.contract import OutboundMessage
from gateway.store.opening import open_store
from gateway.store.schema.conversation import cases, conversations, messages

WAITING = 20_000
LIVE_A_SECOND = 20


def fill(file: Path, waiting: int) -> None:
    """``waiting`` conversations with a question that nobody has answered yet."""
    since = time.time() - 3600
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        for table, row in ((conversations, _conversation), (cases, _case), (messages, _message)):
            connection.execute(insert(table), [row(number, since) for number in range(waiting)])
    engine.dispose()


def _conversation(number: int, since: float) -> dict[str, object]:
    return {
        "id": f"conversation-{number}",
        "channel": CHANNEL,
        "address": f"waiting-{number}",
        "contact_id": f"contact-{number}",
        "case_id": f"case-{number}",
        "last_seq": 1,
        "customer_seq": 1,
        "first_unanswered_at": since,
        "ready_at": since + number / 1000,
        "created_at": since,
        "updated_at": since,
    }


def _case(number: int, since: float) -> dict[str, object]:
    return {
        "id": f"case-{number}",
        "conversation_id": f"conversation-{number}",
        "number": 1,
        "question": QUESTION,
        "opened_at": since,
    }


def _message(number: int, since: float) -> dict[str, object]:
    return {
        "id": f"message-{number}",
        "conversation_id": f"conversation-{number}",
        "case_id": f"case-{number}",
        "seq": 1,
        "author": "customer",
        "body": QUESTION,
        "external_id": f"said-{number}",
        "at": since,
    }


class Drained:
    """Counts the answers to the backlog and lets the visitors hear theirs."""

    def __init__(self, waiting: int, visitors: Visitors) -> None:
        self._left = waiting
        self._visitors = visitors
        self.done = asyncio.Event()

    async def hear(self, message: OutboundMessage) -> None:
        if not message.address.chat.startswith("waiting-"):
            await self._visitors.hear(message)
            return
        self._left -= 1
        if not self._left:
            self.done.set()


async def _figures(folder: Path, waiting: int) -> dict[str, object]:
    file = folder / "bench.db"
    (await asyncio.to_thread(open_store, f"sqlite:///{file}")).close()
    await asyncio.to_thread(fill, file, waiting)
    store = await asyncio.to_thread(open_store, f"sqlite:///{file}")
    visitors = Visitors()
    drained = Drained(waiting, visitors)
    node = Node(store, folder, Platform(drained.hear))
    live: list[asyncio.Task[None]] = []
    async with node.running():
        begun = time.perf_counter()
        while not drained.done.is_set():
            live.append(asyncio.create_task(visitors.say(node.door, f"live-{len(live)}")))
            await asyncio.sleep(1 / LIVE_A_SECOND)
        seconds = time.perf_counter() - begun
        await asyncio.gather(*live)
    await asyncio.to_thread(store.close)
    return {
        "backlog": waiting,
        "drained_s": round(seconds, 1),
        "replies_per_s": round((waiting + len(live)) / seconds, 1),
        "live_messages": len(live),
        "live_ack_p50_ms": share(visitors.acknowledged, 0.5),
        "live_ack_p99_ms": share(visitors.acknowledged, 0.99),
        "live_answer_max_s": round(max(visitors.answered), 1),
    }


def measure(waiting: int = WAITING) -> dict[str, object]:
    quiet_log()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_figures(Path(folder), waiting))
