"""How somebody is reached: mail addresses and phone numbers. Pure, and rather too much than too
little."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.privacy.found import Found

EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
PHONE = re.compile(r"(?<![\w.,])\+?\(?\d(?:[\s()./-]*\d){6,}")
_TRUNK = re.compile(
    r"(?<![\w.,+/#-])(?:\+|00|\(?0)[\s()./-]{0,3}\d(?:[\s()./-]{0,3}\d){6,13}(?!\w)"
)
_GROUPED = re.compile(r"(?<![\w.,+/#-])\(?\d{3}\)?[\s.-]{1,2}\d{3}[\s.-]\d{4}(?!\w)")


def emails(text: str) -> Iterator[Found]:
    for one in EMAIL.finditer(text):
        yield Found(one.start(), one.end(), "[email]")


def phones(text: str) -> Iterator[Found]:
    """Those that begin as numbers to call do: not every number of ten digits."""
    for pattern in (_TRUNK, _GROUPED):
        for one in pattern.finditer(text):
            yield Found(one.start(), one.end(), "[phone]")
