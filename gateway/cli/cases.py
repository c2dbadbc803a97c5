"""``frontdesk cases``, ``show`` and ``trace``: looking at conversations, never changing one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.bootstrap.surfaces import shown_kind
from gateway.cli import transcript, why
from gateway.cli.failures import Failed
from gateway.cli.finding import Found, find
from gateway.cli.options import everywhere
from gateway.cli.showing import SHORT_ID, emit, lasting, table
from gateway.cli.storing import configuration, opened
from gateway.config.settings import Settings
from gateway.desk import traces
from gateway.desk.inbox import Filters, Wanted, listed
from gateway.store.schema.conversation import cases as case_rows
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.store.unit import Reading

T = TypeVar("T")


@click.command("cases")
@click.option("--owner", type=click.Choice(("assistant", "queue", "staff")), help="Who may speak.")
@click.option("--channel", help="Of this channel only.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@everywhere
def cases(
    config: Path, *, owner: str | None, channel: str | None, limit: int, as_json: bool
) -> None:
    """List conversations with their case: the queue longest waiting first, others newest first."""
    settings = configuration(config)
    kinds = {name: shown_kind(entry) for name, entry in settings.channels.items()}
    wanted = Wanted(Filters("", owner, channel), None, limit)

    def query(reading: Reading) -> tuple[list[dict[str, Any]], bool, float]:
        page = listed(reading, wanted, kinds, settings.privacy.masking)
        return list(page.items), page.next is not None, reading.now

    items, more, now = _read(settings, query)
    if as_json:
        emit({"items": [_without_me(item) for item in items], "more": more})
        return
    if not items:
        click.echo("there is no such conversation", err=True)
        return
    headings = ("ID", "CHANNEL", "OWNER", "WAITS", "CASE", "CUSTOMER", "LAST MESSAGE")
    click.echo(table(headings, [_line(item, now) for item in items]))
    if more:
        click.echo("there are more; raise --limit", err=True)


@click.command("show")
@click.argument("case")
@everywhere
def show(case: str, config: Path, *, as_json: bool) -> None:
    """Show a conversation by its id, or one of its cases by the case's.

    The first characters of the id are enough, from six on, where they are no other's.
    """
    settings = configuration(config)
    tables = {"case": case_rows, "conversation": conversations}
    with opened(settings) as store:
        found = asyncio.run(_shown(store, settings, tables, case))
    if as_json:
        emit(found)
        return
    click.echo(transcript.conversation(found))


@click.command("trace")
@click.argument("turn")
@click.option("--full", is_flag=True, help="With what models were asked and answered.")
@everywhere
def trace(turn: str, config: Path, *, full: bool, as_json: bool) -> None:
    """Show why the assistant said what it said in a turn. `show` names the turns."""

    def query(reading: Reading) -> dict[str, Any] | None:
        return traces.one(reading, find(reading, {"turn": turns}, turn).id)

    found = _read(configuration(config), query)
    if found is None:
        raise Failed(f"there is no turn {turn}")
    if as_json:
        emit(found)
        return
    click.echo(why.turn(found, full=full))


def _read(settings: Settings, query: Callable[[Reading], T]) -> T:
    with opened(settings) as store:
        return asyncio.run(store.read(query))


async def _shown(
    store: Store, settings: Settings, tables: dict[str, Any], given: str
) -> dict[str, Any]:
    found: Found = await store.read(lambda reading: find(reading, tables, given))
    kinds = {name: shown_kind(entry) for name, entry in settings.channels.items()}
    return await transcript.read(store, kinds, found, settings.privacy.masking)


def _without_me(item: dict[str, Any]) -> dict[str, Any]:
    """A terminal is no member of staff, so nothing is its own."""
    return {name: value for name, value in item.items() if name != "mine"}


def _line(item: dict[str, Any], now: float) -> tuple[str, ...]:
    last = item["last_message"]
    waits = item["waiting_since"]
    return (
        item["id"][:SHORT_ID],
        item["channel"],
        item["owner_name"] or item["owner"],
        "-" if waits is None else lasting(now - waits),
        "-" if item["case"] is None else str(item["case"]),
        item["contact"]["name"] or "-",
        "-" if last is None else f"{last['author']}: {last['snippet']}",
    )
