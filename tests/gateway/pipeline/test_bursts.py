"""Who thinks in ten short messages gets one answer, on every chat platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.kinds import CAPABILITIES
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig

BETWEEN_SECONDS = 0.4


@pytest.mark.parametrize("kind", ["slack", "discord", "telegram", "whatsapp", "api"])
async def test_ten_messages_in_four_seconds_are_answered_once(
    store: Store, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    rig = Rig(store, clock, tmp_path, capabilities=CAPABILITIES[kind])
    texts = [f"line {number}" for number in range(10)]
    for text in texts:
        await rig.say(text)
        await rig.turns.once()
        clock.pass_(BETWEEN_SECONDS)
    await rig.settle()
    (turn,) = rig.brain.asked
    assert [said.text for said in turn.new] == texts
    answers = [row for row in await rig.messages() if row["author"] == "assistant"]
    assert len(answers) == 1
    assert sum("line 9" in text for text in rig.channel.texts) == 1
