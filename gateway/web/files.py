"""Attachments for those who hold a signed, expiring address: always a download, never a page.

No path comes from outside: the token names a row, the row names the bytes by their hash.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web

from channels.errors import InvalidSignature
from channels.signatures import Signer
from gateway.desk.kept import Kept, kept_under
from gateway.store.files import Files
from gateway.store.store import MAIN, Store
from gateway.web.problems import not_found
from gateway.web.routes import Call, Route

AUDIENCE = "files"
DAY = 86_400.0
CSP = "sandbox; default-src 'none'"
# What a browser may be told; the rest are bytes.
KNOWN_TYPES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/pdf",
        "text/plain",
        "text/csv",
    }
)
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SEPARATORS = re.compile(r'[\\/:*?"<>|;%]')
_LONGEST_NAME = 120


class FileLinks:
    """Addresses of attachments. ``prefix`` is what stands before the path, where a page of another
    site is to find the file."""

    def __init__(self, signer: Signer, prefix: str = "", seconds: float = DAY) -> None:
        self._signer = signer
        self._prefix = prefix
        self._seconds = seconds

    def file_url(self, attachment_id: str) -> str:
        token = self._signer.sign(AUDIENCE, {"file": attachment_id}, self._seconds)
        return f"{self._prefix}/files/{token}"

    def attachment(self, token: str) -> str:
        """
        Raises:
            InvalidSignature: forged, of another audience or expired.
        """
        return str(self._signer.read(token, AUDIENCE).claims.get("file", ""))


class FilePages:
    def __init__(self, store: Store, files: Files, links: FileLinks, tenant: str = MAIN) -> None:
        self._store = store
        self._files = files
        self._links = links
        self._tenant = tenant

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/files/{token}", "fetch_file", self.fetch, "An attachment, as a download")
        ]

    async def fetch(self, call: Call) -> web.StreamResponse:
        found = await self._found(call.path("token"))
        headers = _headers(found)
        if found.content is not None:
            return web.Response(body=found.content, headers=headers)
        path = self._files.path(found.sha256)
        if not await asyncio.to_thread(path.is_file):
            raise not_found()
        return web.FileResponse(path, headers=headers)

    async def _found(self, token: str) -> Kept:
        try:
            named = self._links.attachment(token)
        except InvalidSignature:
            # The same as for a file that is gone: nobody learns which tokens were once good.
            raise not_found() from None
        found = await self._store.read(
            lambda reading: kept_under(reading, named), tenant=self._tenant
        )
        if found is None:
            raise not_found()
        return found


def _headers(found: Kept) -> dict[str, str]:
    known = found.content_type in KNOWN_TYPES
    return {
        "Content-Type": found.content_type if known else "application/octet-stream",
        "Content-Disposition": disposition(found.name),
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }


def disposition(name: str) -> str:
    """Content-Disposition with the name as a label: plain for old clients, RFC 5987 for others."""
    kept = label(name)
    plain = unicodedata.normalize("NFKD", kept).encode("ascii", "ignore").decode("ascii").strip()
    plain = plain if plain.strip(". ") else "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(kept, safe='')}"


def label(name: str) -> str:
    """A file's name without anything that a system could read as more than a name."""
    seen = _SEPARATORS.sub("_", _NO_NAME.sub("", name.encode("utf-8", "ignore").decode("utf-8")))
    seen = seen.strip(". ")
    if len(seen) > _LONGEST_NAME:
        stem, dot, ending = seen.rpartition(".")
        short = dot and len(ending) <= 10  # noqa: PLR2004 - longer ones are no endings
        seen = f"{stem[: _LONGEST_NAME - 11]}.{ending}" if short else seen[:_LONGEST_NAME]
    return seen or "file"
