"""The life of ``frontdesk run``: open, start, serve, reload, drain, close."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from brain.contract import Brain
from gateway.bootstrap.acting import actions_check
from gateway.bootstrap.assembly import Gateway, Ingredients
from gateway.bootstrap.desks import sync_staff
from gateway.bootstrap.keys import load_keys
from gateway.bootstrap.limiting import bounds_said
from gateway.bootstrap.memory import settle
from gateway.bootstrap.settings import configured
from gateway.bootstrap.thinking import LateBrain
from gateway.bootstrap.tracing import tracing_of
from gateway.clock import SystemClock
from gateway.config.live import ReloadReport
from gateway.config.load import Loaded, load
from gateway.config.settings import Settings, TelemetrySettings
from gateway.errors import FrontdeskError
from gateway.failpoint import VARIABLE, Failpoints, parse
from gateway.notices.check import texts_check
from gateway.store.opening import open_store, sole_gateway
from gateway.store.store import Options
from gateway.telemetry.facts import Listener
from gateway.telemetry.logs import log_to_stderr, logging_aside
from gateway.telemetry.metrics import Metrics
from gateway.web.app import runner_of
from gateway.web.control import ControlParts, ControlSocket
from gateway.web.pages import load_pages

# After SIGTERM a load balancer needs a moment to see that this node is not ready.
STILL_ACCEPTING_SECONDS = 5.0
# By then all that is loaded late has been.
SETTLED_SECONDS = 60.0
CHECKS = (texts_check, actions_check)
log = structlog.get_logger()


class CannotListen(FrontdeskError):
    """The port is taken."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a starting gateway tells the person at the terminal."""

    demo: str | None
    desk: str
    health: str
    first_link: str | None


def read_configuration(path: Path, environ: Mapping[str, str]) -> Loaded:
    """
    Raises:
        ConfigurationError: with every problem at once.
    """
    return load(path, environ, CHECKS)


