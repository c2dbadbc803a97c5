"""National numbers of persons: the United States, Germany, France, Spain, Italy, Portugal and the
Netherlands. A number that others look like as well counts only beside a word that names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.privacy.found import Found, digits_of, is_near

SHOWN = "[id]"


@dataclass(frozen=True, slots=True)
class _Sort:
    """``words`` is None where the form and its check digits say enough; ``spelled`` says that it
    can be without a single digit."""

    form: re.Pattern[str]
    is_valid: Callable[[str], bool]
    words: re.Pattern[str] | None = None
    spelled: bool = False


def ids(text: str) -> Iterator[Found]:
    # Most messages have no number that could be one, and every form is dear to look for.
    sorts = _SORTS if any(map(str.isdigit, text)) else _SPELLED
    for sort in sorts:
        for one in sort.form.finditer(text):
            named = sort.words is None or is_near(sort.words, text, one.start(), one.end())
            if named and sort.is_valid(_bare(one[0])):
                yield Found(one.start(), one.end(), SHOWN)


def _bare(number: str) -> str:
    kept = "".join(sign for sign in number if sign.isalnum()).upper()
    return digits_of(kept) if kept.isdecimal() else kept


def is_ssn(number: str) -> bool:
    """No area 000, 666 or 9xx, no group 00, no serial 0000 (Social Security Administration)."""
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def is_steuer_id(number: str) -> bool:
    """ISO 7064 mod 11,10; of the first ten digits one stands there twice or thrice."""
    counts = sorted(number[:10].count(digit) for digit in set(number[:10]))
    if number[0] == "0" or counts[-1] not in {2, 3} or counts[:-1].count(1) != len(counts) - 1:
        return False
    product = 10
    for digit in number[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(number[10])


def is_nir(number: str) -> bool:
    """The last two digits are 97 less the remainder; Corsica's 2A and 2B count as 19 and 18."""
    plain = number.replace("2A", "19", 1).replace("2B", "18", 1)
    return plain.isdecimal() and int(plain[:13]) % 97 == 97 - int(plain[13:])


def is_dni(number: str) -> bool:
    """DNI and NIE: the letter follows from the number; X, Y and Z count as 0, 1 and 2."""
    plain = number.translate(str.maketrans("XYZ", "012"))[:8] if number[0] in "XYZ" else number[:8]
    return plain.isdecimal() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(plain) % 23] == number[8]


# How much a sign counts at an odd place of a codice fiscale, from 0 and from A.
_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)


def is_codice_fiscale(number: str) -> bool:
    total = 0
    for place, sign in enumerate(number[:15]):
        value = int(sign) if sign.isdecimal() else ord(sign) - ord("A")
        total += value if place % 2 else _ODD[value]
    return chr(ord("A") + total % 26) == number[15]


def is_nif(number: str) -> bool:
    """Weights nine to two, mod 11."""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number[:8]))
    return number[0] in "123568" and (11 - total % 11) % 11 % 10 == int(number[8])


def is_bsn(number: str) -> bool:
    """The eleven test, whose last weight is minus one."""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number[:8]))
    return int(number) > 0 and (total - int(number[8])) % 11 == 0


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){pattern}(?![\w-])", re.IGNORECASE)


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


_LETTER = "[0-9LMNP-V]"
_SORTS: Sequence[_Sort] = (
    _Sort(_form(r"\d{3}-\d\d-\d{4}"), is_ssn),
    _Sort(_form(r"\d{3} ?\d\d ?\d{4}"), is_ssn, _words("ssn", "social", "sozialversicherung")),
    _Sort(
        _form(r"\d\d ?\d{3} ?\d{3} ?\d{3}"),
        is_steuer_id,
        _words(r"steuer\W?\w*", r"\w*identifikationsnummer", "idnr", "tin", "tax"),
    ),
    _Sort(
        _form(r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3}[ -]?\d\d"),
        is_nir,
    ),
    _Sort(_form(r"(?:\d{8}|[XYZ]-?\d{7})[ -]?[A-HJ-NP-TV-Z]"), is_dni),
    _Sort(
        _form(
            rf"[A-Z]{{3}} ?[A-Z]{{3}} ?{_LETTER}{{2}}[A-EHLMPRST]{_LETTER}{{2}} ?"
            rf"[A-Z]{_LETTER}{{3}}[A-Z]"
        ),
        is_codice_fiscale,
        # Where two people would have the same one, letters stand for up to all of its digits.
        spelled=True,
    ),
    _Sort(_form(r"\d{3} ?\d{3} ?\d{3}"), is_nif, _words("nif", "contribuinte", "fiscal")),
    _Sort(
        _form(r"\d{4} ?\d\d ?\d{3}|(?<![\w.-])\d{3} ?\d{3} ?\d{3}"),
        is_bsn,
        _words("bsn", r"burgerservice\w*", r"sofi\W?\w*"),
    ),
)
_SPELLED = tuple(sort for sort in _SORTS if sort.spelled)
