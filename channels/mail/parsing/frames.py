"""The form of what passes between the gateway's process and the one that reads mail: two lengths,
JSON and bytes. Never reads a mail."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, TypeAlias

Frame: TypeAlias = tuple[bytes, bytes]
LENGTHS = struct.Struct(">II")
JSON_BYTES = 2 * 1024 * 1024
DATA_BYTES = 32 * 1024 * 1024


def packed(told: Mapping[str, Any], data: bytes = b"") -> bytes:
    # Half of a surrogate pair is no UTF-8; some charsets decode to one.
    header = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    return LENGTHS.pack(len(header), len(data)) + header + data


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame as JSON and data, unread; None at the stream's end or beyond the caps."""
    lengths = _exactly(stream, LENGTHS.size)
    if lengths is None:
        return None
    header, data = LENGTHS.unpack(lengths)
    if header > JSON_BYTES or data > DATA_BYTES:
        return None
    told, rest = _exactly(stream, header), _exactly(stream, data)
    return None if told is None or rest is None else (told, rest)


def _exactly(stream: BinaryIO, size: int) -> bytes | None:
    got = bytearray()
    while len(got) < size:
        chunk = stream.read(size - len(got))
        if not chunk:
            return None
        got += chunk
    return bytes(got)
