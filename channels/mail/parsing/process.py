"""The process apart in which mail is read: its start, its deadline, and that a mail which breaks
it breaks nothing else. Never parses a mail itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from channels.mail.letter import Answer, Letter, Read
from channels.mail.parsing.frames import Frame, packed, read_frame
from channels.mail.parsing.refused import MAIL_BYTES, Refused

SECONDS = 5.0
STARTING_SECONDS = 60.0
# Killed at its deadline, or for the processor's time that it took.
_LATE = frozenset({-signal.SIGKILL, -signal.SIGXCPU})
COMMAND = (sys.executable, "-s", "-E", "-m", "channels.mail.parsing.child")
# The folder that holds the package: where `-m` finds it, installed or not.
_HERE = Path(__file__).parents[3]


class Readings:
    """One child, started when it is first needed and replaced when a mail breaks it. Blocking; one
    mail is read at a time. ``seconds`` is the deadline of a mail."""

    def __init__(self, *, seconds: float = SECONDS, command: Sequence[str] = COMMAND) -> None:
        self._seconds = seconds
        self._command = command
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def close(self) -> None:
        with self._lock:
            self._stop()

    def read(self, raw: bytes) -> Read:
        """
        Raises:
            Refused: it cannot be read within the caps; the message says why.
            OSError: no process could be started.
        """
        if len(raw) > MAIL_BYTES:
            raise Refused(f"it is larger than {MAIL_BYTES // 1024**2} MB")
        with self._lock:
            told, data = self._asked(raw)
            answer = _answer(told)
            if answer.spent:
                self._stop()
        if answer.refused is not None:
            raise Refused(answer.refused[:300])
        return Read(_letter(told), data)

    def _asked(self, raw: bytes) -> Frame:
        if self._child is not None and self._child.poll() is not None:
            # It ended between two mails; the next one is not to blame.
            self._stop()
        fresh = self._child is None
        child = self._child or self._started()
        frame = _exchanged(child, packed({}, raw), self._seconds)
        if frame is not None:
            return frame
        code = _ended(child)
        self._stop()
        if not fresh and code not in _LATE:
            # It may have ended while it waited; a mail that is to blame breaks a new one as well.
            return self._asked(raw)
        raise Refused(_broken(code))

    def _started(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_HERE,
            env={},
            start_new_session=True,
        )
        if _exchanged(self._child, b"", STARTING_SECONDS) is None:
            self._stop()
            raise OSError("the process that reads mail did not start")
        return self._child

    def _stop(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._child = None


def _exchanged(child: subprocess.Popen[bytes], request: bytes, seconds: float) -> Frame | None:
    """What it answers; None when it ends, floods or is late. Killing it ends every wait here."""
    late = threading.Timer(seconds, child.kill)
    late.daemon = True
    late.start()
    try:
        into, out_of = _pipes(child)
        into.write(request)
        into.flush()
        return read_frame(out_of)
    except BrokenPipeError:
        return None
    finally:
        late.cancel()


def _pipes(child: subprocess.Popen[bytes]) -> tuple[BinaryIO, BinaryIO]:
    if child.stdin is None or child.stdout is None:
        raise OSError("the process that reads mail has no pipes")
    return child.stdin, child.stdout  # pyright: ignore[reportReturnType] - IO[bytes] is one


def _answer(told: bytes) -> Answer:
    try:
        return Answer.model_validate_json(told)
    except ValidationError:
        return Answer(refused="reading it gave no answer")


def _letter(told: bytes) -> Letter:
    try:
        return Letter.model_validate_json(told)
    except ValidationError as error:
        raise Refused("reading it gave no answer") from error


def _ended(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait(1)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _broken(code: int) -> str:
    if code in _LATE:
        return "reading it takes too long"
    return f"reading it broke the process apart (exit code {code})"
