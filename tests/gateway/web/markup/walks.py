"""The way through each of our pages: one for every name in ``PAGES``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.web.pages import PLACES, PageName
from tests.gateway.web.markup.office import TRIAL, joining
from tests.gateway.web.markup.payloads import Payload
from tests.gateway.web.markup.rows import AUTHORS, each
from tests.gateway.web.markup.watched import Watched

# As often as one address may ask at a time by a link, and how many links are opened.
TRIES, LINKS = 5, 4
HANDLER = "<img src=x onerror=canary(1)>"
ADDRESSES: Mapping[PageName, str] = {place.page: place.path for place in PLACES}


@dataclass(frozen=True, slots=True)
class Walker:
    """Lea, a lead, who is signed in; ``ids`` are the conversations."""

    watched: Watched
    ids: Sequence[str]
    hostile: Sequence[Payload]

    @property
    def some(self) -> Sequence[str]:
        """A tenth, as somebody would type them."""
        every = max(1, len(self.hostile) // 10)
        return [payload.stored[:500] for payload in self.hostile[::every]]


def desk(by: Walker) -> list[str]:
    watched = by.watched
    assert watched.do("return walkList(given[0])", len(by.ids)) == len(by.ids)
    for id, (_, some) in zip(by.ids, each(by.hostile), strict=True):
        last = len(AUTHORS) * len(some)
        assert watched.do("return walkConversation(given[0], given[1])", id, last) == last
    watched.do("return walkAround()")
    found = watched.noted()
    texts = [payload.stored for payload in by.hostile]
    found += watched.do("return throughTheList(given[0])", texts)
    return found


def knowledge(by: Walker) -> list[str]:
    assert by.watched.do("return walkKnowledge(given[0])", by.some) == len(by.hostile)
    return by.watched.noted()


def people(by: Walker) -> list[str]:
    assert by.watched.do("return walkPeople()") > len(by.hostile)
    return by.watched.noted()


def channels(by: Walker) -> list[str]:
    assert by.watched.do("return walkChannels()") > len(by.hostile) // 10
    return by.watched.noted()


def settings(by: Walker) -> list[str]:
    assert by.watched.do("return walkSettings(given[0])", by.some[0]) > len(by.hostile) // 10
    return by.watched.noted()


def sign_in(by: Walker) -> list[str]:
    by.watched.open("/desk/sign-in?failed=1")
    by.watched.do("return walkDoor(given[0])", by.some[0])
    return by.watched.noted()


def welcome(by: Walker) -> list[str]:
    by.watched.open(f"/desk/welcome#token={HANDLER}")
    by.watched.do("return walkDoor(given[0])", by.some[0])
    return by.watched.noted()


def join(by: Walker) -> list[str]:
    found: list[str] = []
    for payload in by.hostile[:LINKS]:
        by.watched.open(f"/desk/join#token={joining(payload.number)}")
        by.watched.do("return walkJoin(given[0])", f" {payload.number}")
        found += by.watched.noted()
    return found


def trial(by: Walker) -> list[str]:
    by.watched.open(f"/try#{TRIAL}-0")
    for question in by.some[:TRIES]:
        by.watched.do("return walkTry(given[0])", question)
    return by.watched.noted()


WALKS: Mapping[PageName, Callable[[Walker], list[str]]] = {
    "desk": desk,
    "knowledge": knowledge,
    "people": people,
    "channels": channels,
    "settings": settings,
    "sign-in": sign_in,
    "welcome": welcome,
    "join": join,
    "try": trial,
}


def through(page: PageName, by: Walker) -> list[str]:
    """What was found on a page.

    Raises:
        KeyError: nobody has said how to go through it.
    """
    if page in ADDRESSES:
        by.watched.open(ADDRESSES[page])
    return [f"{page}: {what}" for what in WALKS[page](by)]