def run(path: Path, environ: Mapping[str, str], announce: Callable[[Announcement], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        ConfigurationError, StoreRefused, CannotListen.
    """
    found = configured(path, environ, CHECKS)
    log_to_stderr()
    for warning in found.loaded.warnings:
        log.warning("configuration", warning=str(warning))
    failpoint = Failpoints(parse(environ.get(VARIABLE, "")))
    settings = found.loaded.settings
    metrics = Metrics(settings.channels)
    with ExitStack() as stack:
        stack.enter_context(logging_aside(metrics.line_dropped))
        stack.enter_context(sole_gateway(settings.store.url))
        keys = load_keys(settings.store.data, secrets.token_bytes)
        store = open_store(settings.store.url, Options(failpoint=failpoint))
        stack.callback(store.close)
        clock = SystemClock()
        ingredients = Ingredients(
            found.live,
            store,
            keys,
            load_pages(),
            clock,
            failpoint,
            metrics=metrics,
            spans=_spans(settings.telemetry, environ, stack),
            settings=found.desk(store, clock),
        )
        asyncio.run(serve(ingredients, announce))


def _spans(
    settings: TelemetrySettings, environ: Mapping[str, str], stack: ExitStack
) -> Listener | None:
    tracing = tracing_of(settings, environ)
    if tracing is None:
        return None
    stack.callback(tracing.close)
    return tracing.listener


async def serve(ingredients: Ingredients, announce: Callable[[Announcement], None]) -> None:
    """One node of these ingredients, until it is told to stop."""
    if ingredients.settings is not None:
        await ingredients.settings.begin()
    gateway = Gateway(ingredients)
    for bound in bounds_said(gateway.settings):
        log.warning("bounds", meaning=bound)
    if ingredients.settings is not None:
        ingredients.settings.refresh = partial(_refresh, gateway)
    # Before anybody is told that it runs: a signal that nobody handles ends a process on the spot.
    stop = _Stop(asyncio.Event())
    _listen_to_signals(gateway, stop)
    await sync_staff(gateway.store, gateway.live.current().settings)
    await gateway.desks.chats.recall(gateway.store)
    await gateway.supervisor.start()
    runner = runner_of(gateway.app)
    await runner.setup()
    control = _control(gateway, ingredients)
    warming: asyncio.Task[None] | None = None
    try:
        await _listen(runner, gateway.settings)
        await control.start()
        announce(await _announcement(gateway))
        # Only now: whoever knocks meanwhile is let in, and waits for it with their answer.
        warming = asyncio.create_task(warm(gateway.setups.answering()), name="warm")
        settle()
        asyncio.get_running_loop().call_later(SETTLED_SECONDS, settle)
        await _until_stopped(gateway, stop)
    finally:
        if warming is not None:
            warming.cancel()
        await control.stop()
        await _stop(gateway, runner)


async def warm(brain: Brain) -> None:
    """Load what a turn needs before the first one has to wait for it."""
    if not isinstance(brain, LateBrain):
        return
    try:
        await brain.ready()
        log.info("brain.ready")
    except Exception:  # whatever it was, the first turn finds it again and goes to a person
        log.exception("brain.not_ready", meaning="the first turn loads what this could not")


def _control(gateway: Gateway, ingredients: Ingredients) -> ControlSocket:
    parts = ControlParts(gateway.index, gateway.setups.answering, ingredients.clock)
    return ControlSocket(gateway.settings.store.data, parts)


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    host, port = settings.server.host, settings.server.port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise CannotListen(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with PORT or"
            " server.port, or stop what runs there"
        ) from error


async def _announcement(gateway: Gateway) -> Announcement:
    base = gateway.settings.base_url
    demo = any(entry.demo for entry in gateway.settings.channels.values())
    link = await gateway.people.first_link()
    return Announcement(
        demo=f"{base}/" if demo else None,
        desk=f"{base}/desk",
        health=f"{base}/readyz",
        first_link=None if link is None else f"{base}/desk/welcome#{link}",
    )


@dataclass(slots=True)
class _Stop:
    """Whether somebody asked for the end, and in what manner."""

    asked: asyncio.Event
    at_leisure: bool = False


def _listen_to_signals(gateway: Gateway, stop: _Stop) -> None:
    """SIGTERM ends at leisure, SIGINT at once, SIGHUP reloads."""
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[None]] = set()

    def terminate() -> None:
        stop.at_leisure = True
        stop.asked.set()

    def reload() -> None:
        task = loop.create_task(_reload(gateway))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop.add_signal_handler(signal.SIGTERM, terminate)
    loop.add_signal_handler(signal.SIGINT, stop.asked.set)
    loop.add_signal_handler(signal.SIGHUP, reload)


async def _until_stopped(gateway: Gateway, stop: _Stop) -> None:
    await stop.asked.wait()
    gateway.supervisor.leaving = True
    if stop.at_leisure and not os.isatty(0):
        log.info("stopping", still_accepting=STILL_ACCEPTING_SECONDS)
        await asyncio.sleep(STILL_ACCEPTING_SECONDS)


async def _reload(gateway: Gateway) -> None:
    report = await _reread(gateway)
    for problem in report.problems:
        log.error("reload.problem", problem=str(problem))
    if report.problems:
        log.error("reload.refused", meaning="the old configuration stays in force")
        return
    for problem in report.held:
        log.warning("reload.held", problem=str(problem), meaning="nothing changes until a restart")
    await sync_staff(gateway.store, gateway.live.current().settings)
    await gateway.sync_sources()
    log.info("reloaded", changed=report.changed, needs_restart=report.needs_restart)


async def _reread(gateway: Gateway) -> ReloadReport:
    if (desk := gateway.leading) is not None:
        return await desk.reload()
    report = await asyncio.to_thread(gateway.live.reload)
    if not report.problems:
        await _refresh(gateway)
    return report


async def _refresh(gateway: Gateway) -> None:
    # Another node may have opened threads under settings that were never in force here.
    await gateway.desks.chats.recall(gateway.store)
    await gateway.setups.refresh()
    await warm(gateway.setups.answering())


async def _stop(gateway: Gateway, runner: web.AppRunner) -> None:
    """The listener closes before the loops drain: what is accepted by then is on disk."""
    gateway.closing.set()
    gateway.gate.open = False
    await runner.cleanup()
    await gateway.supervisor.stop()
    await gateway.setups.close()
    await gateway.systems.actions.close()
    await gateway.index.close()
