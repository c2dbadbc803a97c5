"""A second model that judges what the first one wrote, where one is configured. It can only take
sentences away; where it fails, the check that was made here stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from brain.answering import rules
from brain.answering.support import Checked
from brain.chat import ChatRequest, Line, NobodyAnswered, SystemPart
from brain.models.chain import Asking
from brain.spending import BudgetSpent

_TOKENS = 800
_SOURCE_CHARS = 1200
FAULT = "the judging model does not find it in its source"


async def judged(
    checked: Sequence[Checked], asking: Asking, models: Sequence[str]
) -> tuple[Checked, ...]:
    """What the judge does not find borne is a fault, too."""
    borne = [one for one in checked if one.fault is None]
    if not models or not borne:
        return tuple(checked)
    try:
        answered = await asking.ask(models, _request(borne))
    except (NobodyAnswered, BudgetSpent):
        return tuple(checked)
    refused = _refused(answered.completion.data or {}, borne)
    return tuple(replace(one, fault=FAULT) if id(one) in refused else one for one in checked)


def _request(borne: Sequence[Checked]) -> ChatRequest:
    rows = [
        {"number": number, "text": one.claim.text, "source": one.quote[:_SOURCE_CHARS]}
        for number, one in enumerate(borne, start=1)
    ]
    said = json.dumps({"sentences": rows}, ensure_ascii=False, indent=1)
    system = (SystemPart(rules.JUDGING, cached=True),)
    return ChatRequest(system, (Line("user", said),), rules.VERDICTS, _TOKENS)


def _refused(data: dict[str, object] | object, borne: Sequence[Checked]) -> set[int]:
    """The sentences judged not borne; one that was not judged stays as it was."""
    told = cast("dict[str, object]", data).get("verdicts", [])
    rows = cast("Sequence[dict[str, object]]", told)
    numbers = {row["number"] for row in rows if row["borne"] is False}
    return {id(one) for number, one in enumerate(borne, start=1) if number in numbers}
