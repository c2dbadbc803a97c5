"""What differs between two texts, line by line, for the person who decides. Pure; blocking for long
texts, so callers run it in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

Sign: TypeAlias = Literal["same", "gone", "new", "skipped"]
# Unchanged lines shown around a change.
AROUND = 2
# What is compared line by line; of longer texts the rest counts as another.
LINES = 3000


@dataclass(frozen=True, slots=True)
class Line:
    """``skipped`` stands for unchanged lines that are left out."""

    sign: Sign
    text: str


def difference(before: str, after: str) -> list[Line]:
    """Empty where nothing differs."""
    old, new = _lines(before), _lines(after)
    matcher = SequenceMatcher(None, old, new)
    groups = list(matcher.get_grouped_opcodes(AROUND))
    found: list[Line] = []
    end = 0
    for group in groups:
        if group[0][1] > end:
            found.append(Line("skipped", ""))
        end = group[-1][2]
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found.extend(Line("same", text) for text in old[i1:i2])
                continue
            found.extend(Line("gone", text) for text in old[i1:i2])
            found.extend(Line("new", text) for text in new[j1:j2])
    if groups and end < len(old):
        found.append(Line("skipped", ""))
    return found


def _lines(text: str) -> Sequence[str]:
    lines = text.split("\n")
    if len(lines) <= LINES:
        return lines
    return [*lines[:LINES], "\n".join(lines[LINES:])]
