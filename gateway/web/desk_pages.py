"""The web desk's doors for people: its pages, signing in and out, the first link. What it shows
comes from the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import Field

from channels.signatures import Refused, read_capped
from gateway.people.records import LinkRefused, SignedIn, SignInRefused, TooManyTries
from gateway.web.answers import DESK_CSP, as_json
from gateway.web.credentials import Credentials
from gateway.web.pages import PLACES, PageName, StaticFile
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import (
    BODY_SECONDS,
    Body,
    Call,
    Handler,
    Query,
    Route,
    Word,
    checked,
    read_body,
)

FORM = "application/x-www-form-urlencoded"
FORM_LIMIT = 16_384
PAGE_HEADERS = {
    "Content-Security-Policy": DESK_CSP,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SignInBody(Body):
    name: Annotated[str, Field(max_length=1000)]
    password: Annotated[str, Field(max_length=2000)]


class WelcomeBody(SignInBody):
    token: Annotated[str, Field(max_length=200)]


class FailedQuery(Query):
    failed: Word | None = None


class DeskPages:
    def __init__(self, parts: Parts, credentials: Credentials) -> None:
        self._parts = parts
        self._credentials = credentials

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/desk", "open_page", self.desk, "The desk"),
            *(
                Route("GET", place.path, "open_page", self._place(place.page), place.title)
                for place in PLACES
                if place.page != "desk"
            ),
            Route(
                "GET",
                "/desk/sign-in",
                "open_page",
                self.sign_in_page,
                "The form to sign in",
                query=FailedQuery,
            ),
            Route("POST", "/desk/sign-in", "sign_in", self.sign_in, "Sign in"),
            Route("GET", "/desk/welcome", "open_page", self.welcome_page, "For the first link"),
            Route("POST", "/desk/welcome", "sign_in", self.welcome, "Spend the first link"),
            Route("POST", "/desk/sign-out", "sign_out", self.sign_out, "Sign out"),
            Route("GET", "/desk/static/{file}", "sign_in", self.static, "Scripts and styles"),
        ]

    async def desk(self, call: Call) -> web.StreamResponse:
        if call.known is None:
            raise _see("/desk/sign-in")
        return page_of(self._parts, "desk")

    def _place(self, page: PageName) -> Handler:
        async def place(call: Call) -> web.StreamResponse:
            if call.known is None:
                raise _see("/desk/sign-in")
            return page_of(self._parts, page)

        return place

    async def sign_in_page(self, _: Call) -> web.StreamResponse:
        return page_of(self._parts, "sign-in")

    async def welcome_page(self, _: Call) -> web.StreamResponse:
        return page_of(self._parts, "welcome")

    async def static(self, call: Call) -> web.StreamResponse:
        found = self._parts.pages.static.get(call.path("file"))
        if found is None:
            raise not_found()
        return _static(found, call.request.headers.get("If-None-Match"))

    async def sign_in(self, call: Call) -> web.StreamResponse:
        request = call.request
        self._credentials.refuse_foreign_form(request)
        form = request.content_type == FORM
        body = await _form(request) if form else await read_body(request, SignInBody)
        try:
            signed = await self._sign_in(request, body)
        except SignInRefused:
            if form:
                raise _see("/desk/sign-in?failed=1") from None
            raise
        return await self._begin(request, signed, form=form)

    async def _sign_in(self, request: web.Request, body: SignInBody) -> SignedIn:
        metrics = self._parts.metrics
        try:
            signed = await self._parts.people.sign_in(
                body.name, body.password, request.remote or ""
            )
        except SignInRefused:
            metrics.signed_in("refused")
            raise
        except TooManyTries:
            metrics.signed_in("throttled")
            raise
        metrics.signed_in("done")
        return signed

    async def welcome(self, call: Call) -> web.StreamResponse:
        request = call.request
        self._credentials.refuse_foreign_form(request)
        body = await read_body(request, WelcomeBody)
        try:
            signed = await self._parts.people.welcome(body.token, body.name, body.password)
        except LinkRefused:
            self._parts.metrics.signed_in("link_refused")
            raise
        self._parts.metrics.signed_in("first")
        return await self._begin(request, signed, form=False)

    async def sign_out(self, call: Call) -> web.StreamResponse:
        if call.known is not None and call.known.secret is not None:
            await self._parts.people.sign_out(call.known.secret)
        response = web.Response(status=204)
        self._credentials.drop(response)
        return response

    async def _begin(
        self, request: web.Request, signed: SignedIn, *, form: bool
    ) -> web.StreamResponse:
        await self._credentials.end_old(request)
        actor = signed.actor
        response: web.StreamResponse = (
            web.Response(status=303, headers={"Location": "/desk"})
            if form
            else as_json({"name": actor.name, "role": actor.role})
        )
        self._credentials.keep(response, signed.secret)
        return response


def page_of(parts: Parts, page: PageName) -> web.Response:
    html = parts.pages.html(page, parts.business())
    return web.Response(text=html, content_type="text/html", headers=PAGE_HEADERS)


def _see(address: str) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(address, headers={"Cache-Control": "no-store"})


async def _form(request: web.Request) -> SignInBody:
    raw = await read_capped(request, FORM_LIMIT, BODY_SECONDS)
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=10
        )
    except ValueError:
        raise Refused(400, "The form is not readable; send name and password.") from None
    given: Mapping[str, Any] = dict(pairs)
    return checked(SignInBody, given)


def _static(file: StaticFile, known: str | None) -> web.Response:
    headers = {"Cache-Control": "no-cache", "ETag": f'"{file.etag}"'}
    if known == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(
        body=file.content,
        content_type=file.content_type,
        charset="utf-8" if not file.content_type.startswith("image/png") else None,
        headers={**headers, "Cross-Origin-Resource-Policy": "same-origin"},
    )
