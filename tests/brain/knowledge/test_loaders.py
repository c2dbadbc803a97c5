"""Files become documents, or a problem that says how to mend them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from brain.knowledge.chunking import passages
from brain.knowledge.documents import Document, Loaded, Unreadable
from brain.knowledge.loaders import folder
from brain.knowledge.loaders.article import ID_LIMIT
from brain.knowledge.loaders.plain import FILE_LIMIT
from brain.knowledge.loaders.process import Readings
from brain.knowledge.loaders.raw import Raw
from brain.knowledge.loaders.reading import documents_of
from tests.brain.knowledge import hostile
from tests.brain.knowledge.hostile import FILES, WORDS

FULL = """---
title: Returning an item
url: https://fernhill.example/help/returns
audience: customers
language: en
owner: Robin
review_by: 2031-05-01
draft: true
guide: true
sidebar_position: 4
---

# Something else

Unused things go back.
"""


def load_folder(path: Path, *, demo: bool = False) -> Loaded:
    with Readings() as readings:
        return folder.load_folder(path, readings, demo=demo)


def load_markdown(path: Path, root: Path, *, demo: bool = False) -> Document:
    raw = Raw(path.relative_to(root).as_posix(), path.read_bytes())
    (document,) = documents_of(raw, root.as_posix(), Readings(), demo=demo).documents
    return document


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_front_matter_is_read(tmp_path: Path) -> None:
    document = load_markdown(write(tmp_path / "returns.md", FULL), tmp_path, demo=True)
    assert document.id == "returns"
    assert document.title == "Returning an item"
    assert document.url == "https://fernhill.example/help/returns"
    assert (document.audience, document.language) == ("customers", "en")
    assert (document.owner, document.review_by) == ("Robin", date(2031, 5, 1))
    assert (document.draft, document.demo) == (True, True)
    assert (document.guide, document.format) == (True, "markdown")
    assert document.body == "# Something else\n\nUnused things go back."


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.md", "# The *first* heading\n\ntext", "The first heading"),
        ("opening-hours.md", "no heading", "Opening hours"),
        ("a.md", "---\ntitle: 2031\n---\ntext", "2031"),
        ("a.md", "\ufeff---\ntitle: With mark\n---\ntext", "With mark"),
        ("a.md", "---\r\ntitle: Windows\r\n---\r\ntext", "Windows"),
        ("a.md", "---\n---\n# Empty matter", "Empty matter"),
    ],
)
def test_the_title_is_found(tmp_path: Path, name: str, text: str, title: str) -> None:
    assert load_markdown(write(tmp_path / name, text), tmp_path).title == title


def test_ids_of_nested_folders_join(tmp_path: Path) -> None:
    write(tmp_path / "orders" / "late" / "where.md", "text")
    write(tmp_path / "hours.markdown", "text")
    write(tmp_path / ".hidden" / "x.md", "text")
    write(tmp_path / "picture.png", b"\x89PNG")
    loaded = load_folder(tmp_path)
    assert [d.id for d in loaded.documents] == ["hours", "orders__late__where"]
    assert not loaded.problems


def test_one_file_is_a_source_too(tmp_path: Path) -> None:
    path = write(tmp_path / "hours.md", "# Hours")
    assert [d.title for d in load_folder(path).documents] == ["Hours"]


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_folder(tmp_path / "absent")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff\xfe\x00a", "not UTF-8"),
        (b"good\0bad", "NUL"),
        (b"x" * (FILE_LIMIT + 1), "larger than 2 MiB"),
        ("---\naudience: everybody\n---\n", "audience 'everybody'"),
        ("---\naudience: [public]\n---\n", "must be one of"),
        ("---\nurl: javascript:alert(1)\n---\n", "must start with https"),
        ("---\nurl: http://[\n---\n", "no address"),
        ("---\ndraft: maybe\n---\n", "neither true nor false"),
        ("---\nreview_by: soon\n---\n", "no date"),
        ("---\nreview_by: 2031-13-40\n---\n", "not YAML"),
        ("---\nlanguage: english!\n---\n", "a code such as"),
        ("---\ntitle: {a: b}\n---\n", "no text"),
        ("---\n- a\n---\n", "key: value"),
        ("---\ntitle: [\n---\n", "not YAML"),
        ('---\ntitle: "a\\0b"\n---\n', "control characters"),
        ('---\nowner: "a\\ud800b"\n---\n', "control characters"),
        ("---\nlanguage: abc-toolongx\n---\n", "a code such as"),
        ("---\nguide: 1\n---\n", "neither true nor false"),
        ("---\ntitle: !!python/object/apply:os.system [ls]\n---\n", "not YAML"),
        ("---\ntitle: " + "[" * 9000 + "\n---\n", "nested too deeply"),
        ("---\n" + "a: b\n" * 5000 + "---\n", "longer than 16 KiB"),
        ("> " * 200 + "deep", "deep in each other"),
    ],
)
def test_a_bad_file_is_a_problem_and_the_rest_goes_on(
    tmp_path: Path, text: str | bytes, reason: str
) -> None:
    bad = write(tmp_path / "bad.md", text)
    write(tmp_path / "good.md", "# Good")
    loaded = load_folder(tmp_path)
    assert [d.id for d in loaded.documents] == ["good"]
    (problem,) = loaded.problems
    assert problem.path == bad
    assert reason in problem.message


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "outside.md", "# Secret")
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "link.md").symlink_to(secret)
    loaded = load_folder(tmp_path / "kb")
    assert not loaded.documents
    assert "leads out of the folder" in loaded.problems[0].message


def test_two_files_of_one_id_are_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "a__b.md", "# One")
    write(tmp_path / "a" / "b.md", "# Two")
    loaded = load_folder(tmp_path)
    assert len(loaded.documents) == 1
    assert "the id a__b too" in loaded.problems[0].message


def test_the_hash_follows_what_shapes_the_passages(tmp_path: Path) -> None:
    def hashed(text: str) -> str:
        return load_markdown(write(tmp_path / "a.md", text), tmp_path).hash

    assert hashed("# A\n\ntext") == hashed("# A\r\n\r\ntext\n")
    assert hashed("# A\n\ntext") != hashed("# A\n\nother")
    matters = ["audience: internal", "guide: true", "owner: Robin", "review_by: 2031-05-01"]
    different = {hashed(f"---\n{matter}\n---\n# A") for matter in matters}
    assert len(different - {hashed("# A")}) == len(matters)


def test_norwegian_is_no_falsehood(tmp_path: Path) -> None:
    text = "---\nlanguage: no\n---\ntekst"
    assert load_markdown(write(tmp_path / "a.md", text), tmp_path).language == "no"


def test_unreadable_is_what_a_single_file_raises(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="NUL"):
        load_markdown(write(tmp_path / "a.md", b"\0"), tmp_path)


def test_every_kind_of_file_in_a_folder_is_read(tmp_path: Path, readings: Readings) -> None:
    write(tmp_path / "a.txt", "Plain words.")
    write(tmp_path / "b.html", f"<html><title>Page</title><p>{WORDS}")
    write(tmp_path / "deep" / "c.pdf", (FILES / "manual.pdf").read_bytes())
    write(tmp_path / "d.docx", hostile.word())
    write(tmp_path / "e.csv", "question,answer\nWhen?,Today.\nWhy?,\n")
    write(tmp_path / "f.HTM", "no elements, and called a page all the same")
    write(tmp_path / ".git" / "g.html", "hidden")
    write(tmp_path / "h.pdf", b"%PDF-1.7 torn")
    heard: list[tuple[int, int]] = []
    loaded = folder.load_folder(
        tmp_path, readings, demo=True, progress=lambda done, total: heard.append((done, total))
    )
    assert [(d.id, d.format) for d in loaded.documents] == [
        ("a", "text"),
        ("b", "html"),
        ("d", "docx"),
        ("deep__c", "pdf"),
        ("e__when-e5d252", "csv"),
        ("f", "html"),
    ]
    assert all(d.demo and d.source == tmp_path.as_posix() for d in loaded.documents)
    assert [p.path.name for p in loaded.problems] == ["e.csv", "h.pdf"]
    assert loaded.problems[0].message == "row 3 of e.csv was left out: it has no answer"
    assert heard == [(n, 7) for n in range(1, 8)]


def test_files_that_differ_in_their_ending_alone_are_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "hours.md", "# Hours")
    write(tmp_path / "hours.txt", "Hours")
    loaded = load_folder(tmp_path)
    assert [d.format for d in loaded.documents] == ["markdown"]
    assert "the id hours too" in loaded.problems[0].message


def test_long_paths_have_ids_of_bounded_length(tmp_path: Path) -> None:
    nested = tmp_path / ("a" * 200) / ("b" * 200)
    write(nested / "one.md", "# One")
    write(nested / "two.md", "# Two")
    ids = {d.id for d in load_folder(tmp_path).documents}
    assert len(ids) == 2
    assert {len(id) for id in ids} == {ID_LIMIT}


def test_a_name_that_no_database_takes_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "caf\udce9.md", "# Coffee")
    (problem,) = load_folder(tmp_path).problems
    assert "its name is not UTF-8" in problem.message
    assert problem.message.encode()


@pytest.mark.parametrize("name", ["c.pdf", "c.docx", "c.html"])
def test_passages_of_every_format_have_the_title_path(name: str, readings: Readings) -> None:
    import docx

    document = docx.Document()
    document.add_heading("Lamps", 0)
    document.add_heading("Sale", 1)
    document.add_paragraph(WORDS * 8)
    page = f"<title>Lamps</title><h1>Lamps</h1><h2>Sale</h2><p>{WORDS * 8}"
    sheet = hostile.lines("Lamps", size=24) + hostile.lines("Sale", top=660, size=16)
    text = hostile.lines(*[WORDS] * 8, top=630)
    data = {
        "c.pdf": hostile.pdf(sheet + text),
        "c.docx": hostile.saved(document),
        "c.html": page.encode(),
    }
    (read,) = documents_of(Raw(name, data[name]), "source", readings).documents
    (passage,) = passages(read, "main")
    assert (passage.title, passage.title_path) == ("Lamps", ("Lamps", "Sale"))
    assert passage.text == (WORDS * 8).strip()
