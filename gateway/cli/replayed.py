"""Replayed tickets as a terminal and as a program see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.cli.showing import one_line, safe, table
from gateway.grading.replaying import Replayed, Ticket
from gateway.grading.weighing import Change

MARKS = {True: "right", False: "WRONG", None: "-"}
_HEADINGS = ("ID", "TIER", "DECISION", "SURE", "GOLD", "SOURCES", "ANSWER")
_ANSWER = 80


def shown(tickets: Sequence[Ticket]) -> str:
    return table(_HEADINGS, [line for one in tickets for line in _lines(one)])


def told(found: Mapping[str, float]) -> str:
    said = (
        f"{found['tickets']} tickets, {found['turns']} turns: {found['answered']} answered,"
        f" {found['people']} to people, {found['silent']} left alone; nothing was sent"
    )
    if found["graded"]:
        said += f"; {found['right']} of {found['graded']} as they should be"
    if found["cost_usd"]:
        said += f"; models cost {found['cost_usd']:.4f} US dollars"
    return said


def compared(moved: Sequence[Change]) -> Iterator[str]:
    """Ticket by ticket what another configuration makes of it."""
    for change in moved:
        yield f"{safe(change.id)}: {change.to}"
        for name, turn in (("before", change.before), ("after", change.after)):
            yield f"    {name}  {_short(turn)}"
    count = {to: sum(one.to == to for one in moved) for to in ("better", "worse", "other")}
    yield (
        f"{len(moved)} tickets come out differently: {count['better']} better,"
        f" {count['worse']} worse, {count['other']} in other words or not graded"
    )


def documents(tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "right": one.right, "turns": [_turn(turn) for turn in one.turns]}
        for one in tickets
    ]


def changes(moved: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "to": one.to,
            "right": [one.right_before, one.right_after],
            "before": _turn(one.before),
            "after": _turn(one.after),
        }
        for one in moved
    ]


def _lines(ticket: Ticket) -> list[tuple[str, ...]]:
    return [
        (
            ticket.id,
            "-" if turn.tier is None else str(turn.tier),
            turn.decision,
            f"{turn.confidence:.2f}",
            MARKS[ticket.right] if at == 0 else "",
            ", ".join(turn.sources) or "-",
            _said(turn),
        )
        for at, turn in enumerate(ticket.turns)
    ]


def _short(turn: Replayed) -> str:
    tier = "-" if turn.tier is None else str(turn.tier)
    return f"{turn.decision} (tier {tier}, {turn.confidence:.2f}): {_said(turn)}"


def _said(turn: Replayed) -> str:
    return one_line(turn.answer, _ANSWER) if turn.answer else f"({turn.notice or 'nothing'})"


def _turn(turn: Replayed) -> dict[str, Any]:
    return {
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
        "seconds": round(turn.seconds, 3),
        "cost_usd": turn.micros / 1e6,
    }
