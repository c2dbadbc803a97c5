"""Makes secrets of 256 bits and the hashes under which rows know them; it keeps neither."""

from __future__ import annotations

import hashlib
import re
import secrets

# Named, so that scanners for leaked secrets can recognise one.
API_PREFIX = "fdt_"
BYTES = 32
_FORM = re.compile(r"(?:fdt_)?[A-Za-z0-9_-]{20,100}")


def new_secret() -> str:
    return secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> str:
    """A plain hash is enough: 256 random bits cannot be guessed, however fast one tries."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def looks_like_one(secret: str) -> bool:
    """Whether it is worth asking the store at all."""
    return _FORM.fullmatch(secret) is not None
