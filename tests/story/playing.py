"""The story, six cases at a time: each chapter of all of them before the next one begins, so that
the assistant has had time to speak out of turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from tests.story.company import Company
from tests.story.in_slack import InSlack
from tests.story.plots import PLOTS
from tests.story.telling import CHAPTERS, Came, Case, Staff, Tell, tell


async def play(
    company: Company, staff: Callable[[], Staff], customer: int, say: Tell
) -> Mapping[str, Came]:
    """What came of each plot's case, by its kind."""
    cases = [Case(plot, company.streets[plot.kind], customer, staff(), say) for plot in PLOTS]
    for chapter in CHAPTERS:
        await asyncio.gather(*(tell(case, chapter) for case in cases))
    return {case.plot.kind: case.came for case in cases}


async def in_slack(company: Company, say: Tell) -> Mapping[str, Came]:
    return await play(company, lambda: InSlack(company.desk, say), 0, say)


def document(came: Mapping[str, Came]) -> dict[str, object]:
    return {kind: each.document() for kind, each in came.items()}


def after_takeover(stories: Sequence[Mapping[str, Came]]) -> int:
    """How often the assistant was heard where people had it."""
    return sum(each.spoke_after for came in stories for each in came.values())
