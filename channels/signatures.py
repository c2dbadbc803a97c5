"""Owns signatures, the comparing of secrets and the caps on request bodies, for every adapter.
It never stores anything and never says why a signature was refused."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from aiohttp import web

from channels.contract import Clock
from channels.errors import InvalidSignature
from channels.events import Profile

TOKEN_CAP = 4096
IDENTITY_SECONDS = 3600
SHORTEST_SECRET = 16
# Of what a signed identity says besides: it travels in every token of the visitor.
MOST_TAGS = 10
MOST_LABEL = 40
_DIGITS = re.compile(r"[0-9]{101}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ONE_BRACKET = str.maketrans("{}", "[]")
_NOT_BRACKETS = re.compile(r"[^\[\]]+")


class Refused(web.HTTPException):
    """A request that is refused, as application/problem+json; raise it from any handler."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = status
        super().__init__(headers=headers, text="", content_type="application/problem+json")
        self.text = json.dumps(
            {"type": "about:blank", "title": self.reason, "status": status, "detail": detail}
        )
        self.detail = detail


def same(a: bytes | str, b: bytes | str) -> bool:
    """Whether two secrets are equal, in constant time; never raises on what a stranger sent."""
    return hmac.compare_digest(_as_bytes(a), _as_bytes(b))


def _as_bytes(value: bytes | str) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


# --- Our own tokens --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid token says. Times are in seconds since the epoch."""

    claims: Mapping[str, str]
    issued: float
    expires: float


