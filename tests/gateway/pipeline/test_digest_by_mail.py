"""A desk's digest through a real mail channel, to a mail server on loopback."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

from channels.kinds import CAPABILITIES
from gateway.config.promises import HOUR, DeskPromises, DigestSettings, Promises
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.store.store import Store
from tests.contract.harness.email import mail_channel
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig, to_a_person
from tests.platforms.mail import MailPlatform

TEAM = "team@shop.example"


async def test_the_team_gets_one_mail_about_who_waits(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = Rig(sqlite_store, clock, tmp_path, capabilities=CAPABILITIES["email"])
    digest = DigestSettings(to=TEAM, channel=CHANNEL, every="hour")
    rig.promises = Promises({"web": DeskPromises(digest=digest)})
    rig.brain.answer = to_a_person
    await rig.look()
    await rig.say("a person please")
    await rig.settle()
    conversation = (await rig.conversation())["id"]
    async with MailPlatform() as platform, mail_channel(platform) as channel:
        outbox = OutboxLoop(
            OutboxTools(
                rig.store,
                rig.node,
                lambda: {CHANNEL: channel},
                clock,
                lambda: 1.0,
                rig.failpoint,
            )
        )
        clock.pass_(HOUR)
        await rig.look()
        await rig.look()
        while await outbox.once():
            pass
        [mail] = platform.smtp.taken
    assert mail.recipients == (TEAM,)
    letter = message_from_bytes(mail.raw, policy=default)
    assert (letter["To"], letter["Subject"]) == (TEAM, "1 customer waits")
    body = letter.get_body(("plain",))
    assert body is not None
    assert f"https://help.example/desk#c/{conversation}" in body.get_content()
    assert "person please" not in str(letter)
