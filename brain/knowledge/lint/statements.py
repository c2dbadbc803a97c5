"""Cuts passages into statements that can be held against each other: what a clause says, of what it
says it, and its values. It compares nothing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from brain.contract import Passage
from brain.knowledge.lint.values import Value, may_have_values, values
from brain.models.units import units
from brain.triage.vocabulary import LANGUAGES, load
from brain.triage.words import fold

_CLAUSE = re.compile(
    r";\s+|,\s+(?=(?:and|but|while|whereas|und|aber|et|mais|y|pero|e|ma|mas|en|maar)\s)"
)
_SMALL = re.compile(r"\b[^\W\d_A-ZÀ-Þ][^\W\d_]+")
_INSIDE = re.compile(r"(?<=[^\W\d_A-ZÀ-Þ,]\s)[A-ZÀ-Þ][^\W\d_]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]{1,2}\b)?")
_IS_CODE = re.compile(r"\D*\d|[^\W\d_a-zß-ÿ]{2,}$")
_SIGNS = re.compile(r"[*_`#>|]+|!?\[([^\]]*)\]\([^)]*\)|https?://\S+")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_DENIES = re.compile(
    r"\b(?:not|never|cannot|no|none|nicht|kein\w*|nie|niemals|pas|aucune?|jamais|ningun\w*|nunca"
    r"|non|nessun\w*|mai|não|nenhuma?|niet|geen|nooit)\b|n['’]t\b",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(
    r"\b(?:if|unless|when|except|only|otherwise|instead|without|wenn|falls|sofern|ausser|außer|nur"
    r"|si|sauf|lorsque|quand|excepto|cuando|solo|se|quando|salvo|só|als|tenzij|wanneer|alleen"
    r"|sinon|sonst)\b",
    re.IGNORECASE,
)
# Words that say nothing of what a sentence is about, and those that hardly do.
_IDLE = """
anything something everything nothing within before after during until per also always usually
normally each every all both only same other another else least most more less must could able
already again ever even still however therefore well cannot above below over under without free
innerhalb während bis pro auch immer jede jeder jedes alle alles andere noch wieder spätestens
pendant avant après chaque tout toute tous toutes autre encore toujours durante antes después cada
todo toda todos todas otro otra siempre prima dopo ogni tutto tutti altro sempre depois outro
binnen voor na elke alle andere altijd
"""
_GENERIC = """
take cost come give make made item product thing please customer way day week month year hour
minute number accept accepted allow allowed possible offer provide send sent keep kept have hold
held find found need new bought buy choose want work last time times price
kosten kostet dauert erhalten möglich artikel kunde kunden zeit tag tage monat monate jahr jahre
prendre coûte prix produit client temps jour jours mois ans article cuesta costa producto cliente
tiempo días meses años custa produto tempo dias kost klant tijd dagen maanden prijs preis precio
"""
_ANCHOR = re.compile(
    r"\s(?:of|after|from|since|nach|ab|seit|après|suivant|depuis|después|desde|dopo|dalla|dal|após"
    r"|na|vanaf)\s(?:(?:the|your|der|dem|die|la|le|el|il|o|a|de|het|da|do)\s)?[^\W\d_]+",
    re.IGNORECASE,
)
_MOST_LETTERS = 6
_SHORTEST = 3
_LEANS = re.compile(
    r"(?:and\s|but\s|und\s|et\s|y\s|e\s|en\s)?(?:its?|they|their|this|these|that|those|es|er|sie"
    r"|dies\w*|sein\w*|ihr\w*|ils?|elles?|son|sa|ses|leurs?|sus?|esto|suo|sua|esso|essa|isto|het"
    r"|zijn|deze|dit)\s",
    re.IGNORECASE,
)
_ENDINGS = ("ies", "ing", "ed", "en", "es", "er", "s", "e", "y")
_LARGE = 0.2
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Statement:
    """A clause of a passage. ``words`` are its stems without values, ``heading`` those of the way
    to it; ``rest`` and ``title`` are the texts of both. ``leans`` says that a pronoun stands for
    what it is about; ``quote`` is the whole sentence."""

    passage: int
    quote: str
    words: frozenset[str]
    heading: frozenset[str]
    rest: str
    title: str
    language: str | None
    values: tuple[Value, ...]
    denies: bool
    conditional: bool
    leans: bool


class Cutter:
    """Over one library: a word that is written large inside its sentences, and never small in the
    same language, is a name."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        small: dict[str | None, set[str]] = defaultdict(set)
        large: dict[str | None, set[str]] = defaultdict(set)
        nouns = Counter[str | None]()
        for passage in passages:
            small[passage.language].update(_SMALL.findall(passage.text))
            inside = _INSIDE.findall(passage.text)
            large[passage.language].update(word.lower() for word in inside)
            many = len(inside) > _LARGE * len(passage.text.split())
            nouns[passage.language] += 1 if many else -1
        # Where every noun is written large, that names nothing.
        self._named: dict[str | None, set[str]] = {
            language: set[str]() if nouns[language] > 0 else words - small[language]
            for language, words in large.items()
        }

    def statements(self, place: int, passage: Passage) -> Iterator[Statement]:
        title = " ".join(passage.title_path)
        heading = _stems(title)
        for sentence in _sentences(passage.text):
            for clause in _CLAUSE.split(sentence):
                found = list(values(clause)) if may_have_values(clause) else []
                rest = _without(clause, found)
                words = _stems(rest)
                if words and len(words) <= _LONGEST:
                    yield Statement(
                        passage=place,
                        quote=sentence,
                        words=words,
                        heading=heading,
                        rest=rest,
                        title=title,
                        language=passage.language,
                        values=tuple(found),
                        denies=_DENIES.search(clause) is not None,
                        conditional=_CONDITIONAL.search(sentence) is not None,
                        leans=_LEANS.match(clause) is not None,
                    )

    def names(self, text: str, language: str | None) -> frozenset[str]:
        """What tells one thing from another: products, countries, models."""
        named = self._named.get(language, ())
        return frozenset(
            fold(word)
            for word in _WORD.findall(text)
            if _IS_CODE.match(word) or (word[0].isupper() and word.lower() in named)
        )


