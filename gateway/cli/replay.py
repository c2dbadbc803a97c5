"""``frontdesk replay``: past tickets through the brain, sending nothing, to see before a start what
customers would have been told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from brain.contract import Filter
from gateway.cli.failures import Misused
from gateway.cli.options import everywhere
from gateway.cli.progress import steps
from gateway.cli.showing import emit, one_line, safe, table
from gateway.cli.storing import configuration
from gateway.cli.thinking import own_brain
from gateway.clock import SystemClock
from gateway.config.settings import Settings
from gateway.grading.replaying import ANSWERING, Replay, Replayed, Ticket
from gateway.grading.rows import NotGradable, TicketRow, read_tickets
from gateway.store.store import MAIN

MARKS = {True: "right", False: "WRONG", None: "-"}


@click.command("replay")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@everywhere
def replay(file: Path, config: Path, *, as_json: bool) -> None:
    """Run past tickets through the assistant without sending anything.

    FILE has a JSON object on each line: "id", and "text" or "messages" (texts of the customer, or
    objects with "author" and "text"); "gold" may say what would have been right.
    """
    settings = configuration(config)
    try:
        rows = read_tickets(file)
    except NotGradable as error:
        raise Misused(str(error)) from error
    tickets = _replayed(settings, rows)
    if as_json:
        emit({"tickets": [_document(one) for one in tickets], "sums": sums(tickets)})
        return
    headings = ("ID", "TIER", "DECISION", "SURE", "GOLD", "SOURCES", "ANSWER")
    click.echo(table(headings, [line for one in tickets for line in _lines(one)]))
    click.echo(_told(sums(tickets)))


def _replayed(settings: Settings, rows: Sequence[TicketRow]) -> list[Ticket]:
    with asyncio.Runner() as runner, ExitStack() as stack:
        own = own_brain(settings, stack, runner)
        # Where every channel is a demo, its knowledge is what there is.
        demo = all(entry.demo for entry in settings.channels.values())
        asking = Replay(own.brain, own.passages, SystemClock(), Filter(MAIN, demo))
        with steps(len(rows), "replayed") as show:
            return runner.run(asking.run(rows, lambda ticket: show(safe(ticket))))


def sums(tickets: Sequence[Ticket]) -> dict[str, int]:
    """How many tickets there are, how their turns ended, and how many came to what was right."""
    kinds = Counter(_kind(turn) for ticket in tickets for turn in ticket.turns)
    graded = [ticket.right for ticket in tickets if ticket.right is not None]
    return {
        "tickets": len(tickets),
        "turns": sum(kinds.values()),
        "answered": kinds["answered"],
        "people": kinds["people"],
        "silent": kinds["silent"],
        "graded": len(graded),
        "right": sum(graded),
    }


def _kind(turn: Replayed) -> str:
    if turn.decision in ANSWERING:
        return "answered"
    return "silent" if turn.decision == "silent" else "people"


def _lines(ticket: Ticket) -> list[tuple[str, ...]]:
    return [
        (
            ticket.id,
            "-" if turn.tier is None else str(turn.tier),
            turn.decision,
            f"{turn.confidence:.2f}",
            MARKS[ticket.right] if at == 0 else "",
            ", ".join(turn.sources) or "-",
            one_line(turn.answer, 80) if turn.answer else f"({turn.notice or 'nothing'})",
        )
        for at, turn in enumerate(ticket.turns)
    ]


def _told(found: dict[str, int]) -> str:
    said = (
        f"{found['tickets']} tickets, {found['turns']} turns: {found['answered']} answered,"
        f" {found['people']} to people, {found['silent']} left alone; nothing was sent"
    )
    if found["graded"]:
        said += f"; {found['right']} of {found['graded']} as they should be"
    return said


def _document(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "right": ticket.right,
        "turns": [
            {
                "asked": turn.asked,
                "decision": turn.decision,
                "tier": turn.tier,
                "intent": turn.intent,
                "answer": turn.answer,
                "notice": turn.notice,
                "confidence": round(turn.confidence, 4),
                "language": turn.language,
                "sources": list(turn.sources),
                "reasons": [{"code": code, "rule": rule} for code, rule in turn.reasons],
            }
            for turn in ticket.turns
        ],
    }
