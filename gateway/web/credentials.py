"""Finds out who sends a request: a Bearer token, or the desk's cookie with its guards against
other sites. It decides nothing about what they may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

from channels.signatures import Refused
from gateway.config.settings import is_loopback
from gateway.people.people import People
from gateway.people.records import Actor
from gateway.people.sessions import ABSOLUTE_SECONDS

SAFE_METHODS = frozenset({"GET", "HEAD"})
MARK = "X-Frontdesk"


@dataclass(frozen=True, slots=True)
class Known:
    """Who asks. ``secret`` is the session's where it came by cookie; ``again`` finds out anew
    whether the sign-in still holds."""

    actor: Actor
    again: Callable[[], Awaitable[Actor | None]]
    secret: str | None = field(default=None, repr=False)


class Credentials:
    def __init__(self, people: People, base_url: str) -> None:
        self._people = people
        self._base = urlsplit(base_url)
        self._secure = self._base.scheme == "https"

    @property
    def cookie(self) -> str:
        return "__Host-frontdesk" if self._secure else "frontdesk"

    async def who(self, request: web.Request) -> Known | None:
        """
        Raises:
            Refused: 401 for a token that does not work, 403 for a request of another site.
            TooManyTries.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        # Another scheme is a proxy's own business.
        if scheme.lower() == "bearer":
            return await self._bearer(token.strip(), request.remote or "")
        secret = request.cookies.get(self.cookie)
        if secret is None:
            return None
        actor = await self._people.signed_in(secret)
        if actor is None:
            return None
        if request.method not in SAFE_METHODS:
            self._refuse_other_sites(request)

        async def again() -> Actor | None:
            return await self._people.signed_in(secret, used=False)

        return Known(actor, again, secret)

    async def _bearer(self, token: str, source: str) -> Known:
        actor = await self._people.bearer(token, source)
        if actor is None:
            raise Refused(
                401,
                "The token is unknown, expired or revoked; make one with `frontdesk staff token`.",
                {"WWW-Authenticate": 'Bearer realm="desk"'},
            )

        async def again() -> Actor | None:
            return await self._people.bearer(token, source)

        return Known(actor, again)

    def _refuse_other_sites(self, request: web.Request) -> None:
        """What the browser sends along by itself is no proof that the desk's page asked."""
        if request.headers.get(MARK) != "1" or not self.same_origin(request):
            raise Refused(
                403,
                f"A change with the desk's cookie needs the header {MARK}: 1 and the desk's own"
                " Origin; scripts use a token.",
            )

    def same_origin(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if origin == "null":
            # What a form sends from a page that gives no referrer; the browser vouches otherwise.
            return request.headers.get("Sec-Fetch-Site") == "same-origin"
        return self._is_own(origin, request.headers.get("Host", ""))

    def _is_own(self, origin: str | None, host: str) -> bool:
        if origin is None:
            return False
        if origin == f"{self._base.scheme}://{self._base.netloc}":
            return True
        # On this machine a browser may call it localhost, 127.0.0.1 or [::1].
        named = urlsplit(f"//{host}").hostname if _is_host(host) else None
        return (
            not self._secure
            and named is not None
            and is_loopback(named)
            and origin == f"http://{host}"
        )

    def refuse_foreign_form(self, request: web.Request) -> None:
        """Another site must not sign people in either, as itself.

        Raises:
            Refused: 403.
        """
        if "Origin" in request.headers and not self.same_origin(request):
            raise Refused(403, "Signing in works from the desk's own page only.")

    async def end_old(self, request: web.Request) -> None:
        """A fresh session begins: the one that the browser had before is over."""
        old = request.cookies.get(self.cookie)
        if old is not None:
            await self._people.sign_out(old)

    def keep(self, response: web.StreamResponse, secret: str) -> None:
        response.set_cookie(
            self.cookie,
            secret,
            max_age=int(ABSOLUTE_SECONDS),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def drop(self, response: web.StreamResponse) -> None:
        response.del_cookie(
            self.cookie, path="/", secure=self._secure, httponly=True, samesite="Lax"
        )


def _is_host(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").port != 0
    except ValueError:
        return False
