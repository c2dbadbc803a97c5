"""Joining what looks after customers who wait for people: promises, measurements, the two loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from brain.triage import asking, vocabulary
from brain.triage.courtesy import Courtesy
from channels.contract import Clock
from gateway.config.live import LiveConfiguration
from gateway.config.promises import HOUR, PageSettings, Promises
from gateway.config.promising import promises_of
from gateway.config.settings import LANGUAGES
from gateway.conversations.rendering import Rendering
from gateway.egress.webhook import Webhook
from gateway.intake.surface import Surface
from gateway.notices.catalogue import Notices
from gateway.store.store import Store
from gateway.waiting.loop import WaitingLoop, WaitingTools
from gateway.waiting.measured import MeasuredWaits
from gateway.waiting.paging import PageLoop, PagingTools

# Thanks are short; what is longer says something else as well.
THANKS_CHARACTERS = 200


class Waiting:
    """Of one node. ``promises`` gives those in force, ``measured`` is asked by turns."""

    def __init__(self, store: Store, clock: Clock, live: LiveConfiguration) -> None:
        self._store = store
        self._clock = clock
        self._live = live
        self._made: tuple[int, Promises] | None = None
        self.measured = MeasuredWaits(store, self.promises)
        self.thanks = Thanks()

    def promises(self) -> Promises:
        current = self._live.current()
        if self._made is None or self._made[0] != current.version:
            self._made = current.version, promises_of(current.settings)
        return self._made[1]

    def reopening(self, surface: Surface) -> Surface:
        return replace(surface, reopens_within=self._reopens_within, thanks=self.thanks)

    def loops(
        self, notices: Callable[[], Notices], rendering: Rendering
    ) -> Mapping[str, WaitingLoop | PageLoop]:
        desk = f"{self._live.current().settings.base_url}/desk"
        waiting = WaitingTools(
            self._store,
            self._clock,
            self.promises,
            notices,
            rendering,
            self.measured,
            desk,
            self.thanks.prepare,
        )
        pages = PagingTools(self._store, self.promises, self._receiver, desk)
        return {"waiting": WaitingLoop(waiting), "pages": PageLoop(pages)}

    def _reopens_within(self) -> float:
        return self._live.current().settings.business.reopen_hours * HOUR

    def _receiver(self, page: PageSettings) -> Webhook:
        secret = page.secret.get_secret_value()
        return Webhook(page.url, secret, self._clock, private=page.networks)


class Thanks:
    """Whether words are thanks and nothing else. Nothing is until it is loaded, which is not before
    somebody asks: it takes a second or two where no brain has loaded the same."""

    def __init__(self) -> None:
        self._courtesy: Courtesy | None = None
        self._wanted = False

    def __call__(self, text: str) -> bool:
        self._wanted = True
        if self._courtesy is None or len(text) > THANKS_CHARACTERS:
            return False
        return self._courtesy.of(text) == "thanks"

    def prepare(self) -> None:
        """Blocking."""
        if self._wanted and self._courtesy is None:
            self._courtesy = Courtesy(
                [vocabulary.load(language) for language in LANGUAGES],
                [asking.load(language) for language in LANGUAGES],
            )
