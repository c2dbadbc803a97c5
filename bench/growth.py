"""Measures whether a message costs the same with little and with much stored: two stores, one with
1,000 messages and one with ``stored``, take the same load in turns."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Table, create_engine, insert

from bench.model import ANSWER, QUESTION
from bench.node import (
    CHANNEL,
    Node,
    Platform,
    Spent,
    Visitors,
    measured,
    quiet_log,
)
from gateway.store.opening import open_store
from gateway.store.schema.conversation import cases, contacts, conversations, identities, messages
from gateway.store.schema.pipeline import addresses, deliveries, external_ids, received, turns

FEW = 1_000
MANY = 100_000
PAIRS = 5  # Questions and answers in each stored conversation.
AT_ONCE = 32
EACH = 10
ROUNDS = 5
CHUNK = 2_000
AT = 1_700_000_000.0
Rows = Iterator[tuple[Table, Mapping[str, object]]]


def fill(file: Path, stored: int) -> None:
    """Put ``stored`` messages into an empty store: answered conversations, as loops leave them."""
    engine = create_engine(f"sqlite:///{file}")
    waiting: dict[Table, list[Mapping[str, object]]] = {}
    with engine.begin() as connection:
        for number in range(stored // (2 * PAIRS)):
            for table, row in _conversation(number):
                waiting.setdefault(table, []).append(row)
            if number % CHUNK == CHUNK - 1:
                for table, rows in waiting.items():
                    connection.execute(insert(table), rows)
                waiting.clear()
        for table, rows in waiting.items():
            connection.execute(insert(table), rows)
    engine.dispose()


def _conversation(number: int) -> Rows:
    id, case, chat = f"conversation-{number}", f"case-{number}", f"stored-{number}"
    contact, line = f"contact-{number}", f"line-{number}"
    yield contacts, {"id": contact, "name": "Ada", "created_at": AT}
    yield (
        identities,
        {
            "id": f"identity-{number}",
            "contact_id": contact,
            "channel": CHANNEL,
            "external_id": f"user-{chat}",
            "created_at": AT,
        },
    )
    yield (
        conversations,
        {
            "id": id,
            "channel": CHANNEL,
            "address": chat,
            "contact_id": contact,
            "case_id": case,
            "last_seq": 2 * PAIRS,
            "customer_seq": 2 * PAIRS - 1,
            "answered_seq": 2 * PAIRS - 1,
            "disclosed": True,
            "created_at": AT,
            "updated_at": AT + number,
        },
    )
    yield (
        cases,
        {
            "id": case,
            "conversation_id": id,
            "number": 1,
            "question": QUESTION,
            "opened_at": AT,
        },
    )
    yield addresses, {"id": line, "channel": CHANNEL, "address": chat, "last_order": PAIRS}
    for pair in range(PAIRS):
        yield from _pair(number, pair)


def _pair(number: int, pair: int) -> Rows:
    id, case = f"conversation-{number}", f"case-{number}"
    key = f"{number}-{pair}"
    for part, author in enumerate(("customer", "assistant"), start=1):
        yield (
            messages,
            {
                "id": f"{author}-{key}",
                "conversation_id": id,
                "case_id": case,
                "seq": 2 * pair + part,
                "author": author,
                "body": QUESTION if author == "customer" else ANSWER,
                "external_id": f"said-{key}" if author == "customer" else None,
                "at": AT,
            },
        )
    yield from _work(number, pair)


def _work(number: int, pair: int) -> Rows:
    """What intake, turn and outbox left of one question."""
    id, case, key = f"conversation-{number}", f"case-{number}", f"{number}-{pair}"
    yield (
        received,
        {
            "key_hash": f"{number:032x}{pair:032x}",
            "channel": CHANNEL,
            "event": "inboundmessage",
            "at": AT,
        },
    )
    yield (
        turns,
        {
            "id": f"turn-{key}",
            "conversation_id": id,
            "case_id": case,
            "claim": pair,
            "epoch": 0,
            "from_seq": 2 * pair + 1,
            "through_seq": 2 * pair + 1,
            "state": "done",
            "decision": "reply",
            "node": "one",
            "started_at": AT,
        },
    )
    yield (
        deliveries,
        {
            "id": f"delivery-{key}",
            "conversation_id": id,
            "message_id": f"assistant-{key}",
            "address_id": f"line-{number}",
            "channel": CHANNEL,
            "address": f"stored-{number}",
            "position": pair + 1,
            "author": "assistant",
            "guarded": True,
            "epoch": 0,
            "state": "sent",
            "body": ANSWER,
            "plain": ANSWER,
            "created_at": AT,
        },
    )
    yield (
        external_ids,
        {"channel": CHANNEL, "external_id": f"ext-{key}", "delivery_id": f"delivery-{key}"},
    )


async def _cost(folder: Path, stored: int, into: list[Spent], round_: int) -> None:
    """Customers of stored conversations, spread over all of them, and as many new ones."""
    store = await asyncio.to_thread(open_store, f"sqlite:///{folder / f'{stored}.db'}")
    visitors = Visitors()
    node = Node(store, folder, Platform(visitors.hear))
    step = max(1, stored // (2 * PAIRS) // (AT_ONCE // 2 * ROUNDS))
    known = [f"stored-{(round_ * AT_ONCE // 2 + n) * step}" for n in range(AT_ONCE // 2)]
    new = [f"new-{round_}-{n}" for n in range(AT_ONCE // 2)]
    async with node.running():
        await visitors.say(node.door, f"first-{round_}")
        async with measured(AT_ONCE * EACH, into):
            await asyncio.gather(
                *(visitors.converse(node.door, chat, EACH) for chat in (*known, *new))
            )
    await asyncio.to_thread(store.close)


async def _figures(folder: Path, stored: int) -> dict[str, object]:
    for size in (FEW, stored):
        file = folder / f"{size}.db"
        (await asyncio.to_thread(open_store, f"sqlite:///{file}")).close()
        await asyncio.to_thread(fill, file, size)
    few: list[Spent] = []
    many: list[Spent] = []
    for round_ in range(ROUNDS):
        await _cost(folder, FEW, few, round_)
        await _cost(folder, stored, many, round_)
    little = statistics.median(one.cpu for one in few)
    much = statistics.median(one.cpu for one in many)
    return {
        "stored": stored,
        "open_conversations": stored // (2 * PAIRS),
        f"cpu_ms_with_{FEW}": little,
        f"cpu_ms_with_{stored}": much,
        "times": round(much / little, 2),
        f"replies_per_s_with_{FEW}": statistics.median(one.per_second for one in few),
        f"replies_per_s_with_{stored}": statistics.median(one.per_second for one in many),
    }


def measure(stored: int = MANY) -> dict[str, object]:
    quiet_log()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        return asyncio.run(_figures(Path(folder), stored))
