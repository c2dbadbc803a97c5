"""Taking personal data out of what was said, before it may become an article. Pure, and rather too
much than too little: an amount of four digits may go, a customer's number never stays."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.privacy.masking import MASKED, STANDING
from gateway.privacy.reachable import EMAIL, PHONE

MASK = "[…]"
# The part of an address that is about one person: what follows ? and #, and long keys in paths.
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b")
# #123, no. 123, order 123, ticket FH-20.
_REFERENCE = re.compile(
    r"(?i)(#\s?|\b(?:no|nr|n[º°]|num|order|invoice|ticket|case|ref(?:erence)?|tracking|customer|account"
    r"|bestellung|auftrag|rechnung|kunden\w*|commande|facture|client|pedido|factura|cliente|ordine"
    r"|fattura|encomenda|fatura|bestelling|factuur|klant\w*)"
    r"(?:\s?(?:number|no|nr|nummer|num[eé]ro|n[uú]mero|numero))?[.:]?\s{0,2}#?\s?)"
    r"(?=[\w-]*\d)[A-Z0-9](?:[\w-]*[A-Z0-9])?"
)
_TOKEN = re.compile(r"[\w-]+")
_LONG_NUMBER = re.compile(r"\d{4}")
_DIGITS_OF_A_CODE = 3
_SHORTEST_NAME = 2
_PIECE, _OVERLAP = 2000, 200


def personal(text: str) -> bool:
    """Whether it holds what leads to one person: an address, a number to call or to pay with, the
    number of an order. A mere amount or year does not."""
    return any(_leads_to_one(piece) for piece in _pieces(_URL.sub(" ", text)))


def _leads_to_one(text: str) -> bool:
    return any(pattern.search(text) for pattern in (MASKED, EMAIL, _IBAN, PHONE, _REFERENCE))


def _pieces(text: str) -> Iterable[str]:
    """Overlapping ones: what a hostile text costs grows with the square of a piece's length."""
    return (text[at : at + _PIECE] for at in range(0, max(len(text), 1), _PIECE - _OVERLAP))


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text without addresses, numbers that may be somebody's, and the given names."""
    text = EMAIL.sub(MASK, MASKED.sub(MASK, STANDING.text(text)))
    text = _URL.sub(_address, text)
    for pattern in (_IBAN, PHONE):
        text = pattern.sub(MASK, text)
    text = _REFERENCE.sub(lambda found: f"{found[1]}{MASK}", text)
    text = _outside_addresses(text)
    words = sorted({word for name in names for word in _words(name)}, key=len, reverse=True)
    if words:
        named = "|".join(re.escape(word) for word in words)
        text = re.sub(rf"(?<!\w)(?:{named})(?!\w)", MASK, text, flags=re.IGNORECASE)
    return text


def _outside_addresses(text: str) -> str:
    """Codes are masked but in web addresses, which were looked at already."""
    parts = _URL.split(text)
    kept = _URL.findall(text)
    masked_parts = [_TOKEN.sub(_token, part) for part in parts]
    return "".join(
        part + (kept[index] if index < len(kept) else "") for index, part in enumerate(masked_parts)
    )


def _address(found: re.Match[str]) -> str:
    address = re.split(r"[?#]", found[0], maxsplit=1)[0]
    personal = "@" in address or any(_is_code(token) for token in _TOKEN.findall(address))
    return MASK if personal else address


def _token(found: re.Match[str]) -> str:
    return MASK if _is_code(found[0]) else found[0]


def _is_code(token: str) -> bool:
    """Four digits in a row, or letters and at least three digits."""
    digits = sum(letter.isdigit() for letter in token)
    letters = any(letter.isalpha() for letter in token)
    return _LONG_NUMBER.search(token) is not None or (letters and digits >= _DIGITS_OF_A_CODE)


def _words(name: str) -> Iterable[str]:
    return [word for word in re.split(r"[^\w'-]+", name) if len(word) >= _SHORTEST_NAME]
