"""Reads the customer's new messages as one and says what they are. It asks no knowledge, keeps no
state and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

from brain.contract import Said, Unsuccessful
from brain.triage import amounts, conversation, mood, outcome, wish
from brain.triage import asking as ways
from brain.triage.asking import Asking, level
from brain.triage.conversation import Clarified, case_of
from brain.triage.courtesy import Courtesy, SmallTalk, cross
from brain.triage.intents import Understood
from brain.triage.language import Languages
from brain.triage.matter import Matter, matter_of
from brain.triage.mood import Mood, Moods
from brain.triage.parts import Splitter
from brain.triage.spelling import Spelling
from brain.triage.tampering import gives_orders
from brain.triage.vocabulary import LANGUAGES, Vocabulary, load
from brain.triage.words import clauses

PERSON_CHOICE = "person"
_SIGNS = " .!,"
# A longer message is a question of its own, whatever it came with.
_SHORT_FOR_FILES = 4
_SHORT_FOLLOW_UP = 3
_SHORT_COMPLAINT = 4
# Shorter words are too near to others.
_LONG_ENOUGH = 5
_ENGLISH = "en"

Leaning: TypeAlias = Literal["nothing", "goes_on", "points", "bare"]
Pointer: TypeAlias = Literal["first", "second", "both", "neither"]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked. ``leans`` says how it rests on what was said before: it goes on
    ("and for boots?"), points back ("how heavy is it?") or has no word of its own ("why?");
    ``other`` that it asks for the other of two: no more than that ("and the other one?"), or
    something of its own ("how heavy is the other one?")."""

    text: str
    leans: Leaning = "nothing"
    other: Literal["no", "same", "asks"] = "no"
    matter: Matter = field(default_factory=Matter)


@dataclass(frozen=True, slots=True)
class Triage:
    """What the new messages are. ``questions`` are the parts, each askable with ``previous``, the
    question before them: ``last`` are its own words, before which stands what it leans on itself.
    ``bot_question`` says that it is also asked whether this is a bot. ``earlier`` are the passages
    already cited in this case, ``told`` the answers already given, ``answer`` the newest of them.
    ``points_at`` is what a reply to a clarifying question says without a name. ``understood`` is
    what the message is about, ``amount`` the largest sum of money that it names, ``tampering`` a
    sign that it gives the assistant orders."""

    language: str | None
    wish: str | None = None
    small_talk: SmallTalk | None = None
    unsuccessful: Unsuccessful | None = None
    questions: tuple[Question, ...] = ()
    previous: str | None = None
    last: str | None = None
    clarified: Clarified | None = None
    points_at: Pointer | None = None
    bot_question: bool = False
    about_files: bool = False
    earlier: tuple[str, ...] = ()
    answer: Said | None = None
    told: tuple[str, ...] = ()
    notices: frozenset[str] = frozenset()
    understood: Understood = field(default_factory=Understood)
    mood: Mood = field(default_factory=Mood)
    amount: float | None = None
    tampering: bool = False


class IntentReader(Protocol):
    def read(self, text: str) -> Understood: ...


