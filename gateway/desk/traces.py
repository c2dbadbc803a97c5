"""Why something was said: the record of one turn, as staff read it. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, func, select

from gateway.privacy.masking import STANDING
from gateway.store.schema.actions import action_events, actions
from gateway.store.schema.pipeline import turns
from gateway.store.schema.safety import model_calls, model_texts
from gateway.store.unit import Reading, loads_list, loads_object

PLAIN = (
    "id",
    "state",
    "decision",
    "error",
    "from_seq",
    "through_seq",
    "epoch",
    "started_at",
    "finished_at",
    "node",
)
_CALL = ("model", "provider", "requested", "answered_by", "outcome", "finish", "error")
_TOKENS = {
    "input": "input_tokens",
    "cached": "cached_tokens",
    "written": "written_tokens",
    "output": "output_tokens",
}


def one(reading: Reading, turn: str) -> dict[str, Any] | None:
    """None when there is no such turn."""
    row = reading.one(select(turns).where(turns.c.id == turn, turns.c.tenant_id == reading.tenant))
    if row is None:
        return None
    calls = _calls(reading, turn)
    return {
        **{name: row[name] for name in PLAIN},
        "conversation": row["conversation_id"],
        "case": row["case_id"],
        "reasons": list(loads_list(row["reasons"])),
        "trace": STANDING.data(loads_object(row["trace"])),
        "calls": calls,
        "cost_usd": round(sum(call["cost_usd"] for call in calls), 6),
        "tokens": sum(sum(call["tokens"].values()) for call in calls),
        "actions": _actions(reading, row["conversation_id"], turn),
    }


def cost_of(reading: Reading, turn: str) -> float:
    """What the models of a turn cost, in US dollars."""
    mine = model_calls.c.tenant_id == reading.tenant
    micros = select(func.sum(model_calls.c.micros)).where(mine, model_calls.c.turn_id == turn)
    return int(reading.scalar(micros) or 0) / 1e6


def _calls(reading: Reading, turn: str) -> list[dict[str, Any]]:
    """Every call of a model, in order; ``prompt`` and ``answer`` are None once they are gone."""
    rows = reading.all(
        select(*model_calls.c, model_texts.c.prompt, model_texts.c.answer)
        .outerjoin(model_texts, model_texts.c.call_id == model_calls.c.id)
        .where(model_calls.c.turn_id == turn, model_calls.c.tenant_id == reading.tenant)
        .order_by(model_calls.c.began_at, model_calls.c.id)
    )
    return [_call(row) for row in rows]


def _call(row: RowMapping) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _CALL},
        "instead_of": row["instead_of"],
        "began_at": row["began_at"],
        "seconds": round(row["seconds"], 3),
        "tokens": {name: row[column] for name, column in _TOKENS.items()},
        "cost_usd": row["micros"] / 1e6,
        "prompt": None if row["prompt"] is None else loads_object(row["prompt"]),
        "answer": row["answer"],
    }


def _actions(reading: Reading, conversation: str, turn: str) -> list[dict[str, Any]]:
    """What it proposed, and each step since."""
    rows = reading.all(
        select(actions)
        .where(
            actions.c.conversation_id == conversation,
            actions.c.turn_id == turn,
            actions.c.tenant_id == reading.tenant,
        )
        .order_by(actions.c.created_at)
    )
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "details": STANDING.text(row["details"]),
            "state": row["state"],
            "steps": _steps(reading, row["id"]),
        }
        for row in rows
    ]


def _steps(reading: Reading, action: str) -> Sequence[dict[str, Any]]:
    rows = reading.all(
        select(action_events)
        .where(action_events.c.action_id == action)
        .order_by(action_events.c.number)
    )
    return [
        {
            "event": row["event"],
            "actor": row["actor"],
            "detail": STANDING.text(row["detail"]),
            "at": row["at"],
        }
        for row in rows
    ]
