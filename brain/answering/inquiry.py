"""The questions of one turn, from what is meant by each to their answers together. It rules on
nothing and says nothing: policy does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from brain.answering import ambiguity
from brain.answering.ambiguity import Ambiguity
from brain.answering.finding import Finder, Found
from brain.answering.joining import Joined, join
from brain.answering.reading import Context, Reading
from brain.answering.scope import off_topic
from brain.contract import Hit
from brain.models.extractive import MOST_WORDS
from brain.models.twins import Twins
from brain.triage.classifier import Question, Triage

Content = Callable[[str], frozenset[str]]

# More than these fit no reply; a person answers them.
_MOST_QUESTIONS = 6
# Several answers share one reply, but none is cut shorter than this.
_LEAST_WORDS = 30
# Of a long answer the end is kept: what it was dressed with stands at its start.
_ANSWER_CHARS = 600


@dataclass(frozen=True, slots=True)
class Result:
    """``parts`` in the order of the questions; those of ``unanswered`` have no sure answer.
    ``slots`` name two readings to choose from, ``declined`` that the customer meant neither."""

    parts: tuple[Found, ...] = ()
    unanswered: tuple[Found, ...] = ()
    slots: dict[str, str] | None = None
    declined: bool = False
    off_topic: bool = False
    joined: Joined = field(default_factory=Joined)


class Inquiry:
    def __init__(self, finder: Finder, triage: Triage, content: Content, enough: float) -> None:
        self._finder = finder
        self._triage = triage
        self._content = content
        self._enough = enough

    async def result(self) -> Result:
        """
        Raises:
            KnowledgeUnavailable
        """
        questions = await self._questions()
        if questions is None:
            return Result(declined=True)
        if len(questions) > _MOST_QUESTIONS:
            parts = tuple(Found(question.text) for question in questions)
            return Result(parts, parts)
        parts, readings = await self._parts(questions)
        asked = next((two.slots for two in readings if two and not self._was_asked(two)), None)
        return Result(
            parts,
            tuple(self._unanswered(parts)),
            asked,
            off_topic=len(parts) == len(questions)
            and all(map(self._is_off_topic, questions, parts)),
            joined=_least_of(join(parts), readings),
        )

    def _unanswered(self, parts: Sequence[Found]) -> Iterator[Found]:
        """Of two guides only one can be walked at a time, and a person helps with both."""
        guides = [part for part in parts if part.leads_into_guide]
        for part in parts:
            if not self._is_sure(part) or (len(guides) > 1 and part in guides):
                yield part

    def _is_sure(self, found: Found) -> bool:
        return bool(found.answer.text) and found.answer.confidence >= self._enough

    def _was_asked(self, two: _Two) -> bool:
        """Nobody is asked twice which of the same two they mean."""
        said = self._triage.clarified
        return said is not None and ambiguity.was_offered(said, two.pair)

    def _is_off_topic(self, question: Question, found: Found) -> bool:
        worldly = question.matter.worldly or question.matter.task
        if self._triage.told and len(self._content(question.text)) <= 1 and not worldly:
            # A word or two in a conversation answer or continue something.
            return False
        if question.leans != "nothing" and not worldly:
            return False
        return off_topic(found, question, self._triage.language, self._content)

    async def _parts(
        self, questions: Sequence[Question]
    ) -> tuple[tuple[Found, ...], list[_Two | None]]:
        """Each question's answer; a later one may lean on the one before it."""
        context = await self._context(questions)
        parts: list[Found] = []
        readings: list[_Two | None] = []
        room = max(_LEAST_WORDS, MOST_WORDS // max(1, len(questions)))
        for question in questions:
            meant = await self._other(question, context)
            found = await self._finder.best(meant, context, room)
            several, two = await self._told_apart(found)
            parts.extend(several)
            readings.append(two)
            context = Context(question.text, found.subject or context.subject)
        return tuple(parts), readings

    async def _context(self, questions: Sequence[Question]) -> Context:
        """What the conversation was about, as far as a question leans on it."""
        previous = self._triage.previous
        if previous is None or questions[0].leans == "nothing":
            return Context(previous)
        about = await self._about()
        return Context(previous, about[0].passage.title if about else None)

    async def _about(self) -> Sequence[Hit]:
        """What the newest answer was about: its passage first, then those most like it."""
        answer = self._triage.answer
        if answer is None:
            return ()
        # Its words are the passage's own, so they find it again.
        hits = await self._finder.search(answer.text[-_ANSWER_CHARS:])
        cited = [hit for hit in hits if hit.passage.id in answer.passages]
        return [*cited[:1], *hits] if cited else ()

    async def _other(self, question: Question, context: Context) -> Question:
        """A mere "other one" by its name, where it is known which two there are."""
        if question.other == "no" or context.previous is None:
            return question
        pair = ambiguity.sister(await self._about())
        if pair is None:
            return question
        clarified = self._triage.clarified
        last = self._triage.last or context.previous
        base = question.text if question.other == "asks" else last
        if question.other == "same" and clarified and base.startswith(clarified.question):
            base = clarified.question
        base = ambiguity.without_name(base, pair.first, pair)
        return Question(f"{base}\n{pair.second}", matter=question.matter)

    async def _told_apart(self, found: Found) -> tuple[tuple[Found, ...], _Two | None]:
        """Where two near-identical things fit the question: both if it names them, the one that is
        known to be meant, any where the answers are the same; else it must be asked which."""
        both = ambiguity.compared(found.query, found.hits)
        if both is not None:
            return await self._both(found, both, MOST_WORDS // 2), None
        two = ambiguity.ambiguity(found.query, found.hits)
        if two is None:
            return (found,), None
        first, second = await self._both(found, two)
        settled = self._settled(two)
        if settled is not None:
            return (first if settled == two.pair.first else second,), None
        if not (self._is_sure(first) and self._is_sure(second)):
            return (found,), None
        if ambiguity.differ(first.answer.text, second.answer.text, two.pair, self._content):
            surely = min(first.answer.confidence, second.answer.confidence)
            return (_unsure(found),), _Two(two.pair, two.slots, surely)
        return (first,), None

    async def _both(
        self, found: Found, two: Ambiguity, room: int = MOST_WORDS
    ) -> tuple[Found, Found]:
        reading = Reading(found.query, room=room, single=True)
        return (
            await self._finder.answered(found.question, reading, two.first),
            await self._finder.answered(found.question, reading, two.second),
        )

    def _settled(self, two: Ambiguity) -> str | None:
        """Which of the two the customer said before that they mean."""
        said = self._triage.clarified
        if said is None or not ambiguity.was_offered(said, two.pair):
            return None
        names = ambiguity.chosen(said, self._triage.points_at, two.pair)
        return names[0] if names is not None and len(names) == 1 else None

    async def _questions(self) -> tuple[Question, ...] | None:
        """What is asked; None where the customer meant neither of two readings."""
        said, new = self._triage.clarified, self._triage.questions
        if said is None or not said.pending:
            return new
        two = ambiguity.ambiguity(said.question, await self._finder.search(said.question))
        if two is None:
            return (Question(f"{said.question}\n{said.reply}"),)
        names = ambiguity.chosen(said, self._triage.points_at, two.pair)
        if names is None or self._asks_anew(said.reply, two):
            return new
        if not names:
            return None
        matter = replace(new[0].matter, ours=True) if new else Question("").matter
        named = [
            Question(f"{part}\n{name}", matter=matter) for name in names for part in said.parts
        ]
        return (*named, *new[1:])

    def _asks_anew(self, reply: str, two: Ambiguity) -> bool:
        """The reply names one and asks something else of it."""
        names = self._content(two.pair.first) | self._content(two.pair.second)
        return "?" in reply and bool(self._content(reply) - names)


@dataclass(frozen=True, slots=True)
class _Two:
    """Two readings to choose from, and how surely the less sure one can be answered."""

    pair: Twins
    slots: dict[str, str]
    confidence: float


def _unsure(found: Found) -> Found:
    """Until it is known which is meant, nothing is answered."""
    return replace(found, answer=replace(found.answer, text="", citations=()))


def _least_of(joined: Joined, readings: Sequence[_Two | None]) -> Joined:
    asked = [two.confidence for two in readings if two is not None]
    return replace(joined, confidence=min(asked)) if asked else joined
