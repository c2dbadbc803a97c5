"""Named places where a test may kill, fail or hang the process; no-ops otherwise.

``FRONTDESK_FAILPOINTS="turns.before_commit=kill,outbox.after_send=raise:3"`` arms them: an action
``kill`` (SIGKILL to itself), ``raise``, ``hang`` or ``eio``, and optionally the hit at which it
acts (the first by default; every hit from then on for all but ``kill``).
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

Action: TypeAlias = Literal["kill", "raise", "hang", "eio"]
_ACTIONS = frozenset({"kill", "raise", "hang", "eio"})
VARIABLE = "FRONTDESK_FAILPOINTS"


class FailpointHit(Exception):
    """An armed failpoint was reached."""


@dataclass(frozen=True, slots=True)
class Armed:
    action: Action
    hit: int = 1


def parse(text: str) -> dict[str, Armed]:
    """Read the environment's form.

    Raises:
        ValueError: an entry is not ``name=action[:hit]``.
    """
    armed: dict[str, Armed] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, rest = entry.partition("=")
        action, _, hit = rest.partition(":")
        if action not in _ACTIONS or not (hit or "1").isdigit():
            message = f"{VARIABLE}: {entry!r} is not name=kill|raise|hang|eio[:hit]"
            raise ValueError(message)
        armed[name] = Armed(cast("Action", action), int(hit or "1"))
    return armed


class Failpoints:
    """Implements the Failpoint protocol from a table of armed names."""

    def __init__(self, armed: Mapping[str, Armed]) -> None:
        self._armed = armed
        self._lock = threading.Lock()
        self.hits: Counter[str] = Counter()

    def __call__(self, name: str) -> None:
        armed = self._armed.get(name)
        if armed is None:
            return
        with self._lock:
            self.hits[name] += 1
            reached = self.hits[name] >= armed.hit
        if reached:
            _act(name, armed.action)


def _act(name: str, action: Action) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "hang":
        threading.Event().wait()
    elif action == "eio":
        raise OSError(errno.EIO, f"failpoint {name}")
    else:
        raise FailpointHit(name)
