"""Owns what the parsing process may use: memory, time and no files. Never loosens a limit that the
machine has set."""

from __future__ import annotations

import math
import resource
import time
from contextlib import suppress

MEMORY = 1024**3


def confine() -> None:
    """Bound memory, and leave no core file; before anything else is done."""
    # macOS knows the limit but refuses to set it; the parent's deadline holds there too.
    with suppress(ValueError, OSError):
        _lower(resource.RLIMIT_AS, MEMORY)
    _lower(resource.RLIMIT_CORE, 0)


def shut(last: int) -> None:
    """From now on no file, socket or pipe can be opened and no file written: there are only those
    up to the number ``last``. Everything that is needed must be imported before."""
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, last + 1)


def allow(seconds: float) -> None:
    """Bound the processor time of the next document; who exceeds it is killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (_least(until, hard), hard))


def _lower(kind: int, value: int) -> None:
    soft, hard = resource.getrlimit(kind)
    value = _least(_least(value, soft), hard)
    resource.setrlimit(kind, (value, value))


def _least(value: int, limit: int) -> int:
    return value if limit == resource.RLIM_INFINITY else min(value, limit)
