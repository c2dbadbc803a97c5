"""Attachments' bytes on disk: content-addressed, fsynced before anything refers to them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 256 * 1024


class FileTooLarge(Exception):
    """The file is larger than what is accepted."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    sha256: str
    size: int


class Files:
    """One folder, shared between nodes; a name never comes from outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> StoredFile:
        """Write the bytes durably; blocking, so call it in a thread."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if not target.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._partial()
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._publish(partial, target)
        return StoredFile(sha256, len(content))

    async def keep_stream(self, chunks: AsyncIterator[bytes], limit: int) -> StoredFile:
        """Write a stream durably.

        Raises:
            FileTooLarge: more than ``limit`` bytes came; nothing is kept.
        """
        collected = bytearray()
        async for chunk in chunks:
            collected += chunk
            if len(collected) > limit:
                raise FileTooLarge
        return await asyncio.to_thread(self.keep, bytes(collected))

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def read(self, sha256: str) -> Iterator[bytes]:
        with self.path(sha256).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def remove(self, sha256: str) -> None:
        """Nobody refers to it any more; blocking."""
        self.path(sha256).unlink(missing_ok=True)

    def _partial(self) -> Path:
        return self._folder / f".{secrets.token_hex(8)}.partial"

    def _publish(self, partial: Path, target: Path) -> None:
        target.parent.mkdir(exist_ok=True, mode=0o700)
        _sync(self._folder)
        partial.replace(target)
        _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
