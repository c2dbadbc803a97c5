"""A PDF gives back the paragraphs, headings, lists and tables that its lines were set from."""

from __future__ import annotations

import pytest

from brain.knowledge.documents import Document
from brain.knowledge.loaders.process import Readings
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of
from tests.brain.knowledge.hostile import FILES, lines, pdf

MANUAL = """\
# Tern 300 kettle: owner's manual

Thank you for choosing the Tern 300. This manual describes how to use the kettle, how to descale \
it, and what the lamp on the base is telling you. Please keep it in a dry place, because the \
warranty conditions on the last page are part of your purchase agreement.

## Before the first use

Fill the kettle to the upper mark, bring the water to the boil and pour it away. Do this three \
times. The slight smell of manufacturing disappears afterwards and is entirely harmless.

Never fill beyond the mark labelled MAX (1.7 litres), since boiling water would otherwise spill \
over.

Never place the base on a stove, not even when the stove is switched off. Keep the mains lead away \
from children.

## Descaling

In regions with hard water the kettle should be descaled every four weeks. You recognise limescale \
by white flakes in the water and by the kettle switching itself off before the water boils.

1. Pour half a litre of household vinegar into the kettle and fill it with water to the mark \
labelled MIN.
2. Let it stand for one hour without heating it.
3. Pour it away and rinse twice with fresh water.

## What the lamp says

| Lamp | Meaning |
| --- | --- |
| Blue, steady | Heating |
| Red, blinking | Error E-31: the kettle is empty |
| Orange | Descale now |

### Error E-31

The sensor has noticed that the kettle was switched on without water. Let it cool for fifteen \
minutes, fill it and switch it on again. Should the error remain after three attempts, please \
contact the customer service team and have the serial number ready, which is printed underneath \
the base.

## Warranty

The warranty lasts for thirty months from the date of purchase. It covers faults of material and \
manufacturing, but neither limescale nor damage caused by a fall. To make use of it, send a \
photograph of the receipt together with a short description of the fault; we answer within two \
working days and send a prepaid parcel label where the kettle needs to be examined in our workshop.

Repairs do not extend the warranty, though a replaced part has a warranty of its own that lasts \
for twelve months."""

REST = "there is self-service at each E-Mail counter."
LONG = "The lamp is sent back in the box that it came in and"


def read(readings: Readings, data: bytes) -> Document:
    (document,) = documents_of(Raw("lamp-care.pdf", data), "source", readings).documents
    return document


def body(readings: Readings, *texts: str) -> list[str]:
    return read(readings, pdf(lines(*texts))).body.split("\n\n")


def test_a_printed_manual_is_read_as_it_was_written(readings: Readings) -> None:
    document = read(readings, (FILES / "manual.pdf").read_bytes())
    assert document.body == MANUAL
    assert (document.title, document.language) == ("Tern 300 kettle: owner's manual", "en")
    assert document.format == "pdf"


def test_a_file_that_says_no_title_has_its_first_heading_or_its_name(readings: Readings) -> None:
    assert read(readings, pdf(lines(f"{LONG} so on."))).title == "Lamp care"
    heading = lines("Caring for lamps", size=20) + lines(*[LONG] * 3, top=600)
    assert read(readings, pdf(heading)).title == "Caring for lamps"


def test_words_cut_at_the_end_of_a_line_are_whole_again(readings: Readings) -> None:
    assert body(
        readings,
        f"{LONG} with the re-",
        "ceipt, by express de-",
        "livery or self-",
        "service; there is self-service at each E-",
        "Mail counter.",
    ) == [f"{LONG} with the receipt, by express delivery or self-service; {REST}"]


def test_items_are_items_whatever_stands_before_them(readings: Readings) -> None:
    assert body(readings, "Take with you:", "• the lamp", "- its box", "1) a pen", "2. paper") == [
        "Take with you:",
        "- the lamp\n- its box\n1. a pen\n2. paper",
    ]


def test_headers_footers_and_page_numbers_are_left_out(readings: Readings) -> None:
    pages = [
        lines("Lamp care, edition 3", top=780)
        + lines(f"{LONG} number {'abc'[i]}.", f"Chapter {i} stays in the text.")
        + lines(f"Chapter {'xyz'[i]} {i + 7}", top=40)
        + lines(f"- {i + 1} -", top=20)
        for i in range(3)
    ]
    text = read(readings, pdf(*pages)).body
    assert [line for line in text.split("\n") if line] == [
        f"{LONG} number {'abc'[i]}. Chapter {i} stays in the text." for i in range(3)
    ]


def test_a_table_of_contents_is_left_out(readings: Readings) -> None:
    assert body(readings, "Care . . . . . . . . . 3", "Oil ............ iv", f"{LONG} so on.") == [
        f"{LONG} so on."
    ]


def test_a_sentence_runs_on_over_the_end_of_a_page(readings: Readings) -> None:
    text = read(readings, pdf(lines(LONG), lines("on. It ends."), lines("Another one."))).body
    assert text == f"{LONG} on. It ends.\n\nAnother one."


def test_a_page_that_lies_on_its_side_is_read_too(readings: Readings) -> None:
    turned = b"q 0 1 -1 0 600 0 cm " + lines(LONG, "on.", "1999", "was a warm year.") + b" Q"
    assert read(readings, pdf(turned)).body == f"{LONG} on.\n\n1999 was a warm year."


@pytest.mark.parametrize(
    "tree",
    [
        "<</Type/Pages/Kids[4 0 R 99 0 R]/Count 2/MediaBox[0 0 600 800]>>",
        "<</Type/Pages/Kids[4 0 R]/Count 9/MediaBox[0 0 600 800]>>",
        "<</Type/Pages/Kids[4 0 R]/Count 1>>",
    ],
)
def test_small_damage_does_not_take_the_text_away(tree: str, readings: Readings) -> None:
    assert read(readings, pdf(lines(f"{LONG} so on."), pages=tree)).body == f"{LONG} so on."
