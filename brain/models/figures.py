"""What kind of figure a question asks for, and whether a sentence states one: how long, when, how
much it costs, how heavy it is; in the shipped languages. It reads words only and picks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

Figure: TypeAlias = Literal["duration", "time", "price", "weight"]

_ASKS: Mapping[Figure, re.Pattern[str]] = {
    "duration": re.compile(
        r"""\b(?:
        how\ (?:long|fast|quick\w*|soon|many\ (?:minutes|hours|days|weeks|months|years))
        |wie\ (?:lange|schnell|viele?\ (?:minuten|stunden|tage|wochen|monate|jahre))|bis\ wann
        |combien\ de\ (?:temps|minutes|heures|jours|semaines|mois)|combien\ d['’]\w+|quel\ délai
        |cu[áa]nto\ (?:tiempo|tarda\w*|dura\w*)|cu[áa]nt[oa]s\ (?:d[ií]as|semanas|meses|años|horas)
        |quanto\ (?:tempo|dura|ci\ vuole|demora)|quanti\ (?:giorni|mesi|anni)|quante\ settimane
        |quantos\ (?:dias|meses|anos)|quantas\ (?:semanas|horas)
        |hoe\ (?:lang|snel|veel\ (?:dagen|weken|maanden|jaar))
        )\b""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "time": re.compile(
        r"""\b(?:when|what\ time|until\ when|wann|um\ wie\ viel\ uhr|quand|à\ quelle\ heure
        |cu[áa]ndo|a\ qu[ée]\ hora|quando|a\ che\ ora|a\ que\ horas|wanneer|hoe\ laat)\b""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "price": re.compile(
        r"""\b(?:
        how\ much|costs?|price\w*|fees?|free|expensive|charges?
        |wie\ ?viel\ kostet|kosten|kostet|preis\w*|gebühr\w*|kostenlos|teuer
        |coûte\w*|coute\w*|prix|frais|gratuit\w*|cuesta\w*|precio\w*|gratis
        |costa\w*|costo|prezzo|prezzi|gratuit[oa]|custa\w*|preço\w*|grátis|prijs\w*|duur
        )\b""",
        re.IGNORECASE | re.VERBOSE,
    ),
    "weight": re.compile(
        r"""\b(?:how\ heavy|weigh\w*|wie\ schwer|wiegt|gewicht|pèse\w*|poids|pesa\w*|peso
        |hoe\ zwaar|weegt)\b""",
        re.IGNORECASE | re.VERBOSE,
    ),
}
_UNIT_OF_TIME = (
    r"minute\w*|hour\w*|(?:working\ |business\ )?days?|weeks?|months?|years?|minuten|stunden?"
    r"|(?:werk|arbeits)?tage?n?|wochen?|monate?n?|jahre?n?|heures?|jours?|semaines?|mois|ans?"
    r"|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?|minut[oi]|or[ae]|giorn[oi]|settiman[ae]"
    r"|mes[ei]|ann[oi]|anos?|uren|uur|(?:werk)?dag(?:en)?|we(?:ek|ken)|maand(?:en)?|jaar"
)
_DURATION = rf"\d+\s+(?:[^\W\d]+\s+)?(?:{_UNIT_OF_TIME})\b"
_CLOCK = r"\b\d{1,2}[:.]\d\d\b(?!\s*(?:£|€|kg))|\b\d{1,2}\s?(?:am|pm|uhr|h)\b"
_STATES: Mapping[Figure, re.Pattern[str]] = {
    "duration": re.compile(_DURATION, re.IGNORECASE),
    "time": re.compile(rf"{_CLOCK}|{_DURATION}", re.IGNORECASE),
    "price": re.compile(
        r"[£€$]\s?\d|\d\s?(?:£|€|\$|%)|\b(?:free|kostenlos|gratis|gratuit\w*|grátis)\b",
        re.IGNORECASE,
    ),
    "weight": re.compile(r"\d\s?(?:kg|g|lbs?|oz)\b", re.IGNORECASE),
}


def asked_for(question: str) -> frozenset[Figure]:
    """Often none; several where the question asks for several."""
    return frozenset(_found(_ASKS, question))


def states(sentence: str, wanted: frozenset[Figure]) -> bool:
    """True where the sentence has a figure of a wanted kind."""
    return any(kind in wanted for kind in _found(_STATES, sentence))


def _found(patterns: Mapping[Figure, re.Pattern[str]], text: str) -> Iterator[Figure]:
    for kind, pattern in patterns.items():
        if pattern.search(text):
            yield kind
