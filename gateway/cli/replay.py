"""``frontdesk replay``: past tickets through the brain, sending nothing, to see before a start, or
before a change, what customers would have been told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from brain.contract import Filter
from gateway.cli import replayed
from gateway.cli.failures import NEGATIVE, Misused
from gateway.cli.progress import steps
from gateway.cli.showing import emit, safe
from gateway.cli.storing import configuration
from gateway.cli.thinking import own_brain
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.grading.replaying import Replay, Ticket
from gateway.grading.rows import NotGradable, TicketRow, read_tickets
from gateway.grading.weighing import Change, Gate, Missed, changes, figures, missed, read_gate, sums
from gateway.store.store import MAIN

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("replay")
@click.argument("file", metavar="FILE", type=_FILE)
@click.option("-c", "config", default="config.yaml", show_default=True, type=_FILE)
@click.option("--config", "other", metavar="B", type=_FILE, help="Another one, to compare with.")
@click.option("--gate", metavar="GATE", type=_FILE, help="What has to hold, else exit code 1.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
def replay(  # its options
    context: click.Context,
    file: Path,
    config: Path,
    other: Path | None,
    gate: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run past tickets through the assistant without sending anything.

    FILE has a JSON object on each line: "id", and "text" or "messages" (texts of the customer, or
    objects with "author" and "text"); "gold" may say what would have been right. With --config the
    same tickets are put to a second configuration, and what changes is shown.
    """
    given = context.get_parameter_source("config") is not ParameterSource.DEFAULT
    # Where nothing lies here to compare with, the one that was named stands alone.
    first = config if given or other is None or config.exists() else None
    settings = [configuration(path) for path in (first, other) if path is not None]
    rows, bounds = _read(file, gate)
    runs = [_replayed(one, rows) for one in settings]
    moved = changes(runs[0], runs[1]) if len(runs) > 1 else None
    failed = missed(bounds, figures(sums(runs[-1]), moved)) if bounds is not None else []
    if as_json:
        emit(_document(runs, moved, bounds, failed))
    else:
        _show(runs, moved)
    for one in failed:
        click.echo(f"gate: {one.line()}", err=True)
    if failed:
        raise click.exceptions.Exit(NEGATIVE)


def _read(file: Path, gate: Path | None) -> tuple[Sequence[TicketRow], Gate | None]:
    try:
        return read_tickets(file), None if gate is None else read_gate(gate)
    except NotGradable as error:
        raise Misused(str(error)) from error
    except FileNotFoundError as error:
        raise Misused(f"{error.filename} is not there") from error


def _replayed(settings: Settings, rows: Sequence[TicketRow]) -> list[Ticket]:
    with asyncio.Runner() as runner, ExitStack() as stack:
        own = own_brain(settings, stack, runner)
        # Where every channel is a demo, its knowledge is what there is.
        demo = all(entry.demo for entry in settings.channels.values())
        asking = Replay(own.brain, own.passages, SystemClock(), Filter(MAIN, demo))
        with steps(len(rows), "replayed") as show:
            return runner.run(asking.run(rows, lambda ticket: show(safe(ticket))))


def _show(runs: Sequence[Sequence[Ticket]], moved: Sequence[Change] | None) -> None:
    click.echo(replayed.shown(runs[0]))
    click.echo(replayed.told(sums(runs[0])))
    if moved is not None:
        click.echo()
        for line in replayed.compared(moved):
            click.echo(line)
        click.echo(replayed.told(sums(runs[-1])))


def _document(
    runs: Sequence[Sequence[Ticket]],
    moved: Sequence[Change] | None,
    gate: Gate | None,
    failed: Sequence[Missed],
) -> dict[str, Any]:
    found: dict[str, Any] = {"tickets": replayed.documents(runs[0]), "sums": sums(runs[0])}
    if moved is not None:
        found["other"] = {"tickets": replayed.documents(runs[1]), "sums": sums(runs[1])}
        found["changes"] = replayed.changes(moved)
    if gate is not None:
        lines = [{"figure": one.figure, "bound": one.bound, "was": one.was} for one in failed]
        found["gate"] = {"passed": not failed, "missed": lines}
    return found
