"""Owns the process apart in which HTML, PDF and DOCX are parsed: its start, its deadline and caps,
and that a document which breaks it breaks nothing else. Never parses such a file itself."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self, TypeAlias

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders.exchange import Child, ChildFloods, ChildGone, ChildLate
from brain.knowledge.loaders.frames import Frame, Header, packed

Sort: TypeAlias = Literal["html", "pdf", "docx"]

INPUT_LIMIT = 20 * 1024 * 1024
OUTPUT_LIMIT = 5 * 1024 * 1024
# A document's deadline; no help page or manual comes near it.
SECONDS = 30.0
COMMAND = (sys.executable, "-s", "-E", "-m", "brain.knowledge.loaders.child")
_TITLE_LIMIT = 500
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_OUT_OF_TIME = frozenset({-signal.SIGXCPU})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its text as Markdown, and what it says of itself."""

    body: str
    title: str | None = None
    language: str | None = None
    url: str | None = None


class Readings:
    """One child process that parses, started when it is first needed and replaced when a document
    breaks it. Blocking; several threads may share it, one document is read at a time. ``seconds``
    is the deadline of a document, ``starting`` that of a new child."""

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        starting: float = 60.0,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._seconds = seconds
        self._starting = starting
        self._command = command
        self._lock = threading.Lock()
        self._child: Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process id of the child; None where none runs."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """End the child; reading again starts another."""
        with self._lock:
            self._stop()

    def read(self, sort: Sort, data: bytes, told: Header | None = None) -> Reading:
        """Parse one file. ``told`` is what the parser should know of it (``url``, ``charset``).

        Raises:
            Unreadable: it cannot be read within the caps; the message says how to mend it.
        """
        if len(data) > INPUT_LIMIT:
            size = INPUT_LIMIT // 1024**2
            raise Unreadable(f"it is larger than {size} MiB; split it or save it smaller")
        request = packed({**(told or {}), "sort": sort, "seconds": self._seconds}, data)
        with self._lock:
            return _reading(self._asked(request))

    def _asked(self, request: bytes) -> Frame:
        if self._child is not None and not self._child.runs:
            # It ended between two documents; the next one is not to blame.
            self._stop()
        child = self._child or self._started()
        try:
            frame = child.ask(request, self._seconds, OUTPUT_LIMIT)
        except (ChildGone, ChildLate, ChildFloods) as error:
            self._stop()
            raise Unreadable(_broken(error, self._seconds)) from error
        except BaseException:
            # An answer that nobody waits for any more must not become the next document's.
            self._stop()
            raise
        if frame[0].get("spent"):
            self._stop()
        return frame

    def _started(self) -> Child:
        try:
            self._child = Child(self._command)
            self._child.ask(b"", self._starting, 0)
        except (OSError, ChildGone, ChildLate, ChildFloods) as error:
            self._stop()
            reason = "the process that reads such files did not start"
            raise Unreadable(f"{reason} ({error}); add it again") from error
        return self._child

    def _stop(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None


def _broken(error: Exception, seconds: float) -> str:
    if isinstance(error, ChildFloods):
        size = OUTPUT_LIMIT // 1024**2
        return f"it holds more than {size} MiB of text, so it is no article; split it"
    if isinstance(error, ChildGone) and error.code not in _OUT_OF_TIME:
        return (
            f"reading it broke the process apart (exit code {error.code}), so it is damaged or made"
            " to harm; save it anew in another form"
        )
    return f"reading it takes longer than {seconds:g} s; split it or save it in a simpler form"


def _reading(frame: Frame) -> Reading:
    """The child's answer, checked: a parser that a file has turned must not say what it likes."""
    header, data = frame
    error = _said(header, "error")
    if error is not None:
        raise Unreadable(error)
    try:
        body = data.decode("utf-8")
    except UnicodeDecodeError as undecodable:
        raise Unreadable("what was read of it is no text; save it anew") from undecodable
    return Reading(body.replace("\0", ""), _said(header, "title"), _language(header), _url(header))


def _said(header: Header, key: str) -> str | None:
    value = header.get(key)
    if not isinstance(value, str):
        return None
    clean = "".join(c for c in value if c.isprintable() or c.isspace())
    return " ".join(clean.split())[:_TITLE_LIMIT] or None


def _language(header: Header) -> str | None:
    """The first part of what the file calls its language, which is what filters go by."""
    first = (_said(header, "language") or "").lower().replace("_", "-").split("-")[0]
    return first if _LANGUAGE.fullmatch(first) else None


def _url(header: Header) -> str | None:
    url = _said(header, "url")
    return url if url and url.startswith(("https://", "http://")) else None
