"""What people are told when a conversation is handed to them. Pure."""

from __future__ import annotations

from brain.contract import Handoff
from gateway.records import Brief
from gateway.turns.opened import Opened


def brief_of(opened: Opened, handoff: Handoff, disclosures: tuple[str, ...] = ()) -> Brief:
    """What people need: the question in the customer's words, what was tried and concluded."""
    asked = [said for said in (*opened.history, *opened.new) if said.author == "customer"]
    substantial = [said.text for said in asked if said.choice is None and said.text.strip()]
    tried = [said for said in opened.history if said.author == "assistant"]
    question = substantial[-1] if substantial else _first(opened)
    if handoff.reason.code == "unsuccessful_exchanges" and question != (asks := _first(opened)):
        # What did not help says nothing of what they want.
        question = f"{asks} … {question}" if asks else question
    wished = handoff.reason.code == "asked_for_person" and opened.new[-1].choice is None
    if wished and len(substantial) > 1:
        question = substantial[-2]
    return Brief(
        question=question,
        reason=handoff.reason.code,
        rule=handoff.reason.rule,
        concluded=handoff.concluded,
        tried=tuple(_without(said.text, disclosures) for said in tried[-3:]),
        sources=tuple({"passage": passage} for said in tried[-3:] for passage in said.passages),
        steps=handoff.steps,
        open_questions=handoff.open_questions,
        suggested=handoff.suggested,
        files=tuple(name for said in asked for name in said.files),
    )


def _first(opened: Opened) -> str:
    """What the case began with."""
    text = opened.case["question"] if opened.case is not None else ""
    return opened.masking.text(text).strip()


def _without(text: str, disclosures: tuple[str, ...]) -> str:
    for disclosure in disclosures:
        text = text.removeprefix(disclosure)
    return text.strip()
