"""Owns the life of the parsing process: confined first, then one document after the other from its
input to its output, until the input ends. Never opens a file or a connection for a document."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO, TypeAlias

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders import limits
from brain.knowledge.loaders.frames import Frame, Header, packed, read_frame
from brain.knowledge.loaders.process import OUTPUT_LIMIT, Reading
from brain.knowledge.markdown import elements

Parser: TypeAlias = Callable[[bytes, Header], Reading]


_STRUCTURE_SECONDS = 10.0


def serve(parsers: Mapping[str, Parser], requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until they end."""
    _send(answers, packed({"ready": True}))
    while (request := read_frame(requests)) is not None:
        _send(answers, _answer(parsers, request))
        del request


def _send(answers: BinaryIO, frame: bytes) -> None:
    answers.write(frame)
    answers.flush()


def _answer(parsers: Mapping[str, Parser], request: Frame) -> bytes:
    header, data = request
    seconds = header.get("seconds")
    limits.allow(seconds if isinstance(seconds, int | float) else 1.0)
    try:
        reading = parsers[str(header["sort"])](data, header)
        return _packed(reading)
    except Unreadable as error:
        return packed({"error": str(error)})
    except RecursionError:
        return packed({"error": "its parts are nested too deeply; save it in a simpler form"})
    except MemoryError:
        # What is left of this process's memory may not do for the next document.
        return packed({"error": "reading it takes too much memory; split it", "spent": True})
    except Exception as error:  # noqa: BLE001  damaged files raise whatever they like
        reason = f"it is damaged or not what its ending says ({type(error).__name__})"
        return packed({"error": f"{reason}; open it and save it anew"})


def _packed(reading: Reading) -> bytes:
    body = reading.body.encode("utf-8", "replace")
    if len(body) > OUTPUT_LIMIT:
        size = OUTPUT_LIMIT // 1024**2
        raise Unreadable(f"it holds more than {size} MiB of text, so it is no article; split it")
    if not body.strip():
        raise Unreadable("it holds no text")
    # The gateway reads its structure too; what would hold it up ends this process first.
    limits.allow(_STRUCTURE_SECONDS)
    elements(reading.body)
    told = {"title": reading.title, "language": reading.language, "url": reading.url}
    return packed({key: value and value[:1000] for key, value in told.items()}, body)


def main() -> None:
    limits.confine()
    # What a parser prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from brain.knowledge.loaders.parsers import loaded  # noqa: PLC0415  under the limits

    parsers = loaded()
    limits.shut(answers.fileno())
    with answers, os.fdopen(0, "rb", closefd=False) as requests:
        serve(parsers, requests, answers)


if __name__ == "__main__":
    main()
    sys.exit(0)
