"""The three lines that a case is remembered by: what was asked, what was done, what was promised.
Proposed from the rows, without a model; what staff write instead is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import RowMapping, select

from gateway.conversations.promises import promises, sentences
from gateway.privacy.masking import STANDING, Masking
from gateway.store.schema.actions import actions
from gateway.store.schema.aftercare import closings
from gateway.store.schema.conversation import cases, messages
from gateway.store.unit import Reading, loads_object

LONGEST = 500
_SAID = 60
_FINISHED = ("done", "unknown", "approved", "calling")


@dataclass(frozen=True, slots=True)
class WriteUp:
    asked: str = ""
    done: str = ""
    promised: str = ""


def write_up_of(reading: Reading, case: str, masking: Masking = STANDING) -> dict[str, Any] | None:
    """What a case is remembered by: as it was kept, else as it is proposed; None for no case."""
    kept = reading.one(select(closings).where(closings.c.case_id == case))
    if kept is not None:
        line = WriteUp(kept["asked"], kept["done"], kept["promised"])
        return {**asdict(line), "written": kept["written_by"] is not None}
    row = reading.one(select(cases).where(cases.c.id == case))
    if row is None:
        return None
    return {**asdict(proposed(reading, row, masking)), "written": False}


def proposed(reading: Reading, case: RowMapping, masking: Masking = STANDING) -> WriteUp:
    said = list(reversed(reading.all(_said(case["id"]))))
    brief = loads_object(case["brief"])
    acts = reading.all(
        select(actions.c.title, actions.c.state, actions.c.outcome, actions.c.reference)
        .where(actions.c.case_id == case["id"], actions.c.state.in_(_FINISHED))
        .order_by(actions.c.created_at)
    )
    asked = str(brief.get("question") or "") or case["question"]
    found = WriteUp(_first(asked), _done(acts, said), _promised(said))
    return WriteUp(*(masking.text(line)[:LONGEST] for line in asdict(found).values()))


def _said(case: str) -> Any:  # noqa: ANN401  # a select
    return (
        select(messages.c.author, messages.c.body, messages.c.notice)
        .where(
            messages.c.case_id == case,
            messages.c.kind == "message",
            messages.c.author.in_(("assistant", "staff")),
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.seq.desc())
        .limit(_SAID)
    )


def _done(acts: Sequence[RowMapping], said: Sequence[RowMapping]) -> str:
    """What was carried out, else the last answer: of people before that of the assistant."""
    carried_out = [_act(act) for act in acts]
    if carried_out:
        return "; ".join(carried_out)
    for author in ("staff", "assistant"):
        answers = [row["body"] for row in said if row["author"] == author and not row["notice"]]
        told = [line for line in (_substance(body) for body in reversed(answers)) if line]
        if told:
            return told[0]
    return ""


def _act(act: RowMapping) -> str:
    state = "" if act["state"] == "done" else f" ({act['state']})"
    reference = f" ({act['reference']})" if act["reference"] else ""
    return f"{act['title']}{state}{reference}"


def _substance(body: str) -> str:
    """The first sentence that says something; a greeting alone is none."""
    said = [line for line in sentences(body) if len(line.split()) > 3]  # noqa: PLR2004 - "Hello, Ada here."
    return _first(said[0]) if said else ""


def _promised(said: Sequence[RowMapping]) -> str:
    found = [line for row in said if row["author"] == "staff" for line in promises(row["body"])]
    return " ".join(dict.fromkeys(found[-3:]))


def _first(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
