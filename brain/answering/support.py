"""Holds every sentence that a model wrote against the passages that it names for it. It looks at
words, figures, names and denials and at likeness in meaning, and adds nothing; in doubt a sentence
is not borne."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from brain.answering.quoting import found_in, is_foreign, says_more
from brain.contract import Embedder, Passage
from brain.knowledge.lint.values import Value, values
from brain.models.confidence import cover
from brain.models.units import headed, units

Content = Callable[[str], frozenset[str]]

# A sentence says what a passage says from this cosine on, or with so many of its words in it.
_ALIKE = 0.6
_COVERED = 0.75
# Below this, words in common are a coincidence.
_LEAST_ALIKE = 0.35
# What calendars and rounding explain, as between articles.
_CLOSE = 0.04
_MOST_UNITS = 60

_DENIES = re.compile(
    r"\b(?:not|never|cannot|no|none|without|unable|excluded|nicht|kein\w*|nie|niemals|ohne|pas"
    r"|aucune?|jamais|sans|ningun\w*|nunca|sin|non|nessun\w*|mai|senza|não|nenhuma?|sem|niet|geen"
    r"|nooit|zonder)\b|n['’]t\b",
    re.IGNORECASE,
)
_RESTRICTS = re.compile(
    r"\b(?:unless|except\w*|only|nur|sofern|ausser|außer|ausgenommen|sauf|seulement|uniquement"
    r"|excepto|salvo|solo|sólo|únicamente|tranne|eccetto|soltanto|exceto|somente|apenas|tenzij"
    r"|behalve|alleen)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s)>\]]+|www\.[^\s)>\]]+|[\w.+-]+@[\w-]+\.[\w.-]+|\]\([^)]*\)")
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
# Numbers in words that have no place among the values; those that do are compared as values.
_COUNTED = re.compile(
    r"\b(?:eleven|thirteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|half|quarter|third|double|twice"
    r"|triple|dozens?|elf|dreizehn|fünfzehn|zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig"
    r"|neunzig|hundert|tausend|halb\w*|doppelt\w*|onze|quinze|vingt|trente|quarante|cinquante"
    r"|soixante|cents?|mille|moitié|quince|veinte|treinta|cuarenta|cincuenta|sesenta"
    r"|setenta|ochenta|noventa|ciento?|mil|mitad|doble|undici|quindici|venti|trenta|quaranta"
    r"|cinquanta|sessanta|settanta|ottanta|novanta|metà|doppio|vinte|trinta|quarenta|cinquenta"
    r"|metade|dobro|elf|vijftien|twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig"
    r"|honderd|duizend|dubbel\w*)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_SIGNS = re.compile(r"[*_`#>|\\]+")
# What begins a clause is written large without being a name.
_BEGINS = re.compile(r"(?:^|[.!?:;…]|[-*+•\n\"“(])\s*$")
_NO_NAMES = frozenset({"i", "i'm", "i'll", "ok"})
# Here every noun is written large, so that only a word of letters and digits is a name.
_LARGE_NOUNS = frozenset({"de"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, and the ids of the passages that it is said to rest on;
    ``quote`` are the words of one of them that bear it, where it is in another language."""

    text: str
    passages: tuple[str, ...]
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """``fault`` is None where the passages bear the claim; ``bearer`` is then the passage that does
    and ``quote`` its words. ``alike`` is the cosine, 0 to 1."""

    claim: Claim
    fault: str | None = None
    bearer: str | None = None
    quote: str = ""
    alike: float = 0.0


@dataclass(frozen=True, slots=True)
class _Source:
    """A stretch of a passage: one unit, or two that follow each other."""

    passage: Passage
    text: str


