"""Address lists of headers into names and addresses, in linear time. Never believes that what a
name says is an address."""

from __future__ import annotations

import re

from channels.mail.parsing.words import header_text

LONGEST = 16_384
MAILBOXES = 200
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,253}")


def mailboxes(value: str) -> list[tuple[str, str]]:
    """(name, address) of each mailbox; one that has no usable address is left out."""
    scan = _Scan()
    for sign in value[:LONGEST]:
        scan.take(sign)
    scan.end()
    return scan.found[:MAILBOXES]


def _normal(address: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        host = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        host = domain
    return f"{local}@{host}".lower()


class _Scan:
    """Where in a list the next sign stands: in a comment, between quotes, between angles."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._comment = 0
        self._quoted = self._escaped = self._inside = False
        self._begin()

    def take(self, sign: str) -> None:
        if self._escaped:
            self._escaped = False
            self._add(sign)
        elif sign == "\\" and (self._quoted or self._comment):
            self._escaped = True
        elif self._quoted:
            self._quoted = sign != '"'
            self._add("" if sign == '"' else sign)
        elif sign == "(" or self._comment:
            self._comment += (sign == "(") - (sign == ")")
        else:
            self._turn(sign)

    def end(self) -> None:
        """The mailbox is complete."""
        words = " ".join("".join(self._words).split())
        address = words if self._angled is None else "".join(self._angled).strip()
        name = "" if self._angled is None else words
        if _ADDRESS.fullmatch(address):
            shown = header_text(name.encode("utf-8", "replace"))[:200]
            self.found.append((shown, _normal(address)))
        self._begin()

    def _begin(self) -> None:
        self._words: list[str] = []
        self._angled: list[str] | None = None
        self._inside = False

    def _turn(self, sign: str) -> None:
        if sign == '"':
            self._quoted = True
        elif sign in ",;" and not self._inside:
            self.end()
        elif sign == ":" and not self._inside:
            # The name of a group; its members follow.
            self._begin()
        elif sign == "<" and not self._inside:
            # With a second pair of angles nobody knows where an answer would go.
            self._angled = [] if self._angled is None else ["<"]
            self._inside = True
        elif sign == ">" and self._inside:
            self._inside = False
        else:
            self._add(sign)

    def _add(self, sign: str) -> None:
        if self._comment:
            return
        if self._inside and self._angled is not None:
            self._angled.append(sign)
        else:
            self._words.append(sign)
