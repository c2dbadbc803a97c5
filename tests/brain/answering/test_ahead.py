"""What is read while a model writes: passages, and its sentences as they come."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence

import pytest

from brain.answering.ahead import ReadAhead
from brain.answering.support import Claim, Support
from brain.contract import Passage
from brain.triage.classifier import shipped

CARD = Passage("c1", "card", "main", "Card", ("Card",), "The loyalty card costs £10 a year.")
TENTS = Passage("t1", "tents", "main", "Tents", ("Tents",), "Tents are sewn in Norway.")


class Reading:
    """An embedder that writes down what it read, and does ``then`` meanwhile."""

    name, dimensions = "reading", 1

    def __init__(self, then: Callable[[], object] = bool) -> None:
        self.read: list[str] = []
        self._then = then

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self._then()
        self.read += texts
        return [[1.0] for _ in texts]


def support(embedder: Reading) -> Support:
    return Support(shipped().content, embedder)


async def test_it_ends_with_the_passage_at_hand() -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def held() -> None:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)

    reading = Reading(held)
    async with ReadAhead(support(reading), [CARD, TENTS]) as ahead:
        await begun.wait()
        settled = asyncio.create_task(ahead.settled())
        await asyncio.sleep(0)
        go_on.set()
        await settled
    assert reading.read == ["Card: The loyalty card costs £10 a year."]


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_sentences_are_read_as_they_come_in_whatever_pieces(size: int) -> None:
    said = ['It costs "£10" a year.', "Zwölf\nMonate \\ lang."]
    sentences = [{"text": text, "sources": ["p1"], "place": "same"} for text in said]
    written = json.dumps({"sentences": sentences, "confidence": 0.9, "missing": ""})
    reading = Reading()
    async with ReadAhead(support(reading), []) as ahead:
        for at in range(0, len(written), size):
            ahead.hear(written[at : at + size])
        await ahead.settled()
    assert sorted(reading.read) == sorted(said)


async def test_what_is_no_text_or_comes_without_end_is_not_read() -> None:
    reading = Reading()
    async with ReadAhead(support(reading), []) as ahead:
        ahead.hear('{"text": 7, "text": "\\ud800 \\x", "text": "begun and never')
        for number in range(100):
            ahead.hear(f'"}}, {{"text": "Sentence {number}."')
        await ahead.settled()
    assert 0 < len(reading.read) <= 24


async def test_a_failure_is_told_by_the_check_alone() -> None:
    def fails() -> None:
        raise RuntimeError("no model")

    held = support(Reading(fails))
    async with ReadAhead(held, [CARD]) as ahead:
        ahead.hear('{"text": "The card is dear."')
        await ahead.settled()
    with pytest.raises(RuntimeError, match="no model"):
        held.check([Claim("The card is dear.", ("c1",))], [CARD], "en")


@pytest.mark.parametrize("size", [1_000, 100_000_000])
async def test_what_never_ends_or_is_no_sentence_is_not_read(size: int) -> None:
    endless = json.dumps({"text": "a " * 500_000})
    written = endless + json.dumps({"text": "It costs £10."})
    reading = Reading()
    async with ReadAhead(support(reading), []) as ahead:
        for at in range(0, len(written), size):
            ahead.hear(written[at : at + size])
        await ahead.settled()
    assert all(len(text) < 100 for text in reading.read)
