"""One conversation as a terminal shows it. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from gateway.cli.failures import Failed
from gateway.cli.finding import Found
from gateway.cli.showing import SHORT_ID, indented, one_line, safe, when
from gateway.desk.view import Views
from gateway.privacy.masking import Masking
from gateway.store.schema.conversation import cases, messages
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.store.unit import Reading


async def read(
    store: Store, kinds: Mapping[str, str], found: Found, masking: Masking
) -> dict[str, Any]:
    """The conversation with all its messages, or with those of the case that was asked for."""
    conversation, of_case = found.id, None
    if found.what == "case":
        conversation, of_case = await store.read(lambda reading: _case(reading, found.id))
    views = Views(store, lambda _: "", kinds, masking=masking)
    whole = await _all_pages(views, conversation)
    if of_case is not None:
        whole["messages"] = [one for one in whole["messages"] if one["id"] in of_case]
    whole["messages"] = [_plain(message) for message in whole["messages"]]
    unwanted = {"mine", "earlier"}
    kept = {name: value for name, value in whole.items() if name not in unwanted}
    kept["turns"] = await store.read(
        lambda reading: _turns(reading, conversation, found.id if of_case is not None else None)
    )
    return kept


async def _all_pages(views: Views, conversation: str) -> dict[str, Any]:
    whole = await views.one(conversation, "")
    if whole is None:
        raise Failed(f"there is no conversation {conversation}")
    before = whole["earlier"]
    while before is not None:
        page = await views.one(conversation, "", before)
        if page is None or not page["messages"]:
            break
        whole["messages"] = [*page["messages"], *whole["messages"]]
        before = page["earlier"]
    return whole


def _case(reading: Reading, case: str) -> tuple[str, frozenset[str]]:
    conversation = reading.scalar(select(cases.c.conversation_id).where(cases.c.id == case))
    rows = reading.all(select(messages.c.id).where(messages.c.case_id == case))
    return str(conversation), frozenset(row["id"] for row in rows)


def _turns(reading: Reading, conversation: str, case: str | None) -> list[dict[str, Any]]:
    query = select(turns).where(turns.c.conversation_id == conversation)
    if case is not None:
        query = query.where(turns.c.case_id == case)
    names = ("id", "state", "decision", "from_seq", "through_seq", "started_at")
    rows = reading.all(query.order_by(turns.c.started_at, turns.c.id))
    return [{name: row[name] for name in names} for row in rows]


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only a browser needs."""
    kept = {name: value for name, value in message.items() if name != "html"}
    kept["files"] = [
        {name: value for name, value in file.items() if name != "url"} for file in message["files"]
    ]
    return kept


def conversation(found: Mapping[str, Any]) -> str:
    return "\n".join(_lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    contact = safe(found["contact"]["name"] or "unnamed")
    yield f"conversation {found['id']}  {found['channel']} ({found['kind']})  {contact}"
    owner = safe(found["owner_name"] or found["owner"])
    waits = (
        "" if found["waiting_since"] is None else f", waits since {when(found['waiting_since'])}"
    )
    reason = f", {safe(found['reason'])}" if found["reason"] else ""
    yield f"owner {owner} (epoch {found['epoch']}){waits}{reason}"
    for case in found["cases"]:
        ended = f"{case['outcome']} {when(case['resolved_at'])}" if case["resolved_at"] else "open"
        yield f"case {case['number']} {case['id']}  {ended}  {one_line(case['question'] or '')}"
    if found["brief"] is not None:
        yield from _brief(found["brief"])
    for message in found["messages"]:
        yield ""
        yield from _message(message)
    if found["turns"]:
        yield ""
    for one in found["turns"]:
        decided = one["decision"] or one["state"]
        yield f"turn {one['id'][:SHORT_ID]}  messages {_span(one)}  {decided}"


def _span(turn: Mapping[str, Any]) -> str:
    first, last = turn["from_seq"], turn["through_seq"]
    return str(first) if first == last else f"{first} to {last}"


def _brief(brief: Mapping[str, Any]) -> Iterator[str]:
    yield f"brief: {one_line(brief['question'], 200)}"
    yield f"    why: {safe(brief['rule'] or brief['reason'])}  identity: {safe(brief['identity'])}"
    if brief["concluded"]:
        yield f"    concluded: {one_line(brief['concluded'], 300)}"


def _message(message: Mapping[str, Any]) -> Iterator[str]:
    who = safe(message["name"] or "") or message["author"]
    marks = [message["kind"]] if message["kind"] != "message" else []
    marks += [str(message[name]) for name in ("notice", "delivery") if message[name]]
    turn = f"  turn {message['turn'][:SHORT_ID]}" if message["turn"] else ""
    marked = f"  [{', '.join(marks)}]" if marks else ""
    yield f"{message['seq']:>4}  {when(message['at'])}  {who}{marked}{turn}"
    yield indented("(deleted)" if message["deleted"] else message["text"], "      ")
    for citation in message["citations"]:
        yield f"      source: {safe(citation['title'])} {safe(citation['url'] or '')}".rstrip()
    for file in message["files"]:
        yield f"      file: {safe(file['name'])} ({file['state']})"
