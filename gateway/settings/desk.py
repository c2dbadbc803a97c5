"""The settings as leads change them: checked like config.yaml, kept as a version, and in force on
this node at once and on the others within seconds. It asks no model and sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from channels.contract import Clock
from gateway.config import keys
from gateway.config.editable import EDITABLE, Path, is_locked, section_at
from gateway.config.live import LiveConfiguration, ReloadReport
from gateway.config.overlay import Changes, Overlay, Standing, before, value_at
from gateway.config.settings import Settings
from gateway.errors import ConfigurationError, Problem, StoreUnavailable, dotted
from gateway.settings import rows
from gateway.settings.records import (
    Asked,
    Kept,
    NothingChanged,
    SettingLocked,
    SettingsRefused,
    UnknownVersion,
)
from gateway.store.store import MAIN, Store

POLL_SECONDS = 2.0
_DEEPEST = max(map(len, EDITABLE))
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Key:
    """One key as it stands. ``version`` is the one that gave its value, None where config.yaml (or
    nothing) does; ``written`` is config.yaml's own; None is not set."""

    path: Path
    value: Any
    written: Any
    version: int | None
    locked: bool


@dataclass(frozen=True, slots=True)
class State:
    """``left_out`` are versions that are not in force here, each with why: they are wrong beside
    config.yaml as it is now, or, where ``held``, beside what waits for a restart."""

    version: int
    keys: Sequence[Key]
    left_out: Mapping[int, Sequence[Problem]]
    held: Collection[int]
    locked: Sequence[str]


async def nothing() -> None:
    """For a process in which nothing has to be made anew."""


