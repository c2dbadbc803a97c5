"""Bytes into text, whatever their label says. Never raises: what cannot be read is replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping

from charset_normalizer import from_bytes

_ALIASES: Mapping[str, str] = {
    "cp-850": "cp850",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    # What is labelled so is mostly the larger set of the same family, as browsers know.
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "ansi_x3.110-1983": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "windows-31j": "cp932",
    "windows-874": "cp874",
}
# Codecs that are no charsets, take quadratic time, or mean that nobody knew.
_NO_CHARSET = frozenset(
    {
        "",
        "8bit",
        "7bit",
        "binary",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "unicode-escape",
        "raw_unicode_escape",
        "raw-unicode-escape",
        "unknown",
        "unknown-8bit",
        "x-unknown",
        "default",
    }
)
_ASCII = frozenset({"ascii", "us-ascii", "ansi_x3.4-1968", "646"})
_NAME = re.compile(r"[A-Za-z0-9_.:+-]{1,40}")
_SAMPLE = 4_096
_TOO_SHORT = 64
_LAST_ASCII = 0x7F


def decoded(data: bytes, label: str | None) -> str:
    """The text, by its label where that is one; else UTF-8, else what it looks like most."""
    name = (label or "").strip().strip("\"'").lower()
    if name in _ASCII or name in _NO_CHARSET or not _NAME.fullmatch(name):
        return _guessed(data)
    try:
        text = data.decode(_ALIASES.get(name, name), "replace")
    except (LookupError, ValueError):
        return _guessed(data)
    # A label that is wrong shows; where UTF-8 fits it was meant.
    return _guessed(data) if _is_wrong(text) else text


def _is_wrong(text: str) -> bool:
    """Whether more letters beyond ASCII were unreadable than not."""
    broken = text.count("\ufffd")
    return bool(broken) and broken * 2 >= sum(not sign.isascii() for sign in text)


def _guessed(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    sample = data[:_SAMPLE]
    # Western languages have few letters beyond ASCII; the others have hardly any within it.
    if len(sample) < _TOO_SHORT or sum(byte > _LAST_ASCII for byte in sample) * 4 < len(sample):
        return data.decode("cp1252", "replace")
    best = from_bytes(sample).best()
    return data.decode("cp1252" if best is None else best.encoding, "replace")
