"""The gateway's own secret, made at the first start and kept beside its data."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path

from gateway.errors import StoreRefused

BYTES = 32


class Keys:
    """Derives a key for each purpose, so that a token made for one opens nothing else."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def key(self, purpose: str) -> bytes:
        return hmac.new(self._master, purpose.encode(), hashlib.sha256).digest()

    def __repr__(self) -> str:
        return "Keys()"


def load_keys(folder: Path, random: Callable[[int], bytes]) -> Keys:
    """Read the secret, or make it. Nodes of one gateway need the same file.

    Raises:
        StoreRefused: it cannot be read or written, or is not what we wrote.
    """
    file = folder / "secret.key"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            _write(file, random(BYTES))
        master = file.read_bytes()
    except OSError as error:
        raise StoreRefused(f"{file} cannot be used: {error.strerror}; mend its rights") from error
    if len(master) != BYTES:
        raise StoreRefused(
            f"{file} is not the secret that the gateway wrote; restore it from a backup, or remove"
            " it: then visitors begin new sessions"
        )
    return Keys(master)


def _write(file: Path, secret: bytes) -> None:
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(secret)
        written.flush()
        os.fsync(written.fileno())
    partial.replace(file)
