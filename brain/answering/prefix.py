"""Whether the policies go in front of a request, where a provider keeps them in its cache, or only
the passages that were found. Arithmetic over prices; it keeps no figures."""

from __future__ import annotations

from dataclasses import dataclass

# Of what a model can read, policies take no more.
_SHARE = 0.25
# Providers keep nothing shorter than this.
_SHORTEST = 1024


@dataclass(frozen=True, slots=True)
class Prices:
    """For one token, in whatever money: read anew, read from the cache, written to it."""

    input: float
    cached: float
    cache_write: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """``why`` says it in words, for the trace."""

    prefix: bool
    why: str


def chosen(policies: int, saved: int, context: int, prices: Prices, turns: int) -> Chosen:
    """``policies`` are the tokens of all of them, ``saved`` those of the passages that need not be
    told again then; ``turns`` is how many requests share what one of them wrote to the cache."""
    if not policies:
        return Chosen(prefix=False, why="there are no policies")
    if policies > _SHARE * context:
        return Chosen(prefix=False, why=f"{policies} tokens of policies are too many for {context}")
    if policies < _SHORTEST:
        # Nothing of it would be cached: it is told for what it says, or not at all.
        whole = policies * prices.input
    else:
        write, read = policies * prices.cache_write, policies * prices.cached
        whole = (write + (turns - 1) * read) / turns
    passages = saved * prices.input
    words = f"policies cost {whole:.0f}, the passages in their place {passages:.0f}"
    return Chosen(prefix=whole < passages, why=f"{words} ({turns} requests share the cache)")
