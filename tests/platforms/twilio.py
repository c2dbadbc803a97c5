"""A Twilio on loopback: its REST API as the SDK speaks it, its media storage on another port, its
signed webhooks and status callbacks, and a ledger of all that went either way."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from io import BytesIO
from typing import Self
from urllib.parse import urlencode

from aiohttp import ClientSession, web

from tests.platforms.twilio_api import Api
from tests.platforms.twilio_records import (
    ACCOUNT,
    CUSTOMER,
    SENDER,
    VERSION,
    Books,
    Medium,
    Message,
)

FORM = "application/x-www-form-urlencoded"
HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    content_type: str


@dataclass
class Twilio(Books):
    """One account with one sender. ``gateway`` is where the gateway really listens, ``url`` where
    the API does. ``storage_answer`` replaces what the storage would say."""

    gateway: str = ""
    url: str = ""
    storage_requests: list[web.Request] = field(default_factory=list[web.Request])
    storage_answer: Callable[[web.Request], web.StreamResponse] | None = None
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        self._client = await self._open.enter_async_context(ClientSession())
        self.url = await self.serve(Api(self, self._client).app())
        storage = web.Application()
        storage.router.add_get("/{sid}", self._stored)
        self.storage = await self.serve(storage)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._open.aclose()

    async def serve(self, app: web.Application) -> str:
        runner = web.AppRunner(app)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    # --- What customers and WhatsApp do ------------------------------------------------------

    def say(
        self, text: str, sender: str = CUSTOMER, media: Sequence[Medium] = (), **fields: str
    ) -> dict[str, str]:
        """A customer's message; the form that the webhook would bring."""
        kind = "MM" if media else "SM"
        kept = Message(self.sid(kind), sender, SENDER, text, True, self.now(), "received")
        kept.media.extend(media)
        self.messages[kept.sid] = kept
        self.log("inbound", sid=kept.sid, sender=sender, text=text)
        number = sender.removeprefix("whatsapp:+")
        form = {
            "SmsMessageSid": kept.sid,
            "NumMedia": str(len(media)),
            "ProfileName": "Ada Müller",
            "MessageType": "text",
            "SmsSid": kept.sid,
            "WaId": number if number.isdigit() else "",
            "SmsStatus": "received",
            "Body": text,
            "To": SENDER,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": kept.sid,
            "AccountSid": ACCOUNT,
            "From": sender,
            "ApiVersion": VERSION,
        }
        for index, medium in enumerate(media):
            path = f"/{VERSION}/Accounts/{ACCOUNT}/Messages/{kept.sid}/Media/{medium.sid}"
            form[f"MediaUrl{index}"] = f"https://api.twilio.com{path}"
            form[f"MediaContentType{index}"] = medium.content_type
        return {**form, **fields}

    def press(self, offer: Message, title: str, sender: str = CUSTOMER) -> dict[str, str]:
        (id,) = [id for id, shown in offer.choices if shown == title]
        return self.say(
            title,
            sender,
            ButtonText=title,
            ButtonPayload=id,
            ButtonType="QUICK_REPLY",
            MessageType="button",
            OriginalRepliedMessageSid=offer.sid,
            OriginalRepliedMessageSender=SENDER,
        )

    async def deliver(self, form: dict[str, str], path: str = "/webhooks/wa") -> Answer:
        """Post to the gateway, signed."""
        return await self.post(path, urlencode(form).encode(), self.sign(path, form))

    async def report(self, sid: str, status: str, error: int | None = None) -> Answer:
        """WhatsApp says what became of one of our messages."""
        message = self.messages[sid]
        message.status, message.error_code = status, error
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": ACCOUNT,
            "From": message.sender,
            "To": message.recipient,
            "ChannelToAddress": message.recipient,
            "ApiVersion": VERSION,
        }
        if error is not None:
            form["ErrorCode"] = str(error)
        return await self.deliver(form, message.callback.removeprefix(self.public_url))

    def sign(self, path: str, form: Mapping[str, str], **how: str) -> dict[str, str]:
        """The signature's headers over what Twilio takes for the gateway's address. ``key`` is the
        secret, ``key_id`` and ``algorithm`` what the second header says."""
        algorithm = how.get("algorithm")
        url = how.get("url", self.public_url + path)
        text = url + "".join(name + form[name] for name in sorted(form))
        digest = HASHES[algorithm or "HMAC_SHA1"]
        mac = hmac.new(how.get("key", self.token).encode(), text.encode(), digest).digest()
        headers = {"X-Twilio-Signature": base64.b64encode(mac).decode()}
        if algorithm is not None:
            settings = f"key={how.get('key_id', '')},algorithm={algorithm}"
            headers["X-Twilio-Webhooks-Signature-Settings"] = settings
        return headers

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        given = {"Content-Type": f"{FORM}; charset=UTF-8", **headers}
        async with self._client.post(
            self.gateway + path, data=BytesIO(body), headers=given
        ) as answer:
            told = Answer(answer.status, await answer.text(), answer.content_type)
        self.log("webhook", path=path, status=told.status)
        return told

    async def _stored(self, request: web.Request) -> web.StreamResponse:
        self.storage_requests.append(request)
        if self.storage_answer is not None:
            return self.storage_answer(request)
        for message in self.messages.values():
            for medium in message.media:
                if medium.sid == request.match_info["sid"]:
                    return web.Response(body=medium.content, content_type=medium.content_type)
        return web.Response(status=404)
