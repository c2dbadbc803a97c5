"""The adapter's requests before another model of Discord than ours: one that checks permissions
and knows each route's fields. It has no gateway of its own on the wire, so only REST is asked."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.http import Route

from channels.contract import Choice, OutboundMessage
from channels.discord.channel import DiscordChannel
from channels.discord.checking import PERMISSIONS
from channels.discord.payloads import Account, Room
from channels.discord.places import Places, of_person
from channels.discord.rest import Login, Rest
from channels.discord.settings import DiscordSettings
from channels.discord.threads import Threads
from channels.errors import RejectedSendError
from channels.events import Address
from channels.kinds import CAPABILITIES
from tests.channels.fakes import FakeClock
from tests.platforms.discord_world import TOKEN


@dataclass
class Other:
    """A server with a customer, and the adapter in front of it."""

    env: simcord.Env
    channel: DiscordChannel
    settings: DiscordSettings
    guild: Any
    room: Any
    ada: Any


@asynccontextmanager
async def other(permissions: int = PERMISSIONS) -> AsyncGenerator[Other]:
    bot = discord.Client(intents=discord.Intents.default())
    async with simcord.run(bot) as env:

        async def answer(request: web.Request) -> web.Response:
            route = Route(request.method, "/" + request.match_info["path"])
            asked: dict[str, Any] = {"params": dict(request.query)} if request.query else {}
            if request.content_type == "application/json":
                asked["json"] = await request.json()
            try:
                found, status = await bot.http.request(route, **asked), 200
            except discord.HTTPException as error:
                found, status = {"code": error.code, "message": error.text}, error.status
            return web.Response(
                body=json.dumps(found).encode(), status=status, content_type="application/json"
            )

        app = web.Application()
        app.router.add_route("*", "/api/v10/{path:.*}", answer)
        async with TestServer(app) as server:
            given = {
                "kind": "discord",
                "token": TOKEN,
                "api_base": str(server.make_url("/api/v10")),
            }
            settings = DiscordSettings.model_validate(given)
            guild = env.create_guild("Shop")
            given = discord.Permissions(permissions)
            rest = discord.Permissions(discord.Permissions.all().value & ~permissions)
            assert bot.user is not None
            ours: Any = {bot.user: discord.PermissionOverwrite.from_pair(given, rest)}
            room = guild.create_text_channel("general", overwrites=ours)
            ada = guild.add_member(env.create_user("ada"))
            kind = CAPABILITIES["discord"]
            async with DiscordChannel("discord", settings, kind, FakeClock()) as channel:
                yield Other(env, channel, settings, guild, room, ada)


def outbound(address: Address, text: str, **fields: Any) -> OutboundMessage:
    given: dict[str, Any] = {"delivery_id": text, "plain": text, **fields}
    return OutboundMessage(address=address, text=text, **given)


async def test_an_answer_with_buttons_hangs_on_its_question() -> None:
    async with other() as opened:
        asked = await opened.ada.send(opened.room, "how much?")
        room, ada = str(opened.room.id), str(opened.ada.id)
        context = {"channel": room, "message": str(asked.id), "person": ada}
        choices = tuple(Choice(f"c{number}", f"Choice {number}") for number in range(25))
        message = outbound(of_person(room, ada), "4 euros", choices=choices, reply_context=context)
        receipt = await opened.channel.send(message)
        shown = opened.room.last_message
        assert (str(shown.id), shown.content) == (receipt.external_ids[0], "4 euros")
        assert shown.reference.message_id == asked.id
        assert [len(row.children) for row in shown.components] == [5] * 5


async def test_a_message_is_changed_and_taken_back() -> None:
    async with other() as opened:
        address = of_person(str(opened.room.id), str(opened.ada.id))
        receipt = await opened.channel.send(outbound(address, "4 euros"))
        await opened.channel.edit(receipt.external_ids[0], outbound(address, "5 euros"))
        assert opened.room.last_message.content == "5 euros"
        await opened.channel.delete(address, receipt.external_ids[0])
        assert opened.room.last_message is None


async def test_a_person_met_in_public_is_met_alone() -> None:
    async with other() as opened:
        ada = str(opened.ada.id)
        message = outbound(of_person(str(opened.room.id), ada), "5 Elm Street", private_to=ada)
        receipt = await opened.channel.send(message)
        direct = opened.ada.user.dm_channel
        assert receipt.thread == Address(str(direct.id))
        assert direct.last_message.content == "5 Elm Street"
        assert opened.room.last_message is None


@pytest.mark.parametrize("private", [True, False])
async def test_the_permissions_that_we_ask_for_are_enough_for_threads(private: bool) -> None:
    create_private = discord.Permissions(create_private_threads=True).value
    async with other(PERMISSIONS if private else PERMISSIONS & ~create_private) as opened:
        asked = await opened.ada.send(opened.room, "hello")
        settings = opened.settings
        http, account = await Login(settings.api_base, settings.gateway_base, TOKEN).open()
        try:
            asking = Rest(http)
            threads = Threads(asking, Places(asking), str(account["id"]))
            room = Room(id=str(opened.room.id), guild_id=str(opened.guild.id))
            person = Account(id=str(opened.ada.id), username="ada")
            thread = await threads.of(room, person, str(asked.id))
        finally:
            await http.close()
        (made,) = opened.room.threads
        assert str(made.id) == thread
        assert (made.id == asked.id) is not private
        await opened.channel.send(outbound(Address(room.id, thread or ""), "here we are alone"))
        assert made.last_message.content == "here we are alone"


async def test_without_a_permission_the_refusal_names_it() -> None:
    async with other(discord.Permissions(view_channel=True).value) as opened:
        with pytest.raises(RejectedSendError, match="Send Messages"):
            await opened.channel.send(outbound(Address(str(opened.room.id)), "hello"))
