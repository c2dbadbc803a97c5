"""Requests that were signed, changed somewhere afterwards: in a header, in the body, or in both."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What an HTTP client can put on the wire in a header's value.
_VALUES = [*range(0x21, 0x7F), *range(0xA1, 0x100)]


@dataclass(frozen=True, slots=True)
class Signed:
    """``headers`` are those of the signature."""

    path: str
    body: bytes
    headers: Mapping[str, str]


def mutated(dice: random.Random, one: Signed) -> Signed:
    """Something about it is other than it was; what it says may still be the same."""
    while True:
        found = _changed(dice, one)
        if found != one:
            return found


def _changed(dice: random.Random, one: Signed) -> Signed:
    if dice.random() < 0.4:
        return Signed(one.path, one.body, _headers(dice, one.headers))
    if dice.random() < 0.15 and "?" in one.path:
        return Signed(_path(dice, one.path), one.body, one.headers)
    return Signed(one.path, _body(dice, one.body), one.headers)


def _headers(dice: random.Random, headers: Mapping[str, str]) -> Mapping[str, str]:
    name = dice.choice(list(headers))
    value = headers[name]
    at = dice.randrange(len(value))
    sign = chr(dice.choice(_VALUES))
    other = [
        value[:at] + sign + value[at + 1 :],
        value[:at] + sign + value[at:],
        value[:at] + value[at + 1 :],
        value[:at],
        value.swapcase(),
        value[::-1],
        "".join(dice.sample(value, len(value))),
        sign * dice.choice([1, 40, 4_000]),
    ]
    changed = dice.choice(other)
    rest = {each: said for each, said in headers.items() if each != name}
    # Spaces around a value do not survive the way.
    return {**rest, name: changed.strip()} if changed.strip() else rest


def _path(dice: random.Random, path: str) -> str:
    query = path.partition("?")[2]
    at = len(path) - dice.randrange(len(query)) - 1
    return path[:at] + dice.choice("abz0189-_=&") + path[at + 1 :]


def _body(dice: random.Random, body: bytes) -> bytes:
    at, to = sorted(dice.sample(range(len(body) + 1), 2))
    some = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 9)))
    others: Sequence[bytes] = [
        body[:at] + some + body[at:],
        body[:at] + some[:1] + body[at + 1 :],
        body[:at] + body[to:],
        body[:at],
        body[:at] + body[at:to] * 2 + body[to:],
        body + dice.choice([b"&Body=yes", b"&a", b" ", b"\n", b"}", b"\0"]),
        dice.choice([b"", b"[" * 50_000, b"{}", b"\xff\xfe", some * 99]),
        bytes(dice.sample(body, len(body))),
    ]
    return dice.choice(others)
