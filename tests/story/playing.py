"""The story, all cases at a time: each chapter of all of them before the next one begins, so that
the assistant has had time to speak out of turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.story.browser import Browser
from tests.story.company import Company, hire
from tests.story.in_slack import InSlack
from tests.story.on_the_web import MAYA, PASSWORD, OnTheWeb
from tests.story.plots import PLOTS, Plot
from tests.story.telling import CHAPTERS, Came, Case, Staff, Tell, tell


async def play(
    company: Company,
    plots: Sequence[Plot],
    staff: Callable[[], Staff],
    customer: int,
    say: Tell,
) -> Mapping[str, Came]:
    """What came of each case that the company has a channel for, by its kind."""
    cases = [
        Case(plot, company.streets[plot.kind], customer, staff(), say)
        for plot in plots
        if plot.kind in company.streets
    ]
    for chapter in CHAPTERS:
        await asyncio.gather(*(tell(case, chapter) for case in cases))
    return {case.plot.kind: case.came for case in cases}


async def in_slack(company: Company, say: Tell) -> Mapping[str, Came]:
    return await play(company, PLOTS, lambda: InSlack(company.desk, say), 0, say)


async def on_the_web(company: Company, browser: Browser, say: Tell) -> Mapping[str, Came]:
    """Other customers, dealt with by Maya on the web desk."""
    await hire(company.folder, MAYA, PASSWORD)
    desk = OnTheWeb(browser, company.base, say)
    await desk.sign_in()
    plots = [replace(plot, answer=plot.answer.replace("Ben", MAYA)) for plot in PLOTS]
    return await play(company, plots, lambda: replace(desk), 1, say)


@dataclass
class Played:
    """What came of the stories, by the desk on which they were dealt with. ``complaints`` are those
    of the web desk's pages."""

    stories: dict[str, Mapping[str, Came]] = field(default_factory=dict[str, Mapping[str, Came]])
    complaints: list[str] = field(default_factory=list[str])

    @property
    def wrong(self) -> Sequence[str]:
        found = [
            f"{part} {kind}: {wrong}"
            for part, came in self.stories.items()
            for kind, each in came.items()
            for wrong in each.wrong
        ]
        return found + [f"web_desk complains: {complaint}" for complaint in self.complaints]

    @property
    def whole(self) -> bool:
        every = [each.whole for came in self.stories.values() for each in came.values()]
        return all(every) and not self.wrong


def document(came: Mapping[str, Came]) -> dict[str, object]:
    return {kind: each.document() for kind, each in came.items()}


def after_takeover(stories: Sequence[Mapping[str, Came]]) -> int:
    """How often the assistant was heard where people had it."""
    return sum(each.spoke_after for came in stories for each in came.values())
