"""Files of customers: our credentials go to the API of Twilio only, and nothing is endless."""

from __future__ import annotations

import random
from typing import Any

import pytest
from aiohttp import web

from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
)
from channels.events import Attachment, InboundMessage, Json
from channels.whatsapp.media import LIMIT_BYTES
from tests.contract.harness.whatsapp import Rig
from tests.platforms.twilio_records import ACCOUNT, VERSION, Fault

HOME = f"https://api.twilio.com/{VERSION}/Accounts/{ACCOUNT}/Messages"


async def file_of(wa: Rig, content: bytes = b"jpeg", kind: str = "image/jpeg") -> Json:
    await wa.twilio.deliver(wa.twilio.say("", media=[wa.twilio.medium(kind, content)]))
    event = wa.intake.events[-1]
    assert isinstance(event, InboundMessage)
    (file,) = event.attachments
    assert isinstance(file, Attachment)
    assert file.ref is not None
    return file.ref


async def fetched(wa: Rig, ref: Json) -> bytes:
    return b"".join([piece async for piece in wa.channel.open(ref)])


async def test_the_storage_is_not_shown_our_credentials(wa: Rig) -> None:
    assert await fetched(wa, await file_of(wa)) == b"jpeg"
    (asked,) = wa.twilio.storage_requests
    assert "Authorization" not in asked.headers
    assert "Cookie" not in asked.headers


def foreign(count: int) -> list[str]:
    """Addresses that are none of our account's files at Twilio, some of them nearly."""
    path = f"/{VERSION}/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
    hosts = [
        "evil.example",
        "api.twilio.com.evil.example",
        "api.twilio.com@evil.example",
        "evil.example#api.twilio.com",
        "evil.example?api.twilio.com",
        "api.twilio.com:8443",
        "127.0.0.1",
        "[::1]",
        "169.254.169.254",
        "api.twilio.com\\@evil.example",
        "API.TWILIO.COM.",
    ]
    odd = [
        f"http://api.twilio.com{path}",
        f"ftp://api.twilio.com{path}",
        "file:///etc/passwd",
        "",
        "None",
        f"{HOME}/../../AC{'9' * 32}/Messages/MM1/Media/ME1",
        f"{HOME}/MM1/Media/../../../../../../etc",
        f"{HOME}/MM1/Media/%2e%2e/%2e%2e/x",
        f"{HOME}/MM1/Media/ME1?x=https://evil.example",
        f"{HOME}/MM1/Media/ME1#x",
        f"{HOME}/MM1/Media/ME1\n",
        f"{HOME}/MM1/Media/",
        f"{HOME}.json",
        HOME.replace(ACCOUNT, "AC" + "1a" * 16) + "/MM1/Media/ME1",
    ]
    rng, made = random.Random(5), [f"https://{host}{path}" for host in hosts] + odd
    while len(made) < count:
        at = rng.randrange(len(f"https://api.twilio.com/{VERSION}/"))
        good = HOME + "/MM1/Media/ME1"
        made.append(good[:at] + rng.choice("@:/\\.#?%x ") + good[at + 1 :])
    return [each for each in made if each != HOME + "/MM1/Media/ME1"]


async def test_nothing_is_asked_of_any_other_address(wa: Rig) -> None:
    for url in foreign(120):
        with pytest.raises(RejectedSendError, match="not one of this account"):
            await fetched(wa, {"url": url, "type": "image/jpeg"})
    assert wa.twilio.calls("call") == []
    assert wa.twilio.storage_requests == []


@pytest.mark.parametrize("ref", [{}, {"url": None}, {"url": 5}, {"type": "x"}])
async def test_a_reference_that_is_none_is_refused(wa: Rig, ref: dict[str, Any]) -> None:
    with pytest.raises(RejectedSendError):
        await fetched(wa, ref)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/x",
        "https://media.twiliocdn.com.evil.example/x",
        "http://media.twiliocdn.com/x",
        "https://media.twiliocdn.com:8443/x",
        "https://eviltwilio.com/x",
        "https://169.254.169.254/x",
        "file:///etc/passwd",
        "gopher://media.twiliocdn.com/x",
        "//evil.example/x",
        "https://",
    ],
)
async def test_a_way_that_leads_elsewhere_is_not_followed(wa: Rig, target: str) -> None:
    ref = await file_of(wa)
    wa.twilio.redirect = target
    with pytest.raises(RejectedSendError, match="host that is not Twilio's"):
        await fetched(wa, ref)


async def test_a_way_that_only_leads_on_ends(wa: Rig) -> None:
    ref = await file_of(wa)
    wa.twilio.redirect = wa.twilio.url + str(ref["url"]).removeprefix("https://api.twilio.com")
    with pytest.raises(RejectedSendError, match="only leads"):
        await fetched(wa, ref)


async def test_twenty_megabytes_are_all_that_is_taken(wa: Rig) -> None:
    ref = await file_of(wa, b"x" * (LIMIT_BYTES + 1))
    with pytest.raises(RejectedSendError, match="20 MB"):
        await fetched(wa, ref)


async def test_an_endless_file_ends_at_the_limit(wa: Rig) -> None:
    ref = await file_of(wa)
    wa.twilio.storage_answer = endless
    taken: list[int] = []
    with pytest.raises(RejectedSendError, match="20 MB"):
        await counted(wa, ref, taken)
    assert LIMIT_BYTES // 2 < sum(taken) <= LIMIT_BYTES


async def counted(wa: Rig, ref: Json, taken: list[int]) -> None:
    async for piece in wa.channel.open(ref):
        taken.append(len(piece))  # noqa: PERF401 - kept where it ends with an error


class endless(web.StreamResponse):  # noqa: N801 - called like the answer that it is
    def __init__(self, _: web.Request) -> None:
        super().__init__(headers={"Content-Type": "image/jpeg"})

    async def prepare(self, request: web.BaseRequest) -> Any:
        writer = await super().prepare(request)
        try:
            while True:
                await self.write(b"x" * 1_000_000)
        except ConnectionError:
            return writer


def answering(status: int = 200, **headers: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=b"<html>", headers=given)

    return answer


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (answering(404), RejectedSendError, "gone"),
        (answering(410), RejectedSendError, "gone"),
        (answering(403), RejectedSendError, "gone"),
        (answering(206), RejectedSendError, "206"),
        (answering(500), RetryableSendError, "500"),
        (answering(429), RetryableSendError, "429"),
        (answering(Content_Type="text/html"), RejectedSendError, "a page"),
        (answering(Content_Type="application/xml"), RejectedSendError, "a page"),
        (
            answering(Content_Type="image/jpeg", Content_Encoding="gzip"),
            RejectedSendError,
            "compressed",
        ),
    ],
)
async def test_what_is_no_file_is_said_to_be_none(
    wa: Rig, answer: Any, error: type[ChannelError], words: str
) -> None:
    ref = await file_of(wa)
    wa.twilio.storage_answer = answer
    with pytest.raises(error, match=words):
        await fetched(wa, ref)


async def test_refused_credentials_are_the_channels_trouble(wa: Rig) -> None:
    ref = await file_of(wa)
    wa.twilio.token = "rotated-00112233445566778899aabb"
    with pytest.raises(ChannelMisconfigured, match="auth_token"):
        await fetched(wa, ref)


async def test_a_connection_that_breaks_is_tried_again_later(wa: Rig) -> None:
    ref = await file_of(wa)
    wa.twilio.other_faults.extend([Fault(cut=True), Fault(cut=True)])
    with pytest.raises(RetryableSendError, match="not fetched"):
        await fetched(wa, ref)
