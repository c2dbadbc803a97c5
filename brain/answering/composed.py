"""The word for an answer that a model wrote, and the port that gives one. It loads nothing of what
writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from brain.acts import ActionRequest
from brain.answering.inquiry import Result
from brain.contract import Citation, TurnInput
from brain.triage.classifier import Triage


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of asking models. With ``people`` (a reason's code and its words) people answer;
    with ``action`` the customer's next step is that; else ``text`` is the answer, or empty where
    the extractive answer stands. ``confidence`` is 0 to 1, ``missing`` what the passages do not
    say, ``cut`` what no passage bore; ``links`` are the addresses that a system's answer had,
    ``summary`` is of the case up to the message ``summed``; ``trace`` is JSON."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    model: str = ""
    out_of_date: str | None = None
    missing: str = ""
    people: tuple[str, str] | None = None
    action: ActionRequest | None = None
    cut: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    summary: str = ""
    summed: int = 0
    trace: Mapping[str, object] = field(default_factory=dict[str, object])


class Composer(Protocol):
    async def compose(self, turn: TurnInput, triage: Triage, result: Result) -> Composed | None:
        """None where no model has anything to write."""
        ...
