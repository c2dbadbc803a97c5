"""What every kind's settings have in common, and how the address of a platform is judged."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field

_IN_URL = re.compile(r"[!-~]+")
WEB = ("https", "http")
SOCKET = ("wss", "ws")


class ChannelSettings(BaseModel):
    """``demo`` channels may be answered from demo knowledge. ``desk`` is where handoffs go,
    ``name`` what visitors see. ``quiet_seconds`` replaces the kind's own pause before a turn
    begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    demo: bool = False
    desk: str = "web"
    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    quiet_seconds: Annotated[float, Field(ge=0, le=10)] | None = None

    @property
    def as_(self) -> None:
        """It never shows itself as another kind."""
        return


def is_loopback(host: str | None) -> bool:
    """Whether a URL's host is this machine."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def endpoint(value: str, like: str, schemes: tuple[str, str] = WEB) -> str:
    """An address that credentials may travel to: encrypted (the first scheme), or on this machine.

    Raises:
        ValueError: it is none; the message repeats nothing of it, for it may hold a password.
    """
    secure, clear = schemes
    parts = _split(value)
    if parts is None or parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"must be an address like {like}")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be an address without user:password@, without ? and without #")
    if parts.scheme == clear and not is_loopback(parts.hostname):
        raise ValueError(
            f"is plain {clear} beyond this machine, in which anyone can read; use {secure}"
        )
    return value.rstrip("/")


def _split(value: str) -> SplitResult | None:
    """None for what is no address at all, a port that is no number included."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts if _IN_URL.fullmatch(value) else None
