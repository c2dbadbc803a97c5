"""Looks through everything that is published for what belongs to one machine only.
It reads text files; it never judges their content beyond that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NOT_OURS = frozenset({"var", "node_modules", "__pycache__", "build", "dist", "htmlcov"})
OUR_HIDDEN = frozenset({".ci", ".gitignore", ".dockerignore", ".env.example", ".github"})

# Joined from parts, so that this file is not among its own findings.
_PATH = re.compile("(?<![\\w.}-])/" + "(?:work|root|home|Users)/" + r"\w")
_REGISTRY = re.compile(
    "|".join(
        [
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "registry" + r"\.npmjs",
            "opt/" + "pypi",
            "index" + "-url",
            "find" + "-links",
        ]
    )
)
ALLOWED = {"Makefile": ("--no-emit-index" + "-url",), "CONTRIBUTING.md": ()}


def texts() -> Iterator[tuple[str, str]]:
    for path in _files(REPOSITORY):
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # an image
        file = path.relative_to(REPOSITORY).as_posix()
        for allowed in ALLOWED.get(file, ()):
            text = text.replace(allowed, "")
        yield file, text


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name not in OUR_HIDDEN
        if hidden or path.name in NOT_OURS or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _lines(pattern: re.Pattern[str], text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if pattern.search(line)]


def test_the_look_for_machine_paths_works() -> None:
    assert _lines(_PATH, "see /" + "work/here")
    assert _lines(_PATH, "cd /" + "home/someone")
    assert not _lines(_PATH, "https://example.com/" + "work/here")


def test_no_file_names_a_path_of_one_machine() -> None:
    assert {file: found for file, text in texts() if (found := _lines(_PATH, text))} == {}


def test_no_file_names_a_registry() -> None:
    assert {file: found for file, text in texts() if (found := _lines(_REGISTRY, text))} == {}


def test_no_text_lies_about_unreadable_characters() -> None:
    assert [file for file, text in texts() if "\ufffd" in text] == []
