"""Streams a visitor's upload from the request to the gateway under caps of size and time.
It never keeps the bytes and never uses a file name as anything but a label."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from channels.contract import Uploads
from channels.events import Address
from channels.signatures import Refused, refuse_compressed, too_large, too_slow

SECONDS = 120
CHUNK = 65_536
OVERHEAD = 16_384
NAME_LIMIT = 150
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


async def take_upload(
    request: web.Request, uploads: Uploads, address: Address, limit: int, seconds: float = SECONDS
) -> str:
    """Store the first part of the form, which has to be a file, and return its id.

    Raises:
        Refused: 400, 408, 413, 415 or 422. UploadRefused: from the gateway.
    """
    refuse_compressed(request.headers)
    if request.content_type != "multipart/form-data":
        raise Refused(415, "Send the file as multipart/form-data.")
    if (request.content_length or 0) > limit + OVERHEAD:
        raise too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            part = await _file_part(request)
            name, kind = label(part.filename), _content_type(part)
            return await uploads.store(address, name, kind, _chunks(part, request.content, limit))
    except TimeoutError:
        raise too_slow(seconds) from None
    except (ValueError, HttpProcessingError, web.RequestPayloadError, EOFError):
        raise _broken() from None


def label(name: str | None) -> str:
    """A name to show: no folders, no invisible or direction-changing characters, not too long."""
    last = re.split(r"[/\\]", name or "")[-1]
    shown = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return shown.strip(" .")[-NAME_LIMIT:] or "file"


async def _file_part(request: web.Request) -> BodyPartReader:
    part = await (await request.multipart()).next()
    if not isinstance(part, BodyPartReader) or part.filename is None:
        raise Refused(422, "The form's first part has to be the file.")
    encoding = part.headers.get("Content-Transfer-Encoding", "binary").lower()
    if encoding not in {"binary", "8bit", "7bit"}:
        raise Refused(415, "The file is encoded; send its plain bytes.")
    refuse_compressed(part.headers)
    return part


def _content_type(part: BodyPartReader) -> str:
    kind = part.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind if _TYPE.fullmatch(kind) else "application/octet-stream"


async def _chunks(part: BodyPartReader, body: StreamReader, limit: int) -> AsyncIterator[bytes]:
    total = 0
    while not part.at_eof():
        chunk = await part.read_chunk(CHUNK)
        total += len(chunk)
        if total > limit:
            raise too_large(limit)
        if not chunk and not part.at_eof() and body.at_eof():
            raise _broken()
        yield chunk


def _broken() -> Refused:
    refusal = Refused(400, "The form broke off or is not valid multipart/form-data.")
    refusal.force_close()
    return refusal
