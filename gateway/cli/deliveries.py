"""``frontdesk deliveries``: the dead letters, and what a person decides about them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gateway.cli.failures import Failed
from gateway.cli.finding import find
from gateway.cli.options import everywhere
from gateway.cli.showing import SHORT_ID, emit, table, when
from gateway.cli.storing import configuration, opened
from gateway.desk import letters
from gateway.desk.records import NotDead
from gateway.store.schema.pipeline import deliveries as rows
from gateway.store.unit import Reading, Unit

DEAD = ("failed", "uncertain")


@click.group("deliveries")
def deliveries() -> None:
    """Look after what could not be sent."""


@deliveries.command("failed")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@everywhere
def failed(config: Path, *, limit: int, as_json: bool) -> None:
    """List what failed, and what may or may not have arrived (uncertain)."""

    def query(reading: Reading) -> list[dict[str, Any]]:
        pages = [letters.listed(reading, state, None, limit) for state in DEAD]
        items = [item for page in pages for item in page.items]
        return sorted(items, key=lambda item: -item["created_at"])[:limit]

    with opened(configuration(config)) as store:
        items = asyncio.run(store.read(query))
    if as_json:
        emit({"items": items})
        return
    if not items:
        click.echo("nothing has failed", err=True)
        return
    headings = ("ID", "STATE", "CHANNEL", "MADE", "WHY", "TEXT")
    click.echo(table(headings, [_line(item) for item in items]))


@deliveries.command("retry")
@click.argument("id")
@everywhere
def retry(id: str, config: Path, *, as_json: bool) -> None:
    """Send one once more, at the end of its line."""
    _decide(config, id, letters.retry, as_json=as_json)


@deliveries.command("discard")
@click.argument("id")
@everywhere
def discard(id: str, config: Path, *, as_json: bool) -> None:
    """Never send one."""
    _decide(config, id, letters.discard, as_json=as_json)


def _decide(config: Path, given: str, decide: Callable[[Unit, str], str], *, as_json: bool) -> None:
    def unit(unit: Unit) -> dict[str, str]:
        delivery = find(unit, {"delivery": rows}, given).id
        return {"id": delivery, "state": decide(unit, delivery)}

    try:
        with opened(configuration(config)) as store:
            done = asyncio.run(store.write(unit))
    except NotDead as error:
        raise Failed(
            f"{given} is neither failed nor uncertain, so there is nothing to decide about it"
        ) from error
    if as_json:
        emit(done)
        return
    click.echo(f"{done['id']} is {done['state']} now")


def _line(item: dict[str, Any]) -> tuple[str, ...]:
    return (
        item["id"][:SHORT_ID],
        item["state"],
        item["channel"],
        when(item["created_at"]),
        (item["error"] or "-")[:60],
        item["text"][:80],
    )
