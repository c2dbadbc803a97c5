"""Correcting an answer over real HTTP: what a lead sees, what is asked again, what is masked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from gateway.conversations.opening import by_id
from gateway.privacy.masking import Masking
from gateway.store.schema.library import documents
from gateway.store.schema.pipeline import turns
from gateway.store.unit import Unit, dumps
from tests.gateway.web.house import HandClock, Rehearsed, Site, assistant, open_site

API = "/api/v1/knowledge"


async def asked(site: Site, text: str, session: str, code: str = "low_confidence") -> str:
    """A turn that ended with a person; its id."""
    conversation, id = await site.house.says(text, session), uuid4().hex

    def unit(unit: Unit) -> None:
        row = by_id(unit, conversation)
        assert row is not None
        unit.insert(
            turns,
            id=id,
            tenant_id="main",
            conversation_id=conversation,
            case_id=row["case_id"],
            claim=1,
            epoch=0,
            from_seq=1,
            through_seq=row["last_seq"],
            state="done",
            decision="hand_over",
            confidence=0.4,
            reasons=dumps([{"code": code, "rule": "not sure"}]),
            trace=dumps({"passages": [{"id": "p", "document": "nothing"}], "language": "en"}),
            node="test",
            started_at=unit.now,
        )

    await site.house.write(unit)
    return id


async def test_an_answer_is_shown_with_others_like_it_and_asked_again(site: Site) -> None:
    agent, lead = await site.bearer("Ada"), await site.bearer("Lea", "lead")
    turn = await asked(site, "how long can boots be returned", "one")
    await asked(site, "how long can tents be returned", "two")
    await asked(site, "where is the nearest store then", "three")
    assert (await site.get(f"{API}/correcting/{turn}", agent))[0] == 403
    status, shown = await site.get(f"{API}/correcting/{turn}", lead)
    assert (status, shown["question"]) == (200, "how long can boots be returned")
    assert (shown["articles"], shown["similar"]) == ([], ["how long can tents be returned"])
    text: dict[str, Any] = {"title": "Returns", "text": "Within 60 days."}
    body = {**text, "questions": [shown["question"], *shown["similar"]]}
    assert (await site.post(f"{API}/articles/ask", body, agent))[0] == 403
    status, again = await site.post(f"{API}/articles/ask", body, lead)
    assert (status, [one["same"] for one in again["items"]]) == (200, [False, False])
    assert again["items"][0]["after"]["text"].endswith("Within 60 days.")
    assert await site.house.rows(documents) == []
    many = {**text, "questions": ["why?"] * 7}
    assert (await site.post(f"{API}/articles/ask", many, lead))[0] == 422


async def test_what_no_article_answers_is_grouped_and_masked(site: Site) -> None:
    agent = await site.bearer("Ada")
    await asked(site, "how long can boots be returned", "one")
    await asked(site, "how long can tents be returned", "two")
    await asked(site, "write to kim@example.com please", "three")
    await asked(site, "I want a person", "four", code="asked_for_person")
    status, page = await site.get(f"{API}/unanswered", agent)
    assert (status, [one["count"] for one in page["items"]]) == (200, [2, 1])
    assert "kim@" not in str(page)
    assert "person" not in str(page)


@dataclass(slots=True)
class Compared(Rehearsed):
    """Counts how often meanings are compared."""

    times: int = 0

    async def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        self.times += 1
        return [0.0 for _ in others]

    async def groups(self, texts: Sequence[str], least: float) -> Sequence[Sequence[int]]:
        self.times += 1
        return [[at] for at in range(len(texts))]


@dataclass(frozen=True, slots=True)
class Noted(Masking):
    """Notes the threads in which it masks."""

    threads: set[str] = field(default_factory=set[str])

    def text(self, text: str) -> str:
        self.threads.add(threading.current_thread().name)
        return Masking.text(self, text)


async def test_many_texts_are_compared_in_one_go_and_masked_off_the_loop(
    sqlite_url: str, tmp_path: Path
) -> None:
    compared, noted = Compared(), Noted()
    counted = replace(assistant(HandClock()), rehearsing=compared)
    async with open_site(sqlite_url, tmp_path, assistant=counted) as site:
        site.house.views.masking = noted
        lead = await site.bearer("Lea", "lead")
        asked_for = [await asked(site, f"{word} boots please", word) for word in ("red", "blue")]
        _, page = await site.get(f"{API}/unanswered", lead)
        assert (len(page["items"]), compared.times) == (2, 1)
        assert (await site.get(f"{API}/correcting/{asked_for[0]}", lead))[0] == 200
    assert noted.threads
    assert threading.main_thread().name not in noted.threads
