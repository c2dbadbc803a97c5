"""Ten thousand requests of Twilio, changed on their way: none is taken, and none is our fault."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from urllib.parse import parse_qsl, urlencode

import pytest

from tests.channels.mutating import Signed, mutated
from tests.contract.harness.whatsapp import Rig
from tests.platforms.twilio_records import ACCOUNT, CUSTOMER, SENDER

COUNT = 10_000
ROUND = 50
PATH = "/webhooks/wa"


def signed(wa: Rig, dice: random.Random) -> Signed:
    """A message, a press, or a report of what became of one of ours."""
    form = dice.choice(
        [
            wa.twilio.say("How long may I return boots? 日本語 + %20 &", WaId=""),
            wa.twilio.say(
                "", ButtonText="Yes", ButtonPayload="fd:yes", Latitude="1", Longitude="2"
            ),
            reported(wa.twilio.sid("SM"), dice.choice(["delivered", "failed", "read"])),
        ]
    )
    path = f"{PATH}/status?delivery={dice.randbytes(16).hex()}&piece=0"
    path = path if "MessageStatus" in form else PATH
    return Signed(path, urlencode(form).encode(), wa.twilio.sign(path, form))


def reported(sid: str, status: str) -> dict[str, str]:
    whom = {"AccountSid": ACCOUNT, "From": SENDER, "To": CUSTOMER, "ErrorCode": ""}
    return {"MessageSid": sid, "MessageStatus": status, **whom}


def says(one: Signed) -> tuple[object, ...]:
    """What is signed of it: another spelling of the same form is no other form."""
    fields = parse_qsl(one.body.decode("latin-1"), keep_blank_values=True)
    return one.path, sorted(set(fields)), one.headers


@pytest.mark.timeout(240)
async def test_ten_thousand_changed_requests_are_refused(wa: Rig) -> None:
    dice, statuses = random.Random(5), Counter[int]()
    while statuses.total() < COUNT:
        genuine = signed(wa, dice)
        changed = [mutated(dice, genuine) for _ in range(ROUND)]
        asked = [one for one in changed if says(one) != says(genuine)]
        answers = await asyncio.gather(
            *(wa.twilio.post(one.path, one.body, dict(one.headers)) for one in asked)
        )
        statuses.update(answer.status for answer in answers)
        # So that each is looked at, and not only slowed down.
        wa.clock.at += ROUND
    assert wa.intake.events == []
    assert set(statuses) <= {400, 401, 413, 415}, statuses
    assert statuses[401] > COUNT * 0.99
