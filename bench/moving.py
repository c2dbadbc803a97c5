"""Measures moving a store: from one machine's file into a server, out of it into a backup, and back
into an empty server, every row counted and summed on both sides."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.growth import MANY, fill
from bench.node import memory_mb, quiet_log
from gateway.store.opening import open_store
from gateway.store.portable import back_up, put_back
from tests.chaos.postgres import postgres

T = TypeVar("T")


def measure(stored: int = MANY) -> dict[str, object]:
    quiet_log()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder, postgres() as server:
        file, copy = Path(folder) / "bench.db", Path(folder) / "copy.db"
        open_store(f"sqlite:///{file}").close()
        fill(file, stored)
        first, second = server.create(), server.create()
        into, copied = _timed(lambda: put_back(file, first, replace=False))
        out, _ = _timed(lambda: back_up(first, copy))
        back, _ = _timed(lambda: put_back(copy, second, replace=False))
        return {
            "messages": stored,
            "rows": copied.rows,
            "into_a_server_s": into,
            "backup_s": out,
            "restore_s": back,
            "file_bytes_per_message": round(copy.stat().st_size / stored),
            "memory_mb": memory_mb(),
        }


def _timed(step: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = step()
    return round(time.perf_counter() - began, 1), found
