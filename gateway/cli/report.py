"""``frontdesk report``: what came of the cases of some time, by who solved them."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import click

from gateway.cli.failures import Misused
from gateway.cli.options import everywhere
from gateway.cli.showing import emit, lasting, table
from gateway.cli.storing import configuration, opened
from gateway.report.cases import opened_since
from gateway.report.outcomes import Outcome, outcomes
from gateway.store.unit import Reading

_FORM = re.compile(r"([1-9]\d{0,3})([hdw])")
_SECONDS = {"h": 3_600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_HEADINGS = (
    "WHO", "CASES", "SHARE", "RESOLVED", "FIRST ANSWER", "WAIT FOR A PERSON", "USD", "USD/RESOLVED",
)  # fmt: skip


@click.command("report")
@click.option("--since", default="7d", show_default=True, help="How far back, such as 24h or 4w.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
@everywhere
def report(config: Path, *, since: str, as_csv: bool, as_json: bool) -> None:
    """Show how many cases the assistant, people, both or nobody dealt with, how long customers
    waited, and what models cost."""
    seconds = _seconds(since)
    if as_csv and as_json:
        raise Misused("--csv and --json are two forms of one answer; choose one")

    def query(reading: Reading) -> list[Outcome]:
        return outcomes(opened_since(reading, reading.now - seconds))

    with opened(configuration(config)) as store:
        found = asyncio.run(store.read(query))
    if as_json:
        emit({"since": since, "paths": {one.path: _figures(one) for one in found}})
    elif as_csv:
        click.echo(_csv(found), nl=False)
    else:
        click.echo(table(_HEADINGS, [_line(one) for one in found]))


def _seconds(since: str) -> float:
    found = _FORM.fullmatch(since)
    if found is None:
        raise Misused(f"--since {since}: write hours, days or weeks, such as 24h, 7d or 4w")
    return int(found[1]) * _SECONDS[found[2]]


def _figures(one: Outcome) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name != "path"}


def _csv(found: Sequence[Outcome]) -> str:
    written = io.StringIO()
    lines = csv.DictWriter(written, [field.name for field in fields(Outcome)], lineterminator="\n")
    lines.writeheader()
    lines.writerows(asdict(one) for one in found)
    return written.getvalue()


def _line(one: Outcome) -> tuple[str, ...]:
    per = "-" if one.usd_per_resolved is None else f"{one.usd_per_resolved:.4f}"
    return (
        one.path,
        str(one.cases),
        f"{one.share:.0%}",
        str(one.resolved),
        _lasting(one.first_answer_seconds),
        _lasting(one.human_wait_seconds),
        f"{one.usd:.4f}",
        per,
    )


def _lasting(seconds: float | None) -> str:
    return "-" if seconds is None else lasting(seconds)
