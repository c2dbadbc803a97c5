"""The record of a model's call, written with what it cost. What was asked and answered is kept
masked and shortened, for as long as an operator wants, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping

from brain.chat import Called, ChatRequest
from gateway.privacy.masking import STANDING, Masking
from gateway.store.schema.safety import model_calls, model_texts
from gateway.store.unit import Unit, dumps
from gateway.telemetry.facts import ModelCalled

# Of a text longer than this the middle is left out: long articles are read elsewhere.
_BEGINNING, _END = 10_000, 4_000
_ERROR, _NAME = 2_000, 128


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether the words of a call are ``stored``, and whether they are ``told`` to spans."""

    masking: Masking = STANDING
    stored: bool = True
    told: bool = False

    @property
    def anything(self) -> bool:
        return self.stored or self.told


@dataclass(frozen=True, slots=True)
class Words:
    """What a call was asked, as JSON, and what it answered; masked."""

    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A call to be put on record; ``message`` is the customer's that it is about."""

    called: Called
    words: Words | None
    message: str | None


def words_of(called: Called, masking: Masking) -> Words:
    """Blocking: a long prompt takes a while to mask."""
    return Words(dumps(_asked(called.request, masking)), _kept(called.answer, masking))


def record(unit: Unit, row: RowMapping, entry: Entry, keep: Keeping) -> None:
    """``row`` is the reservation's, of which this is the only settlement."""
    called, words = entry.called, entry.words
    usage = called.usage
    unit.insert(
        model_calls,
        id=row["id"],
        tenant_id=row["tenant_id"],
        turn_id=row["turn_id"],
        conversation_id=row["conversation_id"],
        model=called.model,
        provider=called.provider,
        requested=called.requested[:_NAME],
        answered_by=_plain(called.answered_by)[:_NAME],
        outcome=called.outcome,
        finish=called.finish,
        error=keep.masking.once(_plain(called.error)[:_ERROR]),
        instead_of=called.instead_of,
        began_at=called.began,
        seconds=called.seconds,
        input_tokens=usage.input,
        cached_tokens=usage.cached_input,
        written_tokens=usage.cache_write,
        output_tokens=usage.output,
        micros=called.micros,
    )
    if words is not None and keep.stored:
        unit.insert(
            model_texts,
            call_id=row["id"],
            tenant_id=row["tenant_id"],
            conversation_id=row["conversation_id"],
            prompt=words.prompt,
            answer=words.answer,
            at=unit.now,
        )
    unit.tell(_fact(row, entry, words if keep.told else None))


def _fact(row: RowMapping, entry: Entry, words: Words | None) -> ModelCalled:
    called = entry.called
    return ModelCalled(
        call=row["id"],
        model=called.model,
        provider=called.provider,
        requested=called.requested,
        outcome=called.outcome,
        conversation=row["conversation_id"],
        turn=row["turn_id"],
        began=called.began,
        seconds=called.seconds,
        read=called.usage.read,
        cached=called.usage.cached_input,
        written=called.usage.cache_write,
        output=called.usage.output,
        micros=called.micros,
        most_tokens=called.request.most_tokens,
        answered_by=called.answered_by,
        finish=called.finish,
        instead_of=called.instead_of,
        rests=called.rests,
        message=entry.message,
        prompt=words.prompt if words is not None else None,
        answer=words.answer if words is not None else None,
    )


def _asked(request: ChatRequest, masking: Masking) -> dict[str, object]:
    return {
        "system": [_kept(part.text, masking) for part in request.system],
        "messages": [
            {"speaker": line.speaker, "text": _kept(line.before + line.text, masking)}
            for line in request.messages
        ],
        "form": None if request.wanted is None else request.wanted.name,
        "tools": [tool.name for tool in request.tools],
        "most_tokens": request.most_tokens,
    }


def _kept(text: str, masking: Masking) -> str:
    text = _plain(text)
    if len(text) <= _BEGINNING + _END:
        return masking.once(text)
    # Cut where a line ends, so that no half of a number is left unmasked.
    first = text[:_BEGINNING].rpartition("\n")[0] or text[:_BEGINNING]
    last = text[-_END:].partition("\n")[2] or text[-_END:]
    left_out = len(text) - len(first) - len(last)
    gap = f"\n[… {left_out} letters are left out …]\n"
    return f"{masking.once(first)}{gap}{masking.once(last)}"


def _plain(text: str) -> str:
    """Without what no database takes: a broken answer may hold anything."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
