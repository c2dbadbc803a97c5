"""What of a decision is counted: what it was about, and what of its answer was cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from brain.contract import Trace


class Seen(NamedTuple):
    """``intent`` is None where none was read, ``tier`` where no rule gave one; ``cuts`` are the
    sentences that no source bore."""

    intent: str | None
    tier: int | None
    cuts: int


def seen(trace: Trace) -> Seen:
    """A trace is data, and not every brain writes the same."""
    detail = trace.detail
    triage = cast("Mapping[str, object]", detail.get("triage") or {})
    intent, tier, cut = triage.get("intent"), detail.get("tier"), detail.get("cut")
    return Seen(
        intent if isinstance(intent, str) else None,
        tier if isinstance(tier, int) else None,
        len(cast("list[object]", cut)) if isinstance(cut, list | tuple) else 0,
    )
