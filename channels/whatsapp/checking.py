"""Looks at the account, the sender, its webhook and the template, and says how to mend what does
not work. It changes nothing at Twilio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    SetupUnfinished,
)
from channels.whatsapp.refusals import Broken, Refusal, Unreached, send_error
from channels.whatsapp.templates import approval, resolve

SANDBOX: Final = "whatsapp:+14155238886"
_ONLINE = frozenset({"ONLINE", "ONLINE:UPDATING"})
_CONSOLE = "console.twilio.com"


@dataclass(frozen=True, slots=True)
class Checking:
    """``webhook`` is where Twilio should post; ``template`` the approved one, by SID or name."""

    client: Client
    account: str
    sender: str
    webhook: str
    template: str | None = None

    async def probe(self) -> None:
        """Whether Twilio answers us, and the account may send.

        Raises:
            ChannelDisconnected, ChannelMisconfigured.
        """
        await _asked(self._account)

    async def check(self) -> Sequence[str]:
        """
        Raises:
            ChannelMisconfigured: Twilio does not let us in. SetupUnfinished: with each thing that
            does not work, and how to mend it.
        """
        found = _Found()
        await found.ask(self._account)
        if found.wrong:
            raise ChannelMisconfigured(found.wrong[0])
        await found.ask(self._sender)
        await found.ask(self._template)
        if found.wrong:
            raise SetupUnfinished(" | ".join(found.wrong), works=found.works)
        return found.works

    async def _account(self) -> str:
        account = await self.client.api.accounts(self.account).fetch_async()
        status = str(account.status)
        if status != "active":
            raise ChannelMisconfigured(
                f"the Twilio account is {status}; see {_CONSOLE} for why, and lift it there"
            )
        return f"logged in to the Twilio account {account.friendly_name or self.account}, active"

    async def _sender(self) -> str:
        if self.sender == SANDBOX:
            return (
                "the sender is Twilio's sandbox, whose webhook only the console shows: set"
                f" {self.webhook} under Messaging, Try it out, Sandbox settings"
            )
        sender = await self._registered()
        if str(sender.status) not in _ONLINE:
            raise ChannelMisconfigured(
                f"the sender {self.sender} is {sender.status}; see Messaging, Senders, WhatsApp"
                f" senders at {_CONSOLE} for what is missing"
            )
        webhook: Any = sender.webhook or {}
        url = str(webhook.get("callback_url") or "")
        if url.partition("#")[0] != self.webhook:
            raise ChannelMisconfigured(
                f"the sender's webhook is {url or 'not set'}; set it to {self.webhook} under"
                f" Messaging, Senders, WhatsApp senders at {_CONSOLE}, or correct public_url"
            )
        return f"the sender {self.sender} is online and posts to {self.webhook}"

    async def _registered(self) -> Any:  # noqa: ANN401 - the SDK's instance
        senders = self.client.messaging.v2.channels_senders
        for sender in await senders.list_async(channel="whatsapp", limit=200):
            if sender.sender_id == self.sender and sender.sid:
                # The list leaves the webhook out.
                return await senders(sender.sid).fetch_async()
        raise ChannelMisconfigured(
            f"the account has no WhatsApp sender {self.sender}; register it under Messaging,"
            f" Senders at {_CONSOLE}, or correct `from`"
        )

    async def _template(self) -> str:
        if self.template is None:
            return (
                "no template is set: what is to be said more than 24 hours after the customer's"
                " last message is held for a person; set `template` to an approved one"
            )
        sid = await resolve(self.client, self.template)
        stands = await approval(self.client, sid)
        if not stands.usable:
            raise ChannelMisconfigured(
                f"the template {self.template} is {stands.status}: {stands.mend}"
            )
        return f"the template {self.template} is approved"


async def _asked(question: Callable[[], Awaitable[str]]) -> str:
    try:
        return await question()
    except (Refusal, Unreached, Broken) as error:
        refused = send_error(error)
        if isinstance(refused, ChannelMisconfigured):
            raise refused from error
        raise ChannelDisconnected(f"Twilio does not answer: {error}") from error
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        raise ChannelDisconnected("Twilio's answer cannot be read; see api_base") from error


@dataclass(slots=True)
class _Found:
    works: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])

    async def ask(self, question: Callable[[], Awaitable[str]]) -> None:
        try:
            self.works.append(await _asked(question))
        except ChannelError as error:
            self.wrong.append(str(error))
