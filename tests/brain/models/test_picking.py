"""What is quoted of one passage: what limits it comes along, what says nothing does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from brain.models.picking import Piece, picked, pieces_of, untold
from brain.models.units import joined
from brain.triage.words import clauses

FILLER = "The old mill by the river sorts every parcel by hand before noon on weekdays. " * 6


def content(text: str) -> frozenset[str]:
    return frozenset(word for part in clauses(text) for word in part if len(word) > 3)


def pieces(text: str, about: str) -> tuple[Piece, ...]:
    """Those that contain ``about`` are relevant."""
    cut = pieces_of(text, content(about), content)
    return tuple(replace(p, relevance=1.0 if about in p.unit.text else 0.1) for p in cut)


def quoted(text: str, about: str, room: int = 90) -> str:
    return joined(picked(pieces(text, about), room))


@pytest.mark.parametrize(
    "limit",
    ["Except for boots that were worn.", "But only with the receipt.", "However, gifts are final.",
     "Unless it is a voucher.", "Aber nur mit Beleg.", "Mais pas les bons.",
     "Pero no los vales.", "Ma non i buoni.", "Mas não os vales.", "Maar geen bonnen.",
     "This does not apply to sale items."],
)  # fmt: skip
def test_a_sentence_that_limits_the_quoted_one_comes_along(limit: str) -> None:
    text = f"{FILLER}You may return it for 60 days. {limit} {FILLER}"
    assert quoted(text, "60 days") == f"You may return it for 60 days. {limit}"


def test_a_limit_that_answers_brings_what_it_limits() -> None:
    text = f"{FILLER}You may return it for 60 days. However, gifts are final. {FILLER}"
    assert quoted(text, "gifts") == "You may return it for 60 days. However, gifts are final."


def test_what_speaks_of_the_sentence_before_it_brings_that() -> None:
    text = f"{FILLER}\n\nThe label is in your account. It is valid for 14 days.\n\n{FILLER}"
    assert quoted(text, "14 days") == "The label is in your account. It is valid for 14 days."


def test_a_heading_that_asks_is_no_answer() -> None:
    text = "**How long does it take?** It takes two days to arrive."
    assert quoted(text, "take") == "It takes two days to arrive."


def test_what_announces_steps_is_not_left_alone() -> None:
    steps = "1. Open the order.\n2. Print the label.\n3. Hand it in."
    text = f"{FILLER}\n\nSee below how a return works.\n\n{steps}\n\n{FILLER}"
    assert quoted(text, "return works") == f"See below how a return works.\n\n{steps}"


def test_steps_stay_whole_beyond_the_room_there_is() -> None:
    steps = "\n".join(f"{n}. Turn the ring one notch and wait for the click." for n in range(1, 9))
    assert quoted(f"{FILLER}\n\n{steps}", "notch", room=30) == steps


def test_a_list_is_quoted_whole_where_it_fits() -> None:
    items = "- cards\n- bank transfer\n- vouchers"
    assert quoted(f"{FILLER}\n\n{items}\n\n{FILLER}", "transfer") == items


def test_of_a_long_table_only_the_rows_that_matter_are_quoted() -> None:
    lands = ["Austria", "Belgium", "Denmark", "Estonia", "Finland", "Norway", "Poland", "Spain"]
    rows = [f"| {land} | standard parcel | {n}.95 pounds |" for n, land in enumerate(lands)]
    head = ["| Country | Service | Price |", "|---|---|---|"]
    text = "\n".join([*head, *rows])
    assert quoted(text, "Norway") == "\n".join([*head, rows[5]])


def test_a_link_is_never_cut() -> None:
    link = "See [Returns. All rules](https://fernhill.example/r?a=1) first."
    assert quoted(f"{FILLER}{link} {FILLER}", "Returns") == link


def test_beside_what_was_told_the_steps_or_an_example_come_first() -> None:
    text = (
        "You may return it for 60 days. The old mill sorts it.\n\n"
        "For example, a tent bought on 1 May goes back until 30 June."
    )
    rest = untold(pieces(text, "60 days"), ["You may return it for 60 days."], 90)
    assert joined(rest) == "For example, a tent bought on 1 May goes back until 30 June."
    assert untold(pieces(text, "60 days"), [" ".join(text.split())], 90) == ()
