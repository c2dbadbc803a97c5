"""Everything in a text that some program makes a link of, and whether it may stay. Pure: addresses
are compared word for word, never fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

GONE = "[…]"
_TRAILING = ".,;:!?'\"_~&*…"
# Programs that show text link these by themselves.
_ENDINGS = (
    "com|net|org|info|biz|io|co|ai|app|dev|me|xyz|top|site|online|shop|store|club|live|link|page"
    "|click|cloud|tech|space|website|pro|name|mobi|tv|cc|ws|ly|gg|to|gl|in|us|uk|eu|de|at|ch|fr|es"
    "|it|pt|nl|be|lu|dk|se|no|fi|pl|cz|sk|hu|ro|bg|gr|ie|is|ru|ua|by|tr|il|ae|za|ng|ke|br|ar|mx|cl"
    "|pe|ca|au|nz|jp|cn|hk|tw|kr|sg|my|th|vn|id|ph|pk|ir|example|test|invalid|onion|local|md|sh|zip"
    "|mov|su|ga|tk|ml|cf|gq|pw|icu|vip|work|life|world|today|news|email|support|help|center"
)
# A browser takes the full stops of other scripts for a point.
_POINT = "[.\u3002\uff0e\uff61]"
_HOST = rf"(?:[\w-]{{1,63}}{_POINT}){{1,20}}(?:{_ENDINGS})"
_FOUND = re.compile(
    r"(?<![\w.])(?:[a-z][a-z0-9+.-]{0,20}:/{1,3}|//(?=[\w\[])"
    r"|(?:javascript|data|vbscript|file|tel|sms|mailto|tg|intent|blob|about|ftp|whatsapp|skype"
    r"|callto|xmpp|magnet|geo|market|slack|discord|ms-[a-z]+):(?=\S))[^\s<>()\[\]|`]*"
    r"(?:\([^\s<>()\[\]|`]*\)[^\s<>()\[\]|`]*)*"
    r"|[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,10}[\w-]{2,63}"
    rf"|(?<![\w@.-])(?:www{_POINT}[^\s<>()\[\]|`]+"
    rf"|{_HOST}(?![\w-])(?::\d+)?(?:[/?#][^\s<>()\[\]|`]*)?)"
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?[/?#][^\s<>()\[\]|`]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """``known`` are addresses word for word, ``hosts`` sites of which any page may be linked."""

    known: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    def has(self, address: str) -> bool:
        bare = trimmed(address)
        forms = {bare, bare.removeprefix("mailto:"), bare.rstrip("/"), f"{bare}/"}
        return bool(forms & self.known) or self._of_a_host(bare)

    def _of_a_host(self, address: str) -> bool:
        """A page of a listed site by its plain path: a query or a fragment could carry anything."""
        try:
            parts = urlsplit(address if "://" in address else f"https://{address}")
        except ValueError:
            return False
        plain = not (parts.query or parts.fragment) and "@" not in parts.netloc
        return parts.scheme == "https" and plain and parts.netloc.lower() in self.hosts


def trimmed(address: str) -> str:
    """Without the punctuation of the sentence around it."""
    bare = address.rstrip(_TRAILING)
    while bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1].rstrip(_TRAILING)
    return bare


def found(text: str) -> Iterator[str]:
    """Every address in the text, without the punctuation after it."""
    return (bare for one in _FOUND.finditer(text) if (bare := trimmed(one[0])))


def without(text: str, allowed: Allowed) -> str:
    """The text with every address that is not allowed replaced by a mark."""

    def kept(one: re.Match[str]) -> str:
        bare = trimmed(one[0])
        return one[0] if not bare or allowed.has(bare) else GONE + one[0][len(bare) :]

    return until_still(lambda current: _FOUND.sub(kept, current), text)


def until_still(change: Callable[[str], str], text: str, most: int = 8) -> str:
    """What is left once nothing changes any more: taking one thing away may lay bare another."""
    for _ in range(most):
        changed = change(text)
        if changed == text:
            return text
        text = changed
    return text
