"""The four ways of breaking the promise that the judge has to notice, each a small exact edit of a
copy of the source. An edit whose anchor is gone fails loudly: it has to be written anew, or the
campaign would try nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.home import ROOT
from tests.chaos.plan import Blow, Engine, Plan

COPIED = ("gateway", "channels", "brain")


class AnchorGone(Exception):
    """The source no longer holds the text that a mutation replaces."""


@dataclass(frozen=True, slots=True)
class Edit:
    """``anchor``, which stands in ``file`` exactly once, is replaced."""

    file: str
    anchor: str
    instead: str

    def fits(self, tree: Path) -> bool:
        path = tree / self.file
        return path.exists() and path.read_text().count(self.anchor) == 1

    def apply(self, tree: Path) -> None:
        path = tree / self.file
        path.write_text(path.read_text().replace(self.anchor, self.instead))


@dataclass(frozen=True, slots=True)
class Mutation:
    """``shows`` is the figure that has to rise. ``variants`` are the same breach in different forms
    of the code: the first that fits is made. ``blows`` are those under which it shows."""

    name: str
    shows: str
    variants: tuple[tuple[Edit, ...], ...]
    engine: Engine = "sqlite"
    nodes: tuple[str, ...] = ("a",)
    blows: tuple[Blow, ...] = ()
    crowd: int = 0

    def plan(self, seed: int) -> Plan:
        return Plan(seed, self.engine, self.nodes, self.blows, crowd=self.crowd)

    def plant(self, tree: Path) -> None:
        """Copy the source into ``tree`` and break the copy.

        Raises:
            AnchorGone.
        """
        for package in COPIED:
            shutil.copytree(ROOT / package, tree / package)
        shutil.copytree(ROOT / "tests" / "chaos", tree / "tests" / "chaos")
        self.break_(tree)

    def break_(self, tree: Path) -> None:
        """
        Raises:
            AnchorGone.
        """
        for variant in self.variants:
            if all(edit.fits(tree) for edit in variant):
                for edit in variant:
                    edit.apply(tree)
                return
        wanted = "; ".join(edit.file for variant in self.variants for edit in variant)
        raise AnchorGone(
            f"the mutation {self.name!r} finds none of its anchors ({wanted}): the code has moved"
            " on, so write this mutation anew"
        )


def _at(point: str, *hits: int) -> tuple[Blow, ...]:
    return tuple(Blow("point", point=point, hit=hit) for hit in hits)


NO_DEDUPE = Mutation(
    "no dedupe",
    "doubled",
    (
        (
            Edit(
                "gateway/intake/events.py",
                "_key_hash(surface.channel, event.external_id)",
                "_key_hash(surface.channel, event.external_id + unit.new_id())",
            ),
        ),
    ),
    blows=_at("intake.before_ack", 12, 25),
)
NO_FENCING = Mutation(
    "no fencing",
    "doubled",
    (
        (
            Edit(
                "gateway/turns/leases.py",
                "where = (conversations.c.id == held.id) & (conversations.c.claim == held.claim)",
                "where = conversations.c.id == held.id",
            ),
        ),
        (
            Edit(
                "gateway/turns/leases.py",
                "_GUARDING = (\n    update(conversations)\n    .where(_HELD)",
                "_GUARDING = (\n    update(conversations)\n"
                '    .where(_HELD | (conversations.c.id == bindparam("conversation")))',
            ),
            Edit(
                "gateway/turns/commit.py",
                '.where(turns.c.id == bindparam("turn"), turns.c.state == "open")',
                '.where(turns.c.id == bindparam("turn"))',
            ),
        ),
    ),
    engine="postgresql",
    nodes=("a", "b"),
    # A node has to fall asleep between opening a turn and committing it: the more talk at once,
    # the likelier one of them does.
    blows=(Blow("stop", after=1.5), Blow("stop", after=2.0), Blow("stop", after=1.7)),
    crowd=40,
)
ACK_FIRST = Mutation(
    "acknowledged before the commit",
    "lost",
    (
        (
            Edit(
                "gateway/intake/door.py",
                "return await self._stored(await self._with_files(self._kept(event)), cursor)",
                "_ = asyncio.ensure_future(self._commit(self._kept(event), cursor));"
                " return Accepted(new=True)",
            ),
        ),
    ),
    blows=(*_at("intake.before_ack", 25, 30), Blow("random", after=1.2)),
)
SENT_FIRST = Mutation(
    "marked as sent before sending",
    "lost",
    ((Edit("gateway/outbox/rows.py", 'state="sending",', 'state="sent",'),),),
    blows=_at("outbox.after_mark", 6, 12),
)
MUTATIONS = (NO_DEDUPE, NO_FENCING, ACK_FIRST, SENT_FIRST)
