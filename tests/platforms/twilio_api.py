"""The REST API of the fake Twilio, as the SDK speaks it: accounts, messages, media, typing,
senders, Content resources and their approval."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, web

from tests.platforms.twilio_records import (
    ACCOUNT,
    API_KEY,
    SENDER,
    VERSION,
    Books,
    Content,
    Fault,
    Medium,
    Message,
    Unusable,
)


@dataclass
class Api:
    """Answers from the books, and writes into them."""

    books: Books
    client: ClientSession

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        account = f"/{VERSION}/Accounts/{{account}}"
        app.router.add_get(account + ".json", self._account)
        app.router.add_post(account + "/Messages.json", self._create)
        app.router.add_get(account + "/Messages.json", self._list)
        app.router.add_get(account + "/Messages/{sid}.json", self._message)
        app.router.add_get(account + "/Messages/{sid}/Media.json", self._media)
        app.router.add_get(account + "/Messages/{sid}/Media/{medium}", self._medium)
        app.router.add_post("/v2/Indicators/Typing.json", self._typing)
        app.router.add_get("/v2/Channels/Senders", self._senders)
        app.router.add_get("/v2/Channels/Senders/{sid}", self._sender)
        app.router.add_post("/v1/Content", self._make_content)
        app.router.add_get("/v2/Content", self._find_content)
        app.router.add_get("/v1/Content/{sid}/ApprovalRequests", self._approval)
        app.router.add_post("/v1/Content/{sid}/ApprovalRequests/whatsapp", self._submit)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Any]
    ) -> web.StreamResponse:
        self.books.log("call", method=request.method, path=request.path, query=dict(request.query))
        login = request.headers.get("Authorization", "")
        account = request.match_info.get("account", ACCOUNT)
        if login not in {basic(name, secret) for name, secret in self._logins()}:
            return problem(401, 20003, "Authenticate")
        if account != ACCOUNT:
            return problem(404, 20404, "The requested resource was not found")
        fault = self._fault(request)
        if fault is None or fault.status == 0:
            return await handler(request)
        if fault.taken:
            await handler(request)
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        return problem(fault.status, fault.code, "The fake was told to", headers)

    def _logins(self) -> list[tuple[str, str]]:
        return [(ACCOUNT, self.books.token), API_KEY]

    def _fault(self, request: web.Request) -> Fault | None:
        sends = request.method == "POST" and request.path.endswith("/Messages.json")
        content = "/Content" in request.path
        queue = (
            self.books.faults
            if sends
            else self.books.content_faults
            if content
            else self.books.other_faults
        )
        return queue.popleft() if queue else None

    async def _account(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"sid": ACCOUNT, "status": self.books.account_status, "friendly_name": "Fernhill"}
        )

    async def _create(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = {name: str(value) for name, value in form.items()}
        urls = [str(url) for url in form.getall("MediaUrl", [])]
        if given.get("From") != SENDER:
            return problem(400, 63007, "Twilio could not find a Channel with that From address")
        if len(given.get("Body", "").encode("utf-16-le")) // 2 > 1600:
            return problem(400, 21617, "The concatenated message body exceeds 1600 characters")
        body, choices = given.get("Body", ""), ()
        if "ContentSid" in given:
            content = self.books.contents.get(given["ContentSid"])
            if content is None:
                return problem(404, 21655, "The ContentSid is Invalid")
            try:
                body, choices = content.filled(given.get("ContentVariables", ""))
            except Unusable as error:
                return problem(400, error.code, "The Content Variables parameter is invalid")
        if not body and not urls:
            return problem(400, 21619, "A text message body or media urls must be specified")
        media = [await self._fetched(url) for url in urls]
        message = Message(
            self.books.sid("MM" if media else "SM"),
            SENDER,
            given["To"],
            body,
            False,
            self.books.now(),
            media=media,
            choices=choices,
            callback=given.get("StatusCallback", ""),
            content=given.get("ContentSid"),
        )
        self.books.messages[message.sid] = message
        self.books.log("sent", sid=message.sid, to=message.recipient, text=body, form=given)
        return web.json_response(message.shown(ACCOUNT), status=201)

    async def _fetched(self, url: str) -> Medium:
        async with self.client.get(url) as answer:
            return self.books.medium(answer.content_type, await answer.read())

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        found = [
            message.shown(ACCOUNT)
            for message in reversed(self.books.messages.values())
            if message.recipient == query.get("To", message.recipient)
            and message.sender == query.get("From", message.sender)
            and self._day(message.at) >= query.get("DateSent>", "")[:10]
        ]
        rest = len(found) > (page + 1) * size
        more = request.rel_url.update_query(Page=str(page + 1)) if rest else None
        return web.json_response(
            {
                "messages": found[page * size : (page + 1) * size],
                "page": page,
                "page_size": size,
                "next_page_uri": None if more is None else str(more),
                "uri": str(request.rel_url),
            }
        )

    @staticmethod
    def _day(at: float) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(at))

    async def _message(self, request: web.Request) -> web.Response:
        message = self.books.messages.get(request.match_info["sid"])
        if message is None:
            return problem(404, 20404, "The requested resource was not found")
        return web.json_response(message.shown(ACCOUNT))

    async def _media(self, request: web.Request) -> web.Response:
        message = self.books.messages[request.match_info["sid"]]
        shown = [message.medium(ACCOUNT, medium) for medium in message.media]
        return web.json_response({"media_list": shown, "page": 0, "next_page_uri": None})

    async def _medium(self, request: web.Request) -> web.Response:
        target = self.books.redirect or f"{self.books.storage}/{request.match_info['medium']}"
        return web.Response(status=307, headers={"Location": target})

    async def _typing(self, request: web.Request) -> web.Response:
        form = await request.post()
        if str(form.get("messageId", form.get("MessageId"))) not in self.books.messages:
            return problem(400, 20001, "Invalid message")
        self.books.log("typing", form={name: str(value) for name, value in form.items()})
        return web.json_response({"success": True}, status=201)

    async def _senders(self, request: web.Request) -> web.Response:
        shown = {"sid": "XE" + "0" * 32, "sender_id": SENDER, "status": self.books.sender_status}
        meta = {"key": "senders", "page": 0, "page_size": 50, "next_page_url": None}
        return web.json_response({"senders": [shown], "meta": meta})

    async def _sender(self, request: web.Request) -> web.Response:
        url = self.books.webhook or f"{self.books.public_url}/webhooks/wa"
        shown = {"sid": "XE" + "0" * 32, "sender_id": SENDER, "status": self.books.sender_status}
        return web.json_response({**shown, "webhook": {"callback_url": url}})

    async def _make_content(self, request: web.Request) -> web.Response:
        given = await request.json()
        content = Content(self.books.sid("HX"), given["friendly_name"], given["types"])
        self.books.contents[content.sid] = content
        self.books.log("content", sid=content.sid, given=given)
        return web.json_response(content.shown(ACCOUNT), status=201)

    async def _find_content(self, request: web.Request) -> web.Response:
        wanted = request.query.get("ContentName", "").strip("^$").replace("\\", "")
        found = [
            each.shown(ACCOUNT) for each in self.books.contents.values() if wanted in each.name
        ]
        meta = {"key": "contents", "page": 0, "page_size": 50, "next_page_url": None}
        return web.json_response({"contents": found, "meta": meta})

    async def _approval(self, request: web.Request) -> web.Response:
        content = self.books.contents.get(request.match_info["sid"])
        if content is None:
            return problem(404, 20404, "The requested resource was not found")
        told = {
            "status": content.approval,
            "rejection_reason": content.reason,
            "name": content.name,
        }
        return web.json_response({"sid": content.sid, "account_sid": ACCOUNT, "whatsapp": told})

    async def _submit(self, request: web.Request) -> web.Response:
        content = self.books.contents[request.match_info["sid"]]
        given = await request.json()
        content.approval = "received"
        self.books.log("submitted", sid=content.sid, given=given)
        return web.json_response({**given, "status": "received"}, status=201)


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def problem(
    status: int, code: int | None, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    body = {"code": code, "message": message, "status": status}
    return web.json_response(body, status=status, headers=headers)
