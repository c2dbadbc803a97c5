"""Words what a guide says next, never the same text twice in a case. Pure; it decides no step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from brain.contract import Guide, GuideProgress, Option, Said, Step
from brain.guides.phrasebook import Says
from brain.guides.walking import WORKED, Came


def introduced(guide: Guide, step: Step, says: Says) -> tuple[str, ...]:
    """Ways to begin the guide, the best first."""
    told = says.intro.format(title=guide.title)
    return (f"{told}\n\n{step.text}", *shown(guide, step, "restart", says)[1:])


def shown(guide: Guide, step: Step, came: Came, says: Says) -> tuple[str, ...]:
    """Ways to show a step, the best first; asked for again, it is never shown bare."""
    total = len(guide.steps)
    here, again, last = (
        f"{lead.format(step=step.number, total=total)}\n\n{step.text}"
        for lead in (says.here, says.again, says.last)
    )
    return (here, again, last) if came == "again" else (step.text, again, here, last)


def unclear(step: Step, offered: Sequence[Option], says: Says) -> str:
    """What is said when an answer says nothing about what came of the step."""
    if not step.outcomes:
        return says.unclear_plain.format(step=step.number)
    labels = [f"**{option.label}**" for option in offered]
    *before, last = labels
    named = f"{', '.join(before)} {says.or_} {last}" if before else last
    return says.unclear.format(step=step.number, options=named)


def closing(guide: Guide, progress: GuideProgress, says: Says) -> tuple[str, ...]:
    """Ways to end the guide; they ask nothing more."""
    ends = tuple(t.format(title=guide.title) for t in (says.finished, says.finished_again))
    worked = bool(progress.done) and progress.done[-1].outcome == WORKED
    return (says.solved, *ends) if worked else (*ends, says.solved)


def fresh(ways: Iterable[str], history: Iterable[Said]) -> str | None:
    """The first that the assistant has not said in this case; None when it has said them all."""
    told = [_bare(said.text) for said in history if said.author == "assistant"]
    return next((way for way in ways if not any(_bare(way) in text for text in told)), None)


def was_shown(step: Step, history: Iterable[Said]) -> bool:
    """Whether the customer was told this step, word for word."""
    return fresh((step.text,), history) is None


def _bare(text: str) -> str:
    return " ".join(text.split())
