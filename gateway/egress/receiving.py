"""Owns what is taken of an answer: its status, type and size are judged before its bytes are read.
Never decompresses and never looks into the bytes."""

from __future__ import annotations

import re

from aiohttp import ClientResponse

from brain.contract import Fetched, FetchFailed
from gateway.egress.urls import shown

_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_VALIDATOR_LENGTH = 1_024
_OK = 200
_MISSING = frozenset({404, 410})
_CLOSED = frozenset({401, 403, 407, 451})
_BUSY = frozenset({429, 503})
_SERVER_ERROR = 500


async def received(
    response: ClientResponse, url: str, limit: int, accept: tuple[str, ...]
) -> Fetched:
    """The answer, whole.

    Raises:
        FetchFailed: an error, encoded, of another type than ``accept`` or over ``limit`` bytes.
    """
    if response.status != _OK:
        raise FetchFailed(f"{shown(url)} {_status(response.status)}", response.status)
    _check_encoding(response, url)
    media_type = response.content_type.lower()
    if accept and not _accepted(media_type, accept):
        raise FetchFailed(
            f"{shown(url)} is of the type {shown(media_type)}, which cannot be read here; use the"
            " address of a page or document",
            response.status,
        )
    return Fetched(
        url=url,
        status=response.status,
        media_type=media_type,
        charset=_charset(response),
        data=await _body(response, url, limit),
        etag=_validator(response, "ETag"),
        last_modified=_validator(response, "Last-Modified"),
    )


def _check_encoding(response: ClientResponse, url: str) -> None:
    encodings = ",".join(response.headers.getall("Content-Encoding", []))
    if any(name.strip().lower() not in {"", "identity"} for name in encodings.split(",")):
        raise FetchFailed(
            f"{shown(url)} was sent compressed although it was asked for as it is, so its size"
            " cannot be judged; save the page and add the file instead",
            response.status,
        )


async def _body(response: ClientResponse, url: str, limit: int) -> bytes:
    too_large = FetchFailed(
        f"{shown(url)} is larger than {_size(limit)}; use the address of a smaller page, or split"
        " the document",
        response.status,
    )
    if response.content_length is not None and response.content_length > limit:
        raise too_large
    body = bytearray()
    async for chunk in response.content.iter_any():
        if len(body) + len(chunk) > limit:
            raise too_large
        body += chunk
    return bytes(body)


def _accepted(media_type: str, accept: tuple[str, ...]) -> bool:
    family = media_type.partition("/")[0] + "/*"
    return media_type in accept or family in accept


def _charset(response: ClientResponse) -> str | None:
    charset = response.charset or ""
    return charset.lower() if _CHARSET.fullmatch(charset) else None


def _validator(response: ClientResponse, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= _VALIDATOR_LENGTH and value.isprintable() else None


def _status(status: int) -> str:
    if status in _MISSING:
        return f"does not exist (status {status}); check the address in a browser"
    if status in _CLOSED:
        return (
            f"is not open to everybody (status {status}); save the page and add the file, or have"
            " the site let Frontdesk in"
        )
    if status in _BUSY:
        return f"is too busy now (status {status}); try again later"
    if status >= _SERVER_ERROR:
        return f"failed on its server (status {status}); try again later"
    return f"answered with status {status} instead of a page; check the address in a browser"


def _size(limit: int) -> str:
    return f"{limit // 1024**2} MiB" if limit >= 1024**2 else f"{limit // 1024} KiB"
