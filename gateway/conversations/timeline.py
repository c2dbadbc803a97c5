"""What the visitor of a pulled channel sees: the implementation of the Timeline port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import RowMapping, select

from channels.contract import Link, TimelineFile, TimelineItem, TimelineState
from channels.events import Address
from gateway.conversations.messages import choices_of, links_of, topic
from gateway.conversations.opening import birth, find
from gateway.store.engine import is_sqlite
from gateway.store.schema.conversation import attachments, messages, visible
from gateway.store.schema.people import staff
from gateway.store.schema.pipeline import deliveries
from gateway.store.store import Store
from gateway.store.unit import Reading

PAGE = 200
# Another node's commit wakes nobody here. On SQLite there is no other node, only commands.
POLL_SECONDS = 2.0
POLL_SECONDS_ALONE = 10.0
NOTHING = TimelineState(owner="assistant", name=None, typing=False, seq=0)


class StoredTimeline:
    """Implements Timeline for one channel. ``file_url`` makes an attachment's expiring address."""

    def __init__(self, store: Store, channel: str, file_url: Callable[[str], str]) -> None:
        self._store = store
        self._channel = channel
        self._file_url = file_url
        self._poll = POLL_SECONDS_ALONE if is_sqlite(store.url) else POLL_SECONDS

    async def after(self, address: Address, seq: int) -> Sequence[TimelineItem]:
        return await self._store.read(lambda reading: self._after(reading, address, seq))

    async def state(self, address: Address) -> TimelineState:
        return await self._store.read(lambda reading: _state(reading, self._channel, address))

    async def wait(self, address: Address, known: TimelineState, timeout: float) -> TimelineState:
        conversation = await self._store.read(lambda reading: find(reading, self._channel, address))
        name = topic(conversation["id"]) if conversation else birth(self._channel, address)
        with self._store.signals.listen(name) as listener:
            remaining = timeout
            while True:
                state = await self.state(address)
                if state != known or remaining <= 0:
                    return state
                await listener.wait(min(self._poll, remaining))
                remaining -= self._poll

    def _after(self, reading: Reading, address: Address, seq: int) -> Sequence[TimelineItem]:
        conversation = find(reading, self._channel, address)
        if conversation is None:
            return ()
        rows = reading.all(
            select(
                visible.c.seq.label("visible_seq"),
                visible.c.at.label("visible_at"),
                visible.c.delivery_id,
                messages,
                deliveries.c.body.label("delivered"),
                deliveries.c.choices.label("delivered_choices"),
                deliveries.c.part,
            )
            .join(messages, messages.c.id == visible.c.message_id)
            .outerjoin(deliveries, deliveries.c.id == visible.c.delivery_id)
            .where(visible.c.conversation_id == conversation["id"], visible.c.seq > seq)
            .order_by(visible.c.seq)
            .limit(PAGE)
        )
        files = self._files(reading, [row["id"] for row in rows])
        return [_item(row, files.get(row["id"], ())) for row in rows]

    def _files(
        self, reading: Reading, ids: Sequence[str]
    ) -> Mapping[str, tuple[TimelineFile, ...]]:
        found: dict[str, tuple[TimelineFile, ...]] = {}
        for row in reading.all(select(attachments).where(attachments.c.message_id.in_(ids))):
            url = self._file_url(row["id"]) if row["state"] == "stored" else None
            file = TimelineFile(row["id"], row["name"], row["content_type"], row["size"], url)
            found[row["message_id"]] = (*found.get(row["message_id"], ()), file)
        return found


def _item(row: RowMapping, files: Sequence[TimelineFile]) -> TimelineItem:
    delivered = row["delivery_id"] is not None
    return TimelineItem(
        seq=row["visible_seq"],
        # A visitor's own message goes by the id its client gave it.
        id=row["delivery_id"] if delivered else _client_id(row),
        author=row["author"],
        name=row["name"] if row["author"] == "staff" else None,
        text=row["delivered"] if delivered else row["body"],
        citations=_citations(row),
        choices=choices_of({"choices": row["delivered_choices"]}) if delivered else (),
        files=tuple(files),
        at=row["visible_at"],
    )


def _client_id(row: RowMapping) -> str:
    external: str = row["external_id"] or row["id"]
    return external.rpartition(":")[2]


def _citations(row: RowMapping) -> tuple[Link, ...]:
    return links_of(row) if not row["part"] else ()


def _state(reading: Reading, channel: str, address: Address) -> TimelineState:
    row = find(reading, channel, address)
    if row is None:
        return NOTHING
    answering = (
        row["owner"] == "assistant"
        and row["claimed_until"] is not None
        and row["claimed_until"] > reading.now
    )
    name = None
    if row["owner"] == "staff" and row["staff_id"] is not None:
        name = reading.scalar(select(staff.c.name).where(staff.c.id == row["staff_id"]))
    return TimelineState(owner=row["owner"], name=name, typing=answering, seq=row["visible_seq"])
