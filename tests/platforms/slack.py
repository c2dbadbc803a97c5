"""A Slack that answers on loopback: the Web API, files, and Socket Mode, as slack-sdk speaks them.
It posts signed events too. Needs no test runner, so it can also run in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

from aiohttp import ClientResponse, ClientSession, WSMsgType, web

from channels.slack.scopes import SCOPES
from tests.platforms.slack_events import ACTED, Body, as_bytes
from tests.platforms.slack_forms import Forms, Refusal
from tests.platforms.slack_workspace import BOT, BOT_USER, TEAM, Message, Workspace

BOT_TOKEN, APP_TOKEN = "xoxb-1111-2222-fake", "xapp-1-A0APP-3333-fake"
SIGNING_SECRET = "0123456789abcdef0123456789abcdef"
LOGIN_PAGE = "<!DOCTYPE html><html><title>Slack | Sign in</title></html>"
GARBLED = {"garbled": b'{"ok": tr\xff', "list": b"[1]"}
Fields: TypeAlias = dict[str, Any]


@dataclass
class FakeSlack:
    """``calls`` is the ledger: each method that was asked, with what it was given. ``faults`` are
    what the next calls of a method meet: a word of Slack's errors, ``status:N``, ``limited``, one
    of ``GARBLED``, ``never`` (no answer), ``cut`` (done, and the connection breaks) or ``lost``
    (broken before). ``acks`` are the envelopes that were acknowledged over Socket Mode. ``moved``
    are files that a redirect leads away from, ``page`` is the most that a page of history holds."""

    now: Callable[[], float] = time.time
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    calls: list[tuple[str, Fields]] = field(default_factory=list[tuple[str, Fields]])
    faults: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque[str]))
    members: set[str] = field(default_factory=lambda: {"C0HELP"})
    acks: list[str] = field(default_factory=list[str])
    connections: list[web.WebSocketResponse] = field(default_factory=list[web.WebSocketResponse])
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    moved: dict[str, str] = field(default_factory=dict[str, str])
    answers_pings: bool = True
    says_hello: bool = True
    takes_tickets: bool = True
    pongs: list[bytes] = field(default_factory=list[bytes])
    page: int = 200
    workspace: Workspace = field(init=False)
    forms: Forms = field(init=False)
    url: str = field(default="", init=False)
    _uploads: dict[str, tuple[str, bytes]] = field(
        default_factory=dict[str, tuple[str, bytes]], init=False
    )
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)
    _tickets: set[str] = field(default_factory=set[str], init=False)
    _acked: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event], init=False)

    def __post_init__(self) -> None:
        self.workspace, self.forms = Workspace(self.now), Forms(self.now)

    @property
    def api_base(self) -> str:
        return f"{self.url}/api/"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/api/{method}", self._answer)
        app.router.add_get("/files-pri/{file}/{rest:.*}", self._file)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_get("/link", self._link)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.workspace.base = self.url
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.hang_up()
        await self._open.aclose()

    def whispers(self, user: str) -> list[Fields]:
        """What one person alone was shown."""
        return [each for each in self.asked("chat.postEphemeral") if each["user"] == user]

    def asked(self, method: str) -> list[Fields]:
        return [fields for name, fields in self.calls if name == method]

    async def asked_for(self, method: str, count: int) -> None:
        """Until a method was asked so many times."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.asked(method)) >= count)

    # --- Events out ----------------------------------------------------------------------------

    def signed(self, raw: bytes, at: int | None = None, secret: str = SIGNING_SECRET) -> Fields:
        """The headers that Slack puts on a body."""
        stamp = str(int(self.now()) if at is None else at)
        made = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={made.hexdigest()}",
        }

    async def post(self, session: ClientSession, url: str, body: Body) -> ClientResponse:
        """One delivery over HTTP."""
        raw, sort = as_bytes(body)
        headers = {"Content-Type": sort, **self.signed(raw)}
        return await session.post(url, data=raw, headers=headers)

    async def push(self, body: Body, *, seconds: float = 5.0) -> bool:
        """One delivery over Socket Mode; whether it was acknowledged in time."""
        kind = "interactive" if body.get("type") in ACTED else "events_api"
        kind = "slash_commands" if "command" in body else kind
        return await self.push_raw({"type": kind, "payload": body}, seconds=seconds)

    async def push_raw(self, frame: Body, *, seconds: float = 5.0) -> bool:
        name = f"envelope-{len(self._acked) + 1}"
        done = self._acked[name] = asyncio.Event()
        await self.connections[-1].send_str(json.dumps({**frame, "envelope_id": name}))
        try:
            await asyncio.wait_for(done.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def online(self, count: int = 1) -> None:
        """Until so many connections are open at once."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.connections) >= count)

    async def hang_up(self) -> None:
        for connection in tuple(self.connections):
            await connection.close()

    # --- The Web API ---------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method, fields = request.match_info["method"], await _fields(request)
        async with self.changed:
            self.calls.append((method, fields))
            self.changed.notify_all()
        faults = self.faults[method]
        fault = faults.popleft() if faults else ""
        if fault == "lost":
            return _cut(request)
        if fault == "limited":
            answer = web.json_response({"ok": False, "error": "ratelimited"}, status=429)
            answer.headers["Retry-After"] = "7"
            return answer
        if fault.startswith("status:"):
            return web.Response(status=int(fault[7:]), text="<html>trouble</html>")
        if fault == "never":
            await asyncio.Event().wait()
        if fault in GARBLED:
            return web.Response(body=GARBLED[fault], content_type="application/json")
        if fault not in {"", "cut"}:
            return self._json({"ok": False, "error": fault})
        try:
            done = await self._done(request, method, fields)
        except Refusal as refusal:
            return self._json(refusal.fields)
        return _cut(request) if fault == "cut" else self._json({"ok": True, **done})

    def _json(self, body: Fields) -> web.Response:
        return web.json_response(body, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))})

    async def _done(self, request: web.Request, method: str, fields: Fields) -> Fields:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != wanted:
            raise Refusal("invalid_auth")
        name = f"_{method.replace('.', '_')}".lower()
        do: Callable[[Fields], Awaitable[Fields]] | None = getattr(self, name, None)
        if do is None:
            raise Refusal("unknown_method")
        return await do(fields)

    async def _auth_test(self, _: Fields) -> Fields:
        names = {"team": "Home", "user": "support", "url": "https://home.slack.com/"}
        return {**names, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}

    async def _apps_connections_open(self, _: Fields) -> Fields:
        ticket = f"ticket-{len(self.calls)}"
        self._tickets.add(ticket)
        return {"url": f"{self.url.replace('http', 'ws')}/link?ticket={ticket}"}

    async def _chat_postmessage(self, fields: Fields) -> Fields:
        channel = self._writable(fields["channel"])
        thread = fields.get("thread_ts")
        if thread and self.workspace.find(channel, thread) is None:
            raise Refusal("thread_not_found")
        said = self._composed(fields)
        if thread:
            said["thread_ts"] = thread
        stored = self.workspace.add(channel, said)
        return {"channel": channel, "ts": stored["ts"], "message": stored}

    def _composed(self, fields: Fields) -> Message:
        if not fields.get("text", "").strip():
            raise Refusal("no_text")
        if len(fields["text"]) > 40_000:
            raise Refusal("msg_too_long")
        for block in fields.get("blocks") or ():
            if block["type"] == "section" and not 0 < len(block["text"]["text"]) <= 3000:
                raise Refusal("invalid_blocks")
            if block["type"] == "actions" and len(block["elements"]) > 25:
                raise Refusal("invalid_blocks")
        keep = {"text", "blocks", "metadata", "link_names", "mrkdwn", "unfurl_links"}
        said = {key: value for key, value in fields.items() if key in keep}
        return {**said, "user": BOT_USER, "bot_id": BOT}

    async def _chat_update(self, fields: Fields) -> Fields:
        stored = self._own(fields)
        stored |= self._composed(fields)
        stored["edited"] = {"user": BOT_USER, "ts": self.workspace.ts()}
        return {"channel": fields["channel"], "ts": stored["ts"], "text": stored["text"]}

    async def _chat_delete(self, fields: Fields) -> Fields:
        self.workspace.remove(fields["channel"], self._own(fields)["ts"])
        return {"channel": fields["channel"], "ts": fields["ts"]}

    def _own(self, fields: Fields) -> Message:
        stored = self.workspace.find(self._writable(fields["channel"]), fields["ts"])
        if stored is None:
            raise Refusal("message_not_found")
        if stored.get("bot_id") != BOT:
            raise Refusal("cant_update_message")
        return stored

    def _writable(self, channel: str) -> str:
        if channel not in self.workspace.messages:
            raise Refusal("channel_not_found")
        if channel in self.workspace.archived:
            raise Refusal("is_archived")
        return channel

    async def _chat_postephemeral(self, fields: Fields) -> Fields:
        self._writable(fields["channel"])
        self._composed(fields)
        return {"message_ts": self.workspace.ts()}

    async def _views_open(self, fields: Fields) -> Fields:
        return self.forms.open(fields)

    async def _assistant_threads_setstatus(self, fields: Fields) -> Fields:
        if self.workspace.find(fields["channel_id"], fields["thread_ts"]) is None:
            raise Refusal("channel_not_found")
        return {}

    async def _conversations_open(self, fields: Fields) -> Fields:
        if fields["users"] not in self.workspace.names:
            raise Refusal("user_not_found")
        return {"channel": {"id": self.workspace.direct(fields["users"])}}

    async def _conversations_history(self, fields: Fields) -> Fields:
        return self._paged(self.workspace.roots(self._readable(fields)), fields)

    async def _conversations_replies(self, fields: Fields) -> Fields:
        found = self.workspace.thread(self._readable(fields), fields["ts"])
        if not found:
            raise Refusal("thread_not_found")
        return self._paged(found, fields, parent=fields["ts"])

    def _readable(self, fields: Fields) -> str:
        if fields["channel"] not in self.workspace.messages:
            raise Refusal("channel_not_found")
        return str(fields["channel"])

    def _paged(self, said: list[Message], fields: Fields, parent: str = "") -> Fields:
        oldest = float(fields.get("oldest") or 0)
        kept = [each for each in said if float(each["ts"]) > oldest or each["ts"] == parent]
        at, size = int(fields.get("cursor") or 0), min(int(fields.get("limit", 100)), self.page)
        whole = fields.get("include_all_metadata") in {"1", True}
        messages = [
            {key: value for key, value in each.items() if whole or key != "metadata"}
            for each in kept[at : at + size]
        ]
        more = str(at + size) if at + size < len(kept) else ""
        return {"messages": messages, "response_metadata": {"next_cursor": more}}

    async def _conversations_info(self, fields: Fields) -> Fields:
        channel = self._readable(fields)
        found = {"id": channel, "name": "help", "is_member": channel in self.members}
        return {"channel": found}

    async def _users_conversations(self, fields: Fields) -> Fields:
        prefix = {"im": "D", "public_channel": "C"}.get(fields["types"], "G")
        shared = self.workspace.shared
        places = [each for each in self.workspace.messages if each.startswith(prefix)]
        found = [{"id": each, "is_ext_shared": each in shared} for each in places]
        if fields["types"] == "private_channel":
            found = []
        return {"channels": found, "response_metadata": {"next_cursor": ""}}

    async def _users_info(self, fields: Fields) -> Fields:
        name = self.workspace.names.get(fields["user"])
        if name is None:
            raise Refusal("user_not_found")
        guest = fields["user"] in self.workspace.guests
        user = {"id": fields["user"], "profile": {"display_name": name}, "is_restricted": guest}
        if fields.get("include_locale") in {"1", "true", "True", True}:
            user["locale"] = self.workspace.locales.get(fields["user"], "en-US")
        return {"user": user}

    async def _files_info(self, fields: Fields) -> Fields:
        if fields["file"] not in self.workspace.files:
            raise Refusal("file_not_found")
        return {"file": self.workspace.file_fields(fields["file"], whole=True)}

    async def _files_getuploadurlexternal(self, fields: Fields) -> Fields:
        if "files:write" not in self.scopes:
            raise Refusal("missing_scope", needed="files:write")
        name = f"F9{len(self._uploads):05d}"
        self._uploads[name] = (fields["filename"], b"")
        return {"file_id": name, "upload_url": f"{self.url}/upload/v1/{name}"}

    async def _files_completeuploadexternal(self, fields: Fields) -> Fields:
        names = [each["id"] for each in json.loads(fields["files"])]
        shown: list[Fields] = []
        for name in names:
            title, content = self._uploads[name]
            stored = self.workspace.upload(title, "application/octet-stream", content)
            shown.append(self.workspace.file_fields(stored))
        said: Message = {"user": BOT_USER, "bot_id": BOT, "text": "", "files": shown}
        if fields.get("thread_ts"):
            said["thread_ts"] = fields["thread_ts"]
        self.workspace.add(self._writable(fields["channel_id"]), said)
        return {"files": shown}

    # --- Files ---------------------------------------------------------------------------------

    async def _file(self, request: web.Request) -> web.Response:
        allowed = request.headers.get("Authorization") == f"Bearer {BOT_TOKEN}"
        name = request.match_info["file"].partition("-")[2]
        if name in self.moved:
            return web.Response(status=302, headers={"Location": self.moved[name]})
        stored = self.workspace.files.get(name)
        if not allowed or "files:read" not in self.scopes or stored is None:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        headers = {"Content-Disposition": f'attachment; filename="{stored.name}"'}
        return web.Response(body=stored.content, content_type=stored.mimetype, headers=headers)

    async def _upload(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        self._uploads[name] = (self._uploads[name][0], await request.read())
        return web.Response(text=f"OK - {len(self._uploads[name][1])}")

    # --- Socket Mode ---------------------------------------------------------------------------

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if not self.takes_tickets or request.query.get("ticket") not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(request.query["ticket"])
        connection = web.WebSocketResponse(autoping=False)
        await connection.prepare(request)
        if self.says_hello:
            await connection.send_str('{"type": "hello", "num_connections": 1}')
        async with self.changed:
            self.connections.append(connection)
            self.changed.notify_all()
        async for frame in connection:
            if frame.type is WSMsgType.TEXT:
                self._acknowledged(str(frame.json()["envelope_id"]))
            elif frame.type is WSMsgType.PING and self.answers_pings:
                await connection.pong(frame.data)
            elif frame.type is WSMsgType.PONG:
                self.pongs.append(bytes(frame.data))
        async with self.changed:
            self.connections.remove(connection)
            self.changed.notify_all()
        return connection

    def _acknowledged(self, envelope: str) -> None:
        self.acks.append(envelope)
        if envelope in self._acked:
            self._acked[envelope].set()


async def _fields(request: web.Request) -> Fields:
    fields: Fields = dict(request.query)
    if request.content_type == "application/json":
        return {**fields, **json.loads(await request.read() or b"{}")}
    return {**fields, **dict(await request.post())}


def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