class Support:
    """Blocking: compares sentences by meaning."""

    def __init__(self, content: Content, embedder: Embedder) -> None:
        self.content = content
        self._embedder = embedder

    @property
    def compared_by(self) -> str:
        """The name of what compares; loads it."""
        return self._embedder.name

    def check(
        self, claims: Sequence[Claim], passages: Iterable[Passage], language: str | None
    ) -> tuple[Checked, ...]:
        known = {passage.id: passage for passage in passages}
        quoted = [_quoted(claim, known, language) for claim in claims]
        compared = [claim for claim, one in zip(claims, quoted, strict=True) if one is None]
        others = iter(self._compared(compared, known, language))
        return tuple(one or next(others) for one in quoted)

    def prepare(self, passages: Iterable[Passage], enough: Callable[[], bool]) -> None:
        """Read passages before anything is claimed of them, until ``enough``: an embedder that
        remembers has their sentences when they are compared."""
        for passage in passages:
            if enough():
                return
            self._embedder.embed([_headed(source) for source in _sources(passage)][:_MOST_UNITS])

    def prepare_claim(self, text: str) -> None:
        """The same for one sentence, before it is a claim."""
        self._embedder.embed([text])

    def _compared(
        self, claims: Sequence[Claim], known: Mapping[str, Passage], language: str | None
    ) -> Iterator[Checked]:
        if not claims:
            return
        cited = {id_: known[id_] for claim in claims for id_ in claim.passages if id_ in known}
        sources = [source for passage in cited.values() for source in _sources(passage)]
        sources = sources[:_MOST_UNITS]
        texts = [claim.text for claim in claims] + [_headed(source) for source in sources]
        vectors = self._embedder.embed(texts)
        beside = list(zip(sources, vectors[len(claims) :], strict=True))
        for claim, vector in zip(claims, vectors, strict=False):
            yield self._checked(claim, vector, beside, language)

    def _checked(
        self,
        claim: Claim,
        vector: Sequence[float],
        sources: Sequence[tuple[_Source, Sequence[float]]],
        language: str | None,
    ) -> Checked:
        foreign = self._translated(claim, [one for one, _ in sources], language)
        if foreign is not None:
            return foreign
        own = [(one, _dot(vector, of)) for one, of in sources if one.passage.id in claim.passages]
        if not own:
            return Checked(claim, "it names no passage that was given")
        whole = "\n".join({one.passage.id: _whole(one.passage) for one, _ in own}.values())
        fault = _invented(claim.text, whole, language)
        if fault is not None:
            return Checked(claim, fault)
        return self._borne(claim, own)

    def _translated(
        self, claim: Claim, sources: Sequence[_Source], language: str | None
    ) -> Checked | None:
        """By the words that it is said to be a translation of; None where a source is in the
        language of the answer, or none is known to be in another."""
        own = {one.passage.id: one.passage for one in sources if one.passage.id in claim.passages}
        if not own or not all(is_foreign(passage, language) for passage in own.values()):
            return None
        bearer = next((one for one in own.values() if found_in(claim.quote, one)), None)
        if bearer is None:
            return Checked(claim, "the words that it is said to translate do not stand there")
        known = "\n".join((claim.quote, *bearer.title_path, bearer.title, bearer.url or ""))
        fault = _invented(claim.text, known, language) or _turned(claim.text, claim.quote)
        if fault is None and says_more(claim.text, claim.quote):
            fault = "it says more than the words that it translates"
        return Checked(claim, fault, bearer.id if fault is None else None, claim.quote)

    def _borne(self, claim: Claim, own: Sequence[tuple[_Source, float]]) -> Checked:
        words = self.content(claim.text)
        fault, against = "no passage that it names says it", list[_Source]()
        for source, alike in sorted(own, key=lambda pair: -pair[1]):
            said = self.content(_headed(source))
            covered = cover(words, said) if words else 0.0
            if alike < _ALIKE and not (covered >= _COVERED and alike >= _LEAST_ALIKE):
                continue
            wrong = _turned(claim.text, source.text)
            if wrong is not None:
                fault = wrong
                against.append(source)
            elif self._is_meant(words - said, against):
                return Checked(claim, fault, alike=alike)
            else:
                return Checked(claim, None, source.passage.id, source.text, alike)
        return Checked(claim, fault, alike=max(alike for _, alike in own))

    def _is_meant(self, missing: frozenset[str], against: Sequence[_Source]) -> bool:
        """Whether what the bearer does not speak of is just what a sentence nearer to the claim,
        which says otherwise, is about."""
        return any(missing & self.content(source.text) for source in against)


