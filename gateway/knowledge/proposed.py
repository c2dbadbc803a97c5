"""The store's articles as they would be with one text that nobody has saved: what the assistant is
asked over before a change is kept. It writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from brain.contract import Filter, Guide, Passage
from brain.guides import reading as guides
from gateway.knowledge.shelves import StoredPassages


@dataclass(frozen=True, slots=True)
class Proposal:
    """``document`` says ``body``, of which ``passages`` were made; its id is of an article that is
    there, or of none yet."""

    document: str
    title: str
    body: str
    url: str | None
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class ProposedPassages:
    """Implements Passages and Guides: ``around`` are the passages of other articles that are
    looked in beside the proposal's own."""

    shelves: StoredPassages
    proposal: Proposal
    around: Sequence[Passage]
    _own: dict[str, Passage] = field(init=False)

    def __post_init__(self) -> None:
        self._own = {passage.id: passage for passage in self.proposal.passages}

    async def version(self, tenant: str) -> int:
        return 1

    async def all(self, tenant: str) -> Sequence[Passage]:
        others = [one for one in self.around if one.document != self.proposal.document]
        return [*others, *self.proposal.passages]

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        found = {one.id: one for one in await self.shelves.resolve(ids, allowed)}
        kept = {id: one for id, one in found.items() if one.document != self.proposal.document}
        own = {id: one for id, one in self._own.items() if _is_allowed(one, allowed)}
        known = {**kept, **own}
        return [known[id] for id in ids if id in known]

    async def guide(self, document: str, allowed: Filter) -> Guide | None:
        if document != self.proposal.document:
            return await self.shelves.guide(document, allowed)
        return self._guide(allowed)

    async def of_passage(self, passage: str, allowed: Filter) -> Guide | None:
        if passage not in self._own:
            return await self.shelves.of_passage(passage, allowed)
        guide = self._guide(allowed)
        if guide is None:
            return None
        ids = list(self._own)
        held = [ids.index(step.passage) for step in guide.steps if step.passage is not None]
        before = ids[: max(held) + 1] if held else ids
        return guide if passage in before else None

    def _guide(self, allowed: Filter) -> Guide | None:
        proposal, own = self.proposal, self.proposal.passages
        if not own or not _is_allowed(own[0], allowed):
            return None
        if not (own[0].guide or guides.is_guide(proposal.body)):
            return None
        guide = guides.read(proposal.document, proposal.title, proposal.url, proposal.body)
        return guide and guides.placed(guide, [(one.id, one.text) for one in own])


def _is_allowed(passage: Passage, allowed: Filter) -> bool:
    language = allowed.language is None or passage.language in {None, allowed.language}
    demo = allowed.demo or not passage.demo
    return passage.audience in allowed.audiences and language and demo
