"""Where a customer's answer leads in a guide, and what may be chosen at each step. Pure; it says
nothing to the customer and keeps nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from brain.contract import Guide, GuideProgress, Option, Outcome, Step, StepDone
from brain.guides.phrasebook import Hears, Says, folded
from brain.guides.understanding import Intent, Meaning, understand

Came: TypeAlias = Literal["next", "back", "again", "restart", "unclear", "done", "person"]

STEPS_CHOICE = "guide_steps"
LABEL_LIMIT = 20
# What is noted where the customer says so rather than choosing an outcome.
WORKED = "it worked"
_CHOICE = re.compile(r"guide_(\d{1,3})_(\d{1,2}|next|worked|stuck)")
_LINE_LIMIT = 140
_SIGNS = re.compile(r"[*_`#>]+|!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Walked:
    """``progress`` is where the customer stands afterwards; ``came`` says how they got there, and
    ``outcome`` what came of the step in the guide's words."""

    progress: GuideProgress
    came: Came
    outcome: str = ""


def begin(guide: Guide) -> GuideProgress:
    return GuideProgress(guide.document, guide.title, guide.steps[0].number)


def step_of(guide: Guide, number: int) -> Step | None:
    return next((step for step in guide.steps if step.number == number), None)


def is_of_guide(choice: str | None) -> bool:
    """Whether a pressed button was one of a step's own."""
    return choice is not None and choice.startswith("guide_")


def options(guide: Guide, step: Step, says: Says, hears: Hears) -> tuple[Option, ...]:
    """What may be chosen at the step; labels are short, and different from each other."""
    name = f"guide_{step.number}"
    if step.outcomes:
        labels = _labels(step, says, hears)
        return tuple(Option(f"{name}_{n}", label) for n, label in enumerate(labels, start=1))
    if _after(guide, step) is not None:
        return (Option(f"{name}_next", says.next),)
    return (Option(f"{name}_worked", says.worked), Option(f"{name}_stuck", says.stuck))


def answer(
    guide: Guide, progress: GuideProgress, text: str, choice: str | None, hears: Hears
) -> Walked | None:
    """Where the answer leads; None for what is no answer to the step: another question."""
    if choice == STEPS_CHOICE:
        return Walked(progress, "again")
    pressed = _CHOICE.fullmatch(choice or "")
    if pressed is not None:
        return _pressed(guide, progress, int(pressed[1]), pressed[2])
    step = step_of(guide, progress.step)
    meaning = understand(step, text, hears) if step is not None else None
    if step is None or meaning is None:
        return None
    return _answered(guide, progress, step, meaning)


def line(done: StepDone) -> str:
    """The step as people read it in a brief."""
    return f"{done.step}. {done.text}: {done.outcome}"


# --- Where it leads --------------------------------------------------------------------------


def _pressed(guide: Guide, progress: GuideProgress, number: int, key: str) -> Walked | None:
    """A button of the step at hand, or of an earlier one, which mends what was answered there."""
    earlier = [at for at, done in enumerate(progress.done) if done.step == number]
    if number != progress.step and earlier:
        progress = replace(progress, step=number, done=progress.done[: earlier[-1]])
    step = step_of(guide, progress.step)
    if step is None:
        return None
    if number != progress.step:
        return Walked(progress, "again")
    if key.isdigit():
        place = int(key) - 1
        known = 0 <= place < len(step.outcomes)
        return _answered(guide, progress, step, place if known else "unsure")
    intents: dict[str, Intent] = {"next": "next", "worked": "solved", "stuck": "stuck"}
    return _answered(guide, progress, step, intents[key])


def _answered(guide: Guide, progress: GuideProgress, step: Step, meaning: Meaning) -> Walked:
    if isinstance(meaning, int):
        outcome = step.outcomes[meaning]
        return _led(guide, _done(progress, step, outcome.label), outcome)
    if meaning == "solved":
        return Walked(_done(progress, step, WORKED), "done", WORKED)
    if meaning in {"next", "stuck"}:
        return _on(guide, progress, step, stuck=meaning == "stuck")
    if meaning == "back":
        return _back(progress)
    if meaning == "restart":
        return Walked(begin(guide), "restart")
    return Walked(progress, "again" if meaning == "where" else "unclear")


def _led(guide: Guide, progress: GuideProgress, outcome: Outcome) -> Walked:
    if outcome.leads_to == "done":
        return Walked(progress, "done", outcome.label)
    if outcome.leads_to == "person" or step_of(guide, outcome.leads_to) is None:
        return Walked(progress, "person", outcome.label)
    return Walked(replace(progress, step=outcome.leads_to), "next", outcome.label)


def _on(guide: Guide, progress: GuideProgress, step: Step, *, stuck: bool) -> Walked:
    """To the next step; where a step has outcomes, having done it does not say which came."""
    if step.outcomes:
        return Walked(progress, "unclear")
    outcome = "did not help" if stuck else "done"
    after = _after(guide, step)
    done = _done(progress, step, outcome)
    if after is None:
        return Walked(done, "person" if stuck else "done", outcome)
    return Walked(replace(done, step=after.number), "next", outcome)


def _back(progress: GuideProgress) -> Walked:
    if not progress.done:
        return Walked(progress, "again")
    last = progress.done[-1]
    return Walked(replace(progress, step=last.step, done=progress.done[:-1]), "back")


def _after(guide: Guide, step: Step) -> Step | None:
    place = guide.steps.index(step) + 1
    return guide.steps[place] if place < len(guide.steps) else None


def _done(progress: GuideProgress, step: Step, outcome: str) -> GuideProgress:
    return replace(
        progress, done=(*progress.done, StepDone(step.number, _in_a_line(step.text), outcome))
    )


def _in_a_line(text: str) -> str:
    bare = " ".join(_SIGNS.sub(r"\1", text).split())
    return bare if len(bare) <= _LINE_LIMIT else f"{bare[:_LINE_LIMIT].rsplit(' ', 1)[0]}…"


# --- Labels ----------------------------------------------------------------------------------


def _labels(step: Step, says: Says, hears: Hears) -> list[str]:
    shown = [_shown(outcome.label, says, hears) for outcome in step.outcomes]
    short = [_short(label, LABEL_LIMIT) for label in shown]
    if len(set(short)) == len(short):
        return short
    return [_short(f"{n}. {label}", LABEL_LIMIT) for n, label in enumerate(shown, start=1)]


def _shown(label: str, says: Says, hears: Hears) -> str:
    """A bare yes or no in the customer's language; anything else in the guide's words."""
    words = folded(label)
    if len(words) == 1 and words in hears.phrases["yes"]:
        return says.yes
    if len(words) == 1 and words[0] in hears.words("negations") and words in hears.phrases["no"]:
        return says.no
    return f"{label[:1].upper()}{label[1:]}"


def _short(label: str, limit: int) -> str:
    if len(label) <= limit:
        return label
    cut = label[: limit - 1]
    whole = cut.rsplit(" ", 1)[0] if label[limit - 1] != " " and " " in cut else cut
    return f"{whole.rstrip(' ,;:.')}…"
