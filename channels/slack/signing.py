"""The signature on what Slack posts: an HMAC over the time and the raw body. It never parses a body
and never says why a signature was refused."""

from __future__ import annotations

import hashlib
import hmac
import re

from channels.errors import InvalidSignature
from channels.signatures import same

SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"
TOLERANCE_SECONDS = 300
_SECONDS = re.compile(r"[0-9]{1,12}")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature that Slack puts on a body."""
    # The SDK's verifier decodes the body and raises on what is not UTF-8; bytes need no decoding.
    signed = b"v0:" + timestamp.encode() + b":" + body
    return f"v0={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def require_current(timestamp: str, now: float) -> None:
    """This much can be refused before a body is read.

    Raises:
        InvalidSignature: malformed, or not within five minutes of now.
    """
    if not _SECONDS.fullmatch(timestamp) or abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise InvalidSignature


def require_signature(signature: str, timestamp: str, secret: str, body: bytes) -> None:
    """
    Raises:
        InvalidSignature: not made with this secret over these bytes.
    """
    if not same(sign(secret, timestamp, body), signature):
        raise InvalidSignature
