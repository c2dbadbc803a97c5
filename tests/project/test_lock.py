"""Holds the lock: every requirement pinned and hashed, none from a named place, none missing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)((?: ; [^\\]+)?)$")
_HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def _entries(file: str = "requirements.lock") -> list[list[str]]:
    """Each requirement of the lock: its first line, then its hashes."""
    text = (REPOSITORY / file).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", "\0")
    return [[part.strip() for part in entry.split("\0")] for entry in joined.splitlines()]


def _locked() -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for entry in _entries():
        if found := _PINNED.match(entry[0]):
            versions.setdefault(canonicalize_name(found[1]), set()).add(found[2])
    return versions


def _declared() -> list[Requirement]:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    lists: list[list[str]] = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
        project["build-system"]["requires"],
    ]
    return [Requirement(line) for lines in lists for line in lines]


def test_every_requirement_is_pinned_and_hashed() -> None:
    entries = _entries() + _entries("requirements.pip")
    assert len(entries) > 100
    assert [entry[0] for entry in entries if not _PINNED.match(entry[0])] == []
    assert [
        entry[0]
        for entry in entries
        if len(entry) == 1 or not all(_HASH.match(part) for part in entry[1:])
    ] == []


def test_the_lock_names_no_place() -> None:
    text = (REPOSITORY / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    assert " @ " not in text


def test_what_the_project_declares_is_locked() -> None:
    locked = _locked()
    missing = [
        str(requirement)
        for requirement in _declared()
        if not any(
            requirement.specifier.contains(version)
            for version in locked.get(canonicalize_name(requirement.name), ())
        )
    ]
    assert missing == []


def test_the_weights_are_locked_as_they_are_declared() -> None:
    weights = (REPOSITORY / "requirements.weights").read_text("utf-8")
    assert (REPOSITORY / "requirements.lock").read_text("utf-8").endswith(weights)
