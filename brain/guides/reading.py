"""Owns the form of a guide in Markdown: numbered steps with their outcomes, read into steps, and
what is wrong with them in words for its author. Pure; it never walks a guide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from brain.contract import Guide, Outcome, Step
from brain.triage.words import fold

Target: TypeAlias = int | Literal["done", "person"]

_STEP = re.compile(r"^ {0,2}(\d{1,3})[.)]\s+(\S.*)$")
_OUTCOME = re.compile(
    r"^\s*(?:[-*+•]\s+)?[*_]{0,2}if\s*:[*_]{0,2}\s*(.+?)\s*(?:-{1,2}>|=>|→|➜|➔|⇒)\s*(.+?)\s*$",
    re.IGNORECASE,
)
_TARGET = re.compile(r"(?:go to |to )?(?:step )?(\d{1,3})|(done)|(?:a )?(person)", re.IGNORECASE)
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s")
_SIGNS = re.compile(r"[*_`]+")
_SPACE = re.compile(r"\s+")


@dataclass
class _Item:
    """One step under reading; ``unknown`` are the targets that mean nothing."""

    number: int
    lines: list[str]
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    unknown: list[str] = field(default_factory=list[str])
    fenced: bool = False


def read(document: str, title: str, url: str | None, body: str) -> Guide | None:
    """The article's steps as a guide; None where it has no numbered steps. Outcomes whose target
    means nothing lead to a person, so that nobody is left in a dead end."""
    items = _items(body)
    if not items:
        return None
    steps = tuple(Step(item.number, _text(item), tuple(item.outcomes)) for item in items)
    return Guide(document, title, url, tuple(_first_of_each(steps)))


def is_guide(body: str) -> bool:
    """Whether the article says by itself that it is a guide: a numbered step has outcomes."""
    return any(item.outcomes for item in _items(body))


def holds_steps(text: str) -> bool:
    """Whether a text shows a guide's outcomes as they are written for its author."""
    return any(_OUTCOME.match(line) for line in text.splitlines())


def placed(guide: Guide, passages: Sequence[tuple[str, str]]) -> Guide:
    """The guide with the passage of each step; ``passages`` are id and text, in the order of the
    document."""
    bare = [(id, _bare(text)) for id, text in passages]

    def passage_of(step: Step) -> str | None:
        first = _bare(step.text.partition("\n")[0])
        return next((id for id, text in bare if first in text), None)

    return replace(guide, steps=tuple(replace(s, passage=passage_of(s)) for s in guide.steps))


def problems(body: str) -> list[str]:
    """What would go wrong if the article were walked as a guide, a sentence each."""
    items = _items(body)
    if not items:
        return []
    return [*_of_numbers(items), *_of_outcomes(items), *_of_ways(items)]


# --- Reading ---------------------------------------------------------------------------------


def _items(body: str) -> list[_Item]:
    """The steps of the first list with outcomes, or of the first list."""
    lists = _lists(body)
    with_outcomes = (items for items in lists if any(item.outcomes for item in items))
    return next(with_outcomes, lists[0] if lists else [])


def _lists(body: str) -> list[list[_Item]]:
    reader = _Reader()
    for line in body.splitlines():
        reader.line(line)
    return [_numbered(items) for items in reader.lists]


class _Reader:
    """Line by line: a number that does not rise begins another list, unless nothing parts it from
    the step before."""

    def __init__(self) -> None:
        self.lists: list[list[_Item]] = []
        self._parted = True
        self._blank = False
        self._fenced = False

    def line(self, line: str) -> None:
        if _FENCE.match(line):
            self._fenced = not self._fenced
            self._other(line)
        elif not self._fenced and (step := _STEP.match(line)):
            self._step(int(step[1]), step[2])
        elif not self._fenced and (outcome := _OUTCOME.match(line)):
            self._outcome(outcome[1], outcome[2])
        else:
            self._other(line)
        self._blank = not line.strip()

    def _step(self, number: int, text: str) -> None:
        item = _Item(number, [text])
        current = self.lists[-1] if self.lists else None
        if current is None or (self._parted and number <= current[-1].number):
            self.lists.append([item])
        else:
            current.append(item)
        self._parted = False

    def _outcome(self, label: str, target: str) -> None:
        if self._parted:
            return
        item = self.lists[-1][-1]
        found = _target(target)
        if found is None:
            item.unknown.append(target)
        item.outcomes.append(Outcome(_SIGNS.sub("", label).strip(), found or "person"))

    def _other(self, line: str) -> None:
        if self._parted:
            return
        outside = bool(line.strip()) and not line[:1].isspace() and self._blank
        if not self._fenced and (outside or _HEADING.match(line)):
            self._parted = True
            return
        self.lists[-1][-1].lines.append(line)


