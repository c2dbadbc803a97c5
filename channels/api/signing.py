"""The signature of the API channel, the same in both directions: an HMAC over the time and the raw
body. It never parses a body and never says why a signature was refused."""

from __future__ import annotations

import hashlib
import hmac
import re

from channels.errors import InvalidSignature
from channels.signatures import same

HEADER = "X-Frontdesk-Signature"
TOLERANCE_SECONDS = 300
_FORM = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def sign(secret: str, body: bytes, now: float) -> str:
    """The header's value for a body that is sent now (seconds since the epoch)."""
    at = int(now)
    return f"t={at},v1={_mac(secret, at, body)}"


def signed_at(header: str, now: float) -> int:
    """When the header says that it was made; this much can be refused before a body is read.

    Raises:
        InvalidSignature: malformed, or not within five minutes of now.
    """
    found = _FORM.fullmatch(header)
    if found is None or abs(now - int(found[1])) > TOLERANCE_SECONDS:
        raise InvalidSignature
    return int(found[1])


def require_signature(header: str, secret: str, body: bytes, now: float) -> None:
    """
    Raises:
        InvalidSignature: malformed, too old, too new, or not made with this secret.
    """
    at = signed_at(header, now)
    if not same(f"t={at},v1={_mac(secret, at, body)}", header):
        raise InvalidSignature


def _mac(secret: str, at: int, body: bytes) -> str:
    signed = str(at).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
