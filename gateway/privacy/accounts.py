"""Bank accounts by IBAN (ISO 13616): a country, its length, and check digits of ISO 7064 mod 97."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.privacy.found import Found

# The SWIFT registry's lengths by country.
_LENGTHS: dict[int, str] = {
    15: "NO",
    16: "BE",
    18: "DK FO FI GL NL",
    19: "MK SI",
    20: "AT BA EE KZ XK LT LU MN",
    21: "CR HR LV LI CH",
    22: "BH BG GE DE IE ME RS GB VA",
    23: "GI IQ IL OM SO TL AE",
    24: "AD CZ MD PK RO SA SK ES SE TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO SV GT HU LB NI PL",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT SC",
    33: "RU",
}
LENGTHS = {country: length for length, all_ in _LENGTHS.items() for country in all_.split()}
_BEGINS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?[0-9]{2}(?=[ -]?[A-Za-z0-9])")
_REMAINDER = 97
_SHOWN = 4


def ibans(text: str) -> Iterator[Found]:
    end = 0
    for begins in _BEGINS.finditer(text):
        length = LENGTHS.get(begins[0][:2].upper())
        if length is None or begins.start() < end:
            continue
        found = _read(text, begins.start(), length)
        if found is None:
            continue
        number, end = found
        if is_iban(number):
            yield Found(begins.start(), end, f"[iban …{number[-_SHOWN:]}]")


def _read(text: str, start: int, length: int) -> tuple[str, int] | None:
    """The number of so many signs from a place, and where it ends; None where it is shorter, or
    goes on."""
    signs: list[str] = []
    at = start
    gap = False
    while at < len(text) and len(signs) < length:
        sign = text[at]
        if sign.isascii() and sign.isalnum():
            signs.append(sign.upper())
            gap = False
        elif gap or sign not in " -\u00a0\u202f.":
            return None
        else:
            gap = True
        at += 1
    goes_on = at < len(text) and text[at].isalnum()
    return ("".join(signs), at) if len(signs) == length and not goes_on else None


def is_iban(number: str) -> bool:
    """``number`` is upper case, without gaps."""
    if LENGTHS.get(number[:2]) != len(number):
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % _REMAINDER == 1
