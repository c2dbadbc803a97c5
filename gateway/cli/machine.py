"""What this machine's disk and clocks are like, as ``doctor`` sees it. It writes one small file and
removes it."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import stat
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.cli.findings import Finding, bad, good, note

PROBES = 50
SLOW_SECONDS = 0.020
# No disk that keeps anything is quicker than this, nor one with a battery.
UNREAL_SECONDS = 0.000_010
BLOCK = b"\x00" * 4096
TIME_ERROR = 5


def fsync_finding(data: Path, measure: Callable[[Path], Sequence[float]] | None = None) -> Finding:
    """Whether fsync is real and quick where the store lies: every acknowledgement waits for it."""
    there = next(folder for folder in (data, *data.parents) if folder.is_dir())
    try:
        taken = sorted((measure or fsyncs)(there))
    except OSError as error:
        return bad("fsync", f"{there}: {error.strerror}", "look at the disk (dmesg)")
    middle, worst = statistics.median(taken), taken[-1]
    said = f"{middle * 1000:.2f} ms (middle of {len(taken)}), {worst * 1000:.0f} ms at worst"
    if middle > SLOW_SECONDS:
        mend = "every acknowledgement waits for one: use a local disk, with less beside it"
        return note("fsync", said, mend)
    if middle < UNREAL_SECONDS:
        mend = "this looks like memory, or a disk that does not honour fsync; use a real one"
        return note("fsync", said, mend)
    return good("fsync", said)


def fsyncs(folder: Path) -> list[float]:
    """What each of fifty appended blocks took to reach the disk, in seconds."""
    taken: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(PROBES):
            began = time.perf_counter()
            file.write(BLOCK)
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return taken


def clock_finding(state: Callable[[], int | None] | None = None) -> Finding:
    """Whether the kernel says that this clock is kept in step with others."""
    found = (state or kernel_clock)()
    if found is None:
        return good("clock", "whether it is synchronised cannot be seen here")
    if found == TIME_ERROR:
        mend = "signatures are refused when it is minutes off; run chrony or systemd-timesyncd"
        return note("clock", "it is not synchronised with any other", mend)
    return good("clock", "it is synchronised")


def kernel_clock() -> int | None:
    """adjtimex(2)'s state, 5 when the clock is not synchronised; None where there is none."""
    name = ctypes.util.find_library("c")
    adjtimex = getattr(ctypes.CDLL(name), "adjtimex", None) if name else None
    if adjtimex is None:
        return None
    # modes 0 asks only; struct timex has 208 bytes on 64 bits.
    state = int(adjtimex(ctypes.create_string_buffer(512)))
    return None if state < 0 else state


def privacy_finding(data: Path) -> Finding:
    """Whether others on this machine can look into the data folder."""
    if not data.is_dir():
        return good("privacy", f"{data} will be made for its owner only")
    mode = stat.S_IMODE(data.stat().st_mode)
    if mode & 0o077:
        return note("privacy", f"{data} is open to others (mode {mode:04o})", f"chmod 700 {data}")
    return good("privacy", f"{data} has mode {mode:04o}")
