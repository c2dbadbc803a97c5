"""The passages that always apply, kept between turns: those of articles marked as policy, or all of
them where there are few. It follows the store by its version and searches nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from brain.answering.prefix import Chosen, Prices, chosen
from brain.contract import Clock, Filter, Hit, Passage, Passages
from brain.knowledge.scopes import scope_of, scopes_of, spoken
from brain.models.chain import Link

LETTERS_A_TOKEN = 3
# All that there is to know, where it is no more than this.
_SMALL = 8_000
_LOOK_EVERY_SECONDS = 10.0
# As long providers keep a prefix that nobody reads.
_CACHED_SECONDS = 300.0
_MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class _Read:
    version: int
    looked_at: float
    passages: tuple[Passage, ...]


class Policies:
    """Of one process. ``passages`` is the store."""

    def __init__(self, passages: Passages, clock: Clock) -> None:
        self._passages = passages
        self._clock = clock
        self._read: dict[str, _Read] = {}
        self._asked: dict[str, deque[float]] = {}

    async def of(self, allowed: Filter) -> tuple[Passage, ...]:
        """What the filter allows, in an order that stays."""
        every = await self._every(allowed.tenant)
        scopes = scopes_of(allowed, {spoken(one.language) for one in every})
        return small_or_marked([one for one in every if scope_of(one) in scopes])

    async def _every(self, tenant: str) -> tuple[Passage, ...]:
        now, read = self._clock.monotonic(), self._read.get(tenant)
        if read is not None and now - read.looked_at < _LOOK_EVERY_SECONDS:
            return read.passages
        version = await self._passages.version(tenant)
        if read is not None and read.version == version:
            found = read.passages
        else:
            found = tuple(await self._passages.all(tenant))
        self._read[tenant] = _Read(version, now, found)
        return found

    def chosen(self, policies: Sequence[Passage], hits: Sequence[Hit], link: Link) -> Chosen:
        """Whether they are told to this model, which is asked now."""
        told = {one.id for one in policies}
        saved = [hit.passage for hit in hits if hit.passage.id in told]
        tier = link.tariff.tiers[0]
        prices = Prices(tier.input, tier.cached, tier.cache_write)
        turns = self._turns(link.model.name)
        return chosen(tokens(policies), tokens(saved), link.context, prices, turns)

    def _turns(self, model: str) -> int:
        """How often the model was asked while its provider keeps what it read, this time too."""
        now = self._clock.monotonic()
        asked = self._asked.setdefault(model, deque(maxlen=_MOST_COUNTED))
        asked.append(now)
        while now - asked[0] > _CACHED_SECONDS:
            asked.popleft()
        return len(asked)


def small_or_marked(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Guides are walked step by step, and never told whole."""
    quoted = [one for one in passages if not one.guide]
    if tokens(quoted) <= _SMALL:
        return tuple(quoted)
    return tuple(one for one in quoted if "policy" in one.marks)


def tokens(passages: Sequence[Passage]) -> int:
    return sum(len(one.text) + len(one.title) for one in passages) // LETTERS_A_TOKEN
