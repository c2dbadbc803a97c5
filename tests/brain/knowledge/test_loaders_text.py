"""Plain text and tables of questions become documents; what a file is, its bytes decide."""

from __future__ import annotations

from datetime import date

import pytest

from brain.knowledge.documents import Document, Loaded, Unreadable
from brain.knowledge.loaders.process import Readings
from brain.knowledge.loaders.questions import ROWS
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of

PAGE = b"<!-- made by hand --><!DOCTYPE html><html><p>Lamps go back within thirty days."
NEVER = Readings(command=("/nowhere",))


def read(name: str, data: bytes, *, media: str | None = None, url: str | None = None) -> Loaded:
    return documents_of(Raw(name, data, media, url), "source", NEVER)


def one(name: str, data: bytes, *, media: str | None = None, url: str | None = None) -> Document:
    (document,) = read(name, data, media=media, url=url).documents
    return document


@pytest.mark.parametrize(
    "data",
    [
        "Für 20 € – sofort.".encode(),
        "\ufeffFür 20 € – sofort.".encode(),
        "Für 20 € – sofort.".encode("utf-16"),
        b"\xfe\xff" + "Für 20 € – sofort.".encode("utf-16-be"),
        "Für 20 € – sofort.".encode("cp1252"),
    ],
)
def test_text_is_read_in_the_encodings_that_programs_write(data: bytes) -> None:
    document = one("delivery-times.txt", data)
    assert document.body == "Für 20 € – sofort."
    assert (document.title, document.format) == ("Delivery times", "text")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a\0b", "NUL"),
        (b"\xff\xfea", "not whole UTF-16"),
        (b"\x81\x8d", "its encoding is not known"),
        (b" \n", "no text"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MiB"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read("a.txt", data)


def test_paragraphs_of_a_text_stay() -> None:
    assert one("a.txt", b"One.\r\n\r\nTwo,\r\nthree.\r\n").body == "One.\n\nTwo,\nthree."


@pytest.mark.parametrize(
    ("name", "data", "media", "sort"),
    [
        ("help/returns", b"# Returns", "text/markdown; charset=utf-8", "markdown"),
        ("help/returns", b"Returns", "text/plain", "text"),
        ("faq", b"question;answer\nA?;B", "text/csv", "csv"),
        ("page.md", PAGE, None, "markdown"),
    ],
)
def test_the_name_then_the_server_say_what_a_text_is(
    name: str, data: bytes, media: str | None, sort: str
) -> None:
    assert one(name, data, media=media).format == sort


def test_a_page_without_an_ending_is_known_by_its_bytes(readings: Readings) -> None:
    raw = Raw("help/v1.2", PAGE, "application/octet-stream", "https://fernhill.example/help/v1.2")
    (document,) = documents_of(raw, "source", readings).documents
    assert (document.id, document.format) == ("help__v1.2", "html")
    assert document.url == "https://fernhill.example/help/v1.2"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", PAGE, "called .pdf but holds an HTML page"),
        ("a.docx", PAGE, "called .docx but holds an HTML page"),
        ("a.md", b"%PDF-1.7", "called .md but holds a PDF"),
        ("a.html", b"PK\x03\x04 word/document.xml", "called .html but holds a Word document"),
        ("a.csv", b"PK\x03\x04 xl/workbook.xml", "a spreadsheet; save it as CSV"),
        ("a.docx", b"PK\x03\x04 ppt/presentation.xml", "a presentation; save it as PDF"),
        ("a.docx", b"words", "called .docx but is none"),
        ("a.txt", b"\x89PNG\r\n", "a picture"),
        ("a", b"\x7fELF", "a program"),
        ("a", b"words", "of no kind that can be read"),
    ],
)
def test_a_name_is_not_believed_against_the_bytes(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(name, data)


def test_a_table_gives_a_document_a_row() -> None:
    table = (
        "Question,Answer,URL,Audience,Language,Draft,Owner,Review by,Notes\n"
        'How do I  pay?,"By card,\nor by invoice.",https://fernhill.example/pay,customers,en,yes,'
        "Robin,2031-05-01,ignored\n\n"
        "Was kostet größer?,=1+1,,,de,nein,,,\n"
    )
    loaded = read("shop/faq.csv", table.encode())
    assert loaded.problems == ()
    first, second = loaded.documents
    assert (first.id, first.title) == ("shop__faq__how-do-i-pay-03fe06", "How do I pay?")
    assert first.body == "By card,\nor by invoice."
    assert (first.audience, first.language, first.draft) == ("customers", "en", True)
    assert (first.owner, first.review_by) == ("Robin", date(2031, 5, 1))
    assert (first.url, first.format) == ("https://fernhill.example/pay", "csv")
    assert (second.body, second.language, second.draft) == ("=1+1", "de", False)
    assert second.id.startswith("shop__faq__was-kostet-grosser-")


@pytest.mark.parametrize(
    "head",
    [
        "question,answer",
        "ANSWERS;QUESTIONS",
        "Frage\tAntwort",
        "Question;Réponse",
        "Pregunta,Respuesta",
        "Domanda;Risposta",
        "PERGUNTA,Resposta",
        "Vraag;Antwoord",
    ],
)
def test_the_columns_are_named_in_every_shipped_language(head: str) -> None:
    separator = next(c for c in head if c in ",;\t")
    cells = ["Why?", "So."] if not head.startswith("ANSWER") else ["So.", "Why?"]
    document = one("faq.csv", f"{head}\r\n{separator.join(cells)}".encode("cp1252"))
    assert (document.title, document.body) == ("Why?", "So.")


def test_two_columns_without_names_are_question_and_answer() -> None:
    data = b"Why, then?;Because.\nWho?;You, and I."
    assert [(d.title, d.body) for d in read("faq.csv", data).documents] == [
        ("Why, then?", "Because."),
        ("Who?", "You, and I."),
    ]


def test_rows_that_cannot_be_answers_are_problems_that_name_them() -> None:
    rows = ["question,answer,audience,url,draft", "A?,", ",b", "C?,c,everybody", "D?,d,,ftp://x"]
    rows += ["E?,e,,,perhaps", "F?,f", "F?,again"]
    loaded = read("faq.csv", "\n".join(rows).encode(), url="https://fernhill.example/faq.csv")
    assert [d.title for d in loaded.documents] == ["F?"]
    assert loaded.documents[0].url == "https://fernhill.example/faq.csv"
    known = "it must be one of public, customers, internal"
    place = "of https://fernhill.example/faq.csv was left out: it"
    assert [p.message for p in loaded.problems] == [
        f"row 2 {place} has no answer",
        f"row 3 {place} has no question",
        f"row 4 {place} has the audience 'everybody'; {known}",
        f"row 5 {place} has the url 'ftp://x'; it must start with https://",
        f"row 6 {place} has a draft that is neither true nor false",
        f"row 8 {place}s question stands in a row above it already",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a,b,c\n1,2,3", "no column 'question'"),
        (b"question,text\n1,2", "no column 'answer'"),
        (b"only words", "no column 'answer'"),
        (b"question,answer\n", "no question"),
        (b"question,answer\n" + b"a,b\n" * (ROWS + 1), f"more than {ROWS} rows"),
        (b"question,answer\na," + b"b" * 200_000, "no CSV that can be read"),
        (b"question,answer\n" + b" " * 20 * 1024 * 1024, "larger than 20 MiB"),
        (b"question,answer\na\0,b", "NUL"),
    ],
)
def test_what_is_no_table_of_questions_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read("faq.csv", data)


def test_questions_in_other_scripts_have_ids_of_their_own() -> None:
    first, second = read("faq.csv", "question,answer\n为什么?,a\n谁?,b".encode()).documents
    assert first.id != second.id
    assert first.id.startswith("faq__")
