"""A small guide as an author writes it, and what stands around it."""

from __future__ import annotations

from collections.abc import Callable

from brain.contract import Decision, Filter, Guide, TurnInput
from brain.guides.reading import placed, read

BODY = """If your lamp stays dark, go through these steps.

1. Hold the button for three seconds. Does the light come on?
   - if: yes -> done
   - if: no light -> step 2
   - if: it blinks red -> person
2. Charge it for an hour with the cable from the box.
3. Hold the button again. Does it light up now?
   - if: yes -> done
   - if: no -> person

## Warranty

Lamps have two years of warranty.
"""


def lamp(body: str = BODY) -> Guide:
    found = read("lamp", "The lamp stays dark", "https://fernhill.example/lamp", body)
    assert found is not None
    return placed(found, [("p1", body)])


class Shelf:
    """Implements Guides; ``guide`` None is one that was removed."""

    def __init__(self, guide: Guide | None) -> None:
        self.current = guide
        self.asked: list[Filter] = []

    async def guide(self, document: str, allowed: Filter) -> Guide | None:
        self.asked.append(allowed)
        there = self.current is not None and document == self.current.document
        return self.current if there else None

    async def of_passage(self, passage: str, allowed: Filter) -> Guide | None:
        self.asked.append(allowed)
        return self.current if passage == "p1" else None


class Inner:
    """Implements Brain by a function; remembers what it was asked."""

    def __init__(self, answer: Callable[[TurnInput], Decision]) -> None:
        self._answer = answer
        self.asked: list[TurnInput] = []

    async def decide(self, turn: TurnInput) -> Decision:
        self.asked.append(turn)
        return self._answer(turn)