class SettingsDesk:
    """``refresh`` makes anew what the configuration in force is made into."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        overlay: Overlay,
        live: LiveConfiguration,
        refresh: Callable[[], Awaitable[None]] = nothing,
    ) -> None:
        self._store = store
        self._clock = clock
        self._overlay = overlay
        self._live = live
        self.refresh = refresh
        # The newest version that was taken over, and those after it that could not be.
        self._adopted = 0
        self._held: Mapping[int, Sequence[Problem]] = {}
        # One change of what is in force at a time.
        self._turn = asyncio.Lock()

    # --- What is in force --------------------------------------------------------------------

    async def begin(self) -> None:
        """Lay what is kept over the file, before anything is built of it."""
        async with self._turn:
            await self._lay()

    async def run(self) -> None:
        """Follow what other nodes keep."""
        while True:
            try:
                await self.follow()
            except StoreUnavailable:
                log.warning("settings.not_followed", meaning="the store does not answer; tried on")
            await self._clock.sleep(POLL_SECONDS)

    async def follow(self) -> None:
        """Put in force what is kept and is not yet."""
        if await self._store.read(rows.newest) == self._known():
            return
        async with self._turn:
            report = await self._lay()
            if report is not None and report.changed:
                await self.refresh()
                log.info("settings.in_force", version=self._known(), changed=report.changed)

    async def reload(self) -> ReloadReport:
        """Read config.yaml again, with the versions over it; with problems nothing changed."""
        async with self._turn:
            report = await asyncio.to_thread(self._live.reload)
            if not report.problems:
                self._take(report)
                await self.refresh()
            return report

    def _known(self) -> int:
        return max((one.number for one in self._overlay.versions), default=0)

    async def _lay(self) -> ReloadReport | None:
        """None where there is nothing new."""
        kept = await self._store.read(rows.every)
        versions = [one.version for one in kept]
        if not versions or versions[-1].number == self._known():
            return None
        known = self._overlay.left_out
        loaded = await asyncio.to_thread(self._overlay.lay, versions)
        for number, problems in self._overlay.left_out.items():
            if number not in known:
                log.error(
                    "settings.left_out",
                    version=number,
                    problems=[str(problem) for problem in problems],
                    meaning="it is wrong beside config.yaml as it is now, and is not in force",
                )
        report = await asyncio.to_thread(self._live.adopt, loaded)
        self._take(report)
        if self._held:
            log.error(
                "settings.held",
                versions=list(self._held),
                problems=[str(problem) for problem in report.held],
                meaning="wrong beside what waits for a restart, and not in force here: restart, or"
                " take them back",
            )
        # Pages look again now: when it was kept it was not in force here.
        self._store.signals.notify((rows.SETTINGS,))
        return report

    def _take(self, report: ReloadReport) -> None:
        """What is held is tried again with the next change of the file or the versions."""
        if not report.held:
            self._adopted = self._known()
        later = (one.number for one in self._overlay.versions if one.number > self._adopted)
        self._held = dict.fromkeys(later, report.held)

    # --- Looking -----------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """The newest that this node has put in force, or left out."""
        return self._known()

    def current(self) -> Settings:
        return self._live.current().settings

    def state(self) -> State:
        standing, locked = self._overlay.standing(self._held), self._overlay.locked
        written = self._overlay.source.document.data
        paths = dict.fromkeys((*_written(written), *standing))
        keys = [_key(path, standing.get(path), written, locked) for path in paths]
        left_out = {**self._held, **self._overlay.left_out}
        return State(self._known(), keys, left_out, tuple(self._held), locked)

    async def history(self, before: int | None, limit: int, tenant: str = MAIN) -> Sequence[Kept]:
        """The newest first."""
        return await self._store.read(
            lambda reading: rows.page(reading, before, limit), tenant=tenant
        )

    def values_before(self, number: int) -> Changes:
        """The keys of a version as they stood before it, None being config.yaml's.

        Raises:
            UnknownVersion.
        """
        found = before(self._overlay.versions, number)
        if found is None:
            raise UnknownVersion
        return found

    def difference(self, number: int) -> Changes:
        """The same for showing; nothing for one that this node does not know yet."""
        return before(self._overlay.versions, number) or {}

    # --- Changing ----------------------------------------------------------------------------

    async def checked(self, changes: Changes) -> Settings:
        """What would be in force here.

        Raises:
            SettingLocked, SettingsRefused.
        """
        locked = self._overlay.locked
        for path in changes:
            if is_locked(path, locked):
                raise SettingLocked(f"{dotted(path)} is locked in config.yaml (locked)")
        try:
            loaded = await asyncio.to_thread(self._overlay.tried, changes)
            return await asyncio.to_thread(self._live.beside, loaded)
        except ConfigurationError as error:
            raise SettingsRefused(error.problems) from error

    async def save(self, asked: Asked, tenant: str = MAIN) -> int:
        """Keep a version and put it in force here; its number.

        Raises:
            SettingsMoved, SettingLocked, SettingsRefused, NothingChanged, StoreUnavailable.
        """
        await self.follow()
        judged = self._known() == asked.seen
        if judged:
            await self._judge(asked)
        number = await self._store.write(
            lambda unit: rows.append(unit, asked, judged=judged), tenant=tenant, urgent=True
        )
        log.info("settings.saved", version=number, by=asked.actor.name, undoes=asked.undoes)
        await self.follow()
        return number

    async def undo(self, asked: Asked, number: int, tenant: str = MAIN) -> int:
        """Keep a version that gives the keys of another one the values that they had before it.

        Raises:
            UnknownVersion, and as ``save``.
        """
        await self.follow()
        changes = self.values_before(number)
        again = Asked(asked.actor, asked.request, asked.seen, changes, asked.why, number)
        return await self.save(again, tenant)

    async def _judge(self, asked: Asked) -> None:
        if self._stands(asked.changes):
            raise NothingChanged
        await self.checked(asked.changes)

    def _stands(self, changes: Changes) -> bool:
        """Whether all of it is so already."""
        standing = self._overlay.standing()
        return all(
            (standing[path].given if path in standing else None) == given
            for path, given in changes.items()
        )


def _written(data: Mapping[str, Any]) -> list[Path]:
    """The keys that can be changed on the desk and that the file sets."""
    found: list[Path] = []
    stack: list[tuple[Path, object]] = [((), data)]
    while stack:
        path, node = stack.pop()
        inner = keys.as_mapping(node)
        if path and section_at(path) is not None:
            found.append(path)
        elif inner is not None and len(path) < _DEEPEST:
            stack.extend(((*path, key), value) for key, value in inner.items())
    return sorted(found)


def _key(
    path: Path, standing: Standing | None, written: Mapping[str, Any], locked: Sequence[str]
) -> Key:
    own, _ = value_at(written, path)
    value = own if standing is None else standing.given.value
    number = None if standing is None else standing.number
    return Key(path, value, own, number, is_locked(path, locked))
