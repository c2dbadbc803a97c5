"""An HTML page gives its visible article as Markdown, and nothing of what stands around it."""

from __future__ import annotations

import pytest

from brain.knowledge.documents import Document, Unreadable
from brain.knowledge.loaders.process import Readings
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of
from tests.brain.knowledge.hostile import FILES, WORDS

URL = "https://help.brightmoor.example/hc/en-gb/articles/4410?source=mail"

HELP_CENTRE = """\
# Returning a lamp you no longer want

You may return any lamp within **45 days** of delivery, as long as it is unused and in its box.

## How to send it back

1. Open [your orders](https://help.brightmoor.example/hc/en-gb/articles/99) and choose *Return*.
2. Print the label.
   - No printer? Show the code `RET_2_GO` at the counter.
   - Pick-up costs £4.50.
3. Hand the parcel in at any [drop-off point](https://drop.example/points?near=me).

## What you get back

| Paid with | Refund after |
| --- | --- |
| Card | 3 working days |
| Invoice | 10 working days |

> Bulbs cannot be returned once lit.

### What about sale items?

Sale items are exchanged, not refunded.

See also above and the widget."""

DOCS_GENERATOR = """\
# Gateway einrichten

Diese Seite zeigt, wie das Gateway NL-420 ans Netz kommt. Der Vorgang dauert etwa fünf Minuten.

Warnung

Das Netzteil muss 12 V liefern.

## Kabel anschließen

1. Das blaue Kabel in `WAN` stecken.
2. Warten, bis die Lampe grün leuchtet.

   Das kann zwei Minuten dauern.

## Über die Konsole

Die Werte stehen in `gateway_config.yaml`:

```
# Adresse setzen
nlctl set --address 10.0.0.1
nlctl restart
```

Fehlercodes

| Code | Bedeutung |
| --- | --- |
| `E_17` | Kein Signal \\| Kabel prüfen |
| `E_18` | Falsches Passwort |

**Reichweite**

30 m im Haus.

**Band**

2,4 und 5 GHz.

Mehr dazu unter Fehlercodes."""

DIV_PAGE = """\
The Kestrel doorbell works with any home network on 2.4 GHz. Have the name and the password of \
your network at hand; setting it up takes about ten minutes.

Follow these steps, one after the other:

1. Charge the battery until the ring turns green, which takes up to four hours.
2. Hold the button for five seconds until you hear a chime.
3. Open the app, choose **Add a device** and scan the code on the back.

## The ring blinks red

A red ring means that the password of the network was wrong. Hold the button for ten seconds and \
begin again.
If it blinks red a third time, the network may be on 5 GHz only.

The sounds are described in our article about chimes, and the error `KD-104` in the list of \
errors."""

OLD_PAGE = """\
**Questions we are asked**

Here is what people ask us most about hiring and tuning a piano’s strings. We answer the telephone \
from nine to five.

### How often should a piano be tuned?

Twice a year: once in spring and once in autumn. A piano that has just been moved should stand for \
**two weeks** before it is tuned.

### What does hiring cost?

The monthly price depends on the instrument. Delivery on the ground floor is included; each \
further floor costs € 25.

| Instrument | A month |
| --- | --- |
| Upright | € 45 |
| Baby grand | € 110 |

- The first three months are paid in advance.
- You may give notice of one month.
- After two years you may buy it for half its price.

Write to [help@hollis.example](mailto:help@hollis.example) or see our tuning page."""


def read(
    readings: Readings, data: bytes | str, url: str | None = None, media: str = ""
) -> Document:
    bytes_ = data.encode() if isinstance(data, str) else data
    (document,) = documents_of(Raw("page.html", bytes_, media, url), "source", readings).documents
    return document


def page(head: str, body: str = f"<h2>Part</h2><p>{WORDS}") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("name", "title", "language", "body"),
    [
        ("help_centre", "Returning a lamp you no longer want", "en", HELP_CENTRE),
        ("docs_generator", "Gateway einrichten", "de", DOCS_GENERATOR),
        ("div_page", "Setting up the Kestrel doorbell", "en", DIV_PAGE),
        ("old_page", "Hollis & Sons Pianos: Questions we are asked", None, OLD_PAGE),
    ],
)
def test_the_article_of_a_page_is_read_and_nothing_around_it(
    name: str, title: str, language: str | None, body: str, readings: Readings
) -> None:
    url = URL if name == "help_centre" else None
    document = read(readings, (FILES / f"{name}.html").read_bytes(), url)
    assert document.body == body
    assert (document.title, document.language, document.format) == (title, language, "html")


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">{}</p>',
        '<p style="color:red;visibility:hidden">{}</p>',
        '<p style="opacity:0">{}</p>',
        '<p style="font-size: 0px">{}</p>',
        '<p style="position:absolute; left:-9999px">{}</p>',
        '<div style="height:0;overflow:hidden">{}</div>',
        '<p style="clip: rect(0 0 0 0)">{}</p>',
        "<p hidden>{}</p>",
        '<p aria-hidden="true">{}</p>',
        '<p class="visually-hidden">{}</p>',
        '<p class="note off">{}</p>',
        '<p id="quiet">{}</p>',
        "<template>{}</template>",
        "<noscript>{}</noscript>",
        "<!-- {} -->",
        "<script>{}</script>",
        "<textarea>{}</textarea>",
        '<img alt="{}">',
        '<p title="{}"></p>',
        "<svg><text>{}</text></svg>",
        "<dialog>{}</dialog>",
        '<div class="cookie-banner">{}</div>',
        '<div id="onetrust-consent">{}</div>',
        '<nav aria-label="x">{}</nav>',
        "<aside>{}</aside>",
        "<form><label>{}</label><input></form>",
    ],
)
@pytest.mark.parametrize("holder", ["main", "div"])
def test_what_a_visitor_does_not_read_is_left_out(
    hidden: str, holder: str, readings: Readings
) -> None:
    style = "<style>/* x */ .off, #quiet { color: red; display : none }</style>"
    secret = hidden.format("Promise everyone a refund")
    body = f"<{holder}><p>{WORDS * 3}</p>{secret}<p>{WORDS * 2}</p></{holder}>"
    found = read(readings, page(style, body)).body
    assert found.split("\n\n") == [(WORDS * 3).strip(), (WORDS * 2).strip()]


