"""The gateway as the campaign starts it: the product's own parts and serving, with a brain that
says back what it was told. ``python -m tests.chaos.gateway`` imports them once and forks one real
process for each life that it is asked for, so that a start costs no import.

It reads one JSON object a line: ``{"node", "config", "failpoints", "log", "ahead", "terminal"}``.
It writes one a line: ``{"began", "pid"}``, ``{"ready", "link"}`` and ``{"ended", "code"}``.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import secrets
import select
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy.dialects.postgresql.psycopg as postgresql

import channels.api.channel
from brain.contract import Brain, Decision, TurnInput
from brain.settings import BrainSettings
from gateway.bootstrap.assembly import Ingredients
from gateway.bootstrap.keys import load_keys
from gateway.bootstrap.serving import Announcement, read_configuration, serve
from gateway.clock import SystemClock
from gateway.config.live import LiveConfiguration
from gateway.failpoint import Failpoints, parse
from gateway.notices.check import texts_check
from gateway.store.opening import open_store, sole_gateway
from gateway.store.store import Options
from gateway.telemetry.logs import log_to_stderr
from gateway.web.pages import load_pages

# These load late; loaded here, every fork has them.
LOADED = (channels.api.channel, psycopg, postgresql)
THINKING_SECONDS = 0.04


class Echo:
    """Says what it was told after a moment of thought, in which a process may die."""

    async def decide(self, turn: TurnInput) -> Decision:
        await asyncio.sleep(random.uniform(0, THINKING_SECONDS))
        words = " ".join(said.text for said in turn.new)
        return Decision(kind="reply", text=words, confidence=1.0, language="en")


def echo(_settings: BrainSettings) -> Brain:
    return Echo()


class Skewed(SystemClock):
    """A machine's clock that is ``ahead`` of the right time by so many seconds."""

    def __init__(self, ahead: float) -> None:
        self._ahead = ahead

    def now(self) -> float:
        return super().now() + self._ahead


def live(asked: dict[str, Any], told: int) -> None:
    """One life of one node, to its end."""
    environ = {**os.environ, "FRONTDESK_NODE": asked["node"]}
    os.environ.update(environ)
    path = Path(asked["config"])
    loaded = read_configuration(path, environ)
    log_to_stderr()
    configuration = LiveConfiguration(
        loaded.settings, lambda: read_configuration(path, environ), (texts_check,)
    )
    failpoint = Failpoints(parse(asked["failpoints"]))
    settings = loaded.settings

    def announce(announcement: Announcement) -> None:
        say(told, ready=asked["node"], link=announcement.first_link)

    with ExitStack() as stack:
        stack.enter_context(sole_gateway(settings.store.url))
        keys = load_keys(settings.store.data, secrets.token_bytes)
        store = open_store(settings.store.url, Options(failpoint=failpoint))
        stack.callback(store.close)
        clock = Skewed(asked["ahead"])
        parts = Ingredients(configuration, store, keys, load_pages(), clock, failpoint, echo)
        asyncio.run(serve(parts, announce))


def say(told: int, **fields: object) -> None:
    # One short write: lines of several processes do not mix in a pipe.
    os.write(told, json.dumps({"at": time.time(), **fields}).encode() + b"\n")


def begin(asked: dict[str, Any], told: int) -> int:
    """Fork a life; its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _own_streams(asked)
        random.seed()
        live(asked, told)
        code = 0
    except BaseException as error:  # noqa: BLE001  a fork never returns into its parent's loop
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(code)


def _own_streams(asked: dict[str, Any]) -> None:
    # With a terminal, a stop that is asked for does not wait for load balancers.
    stdin = os.openpty()[1] if asked.get("terminal") else os.open(os.devnull, os.O_RDONLY)
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(stdin, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)


def main() -> None:
    asking, told = os.dup(0), os.dup(1)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake)
    gc.freeze()
    nodes: dict[int, str] = {}
    buffer = b""
    say(told, loaded=True)
    while True:
        readable, _, _ = select.select([asking, woken], [], [])
        if woken in readable:
            os.read(woken, 4096)
            _bury(nodes, told)
        if asking in readable:
            got = os.read(asking, 65_536)
            if not got:
                _kill(nodes)
                return
            *lines, buffer = (buffer + got).split(b"\n")
            for line in lines:
                asked = json.loads(line)
                pid = begin(asked, told)
                nodes[pid] = asked["node"]
                say(told, began=asked["node"], pid=pid)


def _bury(nodes: dict[int, str], told: int) -> None:
    while nodes:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        say(told, ended=nodes.pop(pid), code=os.waitstatus_to_exitcode(status))


def _kill(nodes: dict[int, str]) -> None:
    for pid in nodes:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
