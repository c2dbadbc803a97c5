"""What holds for every text: nothing lost, nothing over the limit, nothing left open."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import Dialect
from channels.kinds import CAPABILITIES
from channels.text.graphemes import clean, clusters, shorten, units
from channels.text.parse import parse
from channels.text.render import MAX_BYTES, Part, render
from channels.text.split import split
from channels.text.styles import STYLES
from channels.text.writer import write

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
CHAT = ("whatsapp", "slack", "discord", "telegram")
FAMILY = "👨‍👩‍👧‍👦"

words = st.text(alphabet="abcdeäéøß字语", min_size=1, max_size=18)
sentences = st.lists(words, min_size=1, max_size=30).map(" ".join)
marked = st.tuples(st.sampled_from(["**", "*", "~~", "`", "", "**`"]), sentences).map(
    lambda pair: pair[0] + pair[1] + pair[0][::-1]
)
lines = st.lists(marked | sentences.map("{} end.".format), min_size=1, max_size=5).map(" ".join)
blocks = st.one_of(
    lines,
    lines.map("## {}".format),
    st.lists(lines, min_size=1, max_size=5).map(lambda found: "- " + "\n- ".join(found)),
    st.lists(lines, min_size=1, max_size=5).map(lambda found: "> " + "\n> ".join(found)),
    st.lists(sentences, max_size=8).map(lambda found: "```\n" + "\n".join(found) + "\n```"),
    sentences.map("[{}](https://shop.example)".format),
    st.lists(words, min_size=2, max_size=2).map(lambda two: "|{}|{}|\n|-|-|".format(*two)),
)
documents = st.lists(blocks, min_size=1, max_size=6).map("\n\n".join)
SYNTAX = [*"ab *_~`<>[]()&@!|#-\\\n1.:/é字", FAMILY, "\ud800", "```", "https://"]
noise = st.lists(st.sampled_from(SYNTAX), max_size=300).map("".join)
PEOPLE = ["a", FAMILY, "é", "🇩🇪", "e\u0301"]
people = st.lists(st.sampled_from(PEOPLE), max_size=40).map("".join)


class Balance(HTMLParser):
    """Fails on a tag that is closed out of order, or never."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def assert_balanced(html: str, allowed: set[str] | None = None) -> None:
    parser = Balance()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert allowed is None or parser.seen <= allowed


def parts_of(markdown: str, dialect: Dialect, limit: int) -> tuple[Part, ...]:
    return render(markdown, replace(CAPABILITIES[dialect], text_limit=limit))


def assert_whole(part: Part, dialect: Dialect, limit: int) -> None:
    assert units(part.text) <= limit
    part.text.encode()
    if part.html is not None:
        assert_balanced(part.html)
    if dialect == "telegram":
        assert_balanced(part.text, {"b", "i", "s", "code", "pre", "a", "blockquote"})
    if dialect in {"whatsapp", "slack", "discord", "api"}:
        assert part.text.count("```") % 2 == 0


def found_words(text: str) -> list[str]:
    bare = unescape(re.sub(r"<(/?[a-z]+)( [^>]*)?>|\u200b|\\(?=\W)", "", text))
    return re.findall(r"[^\W_]+", bare)


def assert_in_order(wanted: list[str], found: list[str]) -> None:
    rest = iter(found)
    missing = next((word for word in wanted if word not in rest), None)
    assert missing is None, f"{missing!r} is lost or out of order"


@pytest.mark.parametrize("dialect", DIALECTS)
@given(document=documents, limit=st.integers(min_value=150, max_value=700))
@settings(max_examples=60, deadline=None)
def test_every_word_arrives_in_order(dialect: Dialect, document: str, limit: int) -> None:
    parts = parts_of(document, dialect, limit)
    wanted = found_words(document.replace("https://shop.example", ""))
    assert_in_order(wanted, found_words(" ".join(part.plain for part in parts)))
    assert_in_order(wanted, found_words(" ".join(part.text for part in parts)))
    for part in parts:
        assert_whole(part, dialect, limit)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(text=noise | st.text(), limit=st.integers(min_value=100, max_value=300))
@settings(max_examples=120, deadline=None)
def test_any_text_leaves_whole(dialect: Dialect, text: str, limit: int) -> None:
    for part in parts_of(text, dialect, limit):
        assert_whole(part, dialect, limit)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(count=st.integers(min_value=20, max_value=120), limit=st.integers(120, 400))
@settings(max_examples=20, deadline=None)
def test_a_family_is_never_torn(dialect: Dialect, count: int, limit: int) -> None:
    parts = parts_of("a" + FAMILY * count, dialect, limit)
    assert len(parts) > 1 or units(FAMILY) * count < limit
    assert "".join(part.text for part in parts) == "a" + FAMILY * count
    assert all(set(clusters(part.text)) <= {"a", FAMILY} for part in parts)