def _quoted(claim: Claim, known: Mapping[str, Passage], language: str | None) -> Checked | None:
    """A claim that is a stretch of what it names, word by word: nothing has to be compared."""
    said = _plain(claim.text)
    for id_ in claim.passages:
        passage = known.get(id_)
        if passage is None or "![" in said or claim.text.strip() not in passage.text:
            continue
        same = (one for one in _sources(passage) if one.text == said)
        source = None if is_foreign(passage, language) else next(same, None)
        if source is not None:
            return Checked(claim, None, id_, source.text, 1.0)
    return None


def _sources(passage: Passage) -> Iterator[_Source]:
    found = [_plain(unit.text) for unit in units(passage.text)]
    for at, text in enumerate(found):
        yield _Source(passage, text)
        if at + 1 < len(found):
            yield _Source(passage, f"{text} {found[at + 1]}")


def _invented(claim: str, whole: str, language: str | None) -> str | None:
    """A figure, an address or a name that the passages do not have."""
    address = next((a for a in _ADDRESS.findall(claim) if a.strip("]().") not in whole), None)
    if address is not None or "![" in claim:
        return "an address or image that the passages do not have"
    said = values(_plain(claim))
    known = values(_plain(whole))
    wrong = next((value for value in said if not _is_known(value, known, whole)), None)
    if wrong is not None:
        return f"the passages do not say “{wrong.said}”"
    number = _unknown_number(_plain(claim), said, whole)
    if number is not None:
        return f"the passages have no {number}"
    name = next(_unknown_names(claim, whole, language), None)
    return None if name is None else f"the passages do not name “{name}”"


def _unknown_number(claim: str, said: Sequence[Value], whole: str) -> str | None:
    """Of those that are part of no value."""
    known = {*_DIGITS.findall(whole), *(word.lower() for word in _COUNTED.findall(whole))}
    for pattern in (_DIGITS, _COUNTED):
        for match in pattern.finditer(claim):
            inside = any(value.start <= match.start() < value.end for value in said)
            if not inside and match[0].lower() not in known:
                return match[0]
    return None


def _is_known(value: Value, known: Sequence[Value], whole: str) -> bool:
    if value.kind.startswith("count "):
        # "Two copies": the number has to stand there, whatever is counted.
        return any(value.low == other.low for other in known) or value.said.lower() in whole.lower()
    return any(_same(value, other) for other in known)


def _same(value: Value, other: Value) -> bool:
    if value.kind != other.kind or {value.bound, other.bound} == {"least", "most"}:
        return False
    slack = _CLOSE * max(abs(value.high), abs(other.high))
    return abs(value.low - other.low) <= slack and abs(value.high - other.high) <= slack


def _unknown_names(claim: str, whole: str, language: str | None) -> Iterator[str]:
    known = {word.lower() for word in _WORD.findall(whole)}
    plain = _plain(claim)
    for match in _WORD.finditer(plain):
        word = match[0]
        coded = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
        shouted = len(word) > 1 and word.isupper()
        large = word[0].isupper() and language not in _LARGE_NOUNS
        named = coded or shouted or (large and not _BEGINS.search(plain[: match.start()]))
        if named and word.lower() not in known | _NO_NAMES and not _parts_known(word, known):
            yield word


def _parts_known(word: str, known: set[str]) -> bool:
    """As “Trail-200” of “Trail 200”, and “Fernhill's” of “Fernhill”."""
    parts = [part.lower() for part in re.split(r"[-'’.]", word) if len(part) > 1]
    return bool(parts) and all(part in known for part in parts)


def _turned(claim: str, source: str) -> str | None:
    """Whether the claim says yes where the source says no, or always where it says only."""
    if bool(_DENIES.search(claim)) != bool(_DENIES.search(source)):
        return "what it says and what the passage says deny each other"
    if _RESTRICTS.search(source) and not _RESTRICTS.search(claim):
        return "it leaves out what the passage restricts"
    return None


def _headed(source: _Source) -> str:
    return headed(source.passage.title_path, source.text)


def _whole(passage: Passage) -> str:
    return "\n".join((*passage.title_path, passage.title, passage.text, passage.url or ""))


def _plain(text: str) -> str:
    return " ".join(_SIGNS.sub(" ", text).split())


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
