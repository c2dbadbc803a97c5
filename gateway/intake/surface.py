"""A channel as intake sees it: what of its kind and its configuration bears on what comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from channels.contract import Capabilities, nowhere
from gateway.privacy.masking import Masking

HOUR = 3600.0


def _never() -> float:
    return 0.0


def _asks(_text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Surface:
    """``quiet`` is how long a customer may pause between messages before a turn begins;
    ``numbered`` says that choices are shown as numbers there. ``window`` is for how many seconds
    after a customer's message free text may be sent, None where it always may; where it may not,
    customers can also ask for no more messages (STOP). ``dropped`` is masked before anything is
    stored, None where words are kept as they came. In the chats of ``desks`` staff work, whose
    accounts are those of the ``kind``. ``reopens_within`` gives for how many seconds a case that
    people closed is the same when its customer writes again, unless ``thanks`` says that the words
    are no more than that."""

    channel: str
    tenant: str
    pulled: bool
    numbered: bool
    quiet: float
    window: float | None = None
    dropped: Masking | None = None
    kind: str = ""
    desks: Callable[[], frozenset[str]] = nowhere
    reopens_within: Callable[[], float] = _never
    thanks: Callable[[str], bool] = _asks


def surface_of(
    channel: str, capabilities: Capabilities, *, tenant: str, quiet: float | None
) -> Surface:
    """What intake needs to know of a channel."""
    hours = capabilities.window_hours
    return Surface(
        channel=channel,
        tenant=tenant,
        pulled=capabilities.pulled,
        numbered=capabilities.choices_limit == 0,
        quiet=capabilities.quiet_seconds if quiet is None else quiet,
        window=None if hours is None else hours * HOUR,
    )
