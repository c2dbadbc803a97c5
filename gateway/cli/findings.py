"""What a look at this machine found, one thing a line: well or not, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import click

from gateway.cli.failures import NEGATIVE
from gateway.cli.showing import emit, safe


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend`` says what to do; what is ``ok`` and has one works, but wants a look."""

    name: str
    ok: bool
    what: str
    mend: str = ""

    def line(self) -> str:
        told = f"{self.what}; {self.mend}" if self.mend else self.what
        mark = "✗" if not self.ok else "!" if self.mend else "✓"
        return f"{mark} {self.name}: {safe(told)}"


def good(name: str, what: str) -> Finding:
    return Finding(name, ok=True, what=what)


def note(name: str, what: str, mend: str) -> Finding:
    """It works, and somebody should look at it."""
    return Finding(name, ok=True, what=what, mend=mend)


def bad(name: str, what: str, mend: str = "") -> Finding:
    return Finding(name, ok=False, what=what, mend=mend)


def tell(found: Iterable[Finding], *, as_json: bool, code: int = NEGATIVE) -> None:
    """Print them as they come, and end with the code if one is not well."""
    kept: list[Finding] = []
    for finding in found:
        kept.append(finding)
        if not as_json:
            click.echo(finding.line())
    well = all(finding.ok for finding in kept)
    if as_json:
        emit(document(kept))
    if not well:
        raise click.exceptions.Exit(code)


def document(found: Sequence[Finding]) -> dict[str, object]:
    return {"ok": all(one.ok for one in found), "findings": [asdict(one) for one in found]}
