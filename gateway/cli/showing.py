"""What commands print: JSON documents, tables and texts that strangers wrote. Nothing that a
stranger wrote reaches the terminal as a control sequence."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import click

# Controls, and what turns a line around; line ends and tabs are dealt with by the caller.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_GAP = "  "
SHORT_ID = 12


def emit(document: object) -> None:
    """The one JSON document of a command; ASCII, so that any terminal and pipe takes it."""
    click.echo(json.dumps(document, indent=2))


def safe(text: str) -> str:
    """The text with everything that would move the cursor made visible."""
    unified = text.replace("\r\n", "\n").expandtabs(4)
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), unified)


def one_line(text: str, limit: int = 80) -> str:
    flat = " ".join(safe(text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"


def indented(text: str, by: str = "    ") -> str:
    return "\n".join(f"{by}{line}".rstrip() for line in safe(text).splitlines())


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns under their headings; the last one is as long as it is."""
    lines = [[one_line(cell, 200) for cell in line] for line in [headings, *rows]]
    widths = [max(len(line[at]) for line in lines) for at in range(len(headings) - 1)]
    return "\n".join(_GAP.join([*_padded(line, widths), line[-1]]).rstrip() for line in lines)


def _padded(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]


def when(at: float | None) -> str:
    if at is None:
        return "-"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}Z"


def lasting(seconds: float) -> str:
    """How long something has lasted, in the one unit that says it."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"
