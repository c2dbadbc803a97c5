"""The brief as people read it: what a handoff stored, with its passages' titles. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, select

from gateway.store.schema.library import documents, passages
from gateway.store.unit import Reading, loads_object

NOT_VERIFIED = "not verified"


def brief_of(
    reading: Reading,
    conversation: RowMapping,
    cases: Sequence[RowMapping],
    identities: Sequence[Mapping[str, Any]],
) -> dict[str, Any] | None:
    """The open case's brief, else the last one there was; None before the first handoff."""
    case = _briefed(conversation, cases)
    if case is None:
        return None
    brief = loads_object(case["brief"])
    return {
        "question": brief.get("question", ""),
        "identity": _identity(identities),
        "reason": brief.get("reason", ""),
        "rule": brief.get("rule", ""),
        "tried": list(brief.get("tried", ())),
        "concluded": brief.get("concluded", ""),
        "sources": _sources(reading, brief.get("sources", ())),
        "steps": list(brief.get("steps", ())),
        "open_questions": list(brief.get("open_questions", ())),
        "suggested": brief.get("suggested", ""),
        "files": list(brief.get("files", ())),
    }


def _briefed(conversation: RowMapping, cases: Sequence[RowMapping]) -> RowMapping | None:
    if conversation["case_id"] is not None:
        own = [case for case in cases if case["id"] == conversation["case_id"]]
        return own[0] if own and own[0]["brief"] else None
    earlier = [case for case in cases if case["brief"]]
    return earlier[-1] if earlier else None


def _identity(identities: Sequence[Mapping[str, Any]]) -> str:
    ways = dict.fromkeys(one["verified"] for one in identities if one["verified"])
    return ", ".join(ways) or NOT_VERIFIED


def _sources(reading: Reading, sources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    ids = list(dict.fromkeys(str(source.get("passage", "")) for source in sources))
    known = {
        row["id"]: row
        for row in reading.all(
            select(
                passages.c.id,
                passages.c.title_path,
                documents.c.title,
                documents.c.url,
            )
            .join(
                documents,
                (documents.c.id == passages.c.document_id)
                & (documents.c.tenant_id == passages.c.tenant_id),
            )
            .where(passages.c.id.in_(ids), passages.c.tenant_id == reading.tenant)
        )
    }
    return [_source(passage, known.get(passage)) for passage in ids if passage]


def _source(passage: str, row: RowMapping | None) -> dict[str, Any]:
    if row is None:
        # Removed since: what was cited then is still named.
        return {"title": passage, "url": None, "passage": passage}
    headings: list[str] = json.loads(row["title_path"] or "[]")
    title = row["title"] or (headings[0] if headings else passage)
    url = row["url"] if (row["url"] or "").startswith(("https://", "http://")) else None
    return {"title": title, "url": url, "passage": passage}