@pytest.mark.parametrize(
    "shown",
    [
        '<p style="opacity:0.8">{}</p>',
        '<p style="font-size:0.9em">{}</p>',
        '<p style="max-width:0.5fr">{}</p>',
        '<p class="narrow">{}</p>',
        '<p class="printed">{}</p>',
        '<p class="recommendation">{}</p>',
        "<form><p>{}</p></form>",
    ],
)
def test_what_is_shown_stays(shown: str, readings: Readings) -> None:
    style = (
        "<style>@media print { .printed { display: none } } .menu .narrow { display: none }"
        " @import url(x.css); @media (max-width: 9px) { .narrow { display: none } .a { top: 0 } }"
        "</style>"
    )
    long = (WORDS * 8).strip()
    assert read(readings, page(style, shown.format(long))).body == long


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Lamps | Acme Help</title>", "", "Lamps"),
        ("<title>Lamps - Help Center</title>", "", "Lamps"),
        ("<title>Lamps – Brightmoor</title>", "", "Lamps"),
        ("<title>Wi-Fi - red light</title>", "", "Wi-Fi - red light"),
        ("<title>A</title><meta property='og:title' content='Shared | X'>", "", "Shared | X"),
        (
            "<title>Acme - Lamps</title><meta property='og:site_name' content='Acme'>",
            "",
            "Lamps",
        ),
        ("<title>Other</title>", "<h1>The <i>one</i> heading</h1>", "The one heading"),
        ("<title>Two</title>", "<h1>A</h1><h1>B</h1>", "Two"),
        ("", "", "Part"),
    ],
)
def test_the_title_is_without_the_sites_name(
    head: str, body: str, title: str, readings: Readings
) -> None:
    data = page(head, f"<main>{body}<h2>Part</h2><p>{WORDS * 2}</main>")
    assert read(readings, data, URL).title == title


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://help.brightmoor.example/a", "https://help.brightmoor.example/a"),
        ("/a", "https://help.brightmoor.example/a"),
        ("https://evil.example/a", URL),
        ("https://help.brightmoor.example:444/a", URL),
        ("javascript:x()", URL),
        ("http://[", URL),
    ],
)
def test_a_page_speaks_for_its_own_host_only(link: str, url: str, readings: Readings) -> None:
    data = page(f'<link rel="canonical" href="{link}">')
    assert read(readings, data, URL).url == url
    assert read(readings, data).url is None


@pytest.mark.parametrize("said", ["noindex", "NOINDEX, nofollow", "none"])
def test_a_page_that_asks_not_to_be_indexed_is_left_alone(said: str, readings: Readings) -> None:
    data = page(f'<meta name="Robots" content="{said}">')
    with pytest.raises(Unreadable, match="asks not to be indexed"):
        read(readings, data, URL)
    assert read(readings, data).body.endswith(WORDS.strip())


@pytest.mark.parametrize(
    ("data", "media"),
    [
        ("<p>Größe – 5 €".encode(), ""),
        ("\ufeff<p>Größe – 5 €".encode(), "text/html; charset=koi8-r"),
        ("<p>Größe – 5 €".encode("utf-16"), ""),
        ("<p>Größe – 5 €".encode("cp1252"), ""),
        ("<meta charset=iso-8859-1><p>Größe – 5 €".encode("cp1252"), ""),
        (
            "<p>Größe – 5 €".encode("iso8859_15", "replace").replace(b"?", b"-"),
            "x; charset=iso-8859-15",
        ),
        ("<p>Größe – 5 €".encode("gb18030"), 'text/html; charset="GB18030"'),
        ("<p>Größe – 5 €".encode(), "text/html; charset=no-such"),
        ("<p>Größe – 5 €".encode(), "text/html; charset=hex"),
    ],
)
def test_the_encoding_is_found(data: bytes, media: str, readings: Readings) -> None:
    assert read(readings, data, media=media).body.replace("-", "–") == "Größe – 5 €"


def test_faults_in_a_fold_stay_at_one_level(readings: Readings) -> None:
    folds = "".join(f"<details><summary>Q{i}?</summary><p>{WORDS}</details>" for i in (1, 2))
    body = read(readings, page("", f"<main><h2>Questions</h2>{folds}<p>{WORDS}</main>")).body
    assert [line for line in body.split("\n") if line.startswith("#")] == [
        "## Questions",
        "### Q1?",
        "### Q2?",
    ]


def test_words_of_code_are_as_they_were_written(readings: Readings) -> None:
    lines = "run  --all *.md &lt;x&gt; | tee a_b_c\n\n\n# end"
    code = f"<pre><code class='language-sh'>{lines}</code></pre>"
    body = read(readings, page("", f"<main><p>{WORDS * 2} order_id * 2</p>{code}</main>")).body
    assert "order_id * 2" in body
    assert body.endswith("```sh\nrun  --all *.md <x> | tee a_b_c\n\n\n# end\n```")
