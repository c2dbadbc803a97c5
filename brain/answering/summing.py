"""Long conversations: what was said long ago is summed up once, beside the answer, and kept by the
case. A summary is data for the next models, and no answer rests on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from brain.answering import rules
from brain.answering.prompting import lines
from brain.chat import ChatRequest, Line, NobodyAnswered, SystemPart
from brain.contract import CaseState, Said
from brain.models.chain import Asking
from brain.spending import BudgetSpent

# So many lines are told as they are; beyond them all but the newest are summed up.
TOLD = 16
KEPT = 8
_TOKENS = 400
_MOST_CHARS = 1500


@dataclass(frozen=True, slots=True)
class Summed:
    """``through`` is the number of the last message that it sums up."""

    text: str
    through: int


def unsummed(history: Sequence[Said], case: CaseState) -> tuple[Said, ...]:
    """What the summary of the case does not have yet."""
    since = case.summed if case.summary else -1
    return tuple(said for said in history if said.seq > since)


def due(history: Sequence[Said], case: CaseState) -> tuple[Said, ...]:
    """What should be summed up now; most turns have nothing."""
    told = [said for said in unsummed(history, case) if said.text.strip()]
    return tuple(told[:-KEPT]) if len(told) > TOLD else ()


async def summed(
    said: Sequence[Said], case: CaseState, asking: Asking, models: Sequence[str]
) -> Summed | None:
    """None where no model sums it up: then older lines are left out, as without a model."""
    document = {"earlier": case.summary, "conversation": lines(said)}
    text = json.dumps(document, ensure_ascii=False, indent=1)
    system = (SystemPart(rules.SUMMING, cached=True),)
    request = ChatRequest(system, (Line("user", text),), rules.SUMMARY, _TOKENS)
    try:
        answered = await asking.ask(models, request)
    except (NobodyAnswered, BudgetSpent):
        return None
    told = " ".join(str((answered.completion.data or {}).get("summary", "")).split())
    return Summed(told[:_MOST_CHARS], said[-1].seq) if told else None
