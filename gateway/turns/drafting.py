"""What a person is to check, made of a decision: the draft's words and what they answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from brain.contract import Decision, Reason
from channels.contract import Choice, Link
from gateway.conversations.drafts import Drafted
from gateway.turns.opened import Opened
from gateway.turns.rollout import drafted, is_draftable

MOST_QUESTION = 2_000
_AGAIN = Reason("draft_again", "the customer has written more, and people own this")
_PEOPLE = Reason("people_own", "people own this")


def draft_of(
    opened: Opened, decision: Decision, body: str, offered: Sequence[Choice], language: str | None
) -> Drafted:
    asked = "\n".join(said.text for said in opened.new if said.text.strip())
    return Drafted(
        question=asked[:MOST_QUESTION],
        body=body,
        after_seq=opened.new[0].seq - 1,
        through_seq=opened.through_seq,
        citations=tuple(Link(one.title, one.url, one.passage) for one in decision.citations),
        choices=tuple(offered),
        confidence=decision.handoff.sure if decision.handoff is not None else decision.confidence,
        language=language,
    )


def while_people_own(decision: Decision | None) -> Decision:
    """All that a turn may come to there: a draft, or nothing. What else the brain decided on stays
    in the trace."""
    if decision is None:
        return Decision(kind="silent", reasons=(_PEOPLE,))
    if not is_draftable(decision):
        return Decision(
            kind="silent",
            language=decision.language,
            reasons=(_PEOPLE, *decision.reasons),
            trace=decision.trace,
        )
    return drafted(decision, _AGAIN)
