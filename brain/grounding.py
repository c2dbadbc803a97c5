"""Holds every claim of an answer against the passages that it cites, and cuts those without a
source. It judges words, never meaning, and adds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from brain.contract import Citation, Passage
from brain.models.units import joined, units

# Signs of Markdown carry no claim; words do.
_SIGNS = re.compile(r"[*_`>#|\\]+|^\s*(?:[-+•]|\d{1,3}[.)])\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Grounded:
    """What is left of the answer, the citations that still bear it, and what was cut."""

    text: str
    citations: tuple[Citation, ...]
    cut: tuple[str, ...]


def ground(text: str, citations: Sequence[Citation], passages: Iterable[Passage]) -> Grounded:
    cited = {citation.passage for citation in citations}
    sources = {p.id: f" {_bare(p.text)} " for p in passages if p.id in cited}
    claims = [(unit, _bearers(unit.text, sources)) for unit in units(text)]
    cut = tuple(unit.text for unit, bearers in claims if not bearers)
    used = frozenset[str]().union(*(bearers for _, bearers in claims))
    kept = joined(unit for unit, bearers in claims if bearers) if cut else text
    return Grounded(kept if used else "", tuple(c for c in citations if c.passage in used), cut)


def _bearers(claim: str, sources: Mapping[str, str]) -> frozenset[str]:
    """The passages that say it; lists that stand under each other are borne line by line."""
    whole = _bearer(claim, sources)
    if whole is not None:
        return frozenset({whole})
    lines = [_bearer(line, sources) for line in claim.splitlines() if _bare(line)]
    return frozenset(line or "" for line in lines) if all(lines) else frozenset()


def _bearer(claim: str, sources: Mapping[str, str]) -> str | None:
    bare = _bare(claim)
    return next((name for name, text in sources.items() if bare and f" {bare} " in text), None)


def _bare(text: str) -> str:
    return " ".join(_SIGNS.sub(" ", text).split())
