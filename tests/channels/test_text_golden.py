"""One message in every dialect, as it must leave."""

from __future__ import annotations

import pytest

from channels.contract import Choice, Dialect, Link
from channels.kinds import CAPABILITIES
from channels.text.render import Part, render

ZW = "\u200b"
RETURNS = Link("Returns", "https://shop.example/r", "Within 30 days.")
PERSON = Choice("person", "Talk to a person")

REL = 'target="_blank" rel="noopener noreferrer nofollow"'


def one(markdown: str, kind: str) -> Part:
    (part,) = render(markdown, CAPABILITIES[kind])
    return part


def written(markdown: str, kind: str) -> str:
    part = one(markdown, kind)
    return part.text if part.html is None else part.html


MARKS = "You have **30 days**, *really*, not ~~14~~: run `a < b`."


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("whatsapp", "You have *30 days*, _really_, not ~14~: run `a < b`."),
        ("slack", "You have *30 days*, _really_, not ~14~: run `a &lt; b`."),
        ("discord", "You have **30 days**, *really*, not ~~14~~: run `a < b`."),
        ("api", "You have **30 days**, *really*, not ~~14~~: run `a < b`."),
        (
            "telegram",
            "You have <b>30 days</b>, <i>really</i>, not <s>14</s>: run <code>a &lt; b</code>.",
        ),
        (
            "web",
            (
                "<p>You have <strong>30 days</strong>, <em>really</em>, not <del>14</del>: "
                "run <code>a &lt; b</code>.</p>"
            ),
        ),
    ],
)
def test_marks(kind: str, expected: str) -> None:
    assert written(MARKS, kind) == expected


LINKS = "See [our page](https://shop.example/a_(b)) or https://shop.example/x_y_z."


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "whatsapp",
            "See our page (https://shop.example/a_%28b%29) or https://shop.example/x_y_z.",
        ),
        ("slack", "See <https://shop.example/a_(b)|our page> or <https://shop.example/x_y_z>."),
        (
            "discord",
            "See [our page](https://shop.example/a_%28b%29) or https://shop.example/x_y_z.",
        ),
        (
            "api",
            "See [our page](https://shop.example/a_%28b%29) or https://shop.example/x_y_z.",
        ),
        (
            "telegram",
            (
                'See <a href="https://shop.example/a_(b)">our page</a> or '
                '<a href="https://shop.example/x_y_z">https://shop.example/x_y_z</a>.'
            ),
        ),
        (
            "web",
            (
                f'<p>See <a href="https://shop.example/a_(b)" {REL}>our page</a> or '
                f'<a href="https://shop.example/x_y_z" {REL}>https://shop.example/x_y_z</a>.</p>'
            ),
        ),
    ],
)
def test_links(kind: str, expected: str) -> None:
    assert written(LINKS, kind) == expected


BLOCKS = """# Shipping

- Germany
  - islands
- France

3. pack
4. send

> Two days
> at most

```py
a = "```"
```
"""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "whatsapp",
            (
                "*Shipping*\n\n• Germany\n  • islands\n• France\n\n3. pack\n4. send\n\n"
                f'> Two days\n> at most\n\n```\na = "`{ZW}``"\n```'
            ),
        ),
        (
            "discord",
            (
                "**Shipping**\n\n- Germany\n  - islands\n- France\n\n3. pack\n4. send\n\n"
                f'> Two days\n> at most\n\n```py\na = "`{ZW}``"\n```'
            ),
        ),
        (
            "telegram",
            (
                "<b>Shipping</b>\n\n• Germany\n  • islands\n• France\n\n3. pack\n4. send\n\n"
                '<blockquote>Two days\nat most</blockquote>\n\n<pre>a = "```"</pre>'
            ),
        ),
        (
            "web",
            (
                "<p><strong>Shipping</strong></p><ul><li>Germany<ul><li>islands</li></ul></li>"
                '<li>France</li></ul><ol start="3"><li>pack</li><li>send</li></ol>'
                "<blockquote><p>Two days<br>at most</p></blockquote>"
                '<pre><code>a = "```"</code></pre>'
            ),
        ),
    ],
)
def test_blocks(kind: str, expected: str) -> None:
    assert written(BLOCKS, kind) == expected


TABLE = "| Country | Price |\n|---|---|\n| Germany | **4.90** |\n| France | |"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("whatsapp", "*Country* · *Price*\nGermany · *4.90*\nFrance · –"),
        ("telegram", "<b>Country</b> · <b>Price</b>\nGermany · <b>4.90</b>\nFrance · –"),
        (
            "web",
            (
                "<table><tbody><tr><th>Country</th><th>Price</th></tr>"
                "<tr><td>Germany</td><td><strong>4.90</strong></td></tr>"
                "<tr><td>France</td><td></td></tr></tbody></table>"
            ),
        ),
    ],
)
def test_tables_become_lines_where_there_are_none(kind: str, expected: str) -> None:
    assert written(TABLE, kind) == expected


