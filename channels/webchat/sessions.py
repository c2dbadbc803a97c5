"""Owns who a visitor is: session tokens, and the identity that the host site vouches for.
It never stores a session; the signed token is all there is before the first message."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from channels.contract import Clock
from channels.errors import InvalidSignature
from channels.events import Address, Profile, Sender
from channels.signatures import (
    TOKEN_CAP,
    Signed,
    Signer,
    VisitorIdentity,
    encode,
    visitor_identity,
)

DAY = 86_400
TOKEN_SECONDS = 30 * DAY
SESSION_BYTES = 16


@dataclass(frozen=True, slots=True)
class Session:
    """One visitor's place on one channel. ``renewed`` is a token to replace the one that came."""

    id: str
    user: str | None = None
    name: str | None = None
    profile: Profile | None = None
    renewed: str | None = None

    @property
    def address(self) -> Address:
        return Address(chat=self.id)

    @property
    def sender(self) -> Sender:
        if self.user is None:
            return Sender(ids=(self.id,))
        ids = (self.user, self.id)
        return Sender(ids, self.name, verified="hs256", profile=self.profile)


class Sessions:
    """Opens sessions and reads their tokens, for one channel."""

    def __init__(
        self,
        channel: str,
        key: bytes,
        identity_keys: Mapping[str, str],
        clock: Clock,
        random: Callable[[int], bytes],
    ) -> None:
        self._channel = channel
        self._keys = dict(identity_keys)
        self._clock = clock
        self._random = random
        self._signer = Signer(key, clock)

    def open(self, user: str | None) -> tuple[str, str]:
        """A session's id and its token; ``user`` is the host site's signed identity.

        Raises:
            InvalidSignature: the identity is not one, or says more than a token holds.
        """
        if user is None:
            session = encode(self._random(SESSION_BYTES))
            return session, self._token({"s": session})
        identity = visitor_identity(user, self._keys, self._channel, self._clock.now())
        session = self._signer.digest("visitor", f"{self._channel}\0{identity.id}")
        token = self._token({"s": session, **self._vouched(identity)})
        if len(token) > TOKEN_CAP:
            raise InvalidSignature
        return session, token

    def read(self, token: str) -> Session:
        """
        Raises:
            InvalidSignature: malformed, forged, expired, of another channel, or vouched for by
                a key that is no longer configured.
        """
        signed = self._signer.read(token, self._channel)
        claims = signed.claims
        if "k" in claims and claims.get("f") != self._fingerprint(claims["k"]):
            raise InvalidSignature
        profile = _read(claims["p"]) if "p" in claims else None
        user, name = claims.get("u"), claims.get("n")
        return Session(claims["s"], user, name, profile, self._renewed(signed))

    def _token(self, claims: Mapping[str, str]) -> str:
        return self._signer.sign(self._channel, claims, TOKEN_SECONDS)

    def _renewed(self, signed: Signed) -> str | None:
        if self._clock.now() - signed.issued < DAY:
            return None
        return self._token(signed.claims)

    def _vouched(self, identity: VisitorIdentity) -> dict[str, str]:
        claims = {"u": identity.id, "k": identity.kid, "f": self._fingerprint(identity.kid)}
        if identity.name is not None:
            claims["n"] = identity.name
        if identity.profile is not None:
            claims["p"] = json.dumps(asdict(identity.profile), separators=(",", ":"))
        return claims

    def _fingerprint(self, kid: str) -> str:
        """Ties a session to the secret that vouched for it, so that it dies with the secret."""
        return self._signer.digest("secret", self._keys.get(kid, ""))


def _read(told: str) -> Profile:
    """What this node, or another one with its key, wrote into a token."""
    said: dict[str, Any] = json.loads(told)
    tags = said.pop("tags")
    return Profile(**said, tags=None if tags is None else tuple(tags))
