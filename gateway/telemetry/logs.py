"""Logs: one line of JSON an event. It never lets a secret or a control character through."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol, TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

from gateway.privacy.credentials import SHAPES
from gateway.privacy.masking import Masking
from gateway.telemetry.lines import Lines

_SECRET_KEY = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|credential", re.IGNORECASE
)
_SECRET_SHAPES = re.compile(
    SHAPES + r"|(?<=/bot)\d+:[A-Za-z0-9_-]{20,}"
    r"|(?<=/interactions/)\d{1,20}/[^/\s]{10,500}"
    r"|(?<=[?&]ticket=)[^&\s]{8,500}"
    r"|(?<=/files/)[A-Za-z0-9_.-]{20,}"
    r"|(?<=://)[^/\s:@]{0,100}:[^/\s@]{1,200}(?=@)"
)
# Control characters, and those that turn a line around: a log is read in terminals.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_MASK = "[hidden]"
# No line has a customer's words; what slips into an error's all the same is masked.
_PERSONAL = Masking(frozenset({"cards", "ibans", "ids"}))
_DEPTH = 6
_LONGEST = 20_000


class Sink(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...
    def isatty(self) -> bool: ...


class _Writer:
    """structlog's end of a sink: each call is one line. What is critical may be the process' last
    word, so it waits until the line is out."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def msg(self, line: str) -> None:
        self._sink.write(f"{line}\n")
        self._sink.flush()

    debug = info = warning = warn = error = exception = log = msg

    def critical(self, line: str) -> None:
        self.msg(line)
        if isinstance(self._sink, Lines):
            self._sink.drain()

    fatal = failure = err = critical


def log_to(stream: Sink, *, as_json: bool, level: str = "info") -> None:
    """Set structlog up for this process; the standard library's loggers go the same way."""
    renderer: structlog.typing.Processor
    if as_json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty())
    writer = _Writer(stream)
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(cast("TextIO", stream))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def log_to_stderr(*, level: str = "info") -> None:
    """Lines of JSON, or lines for people where stderr is a terminal."""
    log_to(sys.stderr, as_json=not sys.stderr.isatty(), level=level)


@contextmanager
def logging_aside(dropped: Callable[[], None], *, level: str = "info") -> Generator[None]:
    """The same, from a thread of its own: a reader that has stopped holds nothing up."""
    lines = Lines(sys.stderr.fileno(), dropped)
    log_to(lines, as_json=not lines.isatty(), level=level)
    try:
        yield
    finally:
        lines.close()
        log_to_stderr(level=level)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: secrets are masked by their key and by their shape."""
    return {key: _clean(key, value, _DEPTH) for key, value in event.items()}


def _clean(key: str, value: object, depth: int) -> object:
    if isinstance(value, str | bytes) and _is_secret(key):
        return _MASK
    if isinstance(value, str):
        # Every shape of a secret, and every control character, is more than letters and digits.
        if value.isascii() and value.isalnum() and len(value) <= _LONGEST:
            return value
        # A stack has lines of its own.
        lines = value.split("\n") if key == "exception" else [value]
        return "\n".join(map(_clean_text, lines))
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth == 0:
        return _clean_text(str(value))
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, Any]", value).items()
        return {str(name): _clean(str(name), inner, depth - 1) for name, inner in pairs}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [_clean("", inner, depth - 1) for inner in cast("Sequence[Any]", value)]
    return _clean_text(str(value))


@lru_cache(maxsize=1_000)
def _is_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def _clean_text(text: str) -> str:
    hidden = _PERSONAL.text(_SECRET_SHAPES.sub(_MASK, text[:_LONGEST]))
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), hidden)
