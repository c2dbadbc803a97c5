"""Nobody reaches what is not theirs: generated from the table of routes, so that a new one is tried
as soon as it is there. Each is asked by nobody, by who may only read, by who is no lead, and with
the ids of another tenant's rows and of rows of another sort."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from pydantic.fields import FieldInfo
from sqlalchemy import Table, select

from gateway.store.schema.actions import actions
from gateway.store.schema.aftercare import closings, outgoing_events, ratings
from gateway.store.schema.conversation import (
    attachments,
    cases,
    contacts,
    conversations,
    messages,
)
from gateway.store.schema.desk import staff_identities
from gateway.store.schema.inbox import canned_replies
from gateway.store.schema.library import documents, sources
from gateway.store.schema.people import invitations, staff
from gateway.store.schema.pipeline import deliveries, turns, unreadable
from gateway.store.schema.tables import metadata
from gateway.store.schema.trials import labelled_questions, trial_links
from gateway.store.unit import Reading, Unit
from gateway.web.app import own_routes
from gateway.web.credentials import Credentials
from gateway.web.doors import POLICY
from gateway.web.routes import Body, Route
from tests.gateway.web.house import Site

CANARY = "canary-of-another-tenant"
AT_LEAST = 3_000
AT_ONCE = 24
# Streams answer for as long as somebody listens.
SEVERAL = "/api/v1/conversations/resolve"
STREAMS = ("/api/v1/events",)
_HOLE = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
FOREIGN: Sequence[Table] = (
    contacts,
    conversations,
    cases,
    messages,
    attachments,
    turns,
    deliveries,
    unreadable,
    actions,
    sources,
    documents,
    closings,
    ratings,
    outgoing_events,
    canned_replies,
    labelled_questions,
    trial_links,
    invitations,
    staff,
    staff_identities,
)


@dataclass(frozen=True, slots=True)
class Try:
    """One request that nobody may make, and what it may be answered."""

    who: str
    method: str
    route: str
    path: str
    body: Any
    allowed: frozenset[int]


def values(table: Table, id: str) -> dict[str, Any]:
    """A row of another tenant in which every text is the canary."""
    row: dict[str, Any] = {}
    for column in table.columns:
        kind = column.type.python_type
        if column.name == "tenant_id":
            row[column.name] = "other"
        elif column.primary_key or column.name in {"id", "conversation_id", "case_id"}:
            row[column.name] = id
        elif kind is str:
            limit: int = getattr(column.type, "length", None) or 100
            row[column.name] = _text(column.name, limit)
        elif not column.nullable and column.server_default is None:
            row[column.name] = 1
    return row


def _text(name: str, limit: int) -> str:
    shaped = {
        "state": "failed",
        "choices": "[]",
        "citations": "[]",
        "reasons": "[]",
        "trace": "{}",
        "arguments": "{}",
        "detail": "{}",
        "raw_base64": "",
        "kind": "message",
        "external_ids": "[]",
    }
    return shaped.get(name, CANARY)[:limit]


async def foreign_ids(site: Site) -> list[str]:
    def unit(unit: Unit) -> list[str]:
        ids: list[str] = []
        for table in FOREIGN:
            id = uuid4().hex
            unit.insert(table, **values(table, id))
            ids.append(id)
        return ids

    return await site.house.store.write(unit, tenant="other")


def digest(reading: Reading) -> Mapping[str, str]:
    """Everything that is stored, but for who was seen when."""
    left_out = {"sessions", "staff_tokens", "nodes", "receivers"}
    return {
        table.name: hashlib.sha256(
            json.dumps(sorted(map(str, reading.all(select(table)))), default=str).encode()
        ).hexdigest()
        for table in metadata.sorted_tables
        if table.name not in left_out
    }


def filled(route: Route, id: str) -> str:
    """The address, with the parameters that it cannot do without."""
    needed = {} if route.query is None else route.query.model_fields
    query = "&".join(
        f"{name}={1 if field.annotation is int else 'x'}"
        for name, field in needed.items()
        if field.is_required()
    )
    return _HOLE.sub(id, route.path) + (f"?{query}" if query else "")


def body_of(model: type[Body] | None, id: str) -> Any:
    """The smallest body that is taken, with the id wherever one is asked for."""
    if model is None:
        return {}
    return {
        name: _value(name, field, id)
        for name, field in model.model_fields.items()
        if field.is_required()
    }


def _value(name: str, field: FieldInfo, id: str) -> Any:
    known: dict[str, Any] = {
        "id": str(uuid4()),
        "conversations": [{"conversation": id}],
        "name": "hello",
        "text": "Hello",
        "reason": "No",
        "question": "Hello?",
    }
    return known.get(name, 1 if field.annotation is int else "x")


def spelled(id: str) -> Iterator[str]:
    """An id as somebody might try it."""
    yield id
    yield id.upper()
    yield id[:16]
    yield f"{id[:-1]}0"
    yield f"-{id[1:]}"
    yield id[::-1]
    yield f"{id}0"
    yield f"0{id}"


def unauthorised(routes: Sequence[Route], ids: Sequence[str]) -> Iterator[Try]:
    for route in routes:
        need = POLICY[route.action]
        if not need.staff:
            continue
        for id in ids[:4]:
            path, body = filled(route, id), body_of(route.body, id)
            yield Try("nobody", route.method, route.path, path, body, frozenset({401}))
            if need.writes:
                yield Try("reader", route.method, route.path, path, body, frozenset({403}))
            if need.lead:
                yield Try("agent", route.method, route.path, path, body, frozenset({403}))


def foreign(routes: Sequence[Route], ids: Sequence[str]) -> Iterator[Try]:
    """By a lead, who may do all of it here."""
    for route in routes:
        if not POLICY[route.action].staff or "{" not in route.path:
            continue
        for id in ids:
            for spelling in spelled(id):
                path, body = filled(route, spelling), body_of(route.body, spelling)
                refused = frozenset({400, 404, 409, 422})
                if route.path.endswith("/read"):
                    refused |= {200}  # It says that nothing was marked.
                yield Try("lead", route.method, route.path, path, body, refused)


def asked_for(ids: Sequence[str]) -> Iterator[Try]:
    """Ids that stand in queries and bodies."""
    for id in ids:
        yield Try(
            "lead", "GET", "events", f"/api/v1/events?conversation={id}", {}, frozenset({404})
        )
        body = {"id": str(uuid4()), "conversations": [{"conversation": id}]}
        yield Try("lead", "POST", "several", SEVERAL, body, frozenset({200}))


@pytest.fixture
async def callers(site: Site) -> Mapping[str, Mapping[str, str]]:
    return {
        "nobody": {},
        "reader": await site.bearer("Rea", "lead", "read"),
        "agent": await site.bearer("Ada", "agent"),
        "lead": await site.bearer("Lea", "lead"),
    }


@pytest.mark.timeout(120)
async def test_nobody_reaches_what_is_not_theirs(
    site: Site, callers: Mapping[str, Mapping[str, str]]
) -> None:
    ids = await foreign_ids(site)
    credentials = Credentials(site.house.people, site.parts.base_url)
    routes = [route for route in own_routes(site.parts, credentials) if route.path not in STREAMS]
    tries = [*unauthorised(routes, ids), *foreign(routes, ids), *asked_for(ids)]
    assert len(tries) >= AT_LEAST
    before = await site.house.store.read(digest)
    reached: set[tuple[str, str, str, int]] = set()
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(one: Try) -> None:
        async with gate:
            sent = None if one.method == "GET" else one.body
            async with site.http.request(
                one.method, site.url(one.path), json=sent, headers=callers[one.who]
            ) as answer:
                text = await answer.text()
                if answer.status not in one.allowed or CANARY in text:
                    reached.add((one.who, one.method, one.route, answer.status))

    await asyncio.gather(*(ask(one) for one in tries))
    assert reached == set()
    after = await site.house.store.read(digest)
    assert {name for name, rows in after.items() if rows != before[name]} == set()


async def test_a_door_that_stands_open_would_be_noticed(site: Site) -> None:
    """The same look at one's own conversation is answered."""
    headers = await site.bearer("Lea", "lead")
    own = await site.house.says("Hello")
    async with site.http.get(site.url(f"/api/v1/conversations/{own}"), headers=headers) as answer:
        assert answer.status == 200
