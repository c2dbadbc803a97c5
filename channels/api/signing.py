"""The signature of the API channel, the same in both directions: that of Standard Webhooks, an HMAC
over an id, the time and the raw body. It never parses a body and never says why a signature was
refused."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from channels.errors import InvalidSignature
from channels.signatures import same

ID: Final = "webhook-id"
AT: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
HEADERS: Final = (ID, AT, SIGNATURE)
# In front of a secret that is base64, as the libraries of Standard Webhooks make and take them.
PREFIX: Final = "whsec_"
TOLERANCE_SECONDS = 300
# A sender that changes its secret signs with the old and the new one.
SIGNATURES = 10
LONGEST = 2_000
# Without a full stop: what is signed could otherwise be cut in more than one way.
_ID = re.compile(r"[!-\-/-~]{1,200}")
_AT = re.compile(r"[0-9]{1,12}")
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the three headers say: ``at`` is in seconds since the epoch, as it was written."""

    id: str
    at: str
    signatures: tuple[str, ...]


def key_of(secret: str) -> bytes:
    """The bytes that sign.

    Raises:
        ValueError: it begins like base64, and is none.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"what follows {PREFIX} is no base64") from None


def signed(secret: str, id: str, body: bytes, now: float) -> dict[str, str]:
    """The headers of a body that is sent now (seconds since the epoch). ``id`` names the message,
    the same on every try."""
    shown = id if _SAFE.fullmatch(id) else hashlib.sha256(id.encode()).hexdigest()[:32]
    at = str(int(now))
    return {ID: shown, AT: at, SIGNATURE: _mac(secret, shown, at, body)}


def stamped(headers: Mapping[str, str], now: float) -> Stamp:
    """What the headers say; this much can be refused before a body is read.

    Raises:
        InvalidSignature: missing, malformed, or not within five minutes of now.
    """
    id, at, said = (headers.get(name, "") for name in HEADERS)
    if not _ID.fullmatch(id) or not _AT.fullmatch(at) or len(said) > LONGEST:
        raise InvalidSignature
    signatures = tuple(said.split(" "))
    if not said or len(signatures) > SIGNATURES or abs(now - int(at)) > TOLERANCE_SECONDS:
        raise InvalidSignature
    return Stamp(id, at, signatures)


def require_signature(headers: Mapping[str, str], secret: str, body: bytes, now: float) -> None:
    """
    Raises:
        InvalidSignature: malformed, too old, too new, or none of them made with this secret.
    """
    stamp = stamped(headers, now)
    expected = _mac(secret, stamp.id, stamp.at, body)
    fits = [same(expected, each) for each in stamp.signatures]
    if not any(fits):
        raise InvalidSignature


def _mac(secret: str, id: str, at: str, body: bytes) -> str:
    mac = hmac.new(key_of(secret), f"{id}.{at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode("ascii")
