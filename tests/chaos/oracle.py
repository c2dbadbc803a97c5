"""The judge: set arithmetic over the ledgers of the platforms and of the lives, never over the
gateway's own database. Pure.

``lost``: the platform was told 2xx, and the marker neither came back nor went to a person.
``doubled``: copies of a marker too many that nothing excuses. ``doubled_in_window``: copies that a
kill, a stop or a cut connection excuses, on a channel that cannot recognise a repetition.
``refused``: webhooks that got an answer other than 2xx, or 503, which asks for them again.
``misrouted``: markers that came back in another conversation. ``order``: answers that overtook an
earlier one of their conversation. ``orphans``: once all is quiet, messages that were never taken
in, and conversations whose last word was neither answered nor handed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field

from tests.chaos.ledger import Line

CUTS = frozenset({"cut unread", "cut read", "cut half"})
# How far apart a delivery's arrival and the death of its sender may lie: the platform may read
# what a dead process had written, and a receipt waits for its commit. With 300 conversations at
# once on a machine that has other work too, that was seen to take 4.5 s.
BEFORE_SECONDS, AFTER_SECONDS = 2.0, 8.0
TAKEN, AGAIN, NOBODY = range(200, 300), 503, 0
STORM = ""
COUNTED = ("lost", "doubled", "misrouted", "order", "orphans", "refused")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``examples`` are a few markers of each failure; ``handed_over`` counts messages."""

    messages: int = 0
    lost: int = 0
    doubled: int = 0
    doubled_in_window: int = 0
    misrouted: int = 0
    order: int = 0
    orphans: int = 0
    refused: int = 0
    handed_over: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict[str, list[str]], compare=False)

    @property
    def red(self) -> bool:
        return any(getattr(self, name) for name in COUNTED)

    def figures(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if name != "examples"}


@dataclass(frozen=True, slots=True)
class Copy:
    """A marker as a customer saw it."""

    marker: str
    place: tuple[str, str]
    key: str
    at: float
    cut: bool


def judge(platform: Sequence[Line], lives: Sequence[Line], keyed: Collection[str]) -> Verdict:
    """``keyed`` are the channels that recognise a repeated delivery."""
    said = {line["marker"]: line for line in platform if line["what"] == "said"}
    kept = {
        line["marker"] for line in platform if line["what"] == "told" and line["status"] in TAKEN
    }
    copies = _copies(platform)
    came_back = {copy.marker for copy in copies if _at_home(copy, said)}
    with_people = _with_people(lives)
    unanswered = kept - came_back
    handed_over = {name for name in unanswered if _place(said[name]) in with_people}
    lost = sorted(unanswered - handed_over)
    misrouted = [copy.marker for copy in copies if not _at_home(copy, said)]
    overtaken = _overtaken(copies, said)
    orphans = sorted(set(said) - kept) + _stuck(said, came_back, with_people)
    refused = [line["marker"] for line in platform if _refused(line)]
    excused, doubled = _doubled(copies, keyed, _interruptions(lives))
    found = {
        "lost": lost,
        "doubled": [told for _, told in doubled],
        "misrouted": misrouted,
        "order": overtaken,
        "orphans": orphans,
        "refused": refused,
    }
    return Verdict(
        messages=len(kept),
        doubled_in_window=len(excused),
        handed_over=len(handed_over),
        examples={name: markers[:5] for name, markers in found.items() if markers},
        **{name: len(markers) for name, markers in found.items()},
    )


def _refused(line: Line) -> bool:
    return line["what"] == "told" and line["status"] not in {*TAKEN, AGAIN, NOBODY}


def _place(line: Line) -> tuple[str, str]:
    return line["channel"], line["chat"]


def _at_home(copy: Copy, said: dict[str, Line]) -> bool:
    return copy.marker in said and _place(said[copy.marker]) == copy.place


def _copies(platform: Iterable[Line]) -> list[Copy]:
    """Everything that customers saw, in the order in which they did. A marker that stands twice in
    one text is two copies."""
    return [
        Copy(marker, _place(line), line["key"], line["at"], line["fault"] in CUTS)
        for line in platform
        if line["what"] == "got" and line["visible"]
        for marker in line["markers"]
    ]


def _with_people(lives: Iterable[Line]) -> set[tuple[str, str]]:
    """The conversations that people found in their queue when all was quiet."""
    return {_place(line) for line in lives if line["what"] == "desk"}


def _overtaken(copies: Sequence[Copy], said: dict[str, Line]) -> list[str]:
    newest: dict[tuple[str, str], int] = defaultdict(int)
    seen: set[str] = set()
    found: list[str] = []
    for copy in copies:
        if copy.marker in seen or not _at_home(copy, said):
            continue
        seen.add(copy.marker)
        order: int = said[copy.marker]["order"]
        if order < newest[copy.place]:
            found.append(copy.marker)
        newest[copy.place] = max(newest[copy.place], order)
    return found


def _stuck(
    said: dict[str, Line], came_back: set[str], with_people: set[tuple[str, str]]
) -> list[str]:
    last = {_place(line): marker for marker, line in said.items()}
    return [
        marker
        for place, marker in last.items()
        if marker not in came_back and place not in with_people
    ]


def _interruptions(lives: Iterable[Line]) -> list[tuple[float, float]]:
    """From when to when a node could not say what it had sent. One that sleeps past its lease may
    wake up between its mark and its send; in a storm no receipt may arrive, or be written down."""
    found: list[tuple[float, float]] = []
    asleep: dict[str, float] = {}
    for line in lives:
        if line["what"] == "killed":
            found.append((line["at"], line["at"]))
        elif line["what"] == "stopped":
            asleep[line["node"]] = line["at"]
        elif line["what"] == "storm":
            asleep[STORM] = line["at"]
        elif line["what"] == "calm":
            found.append((asleep.pop(STORM), line["at"]))
        elif line["what"] == "woken":
            found.append((asleep.pop(line["node"]), line["at"]))
    return found


def _doubled(
    copies: Sequence[Copy], keyed: Collection[str], interruptions: Sequence[tuple[float, float]]
) -> tuple[list[str], list[tuple[str, str]]]:
    """(excused, not excused): every copy after the first; of the others also how they came."""
    last: dict[str, Copy] = {}
    excused: list[str] = []
    doubled: list[tuple[str, str]] = []
    for copy in copies:
        before = last.get(copy.marker)
        last[copy.marker] = copy
        if before is None:
            continue
        if copy.place[0] not in keyed and _in_window(before, copy, interruptions):
            excused.append(copy.marker)
        else:
            doubled.append((copy.marker, _how(before, copy, interruptions)))
    return excused, doubled


def _how(before: Copy, again: Copy, interruptions: Sequence[tuple[float, float]]) -> str:
    """What somebody needs to know who asks why nothing excuses a second copy."""
    which = "the same delivery" if before.key == again.key else "another delivery"
    apart = [round(began - before.at, 1) for began, _ in interruptions if began <= again.at]
    late = f"interrupted {max(apart)} s after the first" if apart else "nothing interrupted"
    return (
        f"{again.marker} on {again.place[0]}: {which}, {again.at - before.at:.1f} s later, {late}"
    )


def _in_window(before: Copy, again: Copy, interruptions: Sequence[tuple[float, float]]) -> bool:
    """The same delivery, and whoever sent it first could not know that it had arrived."""
    if before.key != again.key:
        return False
    earliest, latest = before.at - BEFORE_SECONDS, min(before.at + AFTER_SECONDS, again.at)
    return before.cut or any(
        began <= latest and earliest <= ended for began, ended in interruptions
    )
