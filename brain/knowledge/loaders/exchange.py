"""Owns one child process and the exchange of frames with it under a deadline, in which neither side
can stop the other by not reading. Never trusts what the child says."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from brain.knowledge.loaders.frames import HEADER_LIMIT, LENGTHS, Frame, unpacked

_CHUNK = 64 * 1024
# The folder that holds the package: where `-m` finds it, installed or not.
_HERE = Path(__file__).parents[3]


class ChildGone(Exception):
    """The child ended; ``code`` is its exit code, negative for a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the child ended with {code}")
        self.code = code


class ChildLate(Exception):
    """The child did not answer in time."""


class ChildFloods(Exception):
    """The child says more than it may, or what is no frame."""


class Child:
    """A running child. After any error of ``ask`` it is of no use: ``stop`` it."""

    def __init__(self, command: Sequence[str]) -> None:
        """
        Raises:
            OSError: it cannot be started.
        """
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module, without a shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=_HERE,
            env={},
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("the child has no pipes")
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def ask(self, frame: bytes, seconds: float, limit: int) -> Frame:
        """Send a frame (none if empty) and wait for one of at most ``limit`` bytes of data.

        Raises:
            ChildGone, ChildLate, ChildFloods.
        """
        exchange = _Exchange(self._in.fileno(), self._out.fileno(), frame, limit)
        try:
            return exchange.run(time.monotonic() + seconds)
        except (BrokenPipeError, EOFError) as error:
            raise ChildGone(self._ended()) from error

    def _ended(self) -> int:
        try:
            return self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def stop(self) -> None:
        """Kill it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._in.close()
        self._out.close()


class _Exchange:
    def __init__(self, into: int, out_of: int, frame: bytes, limit: int) -> None:
        self._into = into
        self._out_of = out_of
        self._unsent = memoryview(frame)
        self._got = bytearray()
        self._limit = limit

    def run(self, deadline: float) -> Frame:
        with selectors.DefaultSelector() as selector:
            selector.register(self._out_of, selectors.EVENT_READ)
            if self._unsent:
                selector.register(self._into, selectors.EVENT_WRITE)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ChildLate("it took too long")
                for key, _ in selector.select(left):
                    if key.fd == self._out_of:
                        self._receive()
                    elif self._send():
                        selector.unregister(self._into)
                frame = self._frame()
                if frame is not None:
                    return frame

    def _send(self) -> bool:
        """Whether everything is sent."""
        sent = os.write(self._into, self._unsent[:_CHUNK])
        self._unsent = self._unsent[sent:]
        return not self._unsent

    def _receive(self) -> None:
        chunk = os.read(self._out_of, _CHUNK)
        if not chunk:
            raise EOFError
        self._got += chunk

    def _frame(self) -> Frame | None:
        if len(self._got) < LENGTHS.size:
            return None
        header, data = LENGTHS.unpack_from(self._got)
        if header > HEADER_LIMIT or data > self._limit:
            raise ChildFloods("it said more than an answer")
        start, end = LENGTHS.size + header, LENGTHS.size + header + data
        if len(self._got) < end:
            return None
        if len(self._got) > end or self._unsent:
            raise ChildFloods("it said more than an answer")
        try:
            return unpacked(bytes(self._got[LENGTHS.size : start]), bytes(self._got[start:]))
        except ValueError as error:
            raise ChildFloods("it said what is no answer") from error
