"""Hostile markup as rows: each payload stands wherever the words of a customer, a colleague, an
article, a model or a system reach the desk. Customers' own go through the intake; the rest is put
where the product keeps it, past every check that might have mended it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

from sqlalchemy import update

from channels.events import (
    Address,
    Attachment,
    InboundMessage,
    Reacted,
    Sender,
)
from gateway.conversations.messages import append_message
from gateway.conversations.opening import by_id, find
from gateway.conversations.ownership import expect, hand_over
from gateway.intake.cleaning import cleaned
from gateway.intake.events import receive
from gateway.records import Brief
from gateway.store.schema.actions import action_events, actions
from gateway.store.schema.aftercare import closings, ratings
from gateway.store.schema.conversation import attachments, cases, conversations
from gateway.store.schema.drafts import drafts
from gateway.store.schema.inbox import tags
from gateway.store.schema.pipeline import deliveries, turns
from gateway.store.schema.safety import model_calls, model_texts
from gateway.store.unit import Unit, dumps
from tests.gateway.web.house import surface
from tests.gateway.web.markup.payloads import Payload

AUTHORS = ("customer", "assistant", "staff", "note")


class Words:
    """The payloads of one conversation, one after the other, again and again."""

    def __init__(self, payloads: Sequence[Payload]) -> None:
        self.all = [payload.stored for payload in payloads]
        self.articles = [payload.article for payload in payloads]
        self._turn = cycle(self.all)

    def __call__(self) -> str:
        return next(self._turn)

    def source(self) -> dict[str, str]:
        """A link to nowhere good."""
        return {"title": self(), "url": f"https://shop.example/{self()}", "passage": self()}


def conversation(unit: Unit, session: str, hostile: Sequence[Payload]) -> str:
    """A case in the queue, in which every payload was said by everybody; its id."""
    words = Words(hostile)
    spoken = _customer_says(unit, session, hostile)
    row = find(unit, "web", Address(session))
    assert row is not None
    id, case = str(row["id"]), str(row["case_id"])
    _earlier_case(unit, id, row["contact_id"], words)
    turn = _turn(unit, id, case, words)
    for _ in words.all:
        _failed(unit, id, _others_say(unit, id, case, turn, words), words)
    for message in spoken:
        _files(unit, id, message, words)
    _rating(unit, id, case, row["contact_id"], spoken[0])
    _draft(unit, id, case, turn, words, "open")
    _draft(unit, id, case, turn, words, "rejected")
    for state in ("confirmed", "failed"):
        _action(unit, id, case, turn, words, state)
    for tag in words.all:
        unit.insert_once(tags, conversation_id=id, tag=tag, given_by="s-1", at=unit.now)
    _to_the_queue(unit, id, case, words)
    return id


def _customer_says(unit: Unit, session: str, hostile: Sequence[Payload]) -> list[str]:
    """As a platform would deliver it, with halves of pairs and NUL."""
    said: list[str] = []
    for payload in hostile:
        text = payload.text
        file = Attachment(name=text, content_type=text, size=1, ref={"id": text})
        event = InboundMessage(
            external_id=f"{session}:{payload.number}",
            address=Address(session),
            text=text,
            sender=Sender((session, text), text),
            attachments=(file,),
        )
        message = receive(unit, surface(), cleaned(event)).message
        assert message is not None
        said.append(message)
        reacted = Reacted(
            external_id=f"{session}:r{payload.number}",
            address=Address(session),
            message=event.external_id,
            emoji=text,
            sender=Sender((session,), text),
        )
        receive(unit, surface(), cleaned(reacted))
    return said


def _others_say(unit: Unit, id: str, case: str, turn: str, words: Words) -> str:
    """The id of what staff said."""
    said, message = words(), ""
    for author in AUTHORS[1:]:
        appended = append_message(
            unit,
            id,
            author="staff" if author == "note" else author,
            kind="note" if author == "note" else "message",
            body=said,
            case_id=case,
            name=words(),
            notice=words() if author == "staff" else None,
            turn_id=turn if author == "assistant" else None,
            citations=dumps([words.source(), {"title": words(), "url": words(), "passage": None}]),
            choices=dumps([[words(), words()]]),
        )
        message = appended.id if author == "staff" else message
    return message


def _files(unit: Unit, id: str, message: str, words: Words) -> None:
    for state, digest in (("stored", "0" * 64), ("gone", None)):
        unit.insert(
            attachments,
            id=unit.new_id(),
            conversation_id=id,
            message_id=message,
            channel="web",
            name=words(),
            content_type=words(),
            sha256=digest,
            state=state,
            reason=words(),
            created_at=unit.now,
        )


def _failed(unit: Unit, id: str, message: str, words: Words) -> None:
    said = {"body": words(), "error": words(), "created_at": unit.now}
    undelivered(unit, id, message, state="failed", **said)


def undelivered(unit: Unit, conversation: str, message: str, **said: object) -> None:
    unit.insert(
        deliveries,
        id=unit.new_id(),
        conversation_id=conversation,
        message_id=message,
        address_id=message,
        channel="web",
        address="x",
        position=1,
        author="staff",
        guarded=0,
        epoch=0,
        **said,
    )


def _earlier_case(unit: Unit, id: str, contact: str, words: Words) -> None:
    case = unit.new_id()
    unit.insert(
        cases,
        id=case,
        conversation_id=id,
        number=99,
        question=words(),
        opened_at=unit.now - 9,
        resolved_at=unit.now - 5,
        outcome=words(),
        intent=words(),
    )
    unit.insert(
        closings,
        case_id=case,
        conversation_id=id,
        contact_id=contact,
        channel="web",
        path="human",
        outcome=words(),
        resolved_at=unit.now - 5,
        asked=words(),
        done=words(),
        promised=words(),
    )


def _rating(unit: Unit, id: str, case: str, contact: str, comment: str) -> None:
    unit.insert(
        ratings,
        id=unit.new_id(),
        case_id=case,
        conversation_id=id,
        contact_id=contact,
        channel="web",
        path="human",
        state="rated",
        created_at=unit.now,
        rated_at=unit.now,
        score=1,
        comment_message_id=comment,
    )


def _draft(unit: Unit, id: str, case: str, turn: str, words: Words, state: str) -> None:
    unit.insert(
        drafts,
        id=unit.new_id(),
        conversation_id=id,
        case_id=case,
        turn_id=turn,
        epoch=1,
        after_seq=0,
        through_seq=1,
        question=words(),
        body="\n\n".join(words.all),
        citations=dumps([words.source() for _ in words.all]),
        choices=dumps([[words(), words()]]),
        confidence=0.5,
        state=state,
        decided_name=words(),
        decided_at=unit.now,
        decided_seq=1,
        reason=words(),
        expires_at=unit.now + 900,
        created_at=unit.now,
        updated_at=unit.now,
    )


def _turn(unit: Unit, id: str, case: str, words: Words) -> str:
    """A record in which every free word is hostile, the names of its parts among them."""
    turn = unit.new_id()
    trace = {
        "language": words(),
        "confidence": 0.5,
        "passages": [
            {"id": words(), "document": document, "title": words(), "score": 0.5}
            for document in words.articles
        ],
        "stages": {words(): 0.5, "triage": 0.1},
        "detail": {
            "triage": {
                "intent": words(), "intent_sure": 0.5, "topic": words(), "sure": 0.5,
                "chances": {words(): 0.5, words(): 0.4}, "unsuccessful": words(),
                "mood": {words(): 0.5, "trend": {words(): 0.3}},
            },
            "cut": list(words.all), "tier": 2, "tier_rule": words(),
            "model": {
                "route": words(), "models": [words()], "left_out": {words(): words()},
                "escalated": [words()], "missing": words(), "failed": words(),
            },
        },
        words(): {words(): [words(), {words(): words()}]},
    }  # fmt: skip
    unit.insert(
        turns,
        id=turn,
        conversation_id=id,
        case_id=case,
        claim=1,
        epoch=0,
        from_seq=0,
        through_seq=1,
        state="done",
        decision=words(),
        reasons=dumps([{"code": words(), "rule": words()} for _ in words.all]),
        trace=dumps(trace),
        error=words(),
        node=words(),
        started_at=unit.now,
        finished_at=unit.now,
    )
    _call(unit, id, turn, words)
    return turn


def _call(unit: Unit, id: str, turn: str, words: Words) -> None:
    call = unit.new_id()
    unit.insert(
        model_calls,
        id=call,
        turn_id=turn,
        conversation_id=id,
        model=words(),
        provider=words(),
        requested=words(),
        answered_by=words(),
        outcome=words(),
        finish=words(),
        error=words(),
        instead_of=words(),
        began_at=unit.now,
        seconds=0.5,
    )
    said = [{"role": words(), "text": text, "content": text} for text in words.all]
    prompt = {"system": list(words.all), "turns": said, "messages": said, words(): words()}
    unit.insert(
        model_texts,
        call_id=call,
        conversation_id=id,
        prompt=dumps(prompt),
        answer="\n".join(words.all),
        at=unit.now,
    )


def _action(unit: Unit, id: str, case: str, turn: str, words: Words, state: str) -> None:
    action = unit.new_id()
    unit.insert(
        actions,
        id=action,
        conversation_id=id,
        case_id=case,
        turn_id=turn,
        contact_id="c",
        channel="web",
        address="x",
        name=words(),
        title=words(),
        details=words(),
        arguments=dumps({words(): words()}),
        digest="d",
        customer=words(),
        proof=words(),
        state=state,
        epoch=0,
        needs_approval=1,
        approval_reason=words(),
        outcome=words(),
        reference=words(),
        reason=words(),
        created_at=unit.now,
        confirmed_at=unit.now,
    )
    for number in range(len(words.all)):
        unit.insert(
            action_events,
            id=unit.new_id(),
            action_id=action,
            conversation_id=id,
            number=number,
            event=words(),
            actor=words(),
            detail=words(),
            at=unit.now,
        )


def _to_the_queue(unit: Unit, id: str, case: str, words: Words) -> None:
    brief = Brief(
        question=words(),
        reason="asked_for_person",
        rule=words(),
        concluded=words(),
        tried=tuple(words.all),
        sources=({"passage": words(), "url": f"https://shop.example/{words()}", "title": words()},),
        steps=tuple(words.all),
        open_questions=tuple(words.all),
        suggested=words(),
        files=tuple(words.all),
    )
    hand_over(unit, expect(unit, id, None), words(), brief)
    shown = update(conversations).where(conversations.c.id == id)
    unit.execute(shown.values(desk_alarm=words(), reason=words(), drafting=1))
    unit.execute(update(cases).where(cases.c.id == case).values(intent=words()))
    assert by_id(unit, id) is not None


def each(many: Sequence[Payload], size: int = 25) -> Iterator[tuple[str, Sequence[Payload]]]:
    for at in range(0, len(many), size):
        yield f"session-{at}", many[at : at + size]