def test_mail_is_plain_text_with_an_html_alternative() -> None:
    part = one(f"**Hello** [there](https://shop.example)\n\n{TABLE}", "email")
    assert part.text == part.plain
    assert part.text.startswith("Hello there (https://shop.example)\n\nCountry · Price\n")
    assert part.html is not None
    assert part.html.startswith("<p><strong>Hello</strong> <a href=")


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("whatsapp", "Source: Returns (https://shop.example/r)"),
        ("slack", "Source: <https://shop.example/r|Returns>"),
        ("discord", "Source: [Returns](https://shop.example/r)"),
        ("api", "Source: [Returns](https://shop.example/r)"),
        ("telegram", 'Source: <a href="https://shop.example/r">Returns</a>'),
        ("email", "Source: Returns (https://shop.example/r)"),
    ],
)
def test_sources_are_one_line(kind: str, source: str) -> None:
    (part,) = render("Yes.", CAPABILITIES[kind], links=(RETURNS, RETURNS))
    assert part.text == f"Yes.\n\n{source}"


def test_several_sources_with_and_without_an_address() -> None:
    links = (RETURNS, Link("Care guide", None, ""), Link("Trap", "javascript:alert(1)", ""))
    (part,) = render("Yes.", CAPABILITIES["slack"], links=links)
    assert part.text == ("Yes.\n\nSources: <https://shop.example/r|Returns> · Care guide · Trap")


def test_web_carries_its_sources_outside_the_text() -> None:
    (part,) = render("Yes.", CAPABILITIES["web"], links=(RETURNS,))
    assert (part.text, part.html) == ("Yes.", "<p>Yes.</p>")


def test_choices_are_buttons_where_the_platform_holds_them() -> None:
    (part,) = render("Yes.", CAPABILITIES["whatsapp"], (PERSON,))
    assert (part.text, part.choices) == ("Yes.", (PERSON,))


def test_buttons_stand_on_the_last_part_only() -> None:
    parts = render("word " * 1_000, CAPABILITIES["whatsapp"], (PERSON,))
    assert len(parts) > 2
    assert [part.choices for part in parts] == [()] * (len(parts) - 1) + [(PERSON,)]


@pytest.mark.parametrize("kind", ["whatsapp", "email"])
def test_choices_are_numbered_where_there_are_too_many(kind: str) -> None:
    choices = tuple(Choice(str(n), label) for n, label in enumerate("ABCD"))
    (part,) = render("Which?", CAPABILITIES[kind], choices)
    assert part.text == "Which?\n\n1. A\n2. B\n3. C\n4. D"
    assert part.choices == ()


def test_a_long_label_is_cut_between_graphemes() -> None:
    family = "👨‍👩‍👧‍👦"
    (part,) = render("Which?", CAPABILITIES["whatsapp"], (Choice("1", "Ask for our " + family),))
    assert part.choices == (Choice("1", "Ask for our…"),)


def test_nothing_to_say_is_no_part() -> None:
    assert render(" \n\x00", CAPABILITIES["slack"]) == ()
    (part,) = render("", CAPABILITIES["slack"], (PERSON,))
    assert (part.text, part.choices) == ("", (PERSON,))


@pytest.mark.parametrize("kind", ["whatsapp", "slack"])
def test_marks_inside_words_get_free_edges(kind: str) -> None:
    assert one("请**注意**这", kind).text == f"请{ZW}*注意*{ZW}这"


def test_marks_end_with_their_line_where_they_must() -> None:
    assert one("**a\\\nb**", "whatsapp").text == "*a*\n*b*"
    assert one("**a\\\nb**", "discord").text == "**a\nb**"


def test_short_lines_stay_lines_and_wrapped_prose_flows() -> None:
    prose = "Returns are free within thirty days of the day on which{}your parcel arrived."
    assert one("Fernhill Outdoor\nMill Lane 3", "slack").text == "Fernhill Outdoor\nMill Lane 3"
    assert one(prose.format(" again\n"), "slack").text == prose.format(" again ")


def test_images_become_their_alternative_text() -> None:
    for kind in CAPABILITIES:
        assert "track" not in written("See ![the logo](https://track.example/x.png).", kind)
        assert one("See ![the logo](https://track.example/x.png).", kind).plain == "See the logo."


def test_a_refused_link_leaves_its_words() -> None:
    text = "[one](javascript:alert(1)) [two](ftp://x.example) [three](https://shop@evil.example)"
    for kind in CAPABILITIES:
        assert one(text, kind).text == "one two three"


@pytest.mark.parametrize("kind", ["whatsapp", "telegram", "discord"])
def test_mail_addresses_are_shown_where_no_link_can_hold_them(kind: Dialect) -> None:
    text = one("Write to [us](mailto:help@shop.example).", kind).text
    assert text == "Write to us (help@shop.example)."


def test_markdown_holds_a_mail_address_as_a_link() -> None:
    text = one("Write to [us](mailto:help@shop.example) or <mailto:a_b@shop.example>.", "api").text
    assert text == r"Write to [us](mailto:help@shop.example) or a\_b@shop.example."
