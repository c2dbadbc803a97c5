"""What this process knows of its own sends: when each began, and which of its pieces Twilio took.
In memory only; a restart asks Twilio instead."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from channels.contract import Clock
from channels.whatsapp.payloads import is_message

KEPT = 5_000
PIECES = 32
_DELIVERY = re.compile(r"[!-~]{1,100}")


@dataclass(eq=False)
class Attempt:
    """``began`` is when it was first tried, in seconds since the epoch, None where only a status
    callback told of it. ``taken`` are the message ids by the number of their piece."""

    began: float | None = None
    taken: dict[int, str] = field(default_factory=dict[int, str])

    def all_taken(self, pieces: int) -> tuple[str, ...] | None:
        """The ids in order, None while one is missing."""
        found = [self.taken.get(number) for number in range(pieces)]
        return tuple(sid for sid in found if sid) if all(found) else None


class Attempts:
    """The newest sends by the id of their delivery."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Attempt] = OrderedDict()
        self._owners: OrderedDict[str, str] = OrderedDict()

    def begin(self, delivery: str) -> Attempt:
        attempt = self._of(delivery)
        if attempt.began is None:
            attempt.began = self._clock.now()
        return attempt

    def find(self, delivery: str) -> Attempt | None:
        return self._known.get(delivery)

    def took(self, delivery: str, piece: int, sid: str) -> None:
        """Twilio has this piece of the delivery, as this message."""
        self._of(delivery).taken[piece] = sid
        self._owners[sid] = delivery
        if len(self._owners) > KEPT * 2:
            self._owners.popitem(last=False)

    def lost(self, delivery: str, piece: int) -> None:
        """Twilio took it and could not deliver it: what is sent now begins anew."""
        attempt = self._of(delivery)
        attempt.taken.pop(piece, None)
        attempt.began = self._clock.now()

    def others(self, sid: str, delivery: str) -> bool:
        """Whether the message is known to be another delivery's."""
        return self._owners.get(sid, delivery) != delivery

    def called_back(self, query: Mapping[str, str], sid: str) -> None:
        """What a verified status callback's address says: the mark that ``mark`` made."""
        delivery, piece = query.get("delivery", ""), query.get("piece", "")
        small = piece.isascii() and piece.isdigit() and len(piece) < 3  # noqa: PLR2004 - below PIECES
        if not (small and int(piece) < PIECES and _DELIVERY.fullmatch(delivery)):
            return
        # A late report of an earlier try names another message than the one that counts now.
        if is_message(sid) and int(piece) not in self._of(delivery).taken:
            self.took(delivery, int(piece), sid)

    def _of(self, delivery: str) -> Attempt:
        attempt = self._known.setdefault(delivery, Attempt())
        self._known.move_to_end(delivery)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return attempt


def mark(delivery: str, piece: int) -> str:
    """What is added to the address of a status callback, so that it names what it is about: it can
    arrive although the answer to our request did not."""
    return urlencode({"delivery": delivery, "piece": piece})