def _numbered(items: list[_Item]) -> list[_Item]:
    """Markdown lets authors write 1. before every step; people see them counted."""
    if len(items) > 1 and all(item.number == items[0].number for item in items):
        for number, item in enumerate(items, start=items[0].number):
            item.number = number
    return items


def _target(text: str) -> Target | None:
    match = _TARGET.fullmatch(_SIGNS.sub("", text).strip(" .;,"))
    if match is None:
        return None
    if match[1]:
        return int(match[1])
    return "done" if match[2] else "person"


def _text(item: _Item) -> str:
    """The step's Markdown, with what stood indented under its number moved to the margin."""
    first, *rest = item.lines
    indents = [len(line) - len(line.lstrip()) for line in rest if line.strip()]
    cut = min(indents, default=0)
    return "\n".join([first.strip(), *(line[cut:].rstrip() for line in rest)]).strip()


def _first_of_each(steps: Iterable[Step]) -> list[Step]:
    """Of two steps with one number the first: the other cannot be led to."""
    found: dict[int, Step] = {}
    for step in steps:
        found.setdefault(step.number, step)
    return list(found.values())


def _bare(text: str) -> str:
    return _SPACE.sub(" ", _SIGNS.sub("", text)).strip()


# --- What is wrong ---------------------------------------------------------------------------


def _of_numbers(items: Sequence[_Item]) -> list[str]:
    counts = Counter(item.number for item in items)
    return [f"two steps have the number {number}" for number, n in counts.items() if n > 1]


def _of_outcomes(items: Sequence[_Item]) -> list[str]:
    known = {item.number for item in items}
    found: list[str] = []
    for item in items:
        found.extend(
            f"step {item.number} leads to “{target}”, which is no step, not done and not person"
            for target in item.unknown
        )
        found.extend(
            f"step {item.number} leads to step {outcome.leads_to}, which does not exist"
            for outcome in item.outcomes
            if isinstance(outcome.leads_to, int) and outcome.leads_to not in known
        )
        labels = Counter(fold(outcome.label) for outcome in item.outcomes)
        found.extend(
            f"step {item.number} has the outcome “{label}” twice"
            for label, count in labels.items()
            if count > 1
        )
    return found


def _of_ways(items: Sequence[_Item]) -> list[str]:
    ways = _ways(items)
    reached = _reached(ways, items[0].number)
    numbers = dict.fromkeys(item.number for item in items)
    found = [f"step {n} cannot be reached" for n in numbers if n not in reached]
    endless = [n for n in numbers if n in reached and "end" not in _reached(ways, n)]
    if endless:
        which = ", ".join(map(str, endless))
        found.append(f"no way leads from step {which} to done or to a person")
    return found


def _ways(items: Sequence[_Item]) -> Mapping[int | str, set[int | str]]:
    known = {item.number for item in items}
    following: list[int | str] = [*(item.number for item in items[1:]), "end"]
    ways: dict[int | str, set[int | str]] = {}
    for item, after in zip(items, following, strict=True):
        targets = {outcome.leads_to for outcome in item.outcomes}
        # A step that is missing ends with a person, and is told of by itself.
        ends: set[int | str] = {t if t in known else "end" for t in targets}
        ways.setdefault(item.number, ends or {after})
    return ways


def _reached(ways: Mapping[int | str, set[int | str]], start: int) -> set[int | str]:
    reached: set[int | str] = set()
    open_: list[int | str] = [start]
    while open_:
        at = open_.pop()
        if at not in reached:
            reached.add(at)
            open_.extend(ways.get(at, ()))
    return reached
