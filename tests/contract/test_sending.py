"""What customers see of what is sent: whole, in order, with its buttons, and pinging nobody."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from channels.contract import Choice
from channels.errors import RejectedSendError, UncertainSendError
from channels.events import Address
from channels.text.render import render
from tests.contract.harness.protocol import Harness
from tests.contract.steps import greeted, outbound, shown, times

HOSTILE = (
    "<!channel> {n}",
    "<!here|here> {n}",
    "<!everyone> look {n}",
    "<!subteam^S0{n}> {n}",
    "<@U{n}> and <@W{n}|ada>",
    "<@!{n}{n}> <@&{n}{n}> <#{n}{n}>",
    "@everyone {n}",
    "@here{n} @here",
    "@channel @all {n}",
    "@somebody{n} hello",
    "[@everyone](tg://user?id={n})",
    "<a href='tg://user?id={n}'>you</a>",
    "`<!channel>` and `@everyone` {n}",
    "```\n<!channel> @everyone <@U{n}>\n```",
    "**@everyone** _@here_ ~~<!channel>~~ {n}",
    "&lt;!channel&gt; &#64;everyone {n}",
    "@\u200beveryone @\u2060here <\u200b!channel> {n}",
    "> @everyone\n> <@{n}>",
    "| @everyone | <!channel> |\n|---|---|\n| <@U{n}> | @here |",
    "<b>@everyone</b> <script>{n}</script>",
)
EACH, TOGETHER = 25, 20


async def test_sending_gives_a_receipt(harness: Harness) -> None:
    receipt = await harness.channel.send(outbound(harness.address, "hello"))
    assert receipt.external_ids
    assert all(receipt.external_ids)
    assert receipt.accepted_at > 0


async def test_a_long_answer_arrives_whole_within_the_limit(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    words = [f"word{number}" for number in range(min(capabilities.text_limit, 40_000) // 3)]
    parts = render(" ".join(words), capabilities)
    seen = ""
    for part in parts:
        assert len(part.text.encode("utf-16-le")) // 2 <= capabilities.text_limit
        seen += " " + await harness.received(outbound(harness.address, part.text, part.plain))
    assert seen.split() == words


async def test_an_answer_with_code_a_table_and_links_arrives_whole(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    answer = _answer()
    seen = ""
    for part in render(answer, capabilities):
        assert len(part.text.encode("utf-16-le")) // 2 <= capabilities.text_limit
        seen += " " + await harness.received(outbound(harness.address, part.text, part.plain))
    prose = re.findall(r"prose\d+x", seen)
    assert prose == re.findall(r"prose\d+x", answer)
    wanted = {*re.findall(r"(?:code|cell|link)\d+x", answer)}
    assert wanted <= {*re.findall(r"(?:code|cell|link)\d+x", seen)}


def _answer() -> str:
    """More than 6,000 characters, each word of them once."""
    prose = [f"prose{number}x" for number in range(500)]
    paragraphs = [" ".join(prose[at : at + 40]) for at in range(0, 500, 40)]
    code = "\n".join(f"code{number}x = {number}" for number in range(60))
    rows = "\n".join(f"| cell{number}x | cell{number + 500}x |" for number in range(25))
    links = " ".join(f"[link{number}x](https://example.com/{number})" for number in range(12))
    table = f"| size | price |\n|---|---|\n{rows}"
    blocks = [*paragraphs[:5], f"```python\n{code}\n```", *paragraphs[5:8], table, links]
    answer = "\n\n".join([*blocks, *paragraphs[8:]])
    assert len(answer) > 6000
    return answer


async def test_nobody_is_pinged(harness: Harness) -> None:
    """500 hostile texts, twenty in a message."""
    first = await greeted(harness)
    for start in range(EACH):
        texts = [form.replace("{n}", str(start + 11)) for form in HOSTILE]
        assert len(texts) == TOGETHER
        for part in render("\n\n".join(texts), harness.channel.capabilities):
            message = outbound(
                first.address, part.text, part.plain, reply_context=first.reply_context
            )
            await shown(harness, message)
    assert [seen.pings for seen in harness.seen() if seen.pings] == []
    assert len(harness.seen()) >= EACH


async def test_every_choice_is_a_button(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    limit = capabilities.choices_limit
    labels = tuple(f"Choice number {number}" for number in range(limit))
    choices = tuple(Choice(f"c{number}", label) for number, label in enumerate(labels))
    (part,) = render("Which one?", capabilities, choices)
    first = await greeted(harness)
    message = outbound(
        first.address,
        part.text,
        part.plain,
        choices=part.choices,
        reply_context=first.reply_context,
    )
    seen, _ = await shown(harness, message)
    assert seen.choices == labels
    assert "Which one?" in seen.text


async def test_more_choices_than_buttons_are_numbered_in_the_text(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    labels = [f"Number {number} of many" for number in range(capabilities.choices_limit + 1)]
    choices = [Choice(f"c{number}", label) for number, label in enumerate(labels)]
    parts = render("Which one?", capabilities, choices)
    texts = [
        await harness.received(outbound(harness.address, part.text, part.plain)) for part in parts
    ]
    assert all(label in " ".join(" ".join(texts).split()) for label in labels)


async def test_a_changed_message_is_seen_changed(harness: Harness) -> None:
    message = outbound(harness.address, "It costs 4 euros.")
    if not harness.channel.capabilities.edits:
        with pytest.raises(RejectedSendError):
            await harness.channel.edit("m-1", message)
        return
    receipt = await harness.channel.send(message)
    changed = outbound(harness.address, "It costs 5 euros.")
    await harness.channel.edit(receipt.external_ids[0], changed)
    assert (times(harness, "4 euros"), times(harness, "5 euros")) == (0, 1)


async def test_a_message_that_is_taken_back_is_not_seen(harness: Harness) -> None:
    if not harness.channel.capabilities.deletes:
        with pytest.raises(RejectedSendError):
            await harness.channel.delete(harness.address, "m-1")
        return
    receipt = await harness.channel.send(outbound(harness.address, "Wrong window, sorry."))
    await harness.channel.delete(harness.address, receipt.external_ids[0])
    assert times(harness, "Wrong window") == 0


async def test_what_one_person_alone_sees_is_no_message_of_the_place(harness: Harness) -> None:
    if not harness.channel.capabilities.whispers:
        return
    place = harness.public_address or harness.address
    before = len(harness.seen())
    message = replace(outbound(place, "for you alone"), only_for="T0HOME/U0ADA")
    receipt = await harness.channel.send(message)
    assert receipt.external_ids == ()
    assert len(harness.seen()) == before
    assert await harness.channel.reconcile(message) is None


async def test_typing_is_told_where_the_platform_shows_it(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    first = await greeted(harness)
    await harness.channel.typing(first.address, first.reply_context)
    # On a pulled channel the timeline's state says it, and the adapter is not asked.
    assert (harness.typed() > 0) == (capabilities.typing and not capabilities.pulled)


async def test_typing_never_fails(harness: Harness) -> None:
    await harness.channel.typing(Address("no-such-chat", "no-such-thread"), {})


async def test_what_cannot_be_asked_about_stays_uncertain(harness: Harness) -> None:
    capabilities = harness.channel.capabilities
    if not (capabilities.read_back or capabilities.reconcile_by_resend):
        with pytest.raises(UncertainSendError):
            await harness.channel.reconcile(outbound(harness.address, "hello"))
        return
    message = outbound(harness.address, "hello")
    sent = await harness.channel.send(message)
    found = await harness.channel.reconcile(message)
    assert found is not None
    assert found.external_ids == sent.external_ids
    assert times(harness, "hello") == 1