class Classifier:
    """Without ``intents`` every message is taken for an everyday matter."""

    def __init__(
        self,
        vocabularies: Sequence[Vocabulary],
        askings: Sequence[Asking],
        languages: Languages,
        moods: Moods,
        intents: IntentReader | None = None,
    ) -> None:
        self._moods = moods
        self._intents = intents
        self._vocabularies = tuple(vocabularies)
        self._askings = {one.language: one for one in askings}
        self._courtesy = Courtesy(vocabularies, askings)
        self._languages = languages
        self._spellings = _spellings(vocabularies, askings)

    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage:
        texts = [said.text for said in new if said.text.strip()]
        text = "\n".join(texts)
        words = tuple(word for part in clauses(text) for word in part)
        case = case_of(history, new)
        language = self._languages.of(text, words, known) or self._courtesy.language(text)
        last = conversation.previous_question(case, self._asks)
        previous = self._with_its_context(last, case)
        unsuccessful = self._unsuccessful(text, case)
        splitter = self._splitter(language)
        clarified = conversation.clarified(case, new, self._asks)
        if clarified is not None:
            clarified = replace(clarified, parts=splitter.split(clarified.question))
        small_talk = self._small_talk(text, splitter)
        earlier = [said.text for said in case if said.author == "customer"]
        return Triage(
            language=language,
            wish=self._wish(new),
            small_talk=small_talk,
            unsuccessful=unsuccessful,
            questions=self._questions(text, splitter, previous, unsuccessful),
            previous=previous,
            last=last,
            clarified=clarified,
            points_at=self._pointer(clarified),
            bot_question=small_talk is None and self._courtesy.asks_for_bot(text),
            about_files=any(said.files for said in new) and self._is_about_files(texts),
            earlier=tuple(dict.fromkeys(p for said in case for p in said.passages)),
            answer=conversation.last_answer(case),
            told=tuple(said.text for said in case if said.author == "assistant"),
            notices=frozenset(said.notice for said in case if said.notice),
            understood=self._understood(text, small_talk),
            mood=self._moods.of(text, earlier),
            amount=amounts.largest(text),
            tampering=gives_orders(text),
        )

    def _understood(self, text: str, small_talk: SmallTalk | None) -> Understood:
        if self._intents is None or small_talk is not None:
            return Understood()
        return self._intents.read(text)

    def _is_about_files(self, texts: Sequence[str]) -> bool:
        """Whether what came with files needs them: no words at all, or words that point at them."""
        flat = [(text, level(text)) for text in texts]
        return all(self._leaning(*each) != "nothing" or self._names_files(*each) for each in flat)

    def _names_files(self, text: str, flat: str) -> bool:
        short = len(self.content(text)) <= _SHORT_FOR_FILES
        return short and any(one.files.search(flat) for one in self._askings.values())

    def content(self, text: str) -> frozenset[str]:
        """The stems of the words that carry a question, in any shipped language."""
        return outcome.content(text, (v.function_words for v in self._vocabularies))

    def _splitter(self, language: str | None) -> Splitter:
        spoken = self._askings.get(language or _ENGLISH) or self._askings[_ENGLISH]
        return Splitter(spoken, self.content, lambda text: self._courtesy.of(text) is not None)

    def _wish(self, new: Iterable[Said]) -> str | None:
        for said in new:
            if said.choice == PERSON_CHOICE:
                return "the button"
            if found := wish.find(said.text, self._vocabularies):
                return found.words
        return None

    def _small_talk(self, text: str, splitter: Splitter) -> SmallTalk | None:
        kind = self._courtesy.of(text)
        if kind is None and self._courtesy.asks_for_bot(text):
            # Beside a real question, whether this is a bot is answered together with it.
            rest = [part for part in splitter.split(text) if not self._courtesy.asks_for_bot(part)]
            return None if any(splitter.asks(part) for part in rest) else "are_you_a_bot"
        return kind

    def _unsuccessful(self, text: str, case: Sequence[Said]) -> Unsuccessful | None:
        helped = any(said.author == "assistant" and said.passages for said in case)
        if helped and cross(text):
            return "not_helpful"
        if not outcome.understandable(text):
            return "not_understood"
        if not helped:
            return None
        if outcome.says_not_helpful(text, self._vocabularies) or self._denies(text, case):
            return "not_helpful"
        asked = [self.content(said.text) for said in conversation.answered(case)]
        return "repeated" if outcome.asked_before(self.content(text), asked) else None

    def _denies(self, text: str, case: Sequence[Said]) -> bool:
        """A mere "no" to an answer that asked nothing."""
        flat = level(text).strip(_SIGNS)
        asked = bool(case) and case[-1].text.rstrip().endswith("?")
        return not asked and any(one.denies.fullmatch(flat) for one in self._askings.values())

    def _questions(
        self,
        text: str,
        splitter: Splitter,
        previous: str | None,
        unsuccessful: Unsuccessful | None,
    ) -> tuple[Question, ...]:
        if unsuccessful == "not_helpful" and previous is not None:
            short = len(self.content(text)) <= _SHORT_COMPLAINT
            again = splitter.split(previous) if short else (f"{previous}\n{text}",)
            return tuple(self._question(part, splitter.language) for part in again)
        parts = [
            part for part in splitter.split(text) if not self._courtesy.asks_for_bot(part)
        ] or [text]
        return tuple(self._question(part, splitter.language) for part in parts)

    def _question(self, text: str, language: str | None) -> Question:
        askings = tuple(self._askings.values())
        flat = level(text)
        return Question(
            text,
            self._leaning(text, flat),
            self._other(flat),
            self._matter(text, askings, language),
        )

    def _matter(self, text: str, askings: Sequence[Asking], language: str | None) -> Matter:
        """A mistyped word of the business's matters speaks of the business as well."""
        matter = matter_of(text, askings)
        if matter.ours or matter.us:
            return matter
        spelling = self._spellings.get(language or _ENGLISH) or self._spellings[_ENGLISH]
        words = (spelling.correct(word) for part in clauses(text) for word in part)
        return replace(matter, us=matter_of(" ".join(words), askings).ours)

    def _leaning(self, text: str, flat: str) -> Leaning:
        askings = self._askings.values()
        carried = len(self.content(text))
        if carried == 0 or any(one.bare.fullmatch(flat) for one in askings):
            return "bare"
        if carried > _SHORT_FOLLOW_UP:
            return "nothing"
        if any(one.leads.match(flat) for one in askings):
            return "goes_on"
        return "points" if any(one.points.search(flat) for one in askings) else "nothing"

    def _with_its_context(self, last: str | None, case: Sequence[Said]) -> str | None:
        if last is None or self._leaning(last, level(last)) == "nothing":
            return last
        before = conversation.previous_question(case, self._asks_alone)
        return f"{before}\n{last}" if before and before != last else last

    def _asks_alone(self, said: Said) -> bool:
        return self._asks(said) and self._leaning(said.text, level(said.text)) == "nothing"

    def _other(self, flat: str) -> Literal["no", "same", "asks"]:
        rests = [one.other.sub(" ", flat) for one in self._askings.values()]
        shortest = min(rests, key=len)
        if len(shortest) == len(flat):
            return "no"
        return "asks" if self.content(shortest) else "same"

    def _pointer(self, clarified: Clarified | None) -> Pointer | None:
        if clarified is None:
            return None
        flat = level(clarified.reply)
        for one in self._askings.values():
            pointer = _pointed(flat, one)
            if pointer is not None:
                return pointer
        return None

    def _asks(self, said: Said) -> bool:
        if said.author != "customer" or said.choice or not self.content(said.text):
            return False
        return (
            self._courtesy.of(said.text) is None
            and not outcome.says_not_helpful(said.text, self._vocabularies)
            and outcome.understandable(said.text)
        )


def _spellings(
    vocabularies: Sequence[Vocabulary], askings: Sequence[Asking]
) -> Mapping[str, Spelling]:
    """Each language's, for the words of its matters."""
    idle = frozenset[str]().union(*(one.function_words for one in vocabularies))
    return {
        one.language: Spelling(
            (word for word in one.matter_words if len(word) >= _LONG_ENOUGH),
            idle | one.matter_words | one.world_words,
        )
        for one in askings
    }


def _pointed(flat: str, asking: Asking) -> Pointer | None:
    if asking.both.search(flat):
        return "both"
    if asking.first.search(flat):
        return "first"
    if asking.second.search(flat):
        return "second"
    return "neither" if asking.neither.search(flat) else None


def shipped(intents: IntentReader | None = None) -> Classifier:
    """The classifier over every shipped language; reads its data files."""
    vocabularies = [load(language) for language in LANGUAGES]
    askings = [ways.load(language) for language in LANGUAGES]
    languages = Languages({v.language: v.function_words for v in vocabularies})
    return Classifier(vocabularies, askings, languages, mood.load(), intents)
