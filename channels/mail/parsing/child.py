"""The life of the process that reads mail: confined first, then one mail after the other, until
its input ends. Never opens a file or a connection for a mail."""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import BinaryIO

from channels.mail.parsing.frames import packed, read_frame
from channels.mail.parsing.refused import Refused

MEMORY = 1024**3
SECONDS = 5
# Stripping quotes is a convenience; it may not cost a mail its reading.
QUOTE_SECONDS = 0.4


class _Late(Exception):
    pass


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until they end."""
    while (request := read_frame(requests)) is not None:
        _allow(SECONDS)
        answers.write(_answer(request[1]))
        answers.flush()


def _answer(raw: bytes) -> bytes:
    from channels.mail.parsing.reading import read  # noqa: PLC0415 - under the limits

    try:
        letter, files = read(raw, _latest)
        return packed(letter, b"".join(file.content for file in files))
    except Refused as error:
        return packed({"refused": str(error)})
    except RecursionError:
        return packed({"refused": "its parts are nested too deeply"})
    except MemoryError:
        return packed({"refused": "reading it takes too much memory", "spent": True})
    except Exception as error:  # noqa: BLE001 - what was made to harm raises whatever it likes
        return packed({"refused": f"it is damaged ({type(error).__name__})"})


def _latest(text: str) -> str:
    from channels.mail.parsing.quoting import latest  # noqa: PLC0415 - under the limits

    signal.setitimer(signal.ITIMER_REAL, QUOTE_SECONDS)
    try:
        return latest(text)
    except _Late:
        return text
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _late(_number: int, _frame: FrameType | None) -> None:
    raise _Late


def _allow(seconds: float) -> None:
    """Bound the processor time of the next mail; who exceeds it is killed."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (_least(until, hard), hard))


def _lower(kind: int, value: int) -> None:
    soft, hard = resource.getrlimit(kind)
    value = _least(_least(value, soft), hard)
    resource.setrlimit(kind, (value, value))


def _least(value: int, limit: int) -> int:
    return value if limit == resource.RLIM_INFINITY else min(value, limit)


def main() -> None:
    # macOS knows the limit but refuses to set it; the parent's deadline holds there too.
    with suppress(ValueError, OSError):
        _lower(resource.RLIMIT_AS, MEMORY)
    _lower(resource.RLIMIT_CORE, 0)
    signal.signal(signal.SIGALRM, _late)
    # What a parser prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _answer(_FIRST)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, answers.fileno() + 1)
    with answers, os.fdopen(0, "rb", closefd=False) as requests:
        answers.write(packed({"ready": True}))
        answers.flush()
        serve(requests, answers)


# Read once before the doors are shut, so that everything it takes is imported.
_FIRST = (
    b'Subject: =?utf-8?q?f=C3=BCr?=\nContent-Type: multipart/alternative; boundary="b"\n\n--b\n'
    b"Content-Type: text/plain; charset=koi8-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4 \xff\n\nOn Monday, Ada"
    b" wrote:\n> it\n--b\nContent-Type: text/plain\n\n\xf0\xd2\xc9\xd7\xc5\xd4\n--b\n"
    b"Content-Type: text/html\n\n<p>a <b>b</b></p>\n--b--\n"
)

if __name__ == "__main__":
    main()
    sys.exit(0)
