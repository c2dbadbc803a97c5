"""The sums of money that a text names, in any shipped language's way to write them."""

from __future__ import annotations

import re

_LONGEST = 3000
_NUMBER = r"\d{1,3}(?:[.,' \u00a0]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,2})?(?!\d)"
_MONEY = (
    r"[$€£¥₹]|\b(?:usd|eur|euros?|gbp|pounds?|dollars?|bucks|chf|franken|francs?|reais|inr|rupees?"
    r"|dolares|dollari|libras|sterline|pfund|ponden)\b"
)
_AMOUNT = re.compile(
    rf"(?:(?:{_MONEY})\s?(?P<after>{_NUMBER}))|(?:(?<![\d.,])(?P<before>{_NUMBER})\s?(?:{_MONEY}))",
    re.IGNORECASE,
)
_CENTS = re.compile(r"[.,](\d{1,2})$")


def largest(text: str) -> float | None:
    """None where no money is named."""
    found = [
        _value(match["after"] or match["before"]) for match in _AMOUNT.finditer(text[:_LONGEST])
    ]
    return max(found, default=None)


def _value(written: str) -> float:
    cents = _CENTS.search(written)
    whole = written[: cents.start()] if cents else written
    digits = re.sub(r"\D", "", whole)
    return float(f"{digits}.{cents[1] if cents else 0}")
