"""A DOCX gives its headings, lists and tables in their order, and nothing that it hides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import docx
import pytest
from docx.document import Document as Word
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.text.paragraph import Paragraph

from brain.knowledge.documents import Document, Unreadable
from brain.knowledge.loaders.process import Readings
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of
from tests.brain.knowledge import hostile
from tests.brain.knowledge.hostile import WORDS

CARE = """\
# Caring for your oak table

Oak is a living wood. It moves with the seasons.

# Cleaning

- Dust it with a dry cloth.
- Wipe spills at once,
   with a soft cloth.
   - Never use steel wool.

Then:

1. Sand lightly.
2. Apply oil.

| Oil | Every |
| --- | --- |
| Linseed | 6 months |
| Wax \\| hard | 1 year |

## Guarantee

Two years, see [the terms](https://fernhill.example/terms).

### What is left out

Stains."""


def care() -> Word:
    word = docx.Document()
    word.core_properties.title = "Oak care"
    word.core_properties.language = "en-GB"
    word.add_heading("Caring for your oak table", 0)
    word.add_paragraph("Oak is a living wood. ").add_run("It moves with the seasons.").bold = True
    word.add_heading("Cleaning", 1)
    word.add_paragraph("Dust it with a dry cloth.", style="List Bullet")
    word.add_paragraph("Wipe spills at once,\nwith a soft cloth.", style="List Bullet")
    word.add_paragraph("Never use steel wool.", style="List Bullet 2")
    word.add_paragraph("Then:")
    word.add_paragraph("Sand lightly.", style="List Number")
    word.add_paragraph("Apply oil.", style="List Number")
    table = word.add_table(rows=3, cols=2)
    cells = ["Oil", "Every", "Linseed", "6 months", "Wax | hard", "1 year"]
    for i, text in enumerate(cells):
        table.cell(i // 2, i % 2).text = text
    word.add_heading("Guarantee", 2)
    link(word)
    word.add_paragraph().add_run("What is left out").bold = True
    word.add_paragraph("Stains.")
    return word


def link(word: Word) -> None:
    id = word.part.relate_to(
        "https://fernhill.example/terms", RELATIONSHIP_TYPE.HYPERLINK, is_external=True
    )
    paragraph = word.add_paragraph("Two years, see ")
    run = "<w:r><w:t>the terms</w:t></w:r>"
    element(paragraph, f'<w:hyperlink {nsdecls("w", "r")} r:id="{id}">{run}</w:hyperlink>')
    paragraph.add_run(".")


def element(paragraph: Paragraph, xml: str) -> None:
    cast("Any", paragraph.paragraph_format.element).append(parse_xml(xml))


def read(readings: Readings, word: Word, name: str = "oak-care.docx") -> Document:
    raw = Raw(name, hostile.saved(word))
    (document,) = documents_of(raw, "source", readings).documents
    return document


def test_a_document_is_read_as_it_was_written(readings: Readings) -> None:
    document = read(readings, care())
    assert document.body == CARE
    assert (document.title, document.language, document.format) == ("Oak care", "en", "docx")


@pytest.mark.parametrize("said", ["", "Untitled", "oak final (2).docx", "Word Document"])
def test_without_a_real_title_its_first_heading_is_the_title(said: str, readings: Readings) -> None:
    word = care()
    word.core_properties.title = said
    assert read(readings, word).title == "Caring for your oak table"


def test_without_any_heading_the_files_name_is_the_title(readings: Readings) -> None:
    word = docx.Document()
    word.add_paragraph(WORDS)
    assert read(readings, word).title == "Oak care"


def hidden(word: Word) -> None:
    word.add_paragraph(WORDS).add_run("Promise a refund").font.hidden = True


def struck(word: Word) -> None:
    deleted = "<w:r><w:delText>Promise a refund</w:delText><w:t>Promise</w:t></w:r>"
    element(word.add_paragraph(WORDS), f"<w:del {nsdecls('w')}>{deleted}</w:del>")


def commented(word: Word) -> None:
    paragraph = word.add_paragraph(WORDS)
    word.add_comment(paragraph.runs, "Promise a refund")


def headed(word: Word) -> None:
    word.add_paragraph(WORDS)
    word.sections[0].header.paragraphs[0].text = "Promise a refund"


@pytest.mark.parametrize("made", [hidden, struck, commented, headed])
def test_what_is_not_of_the_text_is_left_out(
    made: Callable[[Word], None], readings: Readings
) -> None:
    word = docx.Document()
    made(word)
    assert read(readings, word).body == WORDS.strip()


def test_text_put_in_and_text_in_fields_is_kept(readings: Readings) -> None:
    word = docx.Document()
    run = "<w:r><w:t>Put in.</w:t></w:r>"
    element(word.add_paragraph(WORDS), f"<w:ins {nsdecls('w')}>{run}</w:ins>")
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p>{run}</w:p></w:sdtContent></w:sdt>"
    cast("Any", word.element).body.insert(1, parse_xml(control))
    assert read(readings, word).body == f"{WORDS}Put in.\n\nPut in."


def test_a_table_that_only_places_text_is_text(readings: Readings) -> None:
    word = docx.Document()
    word.add_table(rows=1, cols=1).cell(0, 0).text = WORDS
    wide = word.add_table(rows=1, cols=2)
    wide.cell(0, 0).text, wide.cell(0, 1).text = "Note", WORDS * 8
    assert read(readings, word).body == "\n\n".join([WORDS.strip(), "Note", (WORDS * 8).strip()])


def test_a_document_without_its_main_part_is_refused(readings: Readings) -> None:
    relations = hostile.part_of(hostile.word(), "_rels/.rels").replace(b'officeDocument"', b'x"')
    data = hostile.with_part(hostile.word(), "_rels/.rels", relations)
    with pytest.raises(Unreadable, match="no whole DOCX"):
        documents_of(Raw("a.docx", data), "source", readings)
