"""Several answers as one reply, in the order of the questions, a guide last. It adds no word and
drops none that is not said already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from brain.answering.finding import Found
from brain.contract import Citation, Hit
from brain.models.units import units


@dataclass(frozen=True, slots=True)
class Joined:
    """``confidence`` is that of the least sure part."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    hits: tuple[Hit, ...] = ()
    cut: tuple[str, ...] = ()
    out_of_date: str | None = None


def join(found_parts: Sequence[Found]) -> Joined:
    # A guide asks for the customer's next words, so nothing may stand after it.
    parts = sorted(found_parts, key=lambda part: part.leads_into_guide)
    texts: list[str] = []
    for part in parts:
        new = _beside(part.answer.text, texts)
        if new:
            texts.append(new)
    citations = {c.passage: c for part in reversed(parts) for c in reversed(part.answer.citations)}
    ordered = dict.fromkeys(c.passage for part in parts for c in part.answer.citations)
    hits = {hit.passage.id: hit for part in reversed(parts) for hit in reversed(part.hits)}
    found = dict.fromkeys(hit.passage.id for part in parts for hit in part.hits)
    return Joined(
        text="\n\n".join(texts),
        citations=tuple(citations[passage] for passage in ordered),
        confidence=min((part.answer.confidence for part in parts), default=0.0),
        hits=tuple(hits[passage] for passage in found),
        cut=tuple(claim for part in parts for claim in part.cut),
        out_of_date=next((p.answer.out_of_date for p in parts if p.answer.out_of_date), None),
    )


def _beside(text: str, texts: Sequence[str]) -> str:
    """The text, unless the answers before it say all of it."""
    said = " ".join(_bare(one) for one in texts)
    return "" if all(_bare(unit.text) in said for unit in units(text)) else text


def _bare(text: str) -> str:
    return " ".join(text.split())
