"""Staff who deal with a case in a thread of their Slack: by button, by words, by draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.fleet.streets import flat
from tests.platforms.slack_workspace import Message, shown
from tests.story.company import DESK, LEGAL, SlackDesk, line, until
from tests.story.plots import Plot
from tests.story.telling import Came, Tell

LINES = 8
MOODS = ("calm", "unhappy", "frustrated", "confused", "about to buy")


@dataclass
class InSlack:
    desk: SlackDesk
    tell: Tell
    head: Message = field(default_factory=dict[str, object])

    async def reads(self, plot: Plot, came: Came) -> None:
        await until("a line in the desk's channel", lambda: self.desk.head(plot.ask))
        self.head = self.desk.head(plot.ask) or {}
        await until("the brief", lambda: self.desk.posts(self.head))
        rows = rows_of(self.desk.posts(self.head)[0])
        self.tell(plot.kind, "line", line(self.head))
        for name, text in rows.items():
            self.tell(plot.kind, "brief", f"{name}: {text}")
        came.wrong += [*self._wrong_line(plot), *wrong_in(rows, plot)]
        if rows.get("Why", "").startswith(plot.reason.replace("_", " ")):
            came.escalated_by = plot.reason
        if plot.urgent:
            await until("the group on duty is called", lambda: self.desk.called(self.head))
        came.briefed = not came.wrong

    def _wrong_line(self, plot: Plot) -> Iterator[str]:
        if f"{plot.where}: {plot.ask} · waiting since" not in line(self.head):
            yield f"the line is {line(self.head)!r}"
        place = self.desk.place(self.head)
        if place != (LEGAL if plot.urgent else DESK):
            yield f"the line is in {place}"

    async def takes(self, plot: Plot) -> None:
        acts = {
            "button": "[Take]",
            "words": "!take",
            "draft": "[Send draft]",
            "edited draft": f"!edit {plot.answer}",
        }
        await self._does(plot, acts[plot.means])
        await self._line_says("Ben has it since")

    async def sees(self, text: str) -> None:
        await until("the customer's words in the thread", lambda: self._below(text))

    async def answers(self, plot: Plot) -> None:
        """What is sent as a draft has been sent by taking it."""
        if plot.means == "button":
            await self._does(plot, plot.answer)
        elif plot.means == "words":
            await self._does(plot, f"!send {plot.answer}")
        await until("a receipt", lambda: self._below("Sent to") or self._below("Delivered for"))

    async def returns(self, plot: Plot) -> None:
        await self._does(plot, "!return" if plot.means == "words" else "[Return]")
        await self._line_says("back with the assistant since")

    async def resolves(self, plot: Plot) -> None:
        await self._does(plot, "!resolve" if plot.means == "words" else "[Resolve]")
        await self._line_says("resolved at")

    async def _does(self, plot: Plot, act: str) -> None:
        """Press what stands in brackets, else write it."""
        self.tell(plot.kind, "staff", act)
        if act.startswith("["):
            await self.desk.presses(self.head, act.strip("[]"))
        else:
            await self.desk.writes(self.head, act)

    def _below(self, words: str) -> bool:
        return any(words in line(each) for each in self.desk.posts(self.head))

    async def _line_says(self, words: str) -> None:
        await until(f"the line says {words!r}", lambda: words in line(self.head))


def rows_of(brief: Message) -> dict[str, str]:
    """The lines of a brief by their names."""
    rows: dict[str, str] = {}
    for each in shown(brief).replace("\u200b", "").splitlines():
        name, _, text = flat(each).lstrip("• ").partition(": ")
        rows[name] = text
    return rows


def wrong_in(rows: Mapping[str, str], plot: Plot) -> Iterator[str]:
    """What whoever takes it would not know, or should not read."""
    wanted = {
        "Asks": plot.ask,
        "Why": plot.why,
        "Who": plot.who,
        "Tried": plot.tried,
        "Limits": plot.limits,
        "Suggests": plot.suggests,
    }
    for name, words in wanted.items():
        if words not in rows.get(name, "") or (name in rows and not words):
            yield f"{name} is {rows.get(name)!r}, not {words!r}"
    if not any(mood in rows.get("Mood", "") for mood in MOODS):
        yield f"the mood is {rows.get('Mood')!r}"
    if len(rows) > LINES or rows.keys() - wanted.keys() - {"Mood"}:
        yield f"the brief has the lines {', '.join(rows)}"
