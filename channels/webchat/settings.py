"""What of a web channel an operator may set, as frozen data; it never reads files or the
environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from channels.kinds import CAPABILITIES

# RFC 7518, 3.2: a key for HS256 is at least as long as the hash.
KEY_BYTES = 32

_DEFAULT_PORTS = {"http": 80, "https": 443}


def _origin(value: str) -> str:
    """An origin as a browser writes it, so that comparing is comparing strings."""
    if value.endswith("/") and value.count("/") == 3:  # noqa: PLR2004 - scheme://host/
        value = value[:-1]
    parts = urlsplit(value)
    host = parts.hostname or ""
    if parts.scheme not in _DEFAULT_PORTS or not re.fullmatch(r"[a-z0-9.:-]+", host):
        raise ValueError(_ORIGIN_FORM)
    shown = f"[{host}]" if ":" in host else host
    explicit = "" if parts.port is None else f":{parts.port}"
    if value.lower() != f"{parts.scheme}://{shown}{explicit}" or parts.port == 0:
        raise ValueError(_ORIGIN_FORM)
    default = parts.port == _DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{shown}{'' if default else explicit}"


_ORIGIN_FORM = "must be an exact origin like https://shop.example.com, no path and no wildcard"


def _known_kind(value: str) -> str:
    if value not in CAPABILITIES:
        raise ValueError(f"must be a kind of channel, one of: {', '.join(sorted(CAPABILITIES))}")
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < KEY_BYTES:
        raise ValueError(f"must be at least {KEY_BYTES} bytes; `openssl rand -hex 32` makes one")
    return value


class WebSettings(BaseModel):
    """``as_`` lends the channel another kind's capabilities, so that it renders as that platform
    would. ``identity_keys`` verify the visitor identities that the host site signs (HS256), by
    ``kid``: two while one replaces the other, none when visitors are anonymous. Without
    ``origins`` only pages of the gateway's own origin may use the channel. ``quiet_seconds``
    replaces the kind's own pause before a turn begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["web"]
    as_: Annotated[str, AfterValidator(_known_kind)] | None = Field(default=None, alias="as")
    demo: bool = False
    desk: str = "web"
    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()
    identity_keys: Mapping[str, Annotated[SecretStr, AfterValidator(_long_enough)]] = Field(
        default_factory=dict[str, SecretStr]
    )
    quiet_seconds: Annotated[float, Field(ge=0, le=10)] | None = None
    upload_limit_mb: Annotated[int, Field(ge=1, le=100)] = 10
