"""Finds the numbers of a sentence with their units, in one form each: "two weeks" and "14 days" are
the same. It compares numbers only; what they are said of is judged elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Bound: TypeAlias = Literal["exact", "least", "most"]

_CLOSE = 0.04
_SAME_WORD = 5
_WORKING_TO_CALENDAR = 7 / 5

# Singular and plural in the shipped languages, by the base unit they are counted in.
_HOURS: dict[float, str] = {
    1 / 3600: "seconds? secs? sekunden? secondes? segundos? second[oi] seconden",
    1 / 60: "minutes? mins? minuten? minutos? minut[oi] minuut",
    1.0: "hours? hrs? stunden? std heures? horas? or[ae] uur uren",
    24.0: "days? tage? tagen jours? d[ií]as? giorn[oi] dag dagen",
    168.0: "weeks? wochen? semaines? semanas? settiman[ae] week weken",
    730.5: "months? monate? monaten mois mes meses mes[ei] mês maanden maand",
    8766.0: "years? jahre? jahren ans? années? años? ann[oi] anos? jaar jaren",
}
_MEASURES: dict[str, dict[float, str]] = {
    "weight": {1000.0: "kg kilos? kilograms?", 1.0: "g grams? gramm", 1e6: "tons? tonnen?"},
    "length": {0.1: "mm", 1.0: "cm", 100.0: "m metres? meters?", 1e5: "km"},
    "volume": {1.0: "ml", 10.0: "cl", 1000.0: "l litres? liters? liter"},
    "charge": {1.0: "mah"},
    "power": {1.0: "w watts?"},
    "storage": {1.0: "mb", 1024.0: "gb", 1 / 1024: "kb"},
    "temperature": {1.0: "°c"},
    "share": {1.0: "% percent prozent pour ?cent por ?ciento per ?cento procent"},
}
_CURRENCIES = {"€": "eur", "$": "usd", "£": "gbp", "euro": "eur", "euros": "eur", "pounds": "gbp"}
_CURRENCY = r"€|£|\$|eur(?:os?)?\b|usd\b|gbp\b|chf\b|pounds\b|dollars\b"
_WORDS = {
    word: number
    for number, words in {
        2: "two zwei deux dos due dois twee",
        3: "three drei trois tres tre três drie",
        4: "four vier quatre cuatro quattro quatro",
        5: "five fünf cinq cinco cinque vijf",
        6: "six sechs seis sei zes",
        7: "seven sieben sept siete sette sete zeven",
        8: "eight acht huit ocho otto oito",
        9: "nine neun neuf nueve nove negen",
        10: "ten zehn dix diez dieci dez tien",
        12: "twelve zwölf douze doce dodici doze twaalf",
        14: "fourteen vierzehn quatorze catorce quattordici veertien",
        20: "twenty zwanzig vingt veinte venti vinte twintig",
        30: "thirty dreissig dreißig trente treinta trenta trinta dertig",
        60: "sixty sechzig soixante sesenta sessanta sessenta zestig",
        90: "ninety neunzig noventa novanta negentig",
        1: "one",
    }.items()
    for word in words.split()
}
_NUMBER = rf"(?:\d+(?:[.,]\d+)*|\b(?:{'|'.join(_WORDS)})\b)"
_TO = r"\s*(?:-|–|to|or|bis|oder|à|ou|a|o|tot|of|e|und|and)\s*"
_WORKING = (
    r"(?:working|business|week)[ -]?|arbeits|werk|bank(?:ing)? |ouvr[ée]s? |h[áa]biles? |lavorativ"
)


def _unit_pattern(units: dict[float, str]) -> str:
    names = "|".join(name for each in units.values() for name in each.replace(" ?", "~").split())
    return names.replace("~", " ?")


_DURATION = re.compile(
    rf"({_NUMBER})(?:{_TO}({_NUMBER}))?[\s-]?\s*({_WORKING})?({_unit_pattern(_HOURS)})\b"
    r"(\s(?:ouvr[ée]s|h[áa]biles|lavorativi|úteis))?",
    re.IGNORECASE,
)
_MONEY = re.compile(
    rf"({_CURRENCY})\s?(\d+(?:[.,]\d+)*)|(\d+(?:[.,]\d+)*)\s?({_CURRENCY})", re.IGNORECASE
)
_MEASURED = {
    kind: re.compile(
        rf"(?<![\w.])({_NUMBER})(?:{_TO}({_NUMBER}))?[\s-]?\s?({_unit_pattern(units)})(?![\w/])",
        re.IGNORECASE,
    )
    for kind, units in _MEASURES.items()
}
_CLOCK = re.compile(
    r"\b([01]?\d|2[0-3])[:.h]([0-5]\d)\b(?!\.\d)(?:\s?(am|pm))?|\b(1?\d)\s?(am|pm)\b"
)
# The first letters suffice, in English and German.
_MONTHS = (
    ("jan",), ("feb",), ("mar", "mär"), ("apr",), ("may", "mai"), ("jun",),
    ("jul",), ("aug",), ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez"),
)  # fmt: skip
_MONTH = "|".join(name for names in _MONTHS for name in names)
_DATE = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of\s)?({_MONTH})[a-zä]*\b"
    rf"|\b({_MONTH})[a-z]*\s(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"\b(?:free(?: of charge)?|at no (?:extra )?(?:cost|charge)|kostenlos|kostenfrei|gratuite?s?"
    r"|gratis|gratuit[oa]s?|grátis)\b(?!\s(?:shipping label|trial|from|to)\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"(?<![\w.,€$£])({_NUMBER})\s([^\W\d_]{{4,}})", re.IGNORECASE)
_NAMED = re.compile(r"\b([A-ZÄÖÜ][\w-]+)\s$")
_ARTICLES = frozenset({"the", "our", "your", "all", "only", "every", "with", "for", "after"})
_BEFORE = re.compile(
    r"(?:\b(at least|minimum(?: of)?|more than|over|above|from|mindestens|ab|über|au moins|plus de"
    r"|al menos|más de|almeno|più di|oltre|pelo menos|mais de|minstens|meer dan|vanaf)"
    r"|\b(at most|maximum(?: of)?|up to|within|less than|under|below|no more than|höchstens|bis zu"
    r"|innerhalb von|binnen|maximal|jusqu['’]à|dans les|hasta|entro|fino a|até|tot|maximaal))"
    r"\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s*(?:or|oder|ou|o|of) (?:(more|longer|over|mehr|länger|plus|más|più|mais|meer)|(?:less|fewer"
    r"|weniger|moins|menos|meno|minder))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Value:
    """``low`` to ``high`` in the kind's base unit; ``said`` is how the text has it."""

    kind: str
    low: float
    high: float
    bound: Bound
    said: str
    start: int
    end: int

    def differs(self, other: Value) -> bool:
        """Whether both cannot be true of one thing: of one kind and bound, and apart by more than
        what calendars and rounding explain."""
        if self.kind != other.kind or not _comparable(self.bound, other.bound):
            return False
        slack = _CLOSE * max(abs(self.high), abs(other.high))
        return self.low > other.high + slack or other.low > self.high + slack


