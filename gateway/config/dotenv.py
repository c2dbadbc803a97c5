"""The ``.env`` file beside the configuration: names and values, nothing else; it never runs a
shell's expansions and never changes the process's environment."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import Problem

NAME = ".env"
SIZE_LIMIT = 1024 * 1024

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*(.*?)\s*")
_QUOTED = re.compile(r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")\s*(?:#.*)?""")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class EnvFile:
    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read(folder: Path) -> EnvFile:
    path = folder / NAME
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(path.stat().st_mode)
            content = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        return EnvFile({})
    except OSError as error:
        why = error.strerror or "unknown reason"
        return EnvFile({}, (Problem(f"cannot be read ({why})", file=NAME),))
    if len(content) > SIZE_LIMIT:
        return EnvFile({}, (Problem("the file is larger than 1 MiB", file=NAME),))
    return parse(content, mode)


def parse(content: bytes, mode: int = 0o600) -> EnvFile:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return EnvFile({}, (Problem("the file is not UTF-8", (), "save it as UTF-8", NAME),))
    values: dict[str, str] = {}
    problems: list[Problem] = []
    warnings = _mode(mode)
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        value = None if match is None else _value(match[2])
        if match is None or value is None:
            problems.append(_unreadable(number))
            continue
        if match[1] in values:
            message = f"{match[1]} is set twice; the last one counts"
            warnings.append(Problem(message, file=NAME, line=number))
        values[match[1]] = value
    return EnvFile(values, tuple(problems), tuple(warnings))


def _value(text: str) -> str | None:
    """The value as written after the ``=``; None when a quote is not closed."""
    if text[:1] not in {"'", '"'}:
        return "" if text.startswith("#") else re.split(r"\s#", text, maxsplit=1)[0].rstrip()
    match = _QUOTED.fullmatch(text)
    if match is None:
        return None
    if match[1] is not None:
        return match[1]
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), match[2])


def _unreadable(line: int) -> Problem:
    # Never the line itself: it may hold a secret.
    mend = 'write NAME=value, with quotes around a value that holds spaces or "#"'
    return Problem("this line cannot be read", (), mend, NAME, line)


def _mode(mode: int) -> list[Problem]:
    if not mode & 0o077:
        return []
    return [Problem(f"others on this machine can read it (mode {mode:04o})", (), _CHMOD, NAME)]


_CHMOD = "run: chmod 600 .env"