def test_a_grapheme_longer_than_a_part_is_cut_between_code_points() -> None:
    text = "x" + "\u0301" * 500
    parts = parts_of(text, "slack", 120)
    assert "".join(part.text for part in parts) == text
    assert all(units(part.text) <= 120 for part in parts)


@pytest.mark.parametrize("dialect", CHAT)
def test_what_is_open_at_a_cut_is_closed_and_opened_again(dialect: Dialect) -> None:
    fences = parts_of("```\n" + "a line of code\n" * 40 + "```", dialect, 200)
    assert len(fences) > 2
    begin, end = ("<pre>", "</pre>") if dialect == "telegram" else ("```\n", "\n```")
    for part in fences:
        assert part.text.startswith(begin)
        assert part.text.endswith(end)
    assert sum(part.text.count("a line of code") for part in fences) == 40


def test_a_quote_and_a_mark_go_on_in_the_next_part() -> None:
    parts = parts_of("> **" + "word " * 60 + "end**", "whatsapp", 120)
    assert len(parts) > 2
    assert all(re.fullmatch(r"> \*(word ?)+(end)?\*", part.text) for part in parts)


@pytest.mark.parametrize(
    "text",
    [
        "> " * 60 + "deep words",
        "- " * 60 + "deep words",
        "\n".join("  " * depth + "- deep words" for depth in range(60)),
        "**" * 300 + "deep words" + "**" * 300,
        "[" * 300 + "deep words" + "](x)" * 300,
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_depth_swallows_words(dialect: Dialect, text: str) -> None:
    shown = " ".join(part.plain for part in render(text, CAPABILITIES[dialect]))
    assert shown.count("deep words") == text.count("deep words")


def test_the_best_break_is_taken() -> None:
    first, second = "one two three. " * 6, "four five six. " * 6
    paragraphs = parts_of(f"{first}\n\n{second}", "slack", 150)
    assert [part.text for part in paragraphs] == [first.strip(), second.strip()]
    sentences_first = parts_of("a b c d e. " * 30, "slack", 150)
    assert all(part.text.endswith(".") for part in sentences_first)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_link_is_never_cut(dialect: Dialect) -> None:
    link = "[our page](https://shop.example/a/very/long/way/to/returns)"
    for lead in range(0, 120, 7):
        parts = parts_of("x" * lead + f" {link}" * 4, dialect, 150)
        shown = "".join(part.html or part.text for part in parts)
        assert shown.count("https://shop.example/a/very/long/way/to/returns") == 4


@pytest.mark.parametrize(
    "unit",
    [
        "Some prose, with **marks**. See https://shop.example/a.\n\n",
        "x",
        "[",
        "![",
        "**a ",
        "`a",
        "*_~~`[",
        "1. a\n",
        "|a|b|\n|-|-|\n",
        "> ",
        "\n",
        "\\",
        "<http://a",
        FAMILY,
        "a**b**",
        "&lt;",
    ],
)
def test_a_megabyte_takes_no_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    parts = render(text, CAPABILITIES["telegram"])
    # What grows with the square of the length takes minutes.
    assert time.process_time() - began < 10
    assert sum(len(part.plain.encode()) for part in parts) <= MAX_BYTES * 1.5


def test_input_is_capped_between_graphemes() -> None:
    (part,) = render(FAMILY * 20_000, CAPABILITIES["email"])
    kept = part.text.removesuffix("…")
    assert len(part.text.encode()) <= MAX_BYTES
    assert kept == FAMILY * (len(kept) // len(FAMILY))


@given(text=people, limit=st.integers(1, 40))
def test_shortened_text_fits(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert units(short) <= limit
    assert text.startswith(short.removesuffix("…"))


@given(text=st.text(alphabet=st.characters()))
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("e\u0301a", ["e\u0301", "a"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("❤️x", ["❤️", "x"]),
        ("&amp;\\*a", ["&amp;", "\\*", "a"]),
    ],
)
def test_clusters(text: str, expected: list[str]) -> None:
    assert list(clusters(text)) == expected


def test_cleaning_drops_what_is_never_sent() -> None:
    assert clean("a\x00b\ud800c\U000e0041d\u202ee\r\nf\u2028g\th") == "abcde\nf\ng\th"


@given(documents | noise, st.sampled_from(DIALECTS))
def test_what_fits_whole_is_what_filling_a_part_word_by_word_makes_of_it(
    document: str, dialect: Dialect
) -> None:
    style = STYLES[dialect]
    tokens = write(parse(clean(document)), style, 1_000_000)
    whole = split(tokens, 1_000_000, by_plain=style.html)
    # Too near to the limit for the short way, and within it all the same.
    near = sum(units(piece.plain if style.html else piece.text) for piece in whole) + 12
    assert split(tokens, near, by_plain=style.html) == whole
