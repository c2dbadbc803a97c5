"""What customers asked and no article answered, for whoever writes the next one. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select

from gateway.desk.correcting import recent_cases
from gateway.privacy.articles import masked
from gateway.store.schema.conversation import messages
from gateway.store.schema.pipeline import turns
from gateway.store.unit import Reading

# Why a turn ended with a person that an article could have answered.
CODES = ("low_confidence", "partly_unanswered", "out_of_date")
# So many are compared with each other.
MOST = 100
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What was asked, without what leads to one person, and the turn that had no answer."""

    text: str
    turn: str
    at: float


def unanswered(reading: Reading) -> list[Unanswered]:
    """Of the newest cases, the newest first."""
    ids = sorted({row["conversation_id"] for row in recent_cases(reading)})
    why = or_(*(turns.c.reasons.contains(f'"code":"{code}"', autoescape=True) for code in CODES))
    rows = reading.all(
        select(turns.c.id, turns.c.started_at, messages.c.body)
        .join(
            messages,
            (messages.c.conversation_id == turns.c.conversation_id)
            & (messages.c.seq == turns.c.through_seq),
        )
        .where(
            turns.c.tenant_id == reading.tenant,
            turns.c.conversation_id.in_(ids),
            turns.c.state == "done",
            turns.c.decision == "hand_over",
            why,
            messages.c.author == "customer",
            messages.c.deleted_at.is_(None),
        )
        .order_by(turns.c.started_at.desc(), turns.c.id)
        .limit(MOST)
    )
    texts = [(" ".join(masked(row["body"]).split())[:LONGEST], row) for row in rows]
    return [Unanswered(text, row["id"], row["started_at"]) for text, row in texts if text]
