"""The four ways of breaking the promise that the judge has to notice, each a small exact edit of a
copy of the source. An edit whose anchor is gone fails loudly: it has to be written anew, or the
campaign would try nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.chaos.home import ROOT
from tests.chaos.plan import Blow, Engine, Plan

COPIED = ("gateway", "channels", "brain")


class AnchorGone(Exception):
    """The source no longer holds the text that a mutation replaces."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The first of ``anchors`` that stands exactly once in ``file`` is replaced."""

    file: str
    anchors: Mapping[str, str]

    def apply(self, tree: Path) -> None:
        path = tree / self.file
        text = path.read_text() if path.exists() else ""
        for anchor, instead in self.anchors.items():
            if text.count(anchor) == 1:
                path.write_text(text.replace(anchor, instead))
                return
        raise AnchorGone(
            f"{self.file} holds none of {list(self.anchors)!r} exactly once: the code has moved on,"
            " so write this mutation anew"
        )


@dataclass(frozen=True, slots=True)
class Mutation:
    """``shows`` is the figure that has to rise. ``plan`` are blows under which it does."""

    name: str
    shows: str
    edit: Edit
    engine: Engine = "sqlite"
    nodes: tuple[str, ...] = ("a",)
    blows: tuple[Blow, ...] = ()

    def plan(self, seed: int) -> Plan:
        return Plan(seed, self.engine, self.nodes, self.blows)

    def plant(self, tree: Path) -> None:
        """Copy the source into ``tree`` and break the copy.

        Raises:
            AnchorGone.
        """
        for package in COPIED:
            shutil.copytree(ROOT / package, tree / package)
        shutil.copytree(ROOT / "tests" / "chaos", tree / "tests" / "chaos")
        self.edit.apply(tree)


def _at(point: str, *hits: int) -> tuple[Blow, ...]:
    return tuple(Blow("point", point=point, hit=hit) for hit in hits)


_STOPS = tuple(Blow("stop", after=after) for after in (1.5, 2.0))

NO_DEDUPE = Mutation(
    "no dedupe",
    "doubled",
    Edit(
        "gateway/intake/events.py",
        MappingProxyType(
            {
                "_key_hash(surface.channel, event.external_id)": (
                    "_key_hash(surface.channel, event.external_id + unit.new_id())"
                )
            }
        ),
    ),
    blows=_at("intake.before_ack", 12, 25),
)
NO_FENCING = Mutation(
    "no fencing",
    "doubled",
    Edit(
        "gateway/turns/leases.py",
        MappingProxyType(
            {
                "where = (conversations.c.id == held.id) & (conversations.c.claim == held.claim)": (
                    "where = conversations.c.id == held.id"
                )
            }
        ),
    ),
    engine="postgresql",
    nodes=("a", "b"),
    blows=_STOPS,
)
ACK_FIRST = Mutation(
    "acknowledged before the commit",
    "lost",
    Edit(
        "gateway/intake/door.py",
        MappingProxyType(
            {
                "accepted = await self._commit(await self._with_files(cleaned(event)), cursor)": (
                    "_ = asyncio.ensure_future(self._commit(cleaned(event), cursor));"
                    " accepted = Accepted(new=True)"
                )
            }
        ),
    ),
    blows=(*_at("intake.before_ack", 25, 30), Blow("random", after=1.2)),
)
SENT_FIRST = Mutation(
    "marked as sent before sending",
    "lost",
    Edit(
        "gateway/outbox/rows.py",
        MappingProxyType(
            {
                'state="sending",\n            # When': 'state="sent",\n            # When',
                '.values(state="sending"': '.values(state="sent"',
            }
        ),
    ),
    blows=_at("outbox.after_mark", 6, 12),
)
MUTATIONS = (NO_DEDUPE, NO_FENCING, ACK_FIRST, SENT_FIRST)
