"""What customers are told when people get their matter, and while these are awaited: how long it
takes, as it was measured, and until when that is a promise. Pure; it renders nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from brain.contract import Handoff
from gateway.config.hours import Hours
from gateway.config.promises import MINUTE, NO_PROMISES, Promises
from gateway.notices import wording
from gateway.notices.catalogue import Notice, Notices
from gateway.records import COVER_CHOICES
from gateway.turns.opened import Opened

Measured: TypeAlias = Callable[[str, float], int | None]
"""Minutes within which most are answered who begin to wait on a channel at a moment; None where too
few were."""

WAITING = "waiting"
EVERY_SECONDS = 900.0
PER_CASE = 3


def unmeasured(_channel: str, _at: float) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Wait:
    """``words`` for a text, and ``until`` when people have answered if they hold."""

    words: str
    until: float


@dataclass(frozen=True, slots=True)
class Telling:
    """Of one turn, in one language. ``covers`` says whether the assistant can go on meanwhile."""

    notices: Notices
    channel: str
    language: str | None
    now: float
    covers: bool
    hours: Hours | None = None
    promises: Promises = NO_PROMISES
    minutes: int | None = None

    @property
    def wait(self) -> Wait | None:
        """What was measured while the team is away already counts that it is."""
        if self.minutes is None:
            return None
        seconds, now = self.minutes * MINUTE, self.now
        opened = self.promises.is_open(now)
        until = self.promises.after(now, seconds) if opened else now + seconds
        return Wait(self.notices.wait(self.minutes, self.language), until)

    def waiting(self) -> Notice:
        """It offers to ask the assistant meanwhile, where that one may answer."""
        wait = self.wait
        notice = self._say(WAITING, wait=wait.words if wait is not None else None)
        if self.covers:
            return notice
        choices = tuple(one for one in notice.choices if one.id not in COVER_CHOICES)
        return replace(notice, choices=choices)

    def handed_over(self, handoff: Handoff, opened: Opened, file: str | None) -> Sequence[Notice]:
        """Everything that is said of a handoff."""
        hours, notices = self.hours, list[Notice]()
        # Its text offers that the assistant goes on meanwhile.
        closed = self.covers and hours is not None and not hours.is_open(self.now)
        # A team that never opens has no hour to name: then only the handoff is said.
        opens = ""
        if hours is not None and closed:
            opens = self.notices.opens_text(hours, self.now, self.language)
        if handoff.notice and not (opens and handoff.notice == "handoff"):
            wait = self.wait
            words = wait.words if wait is not None else None
            notices.append(self._say(handoff.notice, file=file, wait=words))
        if opens:
            notices.extend(self._off_hours(opens, opened.row["window_until"]))
        return notices

    def promised(self, said: Iterable[Notice]) -> float | None:
        """Until when people answer by what is said; a business's own words may leave that out."""
        wait = self.wait
        if wait is None:
            return None
        words = wording.literal(wait.words)
        return wait.until if any(words in notice.text for notice in said) else None

    def _off_hours(self, opens: str, window: float | None) -> Sequence[Notice]:
        """Where the platform lets us write for a time only and that ends before the team is there,
        customers are asked for another way to reach them. The button is under what is said last:
        what is pressed or typed belongs to that."""
        said = self._say("off_hours", opens=opens)
        opening = self.hours.opens(self.now) if self.hours is not None else None
        if window is None or opening is None or window > opening:
            return (said,)
        reach = self._say("off_hours_reach")
        return replace(said, choices=()), replace(reach, choices=said.choices)

    def _say(self, key: str, **values: str | None) -> Notice:
        return self.notices.say(key, self.language, self.channel, **values)


def waiting_is_due(opened: Opened, now: float) -> bool:
    """At most one in 15 minutes and three a case."""
    case = opened.case
    if case is None or case["waiting_notices"] >= PER_CASE:
        return False
    return case["waited_at"] is None or now >= case["waited_at"] + EVERY_SECONDS