class Signer:
    """Makes and reads compact tokens: canonical JSON and its HMAC-SHA256, both base64url."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        if len(key) < SHORTEST_SECRET:
            raise ValueError(f"a signing key needs at least {SHORTEST_SECRET} bytes")
        self._key = key
        self._clock = clock

    def sign(self, audience: str, claims: Mapping[str, str], seconds: float) -> str:
        now = int(self._clock.now())
        payload = {"aud": audience, "iat": now, "exp": int(now + seconds), "c": dict(claims)}
        raw = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
        body = encode(raw)
        return f"{body}.{self._mac(body)}"

    def read(self, token: str, audience: str) -> Signed:
        """
        Raises:
            InvalidSignature: malformed, forged, for another audience or expired.
        """
        body, dot, mac = token[: TOKEN_CAP + 1].partition(".")
        # Compared as text: a second spelling of the same bytes is a forgery as well.
        if len(token) > TOKEN_CAP or not dot or not same(self._mac(body), mac):
            raise InvalidSignature
        payload = _object(body)
        if not same(str(payload["aud"]), audience) or payload["exp"] <= self._clock.now():
            raise InvalidSignature
        return Signed(payload["c"], payload["iat"], payload["exp"])

    def digest(self, purpose: str, text: str) -> str:
        """128 bits, as base64url, that only the holder of the key can derive from a text."""
        mac = hmac.new(self._key, _framed(purpose, text), hashlib.sha256).digest()
        return encode(mac[:16])

    def _mac(self, body: str) -> str:
        return encode(hmac.new(self._key, _framed("token", body), hashlib.sha256).digest())


def _framed(purpose: str, text: str) -> bytes:
    return f"frontdesk.{purpose}.1\0".encode() + _as_bytes(text)


def encode(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decode(part: str) -> bytes:
    if not _BASE64URL.fullmatch(part):
        raise InvalidSignature
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise InvalidSignature from None


def _object(part: str) -> dict[str, Any]:
    try:
        return strict_json(_decode(part), depth=4)
    except Refused:
        raise InvalidSignature from None


# --- The identity that the host site vouches for ---------------------------------------------


@dataclass(frozen=True, slots=True)
class VisitorIdentity:
    """Who the host site says that its visitor is, by which key, and what it knows of them."""

    id: str
    kid: str
    name: str | None = None
    email: str | None = None
    profile: Profile | None = None


def visitor_identity(
    token: str, keys: Mapping[str, str], audience: str, now: float
) -> VisitorIdentity:
    """Read a JSON web token, HS256 only: known ``kid``, ``aud`` the channel, ``exp`` within 1 h.

    Raises:
        InvalidSignature: always with the same message, so that nobody learns what to mend.
    """
    parts = token[: TOKEN_CAP + 1].split(".", 3)
    if len(token) > TOKEN_CAP or len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        raise InvalidSignature
    kid, secret = _key_for(_object(parts[0]), keys)
    expected = hmac.new(_as_bytes(secret), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256)
    if not same(encode(expected.digest()), parts[2]):
        raise InvalidSignature
    claims = _object(parts[1])
    _require_current(claims, audience, now)
    return VisitorIdentity(
        id=_label(claims, "sub", required=True) or "",
        kid=kid,
        name=_label(claims, "name"),
        email=_label(claims, "email"),
        profile=_profile(claims),
    )


def _key_for(header: Mapping[str, Any], keys: Mapping[str, str]) -> tuple[str, str]:
    kid = header.get("kid")
    if header.get("alg") != "HS256" or "crit" in header or not isinstance(kid, str):
        raise InvalidSignature
    secret = keys.get(kid, "")
    if len(secret) < SHORTEST_SECRET:
        raise InvalidSignature
    return kid, secret


def _require_current(claims: Mapping[str, Any], audience: str, now: float) -> None:
    expires, begins = _seconds(claims.get("exp")), _seconds(claims.get("nbf", 0))
    if not now < expires <= now + IDENTITY_SECONDS or begins > now + 60:
        raise InvalidSignature
    if claims.get("aud") != audience:
        raise InvalidSignature


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidSignature
    return value


def _label(claims: Mapping[str, Any], name: str, *, required: bool = False) -> str | None:
    value = claims.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():  # noqa: PLR2004 - as long as any real name
        raise InvalidSignature
    return value


def _profile(claims: Mapping[str, Any]) -> Profile | None:
    tags = claims.get("tags")
    found = Profile(
        vip=_truth(claims, "vip"),
        tier=_short(claims, "tier"),
        prefers_person=_truth(claims, "prefers_person"),
        tags=None if tags is None else _tags(tags),
    )
    return None if found == Profile() else found


def _truth(claims: Mapping[str, Any], name: str) -> bool | None:
    value = claims.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidSignature
    return value


def _short(claims: Mapping[str, Any], name: str) -> str | None:
    value = _label(claims, name)
    if value is not None and len(value) > MOST_LABEL:
        raise InvalidSignature
    return value


def _tags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(given := cast("list[object]", value)) > MOST_TAGS:
        raise InvalidSignature
    tags = [_short({"tag": one}, "tag") for one in given]
    return tuple(dict.fromkeys(tag for tag in tags if tag is not None))


# --- Bodies ----------------------------------------------------------------------------------


async def read_capped(request: web.Request, limit: int, seconds: float) -> bytes:
    """The raw body: at most ``limit`` bytes, arriving within ``seconds``, not compressed.

    Raises:
        Refused: 413, 408, 415, or 400 for a body that breaks off.
    """
    refuse_compressed(request.headers)
    if (request.content_length or 0) > limit:
        raise too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError:
        raise too_slow(seconds) from None
    except web.RequestPayloadError:
        raise Refused(400, "The body broke off or is not valid HTTP; send it again.") from None
    return bytes(body)


def refuse_compressed(headers: Mapping[str, str]) -> None:
    if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "Compressed bodies are not read; send it without Content-Encoding.")


def too_large(limit: int) -> Refused:
    refusal = Refused(413, f"The body is larger than {limit} bytes; send less.")
    refusal.force_close()
    return refusal


def too_slow(seconds: float) -> Refused:
    refusal = Refused(408, f"The body did not arrive within {seconds:g} seconds; send it again.")
    refusal.force_close()
    return refusal


def strict_json(raw: bytes, depth: int = 32) -> dict[str, Any]:
    """An object out of strict UTF-8 JSON. Depth and digits are checked before anything is parsed.

    Raises:
        Refused: 400. No NaN, no infinity, no key twice, no NUL, no half of a surrogate pair.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _bad_json("is not UTF-8") from None
    bare = text.replace("\\\\", "")
    _require_shallow(bare, depth)
    if "\\u0000" in bare:
        raise _bad_json("holds a NUL character")
    value = _parsed(text)
    if not isinstance(value, dict):
        raise _bad_json("is not an object")
    found = cast("dict[str, Any]", value)
    if _SURROGATE.search(bare):
        _require_pairs(found)
    return found


def _bad_json(what: str) -> Refused:
    return Refused(400, f"The body {what}; send one JSON object.")


def _require_shallow(bare: str, depth: int) -> None:
    """Refuses too deep nesting in linear time: each round takes the innermost brackets away."""
    outside = "".join(bare.replace('\\"', "").split('"')[::2])
    if _DIGITS.search(outside):
        raise _bad_json("holds a number of more than 100 digits")
    brackets = _NOT_BRACKETS.sub("", outside.translate(_ONE_BRACKET))
    for _ in range(depth):
        if not brackets:
            return
        brackets = brackets.replace("[]", "")
    if brackets:
        raise _bad_json(f"is nested deeper than {depth} levels, or its brackets do not match")


def _parsed(text: str) -> object:
    try:
        return json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except (ValueError, RecursionError):
        raise _bad_json("is not valid JSON") from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError
    return value


def _require_pairs(value: Mapping[str, Any]) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise _bad_json("holds half of a surrogate pair") from None
