"""Hostile markup, made from a seed: what strangers write into names, messages, files and articles
so that a page runs or fetches something. Every payload calls ``canary(N)`` or asks for
``/canary/N``, so that what acted is known by its number."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.gateway.web.markup.families import FAMILIES

SPACES = (" ", "\t", "\n", "\f", "/", " \n ", "\t/")
ENCLOSING = (
    "{}", "{}", "{}", "{}", '">{}', "'>{}", "--!>{}", "]]>{}", "</script>{}", "</title>{}",
    "</textarea>{}", "</style>{}", "**{}**", "> {}", "- {}", "# {}", "`{}`", "|a|\n|-|\n|{}|",
    "```\n{}\n```", "[{}](https://shop.example)", "\u202e{}", "\u200b{}", "<b>{}</b>", "x {} y",
    "<p>{}</p>", "<table><tr><td>{}", "<x>{}", "&lt;{}&gt;",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payload:
    number: int
    family: str
    text: str

    @property
    def stored(self) -> str:
        """As a database takes it: half of a pair and NUL are what the intake makes of them."""
        whole = self.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.replace("\0", "\ufffd")

    @property
    def article(self) -> str:
        """The id of the article that is made of it."""
        return "".join(filter(str.isprintable, f"{self.number}/{self.stored}"))[:200]


def payloads(many: int, host: str, seed: int = 20261130) -> Sequence[Payload]:
    """So many different ones, every family in turn; ``host`` is where none may ask for anything."""
    seeded = random.Random(seed)
    made: dict[str, Payload] = {}
    names = _in_turn(FAMILIES)
    while len(made) < many:
        family, template = next(names)
        number = len(made)
        text = _mutated(seeded, _filled(seeded, template, number, host), family)
        if text not in made:
            made[text] = Payload(number, family, text)
    return tuple(made.values())


def _in_turn(families: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    at = 0
    while True:
        for family, templates in families.items():
            yield family, templates[at % len(templates)]
        at += 1


def _filled(seeded: random.Random, template: str, number: int, host: str) -> str:
    call = seeded.choice(CALLS)(number)
    holes = {"JS": call, "N": str(number), "HOST": host, "URL": f"http://{host}/canary/{number}"}
    for name, value in holes.items():
        template = template.replace(f"«{name}»", value)
    return template


def _escaped(number: int) -> str:
    return f"\\u0063anary({number})"


def _entities(number: int) -> str:
    return "".join(f"&#{ord(letter)};" for letter in f"canary({number})")


CALLS: Sequence[Callable[[int], str]] = (
    "canary({})".format,
    "canary({})".format,
    "top.canary({})".format,
    "canary`{}`".format,
    "self['can'+'ary']({})".format,
    "eval('canary({})')".format,
    "setTimeout('canary({})')".format,
    "Function('canary({})')()".format,
    _escaped,
    _entities,
)


def _mutated(seeded: random.Random, text: str, family: str) -> str:
    if seeded.random() < 0.4:
        text = _recased(seeded, text)
    if seeded.random() < 0.4:
        space = seeded.choice(SPACES)
        text = text.replace(" on", f"{space}on").replace(" src", f"{space}src")
    if seeded.random() < 0.15:
        at = seeded.randrange(len(text) + 1)
        text = text[:at] + seeded.choice(("\0", "\u200d", "\ufeff", "\u00ad", "\r")) + text[at:]
    if family != "nesting":
        text = seeded.choice(ENCLOSING).replace("{}", text)
    return text


def _recased(seeded: random.Random, text: str) -> str:
    """Names of elements and schemes in other letters; what is called keeps its own."""
    for word in ("script", "img", "svg", "iframe", "onerror", "onload", "javascript", "style"):
        other = "".join(seeded.choice((letter, letter.upper())) for letter in word)
        text = text.replace(word, other)
    return text
