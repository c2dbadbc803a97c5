"""How one customer's case goes: passed on, briefed, taken, answered, given back, resolved, rated.
Judged by what stands on the platforms, the staff's and the customer's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from tests.fleet.streets import Street, flat
from tests.story.company import NotSeen, until
from tests.story.plots import AGAIN, ANSWERED, Plot

# The channel's kind, who, what.
Tell: TypeAlias = Callable[[str, str, str], None]
JOINED = "from Fernhill Outdoor is here"


@dataclass
class Came:
    """What came of one case. ``spoke_after`` is how often the assistant was heard between the
    takeover and the return."""

    escalated_by: str | None = None
    briefed: bool = False
    relayed: bool = False
    returned: bool = False
    resolved: bool = False
    rated: bool = False
    spoke_after: int = 0
    wrong: list[str] = field(default_factory=list[str])

    def document(self) -> dict[str, object]:
        return {
            "escalated_by": self.escalated_by,
            "briefed": self.briefed,
            "relayed": self.relayed,
            "returned": self.returned,
            "resolved": self.resolved,
            "rated": self.rated,
        }

    @property
    def whole(self) -> bool:
        return all(self.document().values()) and not self.spoke_after and not self.wrong


class Staff(Protocol):
    """Somebody on a desk, whichever it is. What they do returns once the desk shows it.

    Raises:
        NotSeen: it does not.
    """

    async def reads(self, plot: Plot, came: Came) -> None:
        """The brief; what it does not say is noted."""
        ...

    async def takes(self, plot: Plot) -> None: ...

    async def sees(self, text: str) -> None:
        """What the customer wrote meanwhile."""
        ...

    async def answers(self, plot: Plot) -> None: ...

    async def returns(self, plot: Plot) -> None: ...

    async def resolves(self, plot: Plot) -> None: ...


@dataclass
class Case:
    """A customer (a number) on a street, and who deals with them."""

    plot: Plot
    street: Street
    customer: int
    staff: Staff
    tell: Tell
    came: Came = field(default_factory=Came)
    _before: int = 0

    async def is_passed_on(self) -> None:
        for text, hears in self.plot.says:
            await self._says(text, hears)
        await self.staff.reads(self.plot, self.came)

    async def is_answered(self) -> None:
        self._before = len(self._heard())
        await self.staff.takes(self.plot)
        bait, _ = self.plot.bait
        self._tell("customer", bait)
        await self.street.say(self.customer, bait)
        await self.staff.sees(bait)
        await self.staff.answers(self.plot)
        await self._hears(self.plot.answer)
        self.came.relayed = True

    async def is_given_back(self) -> None:
        unasked = list(self._unasked())
        self.came.spoke_after = len(unasked)
        self.came.wrong += [f"heard after the takeover: {text}" for text in unasked]
        await self.staff.returns(self.plot)
        await self._hears("has finished here")
        await self._says(AGAIN, ANSWERED)
        self.came.returned = True

    def _unasked(self) -> Iterator[str]:
        """What was heard since the takeover and is neither the answer nor who has come."""
        for text in self._heard()[self._before :]:
            if self.plot.bait[1] in text or not (self.plot.answer in text or JOINED in text):
                yield text

    async def is_closed(self) -> None:
        await self.staff.resolves(self.plot)
        self.came.resolved = True
        await self._hears("How did we do?")
        await self._says("5", "Thank you, that helps")
        self.came.rated = True

    async def _says(self, text: str, hears: str) -> None:
        self._tell("customer", text)
        await self.street.say(self.customer, text)
        await self._hears(hears)

    async def _hears(self, words: str) -> None:
        def heard() -> list[str]:
            return [text for text in self._heard() if words in text]

        await until(f"the customer hears {words!r}", heard)
        self._tell("hears", heard()[-1])

    def _heard(self) -> list[str]:
        return [flat(text) for text in self.street.heard(self.customer)]

    def _tell(self, who: str, text: str) -> None:
        self.tell(self.plot.kind, who, text)


CHAPTERS: tuple[Callable[[Case], Awaitable[None]], ...] = (
    Case.is_passed_on,
    Case.is_answered,
    Case.is_given_back,
    Case.is_closed,
)


async def tell(case: Case, chapter: Callable[[Case], Awaitable[None]]) -> None:
    """A chapter of a case with which all went well so far; what is not seen is noted."""
    if case.came.wrong:
        return
    try:
        await chapter(case)
    except NotSeen as error:
        case.came.wrong.append(f"not seen: {error}")
