"""One conversation as staff see it: what was said, what became of it, and the brief. Reads only.

``html`` is safe to show: what people typed is escaped, what we said is rendered and sanitised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from sqlalchemy import RowMapping, select

from channels.kinds import CAPABILITIES
from channels.text.render import render
from gateway.config.promises import Promises
from gateway.conversations.messages import choices_of, links_of
from gateway.conversations.opening import by_id
from gateway.desk import contacts
from gateway.desk.actions import owner_name
from gateway.desk.approvals import of_conversation
from gateway.desk.briefs import brief_of
from gateway.desk.drafted import of_conversation as draft_of
from gateway.desk.histories import last_before, rating_of
from gateway.desk.inbox import watch_of
from gateway.desk.joined import elsewhere, joins_of
from gateway.desk.narrowing import marks_of
from gateway.desk.presence import away_since
from gateway.desk.standing import standing
from gateway.privacy.masking import STANDING, Masking
from gateway.records import DeliveryState
from gateway.store.schema.conversation import (
    attachments,
    cases,
    messages,
    reactions,
)
from gateway.store.schema.pipeline import deliveries
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading

MESSAGES = 200
WORST_FIRST: Sequence[DeliveryState] = (
    "failed",
    "uncertain",
    "held",
    "withdrawn",
    "discarded",
    "queued",
    "sending",
    "sent",
    "delivered",
    "read",
)


@dataclass(frozen=True, slots=True)
class Around:
    """The rows that hang on a page of messages, by message."""

    files: Mapping[str, Sequence[RowMapping]]
    deliveries: Mapping[str, Sequence[RowMapping]]
    reactions: Mapping[str, Sequence[RowMapping]]


class Views:
    """``file_url`` makes an attachment's expiring address; ``kinds`` says what sort a channel
    is; ``window_line`` puts into words how many minutes are left to write freely. What ``masking``
    masks nobody sees here; ``originals`` shows it. ``promises`` gives those of desks
    in force, where somebody sets it."""

    def __init__(
        self,
        store: Store,
        file_url: Callable[[str], str],
        kinds: Mapping[str, str],
        tenant: str = MAIN,
        window_line: Callable[[str], str] | None = None,
        masking: Masking = STANDING,
    ) -> None:
        self._store = store
        self._file_url = file_url
        self._kinds = kinds
        self._tenant = tenant
        self._window_line = window_line
        self.masking = masking
        self.promises: Callable[[], Promises] = Promises
        self._html = lru_cache(maxsize=1024)(_rendered)

    async def one(
        self, conversation: str, me: str, before: int | None = None
    ) -> dict[str, Any] | None:
        """None when there is no such conversation."""
        found = await self._store.read(
            lambda reading: self._read(reading, conversation, me, before), tenant=self._tenant
        )
        if found is None:
            return None
        # Rendering a page of long answers takes too long for the loop.
        await asyncio.to_thread(self._dress, found)
        return found

    def _dress(self, found: dict[str, Any]) -> None:
        if found["draft"] is not None:
            found["draft"]["html"] = self._html(found["draft"]["text"])
        for message in found["messages"]:
            typed = message["author"] == "customer" or message["kind"] == "note"
            message["html"] = typed_html(message["text"]) if typed else self._html(message["text"])

    def _read(
        self, reading: Reading, conversation: str, me: str, before: int | None
    ) -> dict[str, Any] | None:
        row = by_id(reading, conversation)
        if row is None:
            return None
        rows = _messages(reading, conversation, before)
        around = _around(reading, [message["id"] for message in rows])
        id = row["contact_id"]
        contact = contacts.contact(reading, id) or {"id": id, "name": None, "identities": []}
        known_cases = reading.all(
            select(cases).where(cases.c.conversation_id == conversation).order_by(cases.c.number)
        )
        return {
            **self._head(reading, row, me),
            "contact": {
                **contact,
                "joins": joins_of(reading, contact["id"]),
                "elsewhere": elsewhere(
                    reading, contact["id"], conversation, self._kinds, self.masking
                ),
            },
            "brief": self.masking.data(brief_of(reading, row, known_cases, contact["identities"])),
            "before": last_before(reading, row, self.masking),
            "rating": rating_of(reading, conversation, self.masking),
            "tags": marks_of(reading, [conversation])[conversation]["tags"],
            "cases": [_case(case, self.masking) for case in known_cases],
            "draft": draft_of(reading, conversation, self._kinds, self.masking),
            "actions": self.masking.data(of_conversation(reading, conversation)),
            "messages": [self._message(message, around) for message in rows],
            "earlier": rows[0]["seq"] if rows and rows[0]["seq"] > 1 else None,
        }

    def _head(self, reading: Reading, row: RowMapping, me: str) -> dict[str, Any]:
        return {
            "id": row["id"],
            "channel": row["channel"],
            "kind": self._kinds.get(row["channel"], row["channel"]),
            "address": row["address"],
            "language": row["language"],
            "owner": row["owner"],
            "owner_name": owner_name(reading, row),
            "owner_away": _is_away(reading, row),
            "mine": row["owner"] == "staff" and row["staff_id"] == me,
            "epoch": row["epoch"],
            "alarm": row["desk_alarm"],
            "blocked_at": row["blocked_at"],
            "reason": row["reason"],
            **standing(row, self.promises()),
            "waiting_since": row["waiting_since"],
            "covered": bool(row["covered"]),
            "public": bool(row["public"]),
            "private_of": row["private_of"],
            "opted_out_at": row["opted_out_at"],
            "watch": watch_of(reading, row["id"]),
            "window": self._window(row["window_until"], reading.now),
            "updated_at": row["updated_at"],
        }

    def _window(self, until: float | None, now: float) -> dict[str, Any] | None:
        """How long people may still write freely, where the platform limits it."""
        if until is None:
            return None
        minutes = max(0, int((until - now) // 60))
        line = self._window_line(str(minutes)) if self._window_line is not None else ""
        return {"until": until, "minutes": minutes, "line": line}

    def _message(self, row: RowMapping, around: Around) -> dict[str, Any]:
        sent = [_delivery(one) for one in around.deliveries.get(row["id"], ())]
        text = "" if row["deleted_at"] is not None else row["body"]
        shown = self.masking.text(text)
        raw = row["raw_sha256"] if shown == text else None
        return {
            "id": row["id"],
            "seq": row["seq"],
            "author": row["author"],
            "kind": row["kind"],
            "name": row["name"],
            "text": shown,
            "masked": shown != text,
            "html": "",
            "notice": row["notice"],
            "choice": row["choice"],
            "citations": [
                {"title": link.title, "url": safe_link(link.url), "passage": link.passage}
                for link in links_of(row)
            ],
            "choices": [{"id": choice.id, "label": choice.label} for choice in choices_of(row)],
            "files": [self._file(file) for file in around.files.get(row["id"], ())],
            "delivery": worst([one["state"] for one in sent]),
            "deliveries": sent,
            "reactions": [_reaction(one) for one in around.reactions.get(row["id"], ())],
            "raw": self._file_url(f"raw:{row['id']}") if raw else None,
            "turn": row["turn_id"],
            "at": row["at"],
            "edited_at": row["edited_at"],
            "deleted": row["deleted_at"] is not None,
        }

    def _file(self, row: RowMapping) -> dict[str, Any]:
        stored = row["state"] == "stored" and row["sha256"] is not None
        return {
            "id": row["id"],
            "name": row["name"],
            "content_type": row["content_type"],
            "size": row["size"],
            "state": row["state"],
            "url": self._file_url(row["id"]) if stored else None,
        }


def _is_away(reading: Reading, row: RowMapping) -> bool:
    owned = row["owner"] == "staff" and row["staff_id"] is not None
    return owned and away_since(reading, row["staff_id"]) is not None


def typed_html(text: str) -> str:
    """What a person typed, exactly, with its line breaks."""
    return escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def worst(states: Sequence[DeliveryState]) -> str | None:
    """What became of a message as a whole: as bad as its worst part."""
    return min(states, key=WORST_FIRST.index, default=None)


def safe_link(url: str | None) -> str | None:
    return url if url is not None and url.startswith(("https://", "http://")) else None


def _rendered(text: str) -> str:
    return "".join(part.html or "" for part in render(text, CAPABILITIES["web"]))


def _messages(reading: Reading, conversation: str, before: int | None) -> Sequence[RowMapping]:
    query = select(messages).where(messages.c.conversation_id == conversation)
    if before is not None:
        query = query.where(messages.c.seq < before)
    rows = reading.all(query.order_by(messages.c.seq.desc()).limit(MESSAGES))
    return list(reversed(rows))


def _around(reading: Reading, ids: Sequence[str]) -> Around:
    files = reading.all(
        select(attachments)
        .where(attachments.c.message_id.in_(ids))
        .order_by(attachments.c.created_at, attachments.c.id)
    )
    sent = reading.all(
        select(deliveries).where(deliveries.c.message_id.in_(ids)).order_by(deliveries.c.part)
    )
    signs = reading.all(
        select(reactions)
        .where(reactions.c.message_id.in_(ids), reactions.c.removed_at.is_(None))
        .order_by(reactions.c.at, reactions.c.id)
    )
    return Around(_by_message(files), _by_message(sent), _by_message(signs))


def _by_message(rows: Sequence[RowMapping]) -> Mapping[str, Sequence[RowMapping]]:
    found: dict[str, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row["message_id"], []).append(row)
    return found


def _case(row: RowMapping, masking: Masking) -> dict[str, Any]:
    return {
        "id": row["id"],
        "number": row["number"],
        "question": masking.text(row["question"]),
        "opened_at": row["opened_at"],
        "resolved_at": row["resolved_at"],
        "outcome": row["outcome"],
    }


def _delivery(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "part": row["part"],
        "state": row["state"],
        "error": row["error"],
        "private": row["private_to"] is not None,
        "possibly_duplicate": bool(row["possibly_duplicate"]),
    }


def _reaction(row: RowMapping) -> dict[str, Any]:
    return {"emoji": row["emoji"], "unhelpful": bool(row["unhelpful"]), "at": row["at"]}
