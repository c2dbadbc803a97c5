"""Upgrades that die: ``python -m tests.chaos.upgrader`` opens databases in forks of itself, each
killed before one of its statements or after some time. It reads one JSON object a line, ``{"url",
"before", "after"}`` (0 and 0.0: not killed), and writes ``{"code", "statements"}`` for each; the
exit code is negative for a signal."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import psycopg
import sqlalchemy.dialects.postgresql.psycopg as postgresql
from sqlalchemy import event
from sqlalchemy.engine import Engine

from gateway.store.opening import open_store

# These load late; loaded here, every fork has them.
LOADED = (psycopg, postgresql)


def open_once(asked: dict[str, Any], told: int) -> None:
    """Tell how many statements were begun, as they are."""
    begun = 0

    def step(*_: object) -> None:
        nonlocal begun
        begun += 1
        os.write(told, b".")
        if begun == asked["before"]:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    if asked["after"]:
        # Nobody handles it: the kernel ends the process wherever it is.
        signal.setitimer(signal.ITIMER_REAL, asked["after"])
    open_store(asked["url"]).close()


def fork(asked: dict[str, Any]) -> dict[str, int]:
    hearing, telling = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            open_once(asked, telling)
            code = 0
        except BaseException as error:  # noqa: BLE001  a fork never returns into its parent's loop
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            os._exit(code)
    os.close(telling)
    with os.fdopen(hearing, "rb") as steps:
        statements = len(steps.read())
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), "statements": statements}


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(fork(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