def generic() -> frozenset[str]:
    """Stems that count for little in what a sentence is about."""
    return _generic()


@lru_cache(maxsize=65536)
def stem_of(word: str) -> str:
    """The word's stem; empty for words that carry no meaning."""
    folded = fold(word)
    if len(folded) < _SHORTEST and not folded.isdigit():
        return ""
    return "" if _is_idle(folded) else _stem(folded)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem for word in _WORD.findall(text) if (stem := stem_of(word)))


def _stem(folded: str) -> str:
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= _SHORTEST:
            return folded[: -len(ending)][:_MOST_LETTERS]
    return folded[:_MOST_LETTERS]


def _is_idle(folded: str) -> bool:
    return folded in _idle_words()


@cache
def _idle_words() -> frozenset[str]:
    shipped = (load(language).function_words for language in LANGUAGES)
    return frozenset(map(fold, _IDLE.split())).union(*shipped)


@cache
def _generic() -> frozenset[str]:
    return frozenset(_stem(fold(word)) for word in _GENERIC.split())


def _sentences(text: str) -> Iterator[str]:
    for unit in units(text):
        # A cell says nothing without the head of its column.
        if unit.kind in {"code", "table"}:
            continue
        lines = [unit.text] if unit.kind == "sentence" else unit.text.split("\n")
        for line in lines:
            bare = " ".join(_SIGNS.sub(r"\1", _ITEM.sub("", line)).split())
            # A question says nothing that could be wrong.
            if bare and not bare.endswith("?"):
                yield bare


def _without(text: str, found: Iterable[Value]) -> str:
    rest, at = "", 0
    for value in found:
        rest += f"{text[at : value.start]} "
        # "Of delivery" says since when, not of what.
        anchor = _ANCHOR.match(text, value.end) if value.kind == "duration" else None
        at = anchor.end() if anchor is not None else value.end
        if value.kind.startswith("count"):
            # What is counted is part of what is said.
            rest += f"{value.said.split(maxsplit=1)[-1]} "
    return rest + text[at:]
