"""What customers think of a case: asked once, heard once, and never a reason to answer. Every verb
is a compare-and-set over an open unit; what is said about it is the aftercare loop's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from sqlalchemy import RowMapping, bindparam, or_, select, update

from brain.actions.consent import said as answered
from channels.contract import Choice
from gateway.conversations.messages import LISTS, topic
from gateway.conversations.ownership import AFTERCARE, hand_over
from gateway.conversations.reopening import opened_again
from gateway.records import RATED_LOW, RATING_COMMENT, RATING_NO, RATING_YES, Brief
from gateway.store.schema.aftercare import ratings
from gateway.store.schema.conversation import cases, contacts, messages
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit
from gateway.telemetry.facts import CaseRated

Next: TypeAlias = Literal["ask", "low", "thanks", "person"]
DUE, ASKED, RATED, SKIPPED = "due", "asked", "rated", "skipped"
ASK, LOW, THANKS, PERSON = "ask", "low", "thanks", "person"
# Nobody is asked more often than this.
EVERY_SECONDS = 7 * 86_400.0
# So long a rating is still heard, and so long what follows it may be its reason.
HEARD_SECONDS, COMMENT_SECONDS = 7 * 86_400.0, 900.0
GOOD = 3
_TRIED = 3
_CHOICE = re.compile(r"rating_([1-5])")
# "4", "4/5", and "4 - because …", "4. Because …"; "2 of my boots leak" rates nothing.
_SCORE = re.compile(
    r"\s*([1-5])(?:\s*/\s*5)?(?:\s*[.!,;:\u2013\u2014-]\s*(\S.*)?|\s*\n\s*(\S.*))?\s*", re.DOTALL
)
_OF_CONVERSATION = Prepared(
    select(ratings)
    .where(
        ratings.c.conversation_id == bindparam("conversation"),
        ratings.c.asked_at.is_not(None),
    )
    .order_by(ratings.c.asked_at.desc())
    .limit(1)
)


def rating_in(text: str, offered: Sequence[Choice]) -> str | None:
    """The choice that a typed message makes where the last thing said asked for a rating, or
    whether a person shall look again."""
    ids = {choice.id for choice in offered}
    if "rating_1" in ids:
        found = _SCORE.fullmatch(text)
        return None if found is None else f"rating_{found[1]}"
    if RATING_YES in ids:
        return {"yes": RATING_YES, "no": RATING_NO}.get(answered(text) or "")
    return None


def reason_in(text: str) -> bool:
    """Whether a typed rating says why, too."""
    found = _SCORE.fullmatch(text)
    return found is not None and bool(found[2] or found[3])


def score_of(choice: str | None) -> int | None:
    found = _CHOICE.fullmatch(choice or "")
    return None if found is None else int(found[1])


def of_conversation(reading: Reading, conversation: str) -> RowMapping | None:
    """The latest that was asked for there, as long as an answer to it is heard."""
    row = reading.one(_OF_CONVERSATION, conversation=conversation)
    return row if row is not None and reading.now < row["asked_at"] + HEARD_SECONDS else None


def plan(unit: Unit, case: RowMapping, path: str, due_at: float) -> None:
    """Ask about a resolved case then, unless it was asked about before."""
    unit.insert_once(
        ratings,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        case_id=case["id"],
        conversation_id=case["conversation_id"],
        contact_id=case["contact_id"],
        channel=case["channel"],
        path=path,
        state=DUE,
        next=ASK,
        due_at=due_at,
        created_at=unit.now,
    )


def may_ask(unit: Unit, contact: str) -> bool:
    """Whether this contact may be asked now; from then on they may not for a week."""
    asked = contacts.c.rating_asked_at
    return bool(
        unit.changed(
            update(contacts)
            .where(
                contacts.c.id == contact,
                or_(asked.is_(None), asked <= unit.now - EVERY_SECONDS),
            )
            .values(rating_asked_at=unit.now)
        )
    )


def move(unit: Unit, rating: RowMapping, **values: object) -> bool:
    """Change a rating that is still as it was seen; False where somebody was faster."""
    seen = (ratings.c.state == rating["state"], ratings.c.next.is_not_distinct_from(rating["next"]))
    changed = unit.changed(
        update(ratings).where(ratings.c.id == rating["id"], *seen).values(**values)
    )
    if changed and values.get("next") is not None:
        unit.emit(AFTERCARE)
    return changed == 1


def rate(unit: Unit, rating: RowMapping, score: int) -> bool:
    """The customer's first word counts; False where they have rated this before."""
    if rating["state"] != ASKED:
        return False
    follows = THANKS if score >= GOOD else LOW
    values = {"score": score, "rated_at": unit.now, "next": follows, "due_at": unit.now}
    if not move(unit, rating, state=RATED, **values):
        return False
    unit.tell(
        CaseRated(
            rating["channel"], rating["conversation_id"], rating["case_id"], score, rating["path"]
        )
    )
    unit.emit(topic(rating["conversation_id"]), LISTS)
    return True


def comment(unit: Unit, rating: RowMapping, message: str) -> bool:
    """Why they rated so, once; thanks follow where none were said."""
    score = unit.scalar(
        update(ratings)
        .where(
            ratings.c.id == rating["id"],
            ratings.c.score.is_not(None),
            ratings.c.comment_message_id.is_(None),
        )
        .values(comment_message_id=message)
        .returning(ratings.c.score)
    )
    if score is None:
        return False
    conversation, case = rating["conversation_id"], rating["case_id"]
    unit.tell(CaseRated(rating["channel"], conversation, case, score, rating["path"], message))
    return True


def awaits_comment(reading: Reading, conversation: str) -> RowMapping | None:
    """The rating that the customer's next words may be about."""
    row = of_conversation(reading, conversation)
    if row is None or row["rated_at"] is None or row["comment_message_id"] is not None:
        return None
    return row if reading.now < row["rated_at"] + COMMENT_SECONDS else None


def look_again(unit: Unit, row: RowMapping, rating: RowMapping) -> None:
    """The customer wants a person after all: the case is open again and in the queue. Where
    another one is open meanwhile, that one goes there."""
    if row["case_id"] is None:
        row = opened_again(unit, row, rating["case_id"])
    if row["owner"] != "assistant":
        return
    hand_over(unit, row, RATED_LOW, _brief(unit, rating))
    move(unit, rating, next=PERSON, due_at=unit.now)


def _brief(unit: Unit, rating: RowMapping) -> Brief:
    question = unit.scalar(select(cases.c.question).where(cases.c.id == rating["case_id"]))
    tried = unit.all(
        select(messages.c.body)
        .where(
            messages.c.case_id == rating["case_id"],
            messages.c.author.in_(("assistant", "staff")),
            messages.c.kind == "message",
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.seq.desc())
        .limit(_TRIED)
    )
    return Brief(
        question=question or "",
        reason=RATED_LOW,
        rule=f"the customer gave {rating['score']} of 5 and wants a person to look again",
        tried=tuple(row["body"] for row in reversed(tried)),
    )


def commented(unit: Unit, conversation: str, message: str) -> None:
    """What a turn found to be no question but the reason of a rating."""
    rating = awaits_comment(unit, conversation)
    if rating is None or not comment(unit, rating, message):
        return
    if rating["next"] is None and rating["score"] < GOOD:
        move(unit, rating, next=THANKS, due_at=unit.now)


def is_comment(choice: str | None) -> bool:
    return choice == RATING_COMMENT
