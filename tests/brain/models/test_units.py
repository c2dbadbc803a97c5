"""A passage's pieces: sentences, items and whole step lists, each verbatim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.models.units import joined, units

ARTICLE = """\
Returns are free, e.g. from the UK. Send them to Dr. Fern at 3.5 km. It's quick!

Before you start:

1. Open your order.
2. Pick the items,
   one by one.

3. Print the label.

We accept:

- Boots that were
  tried on indoors
- Tents

| Size | Price |
|---|---|
| S | £3 |

```
return --all
```
The end."""


def test_each_kind_of_piece() -> None:
    found = [(unit.kind, unit.text) for unit in units(ARTICLE)]
    assert found == [
        ("sentence", "Returns are free, e.g. from the UK."),
        ("sentence", "Send them to Dr. Fern at 3.5 km."),
        ("sentence", "It's quick!"),
        ("sentence", "Before you start:"),
        (
            "steps",
            "1. Open your order.\n2. Pick the items,\n   one by one.\n\n3. Print the label.",
        ),
        ("sentence", "We accept:"),
        ("item", "- Boots that were\n  tried on indoors"),
        ("item", "- Tents"),
        ("table", "| Size | Price |\n|---|---|\n| S | £3 |"),
        ("code", "```\nreturn --all\n```"),
        ("sentence", "The end."),
    ]


def test_what_announces_a_list_says_so() -> None:
    assert [unit.text for unit in units(ARTICLE) if unit.leads] == [
        "Before you start:",
        "We accept:",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# Only a heading", ">", "***", "- "])
def test_signs_alone_are_no_piece(text: str) -> None:
    assert units(text) == ()


def test_pieces_join_to_the_same_words() -> None:
    assert joined(units(ARTICLE)).split() == ARTICLE.split()


@given(st.text(alphabet="aB.:!1)- \n|`#>", max_size=200))
def test_every_piece_stands_in_the_text(text: str) -> None:
    whole = " ".join(text.split())
    for unit in units(text):
        assert " ".join(unit.text.split()) in whole
