"""Reads the customer's new messages as one and says what they are. It asks no knowledge, keeps no
state and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from brain.contract import Said, Unsuccessful
from brain.triage import outcome, wish
from brain.triage.language import Languages
from brain.triage.vocabulary import LANGUAGES, Vocabulary, load
from brain.triage.words import clauses

SmallTalk: TypeAlias = Literal["greeting", "thanks", "are_you_a_bot"]
PERSON_CHOICE = "person"
_THANKFUL_SIGNS = frozenset("👍🙏❤💚💙🙂😊😀👌🎉😍")
_CASE_GAP = 3 * 24 * 3600.0
_CASE_ENDS = frozenset({"rating", "rating_low", "rating_thanks"})
_SHORT_FOLLOW_UP = 3
_SHORT_COMPLAINT = 4
_SMALL_CLAUSES = 10


@dataclass(frozen=True, slots=True)
class Triage:
    """What the new messages are. ``questions`` are the ways to understand what is asked, with the
    context it may need first; ``previous`` is the question before it. ``earlier`` are the passages
    already cited in this case, ``told`` the answers already given."""

    language: str | None
    wish: str | None = None
    small_talk: SmallTalk | None = None
    unsuccessful: Unsuccessful | None = None
    questions: tuple[str, ...] = ()
    previous: str | None = None
    files_only: bool = False
    earlier: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    notices: frozenset[str] = frozenset()


class Classifier:
    def __init__(self, vocabularies: Sequence[Vocabulary], languages: Languages) -> None:
        self._vocabularies = tuple(vocabularies)
        self._languages = languages

    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage:
        texts = [said.text for said in new if said.text.strip()]
        text = "\n".join(texts)
        parts = clauses(text)
        words = tuple(word for part in parts for word in part)
        case = case_of(history, new)
        language = self._languages.of(text, words, known)
        previous = next((said.text for said in reversed(case) if self._asks(said)), None)
        unsuccessful = self._unsuccessful(text, case)
        return Triage(
            language=language,
            wish=self._wish(new),
            small_talk=self._small_talk(text, parts),
            unsuccessful=unsuccessful,
            questions=self._questions(text, previous, unsuccessful),
            previous=previous,
            files_only=not texts and any(said.files for said in new),
            earlier=tuple(dict.fromkeys(p for said in case for p in said.passages)),
            told=tuple(said.text for said in case if said.author == "assistant"),
            notices=frozenset(said.notice for said in case if said.notice),
        )

    def content(self, text: str) -> frozenset[str]:
        """The stems of the words that carry a question, in any shipped language."""
        return outcome.content(text, (v.function_words for v in self._vocabularies))

    def _wish(self, new: Iterable[Said]) -> str | None:
        for said in new:
            if said.choice == PERSON_CHOICE:
                return "the button"
            if found := wish.find(said.text, self._vocabularies):
                return found.words
        return None

    def _small_talk(self, text: str, parts: Sequence[Sequence[str]]) -> SmallTalk | None:
        if not parts:
            return "thanks" if _THANKFUL_SIGNS & set(text[:20]) else None
        said = [[v.clause(part) for part in parts[:_SMALL_CLAUSES]] for v in self._vocabularies]
        readings = list(zip(self._vocabularies, said, strict=True))
        if any(p.search(c) for v, clauses_ in readings for p in v.bot_question for c in clauses_):
            return "are_you_a_bot"
        if len(parts) > _SMALL_CLAUSES:
            return None
        # "Ciao" greets in one language and leaves in another: a greeting is the safer reading.
        if any(v.greeting.match(" ".join(clauses_)) for v, clauses_ in readings):
            return "greeting"
        if any(v.thanks.match(" ".join(clauses_)) for v, clauses_ in readings):
            return "thanks"
        return None

    def _unsuccessful(self, text: str, case: Sequence[Said]) -> Unsuccessful | None:
        if not outcome.understandable(text):
            return "not_understood"
        if not any(said.author == "assistant" and said.passages for said in case):
            return None
        if outcome.says_not_helpful(text, self._vocabularies):
            return "not_helpful"
        asked = [self.content(said.text) for said in _answered(case)]
        return "repeated" if outcome.asked_before(self.content(text), asked) else None

    def _questions(
        self, text: str, previous: str | None, unsuccessful: Unsuccessful | None
    ) -> tuple[str, ...]:
        if previous is None:
            return (text,)
        if unsuccessful == "not_helpful":
            short = len(self.content(text)) <= _SHORT_COMPLAINT
            return (previous,) if short else (f"{previous}\n{text}",)
        return (f"{previous}\n{text}", text) if self._leans(text) else (text,)

    def _asks(self, said: Said) -> bool:
        if said.author != "customer" or said.choice or not self.content(said.text):
            return False
        parts = clauses(said.text)
        return (
            self._small_talk(said.text, parts) is None
            and not outcome.says_not_helpful(said.text, self._vocabularies)
            and outcome.understandable(said.text)
        )

    def _leans(self, text: str) -> bool:
        if len(self.content(text)) > _SHORT_FOLLOW_UP:
            return False
        parts = clauses(text)
        return any(
            pattern.search(vocabulary.clause(part))
            for vocabulary in self._vocabularies
            for part in parts
            for pattern in vocabulary.follow_up
        )


def case_of(history: Sequence[Said], new: Sequence[Said]) -> tuple[Said, ...]:
    """The part of the conversation that belongs to the matter at hand."""
    kept: list[Said] = []
    later = new[0].at if new else None
    for said in reversed(history):
        if said.notice in _CASE_ENDS or (later is not None and later - said.at > _CASE_GAP):
            break
        kept.append(said)
        later = said.at
    return tuple(reversed(kept))


def _answered(case: Sequence[Said]) -> Iterable[Said]:
    """The customer's messages that an answer followed."""
    last = max((i for i, said in enumerate(case) if said.passages), default=-1)
    return (said for said in case[: last + 1] if said.author == "customer")


def shipped() -> Classifier:
    """The classifier over every shipped language; reads its data files."""
    vocabularies = [load(language) for language in LANGUAGES]
    languages = Languages({v.language: v.function_words for v in vocabularies})
    return Classifier(vocabularies, languages)
