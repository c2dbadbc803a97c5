"""Each platform as its customers use it: who writes, and what they then see. Behind each stands the
fake platform that the contract suite uses, so that the adapters speak to what they always do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Protocol, Self

from aiohttp import ClientError, ClientSession

from tests.platforms import slack_events
from tests.platforms.discord import FakeDiscord
from tests.platforms.discord_world import TOKEN as DISCORD_TOKEN
from tests.platforms.mail import MailPlatform
from tests.platforms.mail_letters import letter, stamped
from tests.platforms.slack import BOT_TOKEN, SIGNING_SECRET, FakeSlack
from tests.platforms.slack_workspace import BOT, escaped, shown
from tests.platforms.telegram import TelegramPlatform
from tests.platforms.telegram_updates import Maker
from tests.platforms.twilio import Twilio
from tests.platforms.twilio_records import ACCOUNT, SENDER
from tests.platforms.twilio_records import TOKEN as TWILIO_TOKEN

REDELIVERY_SECONDS = 0.3


class Street(Protocol):
    """Customers are numbers from 0. ``kind`` is also the channel's name."""

    kind: str

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...

    def entry(self) -> dict[str, Any]:
        """The channel in config.yaml."""
        ...

    def meet(self, gateway: str) -> None:
        """Where the gateway listens."""
        ...

    async def say(self, customer: int, text: str) -> None: ...

    async def burst(self, customer: int, texts: Sequence[str]) -> None:
        """Say one after the other, without a pause, in one place."""
        for text in texts:
            await self.say(customer, text)

    def heard(self, customer: int) -> Sequence[str]:
        """What this customer was sent so far, oldest first."""
        ...


@dataclass
class WhatsApp(Street):
    kind: str = "whatsapp"
    twilio: Twilio = field(default_factory=Twilio)

    async def __aenter__(self) -> Self:
        await self.twilio.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.twilio.__aexit__(*exc)

    def entry(self) -> dict[str, Any]:
        return {
            "account_sid": ACCOUNT,
            "auth_token": TWILIO_TOKEN,
            "from": SENDER,
            "api_base": self.twilio.url,
        }

    def meet(self, gateway: str) -> None:
        self.twilio.gateway = self.twilio.public_url = gateway

    async def say(self, customer: int, text: str) -> None:
        """Twilio tries once; what was not taken then is found in its list."""
        form = self.twilio.say(text, _number(customer))
        with suppress(ClientError):
            await self.twilio.deliver(form, f"/webhooks/{self.kind}")

    def heard(self, customer: int) -> Sequence[str]:
        return [m.body for m in self.twilio.sent if m.recipient == _number(customer)]


def _number(customer: int) -> str:
    return f"whatsapp:+4915100{customer:05}"


@dataclass
class Slack(Street):
    kind: str = "slack"
    slack: FakeSlack = field(default_factory=FakeSlack)
    gateway: str = ""
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.slack)
        self.http = await self._open.enter_async_context(ClientSession())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._open.aclose()

    def entry(self) -> dict[str, Any]:
        return {
            "bot_token": BOT_TOKEN,
            "signing_secret": SIGNING_SECRET,
            "api_base": self.slack.api_base,
        }

    def meet(self, gateway: str) -> None:
        self.gateway = gateway

    async def say(self, customer: int, text: str) -> None:
        space, user = self.slack.workspace, f"U{customer:08}"
        space.names[user] = f"Customer {customer}"
        said = slack_events.says(space, escaped(text), channel=space.direct(user), user=user)
        url = f"{self.gateway}/webhooks/{self.kind}"
        while not await self._delivered(url, said):
            await asyncio.wait({asyncio.create_task(asyncio.sleep(REDELIVERY_SECONDS))})

    async def _delivered(self, url: str, said: dict[str, Any]) -> bool:
        """Slack delivers again what got no 2xx."""
        try:
            async with await self.slack.post(self.http, url, said) as answer:
                return answer.status < 300
        except ClientError:
            return False

    def heard(self, customer: int) -> Sequence[str]:
        space = self.slack.workspace
        said = space.messages[space.direct(f"U{customer:08}")]
        return [shown(each) for each in said if each.get("bot_id") == BOT]


