"""Hashes and checks passwords with argon2id, in threads and a few at a time.

It never says which part of a sign-in was wrong, not even by the time it takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from gateway.people.records import TooManyTries

# Each takes the memory and the core of its parameters; a flood of sign-ins waits here.
AT_ONCE = 2
WAITING = 50


class Passwords:
    def __init__(self, hasher: PasswordHasher, at_once: int = AT_ONCE) -> None:
        self._hasher = hasher
        self._slots = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """
        Raises:
            TooManyTries: too many wait already.
        """
        async with self._slot():
            return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; for nobody's (None) it takes as long.

        Raises:
            TooManyTries: too many wait already.
        """
        async with self._slot():
            return await asyncio.to_thread(self._check, stored, password)

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[None]:
        if self._waiting >= WAITING:
            raise TooManyTries(1.0)
        self._waiting += 1
        try:
            async with self._slots:
                yield
        finally:
            self._waiting -= 1

    def _check(self, stored: str | None, password: str) -> bool:
        # Made for whoever comes first, known or not.
        nobodys = self._hash_of_nobody()
        try:
            self._hasher.verify(stored or nobodys, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False
        return stored is not None

    def _hash_of_nobody(self) -> str:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody has this password")
        return self._nobodys
