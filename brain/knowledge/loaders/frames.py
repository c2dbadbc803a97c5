"""Owns the form of what passes between this process and the one that parses: a JSON header and
bytes, each with its length before it. Never reads a document."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import BinaryIO, TypeAlias, cast

Header: TypeAlias = dict[str, object]
Frame: TypeAlias = tuple[Header, bytes]
HEADER_LIMIT = 64 * 1024
LENGTHS = struct.Struct(">II")


def packed(header: Mapping[str, object], data: bytes = b"") -> bytes:
    told = json.dumps(dict(header)).encode()
    return LENGTHS.pack(len(told), len(data)) + told + data


def unpacked(header: bytes, data: bytes) -> Frame:
    """
    Raises:
        ValueError: the header is no JSON object.
    """
    told: object = json.loads(header)
    if not isinstance(told, dict):
        raise ValueError("a frame's header is no object")  # noqa: TRY004  the bytes are wrong
    return cast("Header", told), data


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame of a blocking stream; None at its end."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    header_size, data_size = LENGTHS.unpack(lengths)
    return unpacked(stream.read(header_size), stream.read(data_size))
