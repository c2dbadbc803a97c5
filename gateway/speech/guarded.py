"""Whether words repeat a text that is for the model alone. Pure. Nothing secret stands in such a
text; this keeps what is merely none of a customer's business."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterator, Sequence

# So many letters and digits in a row are no coincidence.
LENGTH = 32
_SHORTEST_MARK = 8
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[\s:,]?){16,}")


class Guarded:
    """Holds the texts by their pieces."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._pieces = frozenset(piece for text in texts for piece in _pieces(_letters(text)))
        self._marks = tuple({mark for text in texts for mark in _marks(text)})

    def repeats(self, said: str) -> bool:
        """Also read backwards, shifted by thirteen, and out of base64 and hex."""
        if not self._pieces and not self._marks:
            return False
        return any(self._holds(_letters(form)) for form in _forms(said))

    def _holds(self, letters: str) -> bool:
        return any(mark in letters for mark in self._marks) or any(
            piece in self._pieces for piece in _pieces(letters)
        )


UNGUARDED = Guarded()


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _pieces(letters: str) -> Iterator[str]:
    return (letters[at : at + LENGTH] for at in range(len(letters) - LENGTH + 1))


def _marks(text: str) -> Iterator[str]:
    """Words that nobody says by chance: of letters and digits."""
    for word in text.split():
        letters = _letters(word)
        if len(letters) >= _SHORTEST_MARK and not letters.isalpha() and not letters.isdecimal():
            yield letters


def _forms(said: str) -> Iterator[str]:
    yield said
    yield said[::-1]
    yield codecs.encode(said, "rot13")
    flat = "".join(said.split())
    for found in (*_BASE64.findall(said), *_BASE64.findall(flat)):
        padded = found.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            yield base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("utf-8", "ignore")
        except (binascii.Error, ValueError):
            continue
    for found in _HEX.findall(said):
        digits = re.sub(r"[^0-9a-fA-F]", "", found)
        yield bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8", "ignore")