def values(text: str) -> list[Value]:
    """All of a text's values in its order; what belongs to one is part of no other."""
    found: list[Value] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= each.start or start >= each.end for each in found):
                value = _value(kind, match, text)
                if value is not None:
                    found.append(value)
    return sorted(found, key=lambda value: value.start)


def may_have_values(text: str) -> bool:
    """Cheap, and true wherever there is one."""
    return _HINT.search(text) is not None


def _comparable(left: Bound, right: Bound) -> bool:
    return left == right or "least" not in (left, right)


def _value(kind: str, match: re.Match[str], text: str) -> Value | None:
    start, end = match.span()
    numbers = _READ[kind](match) if kind in _READ else _measured(kind, match)
    if numbers is None:
        return None
    name, low, high = numbers
    bound = _bound(text[:start][-24:], text[end:][:16])
    return Value(name, min(low, high), max(low, high), bound, match[0].strip(), start, end)


def _bound(before: str, after: str) -> Bound:
    followed = _AFTER.match(after)
    if followed is not None:
        return "least" if followed[1] else "most"
    led = _BEFORE.search(before)
    if led is None:
        return "exact"
    return "least" if led[1] else "most"


Read: TypeAlias = tuple[str, float, float] | None


def _duration(match: re.Match[str]) -> Read:
    low, high = _number(match[1]), _number(match[2] or match[1])
    hours = _factor(_HOURS, match[4])
    working = _WORKING_TO_CALENDAR if match[3] or match[5] else 1.0
    return "duration", low * hours * working, high * hours * working


def _money(match: re.Match[str]) -> Read:
    sign = (match[1] or match[4]).lower()
    amount = _number(match[2] or match[3])
    return f"money {_CURRENCIES.get(sign, sign)}", amount, amount


def _clock(match: re.Match[str]) -> Read:
    hour, minute = int(match[1] or match[4]), int(match[2] or 0)
    half = match[3] or match[5]
    if half == "pm" and hour < 12:  # noqa: PLR2004  noon
        hour += 12
    return "clock", hour + minute / 60, hour + minute / 60


def _date(match: re.Match[str]) -> Read:
    day, name = int(match[1] or match[4]), (match[2] or match[3]).lower()
    month = next(n for n, names in enumerate(_MONTHS, 1) if name in names)
    at = month * 31.0 + day
    return "date", at, at


def _free(_match: re.Match[str]) -> Read:
    return "free", 0.0, 0.0


def _count(match: re.Match[str]) -> Read:
    # "The Trail 200 weighs": a number after a name is part of the name.
    before = _NAMED.search(match.string, 0, match.start())
    if before is not None and before[1].lower() not in _ARTICLES:
        return None
    amount = _number(match[1])
    return f"count {match[2][:_SAME_WORD].lower()}", amount, amount


def _measured(kind: str, match: re.Match[str]) -> Read:
    factor = _factor(_MEASURES[kind], match[3])
    return kind, _number(match[1]) * factor, _number(match[2] or match[1]) * factor


def _factor(units: dict[float, str], unit: str) -> float:
    for factor, names in units.items():
        if re.fullmatch("|".join(_unit_pattern({factor: names}).split("|")), unit, re.IGNORECASE):
            return factor
    raise LookupError(f"no unit {unit!r}")


def _number(text: str) -> float:
    """The last sign parts decimals, unless three digits follow it: 3,95 and 1.000,50."""
    word = _WORDS.get(text.lower())
    if word is not None:
        return float(word)
    last = max(text.rfind("."), text.rfind(","))
    whole, part = (text[:last], text[last + 1 :]) if last >= 0 else (text, "")
    if len(part) == 3 and last >= 0:  # noqa: PLR2004  a group of thousands
        whole, part = whole + part, ""
    digits = whole.replace(".", "").replace(",", "")
    return float(f"{digits or 0}.{part or 0}")


_READ = {
    "money": _money,
    "date": _date,
    "clock": _clock,
    "duration": _duration,
    "free": _free,
    "count": _count,
}
_PATTERNS = (
    ("money", _MONEY),
    ("date", _DATE),
    ("clock", _CLOCK),
    ("duration", _DURATION),
    *_MEASURED.items(),
    ("free", _FREE),
    ("count", _COUNT),
)
_HINT = re.compile(rf"\d|\b(?:{'|'.join(_WORDS)})\b|{_FREE.pattern}", re.IGNORECASE)
