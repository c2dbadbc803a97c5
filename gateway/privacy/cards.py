"""Payment cards: a known beginning, its length, and Luhn's check digit. Order numbers, parcels and
phone numbers of the same look stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.privacy.found import BEFORE, Found, digits_of

SHORTEST, LONGEST = 14, 19
_WIDTH = 4
# What people put between the groups: spaces of all sorts, hyphens, points, and what is not seen.
_SPACE = " \t\u00a0\u2007\u2009\u202f"
_DASH = "-\u2010\u2011\u2012\u2013"
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_SEPARATOR = f"(?:[{_SPACE}]{{1,2}}|[{_DASH}]|\\.|[{_UNSEEN}])"
_RUN = re.compile(rf"(?<![\w+/#])\d(?:{_SEPARATOR}?\d)*(?!\w)")
_GROUP = re.compile(r"\d+")
# First digits, as a closed range of numbers of one length, and how long such a number is.
_SORTS: Sequence[tuple[int, int, frozenset[int]]] = (
    (4, 4, frozenset({16, 19})),
    (51, 55, frozenset({16})),
    (2221, 2720, frozenset({16})),
    (34, 34, frozenset({15})),
    (37, 37, frozenset({15})),
    (300, 305, frozenset({14})),
    (3095, 3095, frozenset({14})),
    (36, 36, frozenset({14})),
    (38, 39, frozenset({14})),
    (6011, 6011, frozenset({16, 19})),
    (644, 659, frozenset({16, 19})),
    (3528, 3589, frozenset({16})),
    (62, 62, frozenset({16, 17, 18, 19})),
    (81, 81, frozenset({16})),
    (2200, 2204, frozenset({16})),
    (5018, 5020, frozenset({16, 18, 19})),
    (5038, 5038, frozenset({16, 18, 19})),
    (5067, 5067, frozenset({16})),
    (5893, 5893, frozenset({16, 18, 19})),
    (6062, 6062, frozenset({16})),
    (6304, 6304, frozenset({16, 18, 19})),
    (6363, 6363, frozenset({16})),
    (6759, 6763, frozenset({16, 18, 19})),
    (9792, 9792, frozenset({16})),
)


def _lengths() -> dict[str, frozenset[int]]:
    """How long a number may be, by its first four digits."""
    found: dict[str, frozenset[int]] = {}
    for low, high, lengths in _SORTS:
        scale = 10 ** (_WIDTH - len(str(low)))
        for first in range(low * scale, (high + 1) * scale):
            found[str(first)] = found.get(str(first), frozenset()) | lengths
    return found


_LENGTHS = _lengths()
_CARD_WORDS = re.compile(
    r"(?i)\b(?:visa|master ?card|amex|american express|maestro|discover|jcb|diners|credit|debit"
    r"|cards?|pan\b|\w*karten?\w*|cartes?|tarjetas?|carta|carte|cart[aã]o|cart[oõ]es|\w*kaart\w*)"
)
_OTHER_WORDS = re.compile(
    r"(?i)\b(?:orders?|tracking|parcels?|package|shipment|invoices?|reference|ref|ticket|case|imei"
    r"|serial|barcode|ean|article|isbn|bestell\w*|auftrags?\w*|sendungs?\w*|rechnungs?\w*|paket\w*"
    r"|commande|facture|colis|suivi|pedido|factura|paquete|ordine|fattura|pacco|encomenda|fatura"
    r"|bestelling|factuur|pakket)\b\W{0,3}(?:(?:numbers?|nummer|num[eé]ro|n[uú]mero|no|nr|n[º°]"
    r"|id|code)\b)?\W{0,4}(?:is|ist|est|es|è|é)?\W{0,2}$"
)


@dataclass(frozen=True, slots=True)
class _Group:
    start: int
    end: int
    digits: str


def cards(text: str) -> Iterator[Found]:
    for run in _RUN.finditer(text):
        if run.end() - run.start() >= SHORTEST:
            yield from _in_run(text, run)


def _in_run(text: str, run: re.Match[str]) -> Iterator[Found]:
    groups = [
        _Group(one.start(), one.end(), digits_of(one[0]))
        for one in _GROUP.finditer(text, run.start(), run.end())
    ]
    first = 0
    while first < len(groups):
        last = _card_from(text, groups, first)
        if last is None:
            first += 1
            continue
        begin, end = groups[first].start, groups[last].end
        if not _is_something_else(text, begin):
            yield Found(begin, end, f"[card …{groups[last].digits[-_WIDTH:]}]")
        first = last + 1


def _card_from(text: str, groups: Sequence[_Group], first: int) -> int | None:
    """The last group of a card that begins with a group; the longest that there is."""
    found: int | None = None
    digits = ""
    kinds: set[str] = set()
    for last in range(first, len(groups)):
        if last > first:
            kinds.add(_kind(text[groups[last - 1].end : groups[last].start]))
        digits += groups[last].digits
        if len(digits) > LONGEST or len(kinds) > 1:
            break
        if is_card(digits) and _stands_alone(text, groups, first, last):
            found = last
    return found


def _stands_alone(text: str, groups: Sequence[_Group], first: int, last: int) -> bool:
    """Not four groups out of a longer number that goes on before them in the same way."""
    if first in {0, last}:
        return True
    before, after = groups[first - 1], groups[first + 1]
    same = _kind(text[before.end : groups[first].start]) == _kind(
        text[groups[first].end : after.start]
    )
    return not (same and len(before.digits) == len(groups[first].digits))


def _kind(separator: str) -> str:
    mark = separator[:1]
    if mark in _SPACE:
        return " "
    return "-" if mark in _DASH else mark


def _is_something_else(text: str, start: int) -> bool:
    """Whether the words before the number say that it is an order, a parcel or the like."""
    before = text[max(0, start - BEFORE) : start]
    return _OTHER_WORDS.search(before) is not None and _CARD_WORDS.search(before) is None


def is_card(digits: str) -> bool:
    return len(digits) in _LENGTHS.get(digits[:_WIDTH], ()) and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  # the sum of its two digits
    return total % 10 == 0
