"""A fake of Telegram's Bot API on loopback: long polls, webhooks, chats, files and faults. It
speaks the wire protocol of the pinned SDK, keeps a ledger of all calls, and refuses what Telegram
refuses. ``python -m tests.platforms.telegram`` runs it in a process of its own."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

from aiohttp import ClientSession, web

from tests.platforms.telegram_markup import Parsed, Unparsable, parse, plain
from tests.platforms.telegram_shown import Refusal, Shown
from tests.platforms.telegram_updates import BOT, CONNECTION, Json

TOKEN = "7000001:TEST-the-token-that-nobody-else-has"
FILE_FIELDS = ("photo", "document", "voice", "audio", "video", "animation")
_CAPITAL = re.compile("(?=[A-Z])")
MOST_UNITS = {"text": 4096, "caption": 1024}
Trouble: TypeAlias = Literal["none", "cut", "lost"] | tuple[int, Json]
Method: TypeAlias = Callable[[Json], Awaitable[Any]]


@dataclass
class TelegramPlatform:
    """One bot and its chats. ``opened`` are the people who wrote to the bot, ``blocked`` those who
    blocked it, ``moved`` groups that became supergroups. Troubles meet the next sending calls,
    ``outages`` the next questions for updates;
    methods of ``refused`` always fail;
    an ``impatient`` server holds no question."""

    token: str = TOKEN
    opened: set[int] = field(default_factory=lambda: {42})
    blocked: set[int] = field(default_factory=set[int])
    moved: dict[int, int] = field(default_factory=dict[int, int])
    pending: list[Json] = field(default_factory=list[Json])
    calls: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    shown: dict[tuple[int, int], Shown] = field(default_factory=dict[tuple[int, int], Shown])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    refused: set[str] = field(default_factory=set[str])
    impatient: bool = False
    outages: list[Trouble] = field(default_factory=list[Trouble])
    hook: Json = field(default_factory=dict[str, Any])
    hook_error: tuple[int, str] | None = None
    base: str = ""

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()
        self._polls = 0
        self._last = 1_000

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        app.router.add_post("/fake/updates", self._fed)
        app.router.add_get("/fake/ledger", self._ledger)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    # --- What tests ask for ----------------------------------------------------------------------

    async def push(self, update: Json) -> None:
        """An update for who polls."""
        async with self._changed:
            if update not in self.pending:
                self.pending = sorted([*self.pending, update], key=lambda each: each["update_id"])
            self._changed.notify_all()

    async def confirmed(self, update: Json) -> None:
        """Until the bot has asked for what comes behind the update."""
        async with self._changed:
            await self._changed.wait_for(lambda: update not in self.pending)

    async def post(self, update: Json | bytes, secret: str | None = None) -> int:
        """An update to the webhook that is set; the status of the answer."""
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        given = self.hook["secret_token"] if secret is None else secret
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": given}
        async with (
            ClientSession() as session,
            session.post(self.hook["url"], data=body, headers=headers) as answer,
        ):
            return answer.status

    async def polled(self, times: int) -> None:
        """Until so many questions for updates have come in."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._polls >= times)

    async def offer(self, chat: int, data: str) -> Shown:
        """A message of the bot with a button."""
        keyboard = {"inline_keyboard": [[{"text": "Press", "callback_data": data}]]}
        sent = await self._send({"chat_id": chat, "text": "So?", "reply_markup": keyboard})
        return self.shown[chat, sent["message_id"]]

    async def called(self, method: str, times: int = 1) -> list[Json]:
        """Until a method was called so often; the fields of each call."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.of(method)) >= times)
        return self.of(method)

    def of(self, method: str) -> list[Json]:
        return [fields for name, fields in self.calls if name == method]

    @property
    def messages(self) -> Sequence[Shown]:
        return list(self.shown.values())

    # --- HTTP ------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _json(Refusal(401, "Unauthorized"))
        method = request.match_info["method"]
        fields = await _fields(request)
        trouble = self._trouble(method)
        if isinstance(trouble, tuple):
            await self._note(method, fields)
            return web.json_response(trouble[1], status=trouble[0])
        if trouble == "lost":
            return _broken(request)
        try:
            result = await self._method(method)(fields)
        except Refusal as refusal:
            return _json(refusal)
        finally:
            await self._note(method, fields)
        if trouble == "cut":
            return _broken(request)
        return web.json_response({"ok": True, "result": result})

    def _trouble(self, method: str) -> Trouble:
        waiting = self.outages if method == "getUpdates" else self.troubles
        meets = method == "getUpdates" or method.startswith("send")
        return waiting.pop(0) if waiting and meets else "none"

    def _method(self, name: str) -> Method:
        if name in self.refused:
            return self._refuse
        if name.startswith("send") and name != "sendChatAction":
            return self._send
        found: Method | None = getattr(self, f"_{_CAPITAL.sub('_', name).lower()}", None)
        return found or self._taken

    async def _note(self, method: str, fields: Json) -> None:
        async with self._changed:
            self.calls.append((method, fields))
            self._changed.notify_all()

    async def _file(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["path"].rpartition("/")[2].partition(".")[0])
        if request.match_info["token"] != self.token or content is None:
            return web.Response(status=404)
        return web.Response(body=content, content_type="application/octet-stream")

    async def _fed(self, request: web.Request) -> web.Response:
        await self.push(await request.json())
        return web.Response(status=204)

    async def _ledger(self, _: web.Request) -> web.Response:
        seen = [each.as_message() for each in self.messages]
        return web.json_response({"messages": seen, "calls": [name for name, _ in self.calls]})

    # --- Methods ---------------------------------------------------------------------------------

    async def _refuse(self, fields: Json) -> Any:
        raise Refusal(400, "Bad Request: not today")

    async def _taken(self, fields: Json) -> Any:
        return True

    async def _get_me(self, fields: Json) -> Json:
        return BOT

    async def _get_updates(self, fields: Json) -> list[Json]:
        if self.hook.get("url"):
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(fields.get("offset", 0))
        async with self._changed:
            self._polls += 1
            mine = self._polls
            if offset:
                self.pending = [each for each in self.pending if each["update_id"] >= offset]
            self._changed.notify_all()
            seconds = 0 if self.impatient else int(fields.get("timeout", 0))
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait_for(lambda: self.pending or self._polls != mine)
            except TimeoutError:
                return []
            if self._polls != mine:
                raise Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot"
                    " instance is running",
                )
            return self.pending[: int(fields.get("limit", 100))]

    async def _set_webhook(self, fields: Json) -> bool:
        if not str(fields["url"]).startswith(("https://", "http://127.0.0.1")):
            raise Refusal(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        self.hook = fields
        return True

    async def _delete_webhook(self, fields: Json) -> bool:
        self.hook = {}
        return True

    async def _get_webhook_info(self, fields: Json) -> Json:
        info: Json = {"url": self.hook.get("url", ""), "pending_update_count": len(self.pending)}
        if self.hook_error is not None:
            info["last_error_date"], info["last_error_message"] = self.hook_error
        return info

    async def _get_file(self, fields: Json) -> Json:
        content = self.files.get(fields["file_id"])
        if content is None:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(content) > 20 * 1024 * 1024:
            raise Refusal(400, "Bad Request: file is too big")
        name = f"documents/{fields['file_id']}.bin"
        return {"file_id": fields["file_id"], "file_path": name, "file_size": len(content)}

    async def _send(self, fields: Json) -> Json:
        chat = int(fields["chat_id"])
        self._require_open(chat, fields)
        parsed = _parsed(fields)
        files = [fields[each] for each in FILE_FIELDS if isinstance(fields.get(each), tuple)]
        if not parsed.text.strip() and not files and not any(map(fields.get, FILE_FIELDS)):
            raise Refusal(400, "Bad Request: message text is empty")
        self._last += 1
        shown = Shown(
            id=self._last,
            chat=chat,
            parsed=parsed,
            thread=int(fields["message_thread_id"]) if "message_thread_id" in fields else None,
            business=fields.get("business_connection_id"),
            reply_to=_object(fields, "reply_parameters").get("message_id"),
            buttons=_buttons(fields),
            files=files,
        )
        self.shown[chat, shown.id] = shown
        return shown.as_message()

    def _require_open(self, chat: int, fields: Json) -> None:
        if chat in self.moved:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[chat],
            )
        business = fields.get("business_connection_id")
        if business not in {None, CONNECTION}:
            raise Refusal(400, "Bad Request: BUSINESS_CONNECTION_INVALID")
        if chat in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if chat > 0 and chat not in self.opened and business is None:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")

    async def _edit_message_text(self, fields: Json) -> Json:
        shown = self._known(fields, "edit")
        parsed = _parsed(fields)
        if (parsed, _buttons(fields)) == (shown.parsed, shown.buttons):
            raise Refusal(400, "Bad Request: message is not modified: specified new message …")
        shown.parsed, shown.buttons = parsed, _buttons(fields)
        return shown.as_message()

    async def _edit_message_reply_markup(self, fields: Json) -> Json:
        shown = self._known(fields, "edit")
        shown.buttons = _buttons(fields)
        return shown.as_message()

    async def _delete_message(self, fields: Json) -> bool:
        shown = self._known(fields, "delete")
        del self.shown[shown.chat, shown.id]
        return True

    def _known(self, fields: Json, what: str) -> Shown:
        found = self.shown.get((int(fields["chat_id"]), int(fields["message_id"])))
        if found is None:
            raise Refusal(400, f"Bad Request: message to {what} not found")
        return found


def _parsed(fields: Json) -> Parsed:
    name = "text" if "text" in fields else "caption"
    given = str(fields.get(name, ""))
    try:
        parsed = parse(given) if fields.get("parse_mode") == "HTML" else plain(given)
    except Unparsable as error:
        raise Refusal(400, f"Bad Request: can't parse entities: {error}") from None
    if len(parsed.text.encode("utf-16-le")) // 2 > MOST_UNITS[name]:
        raise Refusal(400, f"Bad Request: message {name} is too long")
    return parsed


def _buttons(fields: Json) -> list[Json]:
    rows: list[list[Json]] = _object(fields, "reply_markup").get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    if any(len(each.get("callback_data", "").encode()) > 64 for each in buttons):
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return buttons


async def _fields(request: web.Request) -> Json:
    """Form fields; JSON comes as a string and is read, files come as (name, type, bytes)."""
    fields: Json = {}
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            fields[key] = (value.filename, value.content_type, value.file.read())
        else:
            fields[key] = _read(str(value)) if key not in {"text", "caption"} else value
    return fields


def _object(fields: Json, name: str) -> Json:
    found: Json | None = fields.get(name)
    return found or {}


def _read(value: str) -> Any:
    return json.loads(value) if value[:1] in {"{", "["} else value


def _json(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status)


def _broken(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def main() -> None:
    async with TelegramPlatform() as platform:
        print(json.dumps({"base": platform.base, "token": platform.token}), flush=True)  # noqa: T201 - how its starter finds it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
