"""Presses of buttons and the command that asks for a person. Discord wants an answer within three
seconds; it gets one after the event is on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from discord.http import Route
from pydantic import ValidationError

from channels.discord.buttons import Button
from channels.discord.hearing import Hearing
from channels.discord.inlet import Inlet
from channels.discord.payloads import COMMAND, COMPONENT, Account, Interaction, Room
from channels.discord.places import is_private, room_id
from channels.discord.words import NOT_YOURS, PASSED_ON, word
from channels.errors import SendError
from channels.events import Address, Chosen, Commanded, Sender

MESSAGE, UPDATE_LATER = 4, 6
EPHEMERAL = 64
HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Interactions:
    hearing: Hearing
    inlet: Inlet

    async def came(self, raw: Mapping[str, Any], stamp: str) -> None:
        try:
            interaction = Interaction.model_validate(raw)
        except ValidationError:
            return
        person = interaction.person
        if person is None or person.bot:
            return
        if interaction.type == COMPONENT and interaction.message is not None:
            await self._pressed(interaction, interaction.message.id, person)
        elif interaction.type == COMMAND and interaction.data.name == HUMAN:
            await self._commanded(interaction, person)

    async def _pressed(self, interaction: Interaction, message: str, person: Account) -> None:
        button = Button.parse(interaction.data.custom_id)
        if button is None:
            return
        if button.person and button.person != person.id:
            await self._answer(interaction, _privately(word(NOT_YOURS, interaction.locale)))
            return
        context = {"channel": interaction.channel_id, "message": message, "person": person.id}
        address = await self._address(interaction, person)
        sender = Sender((person.id,), person.shown or None, verified="discord")
        await self.inlet.accept(
            Chosen(interaction.id, address, message, button.choice, sender, context)
        )
        await self._answer(interaction, {"type": UPDATE_LATER})

    async def _commanded(self, interaction: Interaction, person: Account) -> None:
        address = await self._address(interaction, person)
        public = await self._is_public(interaction, address)
        sender = Sender((person.id,), person.shown or None, verified="discord")
        said = " ".join(str(option.value) for option in interaction.data.options)
        await self.inlet.accept(
            Commanded(interaction.id, address, interaction.data.name, said, sender, public)
        )
        await self._answer(interaction, _privately(word(PASSED_ON, interaction.locale)))

    async def _address(self, interaction: Interaction, person: Account) -> Address:
        if interaction.guild_id is None:
            return Address(interaction.channel_id)
        room = await self._room(interaction)
        return await self.hearing.room_of(room, person, None)

    async def _is_public(self, interaction: Interaction, address: Address) -> bool:
        """Whether others read along where it is answered."""
        if interaction.guild_id is None:
            return False
        where = await self.hearing.places.room(room_id(address), interaction.guild_id)
        return not is_private(where)

    async def _room(self, interaction: Interaction) -> Room:
        places = self.hearing.places
        return await places.room(interaction.channel_id, interaction.guild_id)

    async def _answer(self, interaction: Interaction, body: Mapping[str, Any]) -> None:
        """Too late is no harm: the event is on disk, and only a spinner stays."""
        route = Route(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            webhook_id=interaction.id,
            webhook_token=interaction.token,
        )
        try:
            await self.hearing.rest.ask(route, json=dict(body))
        except SendError:
            return


def _privately(text: str) -> dict[str, Any]:
    return {"type": MESSAGE, "data": {"content": text, "flags": EPHEMERAL}}
