"""What a case has heard so far that a new message may lean on. It compares no words of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from brain.contract import Said

CASE_GAP = 3 * 24 * 3600.0
_CASE_ENDS = frozenset({"rating", "rating_low", "rating_thanks"})
CLARIFY = "clarify"


@dataclass(frozen=True, slots=True)
class Clarified:
    """Two readings of ``question`` were named to the customer in the words of ``offered``, who said
    ``reply`` to it. ``pending`` says that the reply is what is to be decided now; ``parts`` are the
    question's."""

    question: str
    reply: str
    choice: str | None
    pending: bool
    parts: tuple[str, ...] = ()
    offered: str = ""


def case_of(history: Sequence[Said], new: Sequence[Said]) -> tuple[Said, ...]:
    """The part of the conversation that belongs to the matter at hand."""
    kept: list[Said] = []
    later = new[0].at if new else None
    for said in reversed(history):
        if said.notice in _CASE_ENDS or (later is not None and later - said.at > CASE_GAP):
            break
        kept.append(said)
        later = said.at
    return tuple(reversed(kept))


def previous_question(case: Sequence[Said], asks: Callable[[Said], bool]) -> str | None:
    """The last thing asked; the answer to a clarifying question stands with what it clarifies."""
    for at in range(len(case) - 1, -1, -1):
        said = case[at]
        if said.author == "customer" and at and case[at - 1].notice == CLARIFY:
            before = previous_question(case[: at - 1], asks)
            return f"{before}\n{said.text}" if before else said.text
        if asks(said):
            return said.text
    return None


def clarified(
    case: Sequence[Said], new: Sequence[Said], asks: Callable[[Said], bool]
) -> Clarified | None:
    """The last clarifying question of the case, and what was said to it."""
    at = max((i for i, said in enumerate(case) if said.notice == CLARIFY), default=None)
    if at is None:
        return None
    question = previous_question(case[:at], asks)
    later = [said for said in case[at + 1 :] if said.author == "customer"]
    replies = [said for said in (*later, *new) if said.text.strip() or said.choice]
    if question is None or not replies:
        return None
    # Several messages in a row are one reply only where nothing was said between them.
    text = replies[0].text if later else "\n".join(said.text for said in replies)
    choice = next((said.choice for said in replies if said.choice), None) if not later else None
    button = choice or replies[0].choice
    return Clarified(question, text, button, pending=not later, offered=case[at].text)


def answered(case: Sequence[Said]) -> Iterable[Said]:
    """The customer's messages that an answer followed."""
    last = max((i for i, said in enumerate(case) if said.passages), default=-1)
    return (said for said in case[: last + 1] if said.author == "customer")


def last_answer(case: Sequence[Said]) -> Said | None:
    return next((said for said in reversed(case) if said.passages), None)
