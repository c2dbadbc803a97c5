"""National numbers of persons in the other countries where the shipped languages are spoken: the
United Kingdom, Switzerland, Austria, Belgium and Brazil. A form that other numbers have as well
counts only beside a word that names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.privacy.found import Found, digits_of, is_near
from gateway.privacy.national import SHOWN


@dataclass(frozen=True, slots=True)
class _Sort:
    """``words`` is None where the form and its check digits say enough."""

    form: re.Pattern[str]
    is_valid: Callable[[str], bool]
    words: re.Pattern[str] | None = None


def more_ids(text: str) -> Iterator[Found]:
    # Each of these has digits, and most messages have none.
    if not any(map(str.isdigit, text)):
        return
    for sort in _SORTS:
        for one in sort.form.finditer(text):
            named = sort.words is None or is_near(sort.words, text, one.start(), one.end())
            if named and sort.is_valid(digits_of(one[0])):
                yield Found(one.start(), one.end(), SHOWN)


def is_ahv(number: str) -> bool:
    """The check digit of an EAN-13; 756 stands for Switzerland, and for no maker of goods."""
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(number[:12]))
    return (10 - weighed % 10) % 10 == int(number[12])


def is_svnr(number: str) -> bool:
    """The fourth digit is the weighed sum of the others, mod 11."""
    weights = (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))
    return number[0] != "0" and total % 11 == int(number[3])


def is_nrn(number: str) -> bool:
    """The last two are 97 less the remainder; who was born from 2000 on counts with a 2 before."""
    body, check = number[:9], int(number[9:])
    return check in {97 - int(body) % 97, 97 - int(f"2{body}") % 97}


def is_cpf(number: str) -> bool:
    """Two check digits, mod 11; one digit eleven times is nobody's."""
    if len(set(number)) == 1:
        return False
    return all(_cpf_digit(number[:length]) == int(number[length]) for length in (9, 10))


def _cpf_digit(begins: str) -> int:
    total = sum(int(digit) * (len(begins) + 1 - place) for place, digit in enumerate(begins))
    return total * 10 % 11 % 10


def _any(_number: str) -> bool:
    """There are no check digits."""
    return True


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){pattern}(?![\w-])", re.IGNORECASE)


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


_NINO = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_SORTS: Sequence[_Sort] = (
    _Sort(_form(rf"{_NINO} \d\d \d\d \d\d [A-D]"), _any),
    _Sort(
        _form(rf"{_NINO} ?\d{{6}} ?[A-D]"),
        _any,
        _words("nino", "national insurance", r"ni (?:number|no)"),
    ),
    _Sort(_form(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d"), is_ahv),
    _Sort(
        _form(r"\d{4}[ -]?\d{6}"),
        is_svnr,
        _words(r"svnr", r"sv\W?(?:nr|nummer)", r"\w*versicherungs\W?(?:nr|nummer)"),
    ),
    _Sort(_form(r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"), is_nrn),
    _Sort(
        _form(r"\d{6}[ -]?\d{3}[ .]?\d\d"),
        is_nrn,
        _words(r"rijksregister\w*", "registre national", "niss", "insz", "numéro national"),
    ),
    _Sort(_form(r"\d{3}\.\d{3}\.\d{3}-\d\d"), is_cpf),
    _Sort(_form(r"\d{11}"), is_cpf, _words("cpf")),
)
