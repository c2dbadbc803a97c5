"""What a customer says about a case that is over: heard in accept's unit, without a turn."""

from __future__ import annotations

from sqlalchemy import RowMapping

from gateway.conversations import ratings
from gateway.records import RATING_NO, RATING_SCORES, RATING_YES
from gateway.store.unit import Unit

_OVER = RATING_SCORES | {RATING_YES, RATING_NO}


def about_a_rating(unit: Unit, row: RowMapping, choice: str | None) -> RowMapping | None:
    """The rating that a choice answers; None where it means something else."""
    return ratings.of_conversation(unit, row["id"]) if choice in _OVER else None


def heard(
    unit: Unit, row: RowMapping, rating: RowMapping, choice: str | None, said: tuple[str, str]
) -> None:
    """``said`` is the message's id and words."""
    message, text = said
    score = ratings.score_of(choice)
    if score is not None:
        if ratings.rate(unit, rating, score) and ratings.reason_in(text):
            ratings.comment(unit, rating, message)
    elif choice == RATING_YES:
        ratings.look_again(unit, row, rating)
    elif rating["next"] is None:
        ratings.move(unit, rating, next=ratings.THANKS, due_at=unit.now)


def may_be_a_comment(unit: Unit, row: RowMapping, choice: str | None) -> RowMapping | None:
    """The rating that words without a case may be about: whether they are, a turn finds out.
    Nothing is asked of the rows in a conversation that is new, or about an open case."""
    if row["case_id"] is not None or row["last_seq"] == 0 or choice is not None:
        return None
    return ratings.awaits_comment(unit, row["id"])
