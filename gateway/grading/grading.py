"""Runs a labelled set through the brain, one knowledge base at a time.
What a knowledge base and its brain are made of is handed in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeAlias

from brain.contract import Clock
from gateway.grading.answering import Answered, Shelf, ShelfExam, TriageExam
from gateway.grading.figures import Results
from gateway.grading.rows import LabelledSet

OpenShelf: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Shelf]]
# Called after each row with what it was of.
Step: TypeAlias = Callable[[str], None]


class Grading:
    """``open_shelf`` builds the knowledge base of a folder and lets go of it again."""

    def __init__(self, open_shelf: OpenShelf, triage: TriageExam, clock: Clock) -> None:
        self._open_shelf = open_shelf
        self._triage = triage
        self._clock = clock

    async def run(self, labelled: LabelledSet, step: Step) -> Results:
        """
        Raises:
            KnowledgeUnavailable: an index cannot be built or searched here.
        """
        found: dict[int, Answered] = {}
        for name, folder in labelled.folders.items():
            rows = [row for row in (*labelled.retrieval, *labelled.oos) if row.kb == name]
            async with self._open_shelf(folder) as shelf:
                exam = ShelfExam(shelf, self._clock)
                for row in rows:
                    found[id(row)] = await exam.answer(row)
                    step(name)
        for row in labelled.triage:
            found[id(row)] = await self._triage.answer(row)
            step("triage")
        return Results(
            [(row, found[id(row)]) for row in labelled.retrieval],
            [(row, found[id(row)]) for row in labelled.oos],
            [(row, found[id(row)]) for row in labelled.triage],
        )
