"""The looks at this machine that ``doctor`` and ``check --live`` take. Each changes nothing and
ends in findings, never in an error."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import aiohttp

from brain.knowledge.weights import ModelUnusable, checked_weights, model_folder
from gateway.bootstrap.keys import BYTES
from gateway.cli.findings import Finding, bad, good
from gateway.cli.storing import is_missing, shown
from gateway.config import dotenv
from gateway.config.settings import Settings
from gateway.errors import StoreRefused
from gateway.store.migration import SCHEMA_VERSION
from gateway.store.opening import open_store

OLDEST_PYTHON = (3, 11)
LEAST_FREE_MB = 500
MEGABYTE = 1024 * 1024
READY_SECONDS = 5.0
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where such a listener is asked
NOT_READY = 503


def python_finding(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    said = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        return bad("python", f"{said} is too old", "install Python 3.11 or newer")
    return good("python", said)


def data_findings(data: Path) -> Iterator[Finding]:
    """Whether the data folder can be written to and has room."""
    name = "data folder"
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    if not there.is_dir():
        yield bad(name, f"{there} is no folder", "move it away, or set FRONTDESK_DATA")
        return
    if not os.access(there, os.W_OK | os.X_OK):
        yield bad(name, f"{there} cannot be written to", "mend its rights, or set FRONTDESK_DATA")
        return
    yield good(name, f"{data} can be written to" if there == data else f"{data} will be made")
    free = shutil.disk_usage(there).free // MEGABYTE
    if free < LEAST_FREE_MB:
        mend = f"free some, or set FRONTDESK_DATA; {LEAST_FREE_MB} MB are comfortable"
        yield bad("free space", f"{free} MB at {there}", mend)
        return
    yield good("free space", f"{free} MB")


def store_findings(settings: Settings) -> Iterator[Finding]:
    """Whether the store opens, keeps what it promises and has a schema that this program knows."""
    url = shown(settings.store.url)
    if is_missing(settings):
        yield good("store", f"{url} will be made at the first start")
        return
    try:
        open_store(settings.store.url, upgrade=False).close()
    except StoreRefused as error:
        yield bad("store", str(error))
    except ImportError as error:
        yield bad("store", f"{url}: {error}", "install the package for it: frontdesk[postgres]")
    else:
        yield good("store", f"{url} opens, keeps every commit, schema {SCHEMA_VERSION}")


def key_finding(data: Path) -> Finding:
    """Whether the secret that signs visitors' sessions is whole and ours alone."""
    file = data / "secret.key"
    try:
        found = file.stat()
    except FileNotFoundError:
        return good("secret key", f"{file} will be made at the first start")
    except OSError as error:
        return bad("secret key", f"{file}: {error.strerror}", "mend its rights")
    if found.st_size != BYTES:
        return bad("secret key", f"{file} is damaged", "restore it from a backup, or remove it")
    return _private("secret key", file, stat.S_IMODE(found.st_mode))


def env_finding(folder: Path) -> Finding:
    """Whether others on this machine can read the secrets of ``.env``."""
    file = folder / dotenv.NAME
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return good(".env", "there is none, and none is needed")
    except OSError as error:
        return bad(".env", f"{file}: {error.strerror}", "mend its rights")
    return _private(".env", file, mode)


def _private(name: str, file: Path, mode: int) -> Finding:
    if mode & 0o077:
        return bad(name, f"{file} can be read by others (mode {mode:04o})", f"chmod 600 {file}")
    return good(name, f"{file} has mode {mode:04o}")


def model_finding() -> Finding:
    """Whether the sentence model is the one that was measured."""
    try:
        checked_weights(model_folder())
    except ModelUnusable as error:
        mend = "until then answers are found by words and characters instead of meaning"
        return bad("embedding model", str(error), mend)
    return good("embedding model", "present, its checksum is right")


def port_finding(settings: Settings) -> Finding:
    """Whether the port is free, or held by a gateway that is ready."""
    host, port = settings.server.host, settings.server.port
    place = f"{host}:{port}"
    try:
        with socket.create_server((host, port), family=_family(host)):
            return good("port", f"{place} is free")
    except OSError as error:
        answer = asyncio.run(_readiness(ANYWHERE.get(host, host), port))
        if answer is None:
            mend = "choose another with PORT or server.port, or stop what runs there"
            return bad("port", f"{place} cannot be used: {error.strerror}", mend)
    status, report = answer
    if status == NOT_READY:
        down = ", ".join(report.get("loops_down", [])) or "it cannot commit"
        return bad("port", f"a gateway runs on {place} and is not ready: {down}", "read its log")
    return good("port", f"a gateway runs on {place} and is ready")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


async def _readiness(host: str, port: int) -> tuple[int, dict[str, Any]] | None:
    """What a gateway says of itself; None when it is none that answers."""
    shown_host = f"[{host}]" if ":" in host else host
    timeout = aiohttp.ClientTimeout(total=READY_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"http://{shown_host}:{port}/readyz", allow_redirects=False) as response,
        ):
            report: object = json.loads(await response.content.read(MEGABYTE))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
    if not isinstance(report, dict) or "commits" not in report:
        return None
    return response.status, cast("dict[str, Any]", report)
