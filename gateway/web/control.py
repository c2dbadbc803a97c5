"""The control socket: what commands on the same machine ask of the gateway that runs there. It
answers the owner of the data folder only, and changes nothing."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import structlog
from aiohttp import web
from pydantic import BeforeValidator, Field, TypeAdapter

from brain.contract import (
    Audience,
    Author,
    Brain,
    CaseState,
    Clock,
    Decision,
    Filter,
    GuideProgress,
    Hit,
    Knowledge,
    KnowledgeUnavailable,
    Said,
    TurnInput,
)
from channels.signatures import Refused
from gateway.store.store import MAIN
from gateway.telemetry.metrics import Metrics
from gateway.web.answers import as_json
from gateway.web.app import runner_of
from gateway.web.middlewares import refusing, watched
from gateway.web.routes import BODY_LIMIT, Body, Word, read_body

NAME = "control.sock"
# A socket's address holds 104 bytes on some systems, its end mark included.
LONGEST_PATH = 100
TEXT_LIMIT = 8_000
HISTORY_LIMIT = 60
ANSWER_SECONDS = 0.5
DECISION: TypeAdapter[Decision] = TypeAdapter(Decision)
HITS: TypeAdapter[list[Hit]] = TypeAdapter(list[Hit])
Text = Annotated[str, Field(max_length=TEXT_LIMIT)]
log = structlog.get_logger()


class SearchBody(Body):
    query: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]
    limit: Annotated[int, Field(ge=1, le=50)] = 8
    demo: bool = False
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=3, strict=False)] = (
        "public",
    )


class SaidBody(Body):
    author: Author
    text: Text
    at: Annotated[float, Field(ge=0.0)] = 0.0
    notice: Word | None = None
    choice: Word | None = None
    passages: Annotated[tuple[Word, ...], Field(max_length=50, strict=False)] = ()


# Strict models take a dataclass's instance only, and JSON has none.
_GUIDE = TypeAdapter(GuideProgress)


class DecideBody(Body):
    """``history`` is what was said before in this case, oldest first."""

    text: Text
    choice: Word | None = None
    history: Annotated[tuple[SaidBody, ...], Field(max_length=HISTORY_LIMIT, strict=False)] = ()
    demo: bool = False
    language: Word | None = None
    channel: Word = "terminal"
    unsuccessful: Annotated[int, Field(ge=0, le=100)] = 0
    guide: Annotated[GuideProgress, BeforeValidator(_GUIDE.validate_python)] | None = None


@dataclass(frozen=True, slots=True)
class ControlParts:
    """``brain`` gives the one of the configuration in force."""

    knowledge: Knowledge
    brain: Callable[[], Brain]
    clock: Clock


class Control:
    """The handlers behind the socket."""

    def __init__(self, parts: ControlParts) -> None:
        self._parts = parts

    def app(self) -> web.Application:
        # Figures of their own: an operator's questions are not the customers' traffic.
        middlewares = [watched(Metrics(), self._parts.clock), refusing()]
        app = web.Application(middlewares=middlewares, client_max_size=BODY_LIMIT)
        app.add_routes([web.post("/search", self.search), web.post("/decide", self.decide)])
        return app

    async def search(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request, SearchBody)
        allowed = Filter(MAIN, body.demo, body.audiences)
        try:
            hits = await self._parts.knowledge.search(body.query, allowed, body.limit)
        except KnowledgeUnavailable as error:
            raise Refused(503, str(error)) from error
        return as_json({"hits": HITS.dump_python(list(hits), mode="json")})

    async def decide(self, request: web.Request) -> web.StreamResponse:
        body = await read_body(request, DecideBody)
        decision = await self._parts.brain().decide(self._turn(body))
        found: dict[str, Any] = DECISION.dump_python(decision, mode="json")
        return as_json(found)

    def _turn(self, body: DecideBody) -> TurnInput:
        now = self._parts.clock.now()
        history = tuple(_said(seq, said) for seq, said in enumerate(body.history, start=1))
        asked = Said(len(history) + 1, "customer", body.text, now, choice=body.choice)
        return TurnInput(
            turn="terminal",
            tenant=MAIN,
            conversation="terminal",
            channel=body.channel,
            demo=body.demo,
            owner="assistant",
            new=(asked,),
            history=history,
            language=body.language,
            case=CaseState(unsuccessful=body.unsuccessful, guide=body.guide),
            now=now,
        )


class ControlSocket:
    """The listener: made at start, gone at stop. Without it commands build what they need."""

    def __init__(self, data: Path, parts: ControlParts) -> None:
        self._data = data
        self._parts = parts
        self._runner: web.AppRunner | None = None
        self._bound: Bound | None = None

    async def start(self) -> None:
        try:
            self._bound = await asyncio.to_thread(bind, self._data)
        except OSError as error:
            reason = error.strerror or str(error)
            meaning = "chat and kb search build an index of their own"
            log.warning("control.unavailable", reason=reason, meaning=meaning)
            return
        app = Control(self._parts).app()
        self._runner = runner_of(app)
        await self._runner.setup()
        await web.SockSite(self._runner, self._bound.socket).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._bound is not None:
            await asyncio.to_thread(self._bound.remove)


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket that has its address and does not listen yet."""

    socket: socket.socket
    path: Path
    inode: int

    def remove(self) -> None:
        """Take the address away, unless another process has put its own there."""
        self.socket.close()
        try:
            if self.path.lstat().st_ino == self.inode:
                self.path.unlink()
        except FileNotFoundError:
            return


def control_path(data: Path) -> Path:
    """Where the socket of this data folder is: in it, or where its path is too long for a
    socket, in a private folder for temporary files that is named by a hash of it."""
    path = data.resolve() / NAME
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"frontdesk-{os.geteuid()}-{name}" / NAME


def bind(data: Path) -> Bound:
    """A socket for this data folder, open to its owner only; blocking.

    Raises:
        OSError: another gateway answers there, or nothing can be made there.
    """
    path = control_path(data)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(path, data):
        raise PermissionError(errno.EPERM, f"{path.parent} belongs to somebody else")
    _clear(path, data)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        # Nobody gets in before it listens, so there is no moment with the wider mode.
        path.chmod(0o600)
    except OSError:
        bound.close()
        raise
    return Bound(bound, path, path.lstat().st_ino)


def answers(data: Path) -> bool:
    """Whether a gateway of this data folder listens; blocking."""
    path = control_path(data)
    if not _is_private(path, data):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _is_private(path: Path, data: Path) -> bool:
    """Anybody may have made a folder among the temporary files; ours lets nobody else in."""
    if path.parent == data.resolve():
        return True
    try:
        found = path.parent.lstat()
    except OSError:
        return False
    owned = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return owned and not found.st_mode & 0o077


def _clear(path: Path, data: Path) -> None:
    """Take away what a gateway left behind that ended without its stop."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(errno.EEXIST, f"{path} is there and is no socket; move it away")
    if answers(data):
        raise OSError(errno.EADDRINUSE, f"another gateway answers on {path}")
    path.unlink()


def _said(seq: int, said: SaidBody) -> Said:
    return Said(
        seq,
        said.author,
        said.text,
        said.at,
        notice=said.notice,
        choice=said.choice,
        passages=said.passages,
    )