@dataclass
class Discord(Street):
    kind: str = "discord"
    discord: FakeDiscord = field(default_factory=FakeDiscord)
    people: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])

    async def __aenter__(self) -> Self:
        await self.discord.__aenter__()
        self.discord.world.guild()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.discord.__aexit__(*exc)

    def entry(self) -> dict[str, Any]:
        gateway = self.discord.url.replace("http", "ws")
        return {
            "token": DISCORD_TOKEN,
            "api_base": self.discord.api_base,
            "gateway_base": gateway,
        }

    def meet(self, gateway: str) -> None:
        """It asks Discord, and nobody asks it."""

    async def say(self, customer: int, text: str) -> None:
        if not self.people:
            await self.discord.gateway.until(1)
        await self.discord.say(self._room(customer), self._person(customer), text)

    def heard(self, customer: int) -> Sequence[str]:
        world = self.discord.world
        said = world.messages[self._room(customer)["id"]]
        return [each["content"] for each in said if each["author"]["id"] == world.me["id"]]

    def _person(self, customer: int) -> dict[str, Any]:
        if customer not in self.people:
            self.people[customer] = self.discord.world.user(f"customer{customer}")
        return self.people[customer]

    def _room(self, customer: int) -> dict[str, Any]:
        return self.discord.world.direct(self._person(customer)["id"])


@dataclass
class Telegram(Street):
    kind: str = "telegram"
    telegram: TelegramPlatform = field(default_factory=TelegramPlatform)
    maker: Maker = field(default_factory=Maker)

    async def __aenter__(self) -> Self:
        await self.telegram.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.telegram.__aexit__(*exc)

    def entry(self) -> dict[str, Any]:
        return {"token": self.telegram.token, "api_base": self.telegram.base}

    def meet(self, gateway: str) -> None:
        """It asks Telegram, and nobody asks it."""

    async def say(self, customer: int, text: str) -> None:
        id, name = 10_000 + customer, f"Customer {customer}"
        self.telegram.opened.add(id)
        sender = {"id": id, "is_bot": False, "first_name": name}
        chat = {"id": id, "type": "private", "first_name": name}
        await self.telegram.push(self.maker.text(text, sender=sender, chat=chat))

    def heard(self, customer: int) -> Sequence[str]:
        mine = [each for each in self.telegram.messages if each.chat == 10_000 + customer]
        return [each.parsed.text for each in mine]


@dataclass
class Mail(Street):
    kind: str = "email"
    provider: MailPlatform = field(default_factory=MailPlatform)
    _begun: bool = False

    async def __aenter__(self) -> Self:
        await self.provider.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.provider.__aexit__(*exc)

    def entry(self) -> dict[str, Any]:
        return self.provider.configuration(imap={"poll_seconds": 5}, mails_per_sender=100)

    def meet(self, gateway: str) -> None:
        """It asks the mailbox, and nobody asks it."""

    async def say(self, customer: int, text: str) -> None:
        """The first mail begins a thread, the second answers what came. Who went on like that
        within seconds would be taken for a machine, so later ones begin anew."""
        got = self._mails(customer)
        headers = [("In-Reply-To", str(got[-1]["Message-ID"]))] if len(got) == 1 else []
        if not self._begun:
            # What lay there before the mailbox was first read is nobody's question.
            await self.provider.imap.rested()
            self._begun = True
        sent = letter(text, sender=_address(customer), headers=headers, subject="A question")
        await self.provider.imap.put(stamped(sent, "example.net"))

    async def burst(self, customer: int, texts: Sequence[str]) -> None:
        await self.provider.imap.rested()
        root = [("References", f"<burst-{customer}@example.net>")]
        for text in texts:
            sent = letter(text, sender=_address(customer), headers=root, subject="A question")
            await self.provider.imap.put(stamped(sent, "example.net"))

    def heard(self, customer: int) -> Sequence[str]:
        bodies = [mail.get_body(("plain",)) for mail in self._mails(customer)]
        return [body.get_content() for body in bodies if body is not None]

    def _mails(self, customer: int) -> list[EmailMessage]:
        found: list[EmailMessage] = []
        for taken in self.provider.smtp.taken:
            if _address(customer) in taken.recipients:
                mail = message_from_bytes(taken.raw, policy=default)
                assert isinstance(mail, EmailMessage)
                found.append(mail)
        # One that came twice under one Message-ID is one in every mail program.
        return list({str(mail["Message-ID"]): mail for mail in found}.values())


def _address(customer: int) -> str:
    return f"customer{customer}@example.net"


def streets() -> list[Street]:
    return [WhatsApp(), Slack(), Discord(), Telegram(), Mail()]


def flat(text: str) -> str:
    """A text whatever its marks, breaks and quotes."""
    return " ".join(re.sub(r"[*_`>\\]", "", text).split())
