"""Files become documents, or a problem that says how to mend them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from brain.knowledge.documents import Unreadable
from brain.knowledge.loaders import FILE_LIMIT, load_folder, load_markdown

FULL = """---
title: Returning an item
url: https://fernhill.example/help/returns
audience: customers
language: en
owner: Robin
review_by: 2031-05-01
draft: true
sidebar_position: 4
---

# Something else

Unused things go back.
"""


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
    assert hashed("---\naudience: internal\n---\n# A") != hashed("# A")


def test_norwegian_is_no_falsehood(tmp_path: Path) -> None:
    text = "---\nlanguage: no\n---\ntekst"
    assert load_markdown(write(tmp_path / "a.md", text), tmp_path).language == "no"


def test_unreadable_is_what_a_single_file_raises(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="NUL"):
        load_markdown(write(tmp_path / "a.md", b"\0"), tmp_path)
