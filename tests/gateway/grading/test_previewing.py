"""What other settings would make of the last words: judged as a turn would be, with the business's
voice, the accounts written from and the cases before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from brain.agent import Agent
from brain.contract import Brain
from brain.settings import BrainSettings
from gateway.config.load import load
from gateway.config.settings import Settings
from gateway.conversations.ownership import expect, resolve
from gateway.grading.previewing import Previewing
from gateway.store.unit import Unit
from tests.gateway.pipeline.test_rules import READER, Quoting, Shelf
from tests.gateway.web.house import House, open_house

ADA = "ada@big.example"
BOOTS = "Can I return my boots?"


@dataclass(slots=True)
class Preview:
    """What a configuration makes of what was said in the house."""

    house: House
    folder: Path

    def settings(self, **sections: Any) -> Settings:
        web = {"channels": {"web": {"kind": "web", "demo": True}}}
        file = self.folder / "config.yaml"
        file.write_text(yaml.safe_dump({**web, **sections}))
        return load(file, {}).settings

    async def after(self, **sections: Any) -> list[dict[str, Any]]:
        """Of each conversation, the side with these settings beside the one without."""
        now, other = await asyncio.to_thread(lambda: (self.settings(), self.settings(**sections)))
        compared = await Previewing(self.house.store, self.house.clock, self.brain).compared(
            now, other
        )
        assert all(one["now"]["decision"] == "reply" for one in compared["conversations"])
        return [one["after"] for one in compared["conversations"]]

    def brain(self, settings: BrainSettings) -> Brain:
        return Agent(Shelf(), READER, Quoting(0.9), settings, self.house.clock)


@pytest.fixture
async def preview(sqlite_url: str, tmp_path: Path) -> AsyncGenerator[Preview]:
    async with open_house(sqlite_url, tmp_path) as house:
        yield Preview(house, tmp_path)


async def test_words_pass_the_gate_of_the_settings(preview: Preview) -> None:
    await preview.house.says(BOOTS)
    [worded] = await preview.after(business={"voice": {"words": {"anything": "everything"}}})
    assert "return everything within" in worded["said"]
    [refused] = await preview.after(business={"voice": {"never": ["anything"]}})
    assert refused["decision"] == "hand_over"
    assert "voice_never" in [one["code"] for one in refused["reasons"]]


@pytest.mark.parametrize(
    ("escalation", "code"),
    [
        ({"rules": [{"name": "big", "when": {"senders": ["*@big.example"]}}]}, "rule_big"),
        ({"customers": [{"senders": ["*@big.example"], "vip": True}]}, "vip"),
    ],
)
async def test_rules_look_at_the_account_written_from(
    preview: Preview, escalation: dict[str, Any], code: str
) -> None:
    await preview.house.says(BOOTS, ADA)
    [one] = await preview.after(brain={"escalation": escalation})
    assert (one["decision"], one["reasons"][0]["code"]) == ("hand_over", code)


async def test_cases_before_count_and_the_one_looked_at_does_not(preview: Preview) -> None:
    house = preview.house
    for _ in range(2):
        conversation = await house.says(BOOTS, ADA)
        # The last one is over as well when it is looked at.
        await house.write(partial(_resolved, conversation))
    [second] = await preview.after(brain={"escalation": {"contacts": 2}})
    assert second["reasons"][0]["code"] == "contact_again"
    # Where the third contact calls a person, `after` saw the second one answered.
    await house.says(BOOTS, ADA)
    settings = await asyncio.to_thread(preview.settings)
    compared = await Previewing(house.store, house.clock, preview.brain).compared(
        settings, settings
    )
    [one] = compared["conversations"]
    assert one["now"]["reasons"][0]["code"] == "contact_again"


async def test_whose_desk_it_would_be(preview: Preview) -> None:
    await preview.house.says(BOOTS)
    people = {"escalation": {"people_only": ["web"]}}
    [first] = await preview.after(brain=people)
    assert first["desk"] == {"name": "web", "chat": None}
    slack = {"kind": "slack", "bot_token": "xoxb-1-first-0001", "signing_secret": "0" * 16}
    web = {"kind": "web", "demo": True, "desk": "support"}
    desk = {"channel": "team", "chat": "C0ALL", "by_channel": {"web": "C0WEB"}}
    [told] = await preview.after(
        channels={"web": web, "team": slack}, desks={"support": desk}, brain=people
    )
    assert told["desk"] == {"name": "support", "chat": "C0WEB"}
    [answered] = await preview.after()
    assert answered["desk"] is None


def _resolved(conversation: str, unit: Unit) -> None:
    resolve(unit, expect(unit, conversation, None), "answered")
