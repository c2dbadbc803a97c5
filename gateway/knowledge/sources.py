"""Adding a source and reading it at once, as commands do; the loop reads all others. It claims
what it reads, so that a running gateway and a command never read the same source together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.knowledge import claims, origins
from gateway.knowledge.claims import ClaimLost, Held
from gateway.knowledge.origins import Place
from gateway.knowledge.reader import Progress
from gateway.knowledge.records import NotPossible
from gateway.knowledge.syncing import Synced, Syncing
from gateway.store.store import MAIN, Store
from gateway.store.unit import Unit

_BUSY = "the gateway reads it right now; `frontdesk kb list --sources` says when it is done"
_LOST = "somebody removed it or added it again meanwhile; see `frontdesk kb list --sources`"


class Sources:
    """``holder`` names this process in claims."""

    def __init__(self, store: Store, syncing: Syncing, holder: str, tenant: str = MAIN) -> None:
        self._store = store
        self._syncing = syncing
        self._holder = holder
        self._tenant = tenant

    async def add(self, place: Place, progress: Progress | None = None) -> Synced:
        """Read one source now. One that was not there and cannot be read leaves no trace.

        Raises:
            NotPossible: somebody else reads it. StoreUnavailable.
        """
        new, held = await self._store.write(
            lambda unit: self._line_up(unit, place), tenant=self._tenant
        )
        if held is None:
            raise NotPossible(f"{place.place}: {_BUSY}")
        try:
            synced = await self._syncing.sync(replace(held, place=_read_as(held, place)), progress)
        except ClaimLost as error:
            raise NotPossible(f"{place.place}: {_LOST}") from error
        if synced.error is not None and new:
            await self._store.write(
                lambda unit: origins.remove_source(unit, held.id), tenant=self._tenant
            )
        return synced

    async def add_all(self, places: Sequence[Place]) -> list[Synced]:
        """One after the other.

        Raises:
            NotPossible, StoreUnavailable.
        """
        return [await self.add(place) for place in places]

    def _line_up(self, unit: Unit, place: Place) -> tuple[bool, Held | None]:
        """Whether it is new here, and the claim; the configuration's terms outlive a command's."""
        row = origins.of_origin(unit, place.origin)
        if row is not None and row["configured"]:
            origins.read_again(unit, row["id"])
            return False, claims.claim_one(unit, self._holder, row["id"])
        id = origins.add(unit, place)
        return row is None, claims.claim_one(unit, self._holder, id)


def _read_as(held: Held, place: Place) -> Place:
    """The stored place, with what is not stored of the one asked for."""
    return replace(held.place, days=place.days)
