"""The WhatsApp channel, through Twilio: signed webhooks in, the REST API out. It stores nothing
and repeats nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from aiohttp import ClientSession, web
from twilio.rest import Client

from channels.contract import Capabilities, Channel, Clock, Intake, OutboundMessage, Ports, Receipt
from channels.errors import ChannelMisconfigured, RetryableSendError
from channels.events import Address, Event, Json
from channels.rates import Buckets
from channels.settings import is_loopback
from channels.whatsapp.attempts import Attempts
from channels.whatsapp.checking import Checking
from channels.whatsapp.client import open_session, twilio_client
from channels.whatsapp.contents import NO_ANSWER, Contents
from channels.whatsapp.door import REFUSALS, Door
from channels.whatsapp.media import Media
from channels.whatsapp.missed import Missed, Seen
from channels.whatsapp.payloads import Posted, is_message, message_event, status_event
from channels.whatsapp.reconciling import Reconciling
from channels.whatsapp.sending import Sending
from channels.whatsapp.settings import WhatsAppSettings
from channels.whatsapp.signing import Signatures
from channels.whatsapp.templates import NAME, Approval, propose


@dataclass(frozen=True, slots=True)
class _LoggedIn:
    """What lives from entering the channel until leaving it."""

    session: ClientSession
    client: Client
    sending: Sending
    reconciling: Reconciling
    checking: Checking


@dataclass(eq=False)
class WhatsAppChannel(Channel):
    """One sender of one Twilio account."""

    name: str
    settings: WhatsAppSettings = field(repr=False)
    capabilities: Capabilities
    clock: Clock
    public_url: str
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False, repr=False)
    _in: _LoggedIn | None = field(default=None, init=False, repr=False)
    _seen: Seen = field(default_factory=Seen, init=False, repr=False)
    _attempts: Attempts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.public_url = self.public_url.rstrip("/")
        self._attempts = Attempts(self.clock)

    @classmethod
    def build(
        cls, name: str, settings: WhatsAppSettings, capabilities: Capabilities, ports: Ports
    ) -> WhatsAppChannel:
        return cls(name, settings, capabilities, ports.clock, ports.public_url)

    async def __aenter__(self) -> Self:
        if not self.public_url:
            raise ChannelMisconfigured(
                "WhatsApp needs `public_url`, the https address at which Twilio reaches this"
                " gateway: Twilio signs it with every request"
            )
        session = await self._open.enter_async_context(open_session())
        self._in = self._log_in(session)
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._in = None
        await self._open.aclose()

    @property
    def webhook(self) -> str:
        """Where Twilio has to post messages to."""
        return f"{self.public_url}/webhooks/{self.name}"

    def routes(self, intake: Intake) -> Sequence[web.RouteDef]:
        settings = self.settings
        shared = {id: key.get_secret_value() for id, key in settings.shared_keys.items()}
        signatures = Signatures(settings.auth_token.get_secret_value(), shared)
        refusals = Buckets(REFUSALS, self.clock)
        door = Door(signatures, settings.account_sid, self.public_url, refusals)

        async def messages(request: web.Request) -> web.Response:
            return await door.answer(request, intake, self._message, self._took_message)

        async def statuses(request: web.Request) -> web.Response:
            return await door.answer(request, intake, status_event, self._took_status)

        path = f"/webhooks/{self.name}"
        return (web.post(path, messages), web.post(f"{path}/status", statuses))

    async def receive(self, intake: Intake) -> None:
        settings = self.settings
        if settings.catch_up_minutes > 0:
            client, account = self._logged_in().client, settings.account_sid
            missed = Missed(client, self.clock, settings.api, account, settings.sender, self._seen)
            await missed.watch(intake, settings.catch_up_minutes * 60)

    async def send(self, message: OutboundMessage) -> Receipt:
        return await self._logged_in().sending.send(message)

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        return await self._logged_in().reconciling.reconcile(message)

    def open(self, ref: Json) -> AsyncIterator[bytes]:
        settings, session = self.settings, self._logged_in().session
        media = Media(session, settings.api, settings.account_sid, settings.credentials)
        return media.fetch(ref)

    async def typing(self, address: Address, reply_context: Json) -> None:
        """Shown for 25 seconds; WhatsApp then also shows the customer's message as read."""
        message = str(reply_context.get("message", ""))
        if self._in is None or not is_message(message):
            return
        try:
            indicator = self._in.client.messaging.v2.typing_indicator
            await indicator.create_async(channel="whatsapp", message_id=message)
        except NO_ANSWER:
            return

    async def probe(self) -> None:
        await self._logged_in().checking.probe()

    async def check(self) -> Sequence[str]:
        return await self._logged_in().checking.check()

    async def propose_template(
        self, text: str, samples: Mapping[str, str], *, language: str = "en", name: str = NAME
    ) -> Approval:
        """Make the template for answers after the 24 hours and submit it to WhatsApp; where there
        is one of this name already, say where it stands. ``text`` has its variables as ``{{1}}``.

        Raises:
            ChannelMisconfigured: it would not be taken, or could not be made, with the mend.
        """
        client = self._logged_in().client
        return await propose(client, text, samples, language=language, name=name)

    def _log_in(self, session: ClientSession) -> _LoggedIn:
        settings, clock = self.settings, self.clock
        client = twilio_client(settings, session)
        here = is_loopback(urlsplit(settings.api).hostname or "")
        sending = Sending(
            client=client,
            contents=Contents(client, clock),
            attempts=self._attempts,
            clock=clock,
            sender=settings.sender,
            callback=f"{self.webhook}/status",
            template=settings.template,
            fetched_here=here,
        )
        reconciling = Reconciling(client, self._attempts, clock, settings.sender, here)
        checking = Checking(
            client, settings.account_sid, settings.sender, self.webhook, settings.template
        )
        return _LoggedIn(session, client, sending, reconciling, checking)

    def _message(self, posted: Posted) -> Event:
        return message_event(posted, self.settings.sender)

    def _took_message(self, _: web.Request, posted: Posted) -> None:
        if posted.sid is not None:
            self._seen.add(posted.sid)

    def _took_status(self, request: web.Request, posted: Posted) -> None:
        self._attempts.called_back(request.query, posted.sid or "")

    def _logged_in(self) -> _LoggedIn:
        if self._in is None:
            raise RetryableSendError("the channel is not up; nothing was sent")
        return self._in
