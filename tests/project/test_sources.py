"""Holds every source file to the sizes, names and openings that CONTRIBUTING.md promises.
What ruff and import-linter can check is left to them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
FOLDERS = ("gateway", "channels", "brain", "tests", "bench")
FILE_LINES = 400
BODY_LINES = 50
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "base"})

# A migration is a list of tables as they were that day; cutting it up would only hide that.
FROZEN = "gateway/store/migrations/versions/"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*.py"))


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        yield name(path), ast.parse(path.read_text("utf-8"))


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_files_stay_short() -> None:
    scripts = [path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*.js")]
    lines = {name(path): len(path.read_text("utf-8").splitlines()) for path in sources() + scripts}
    assert lines
    long = {
        file: count
        for file, count in lines.items()
        if count > FILE_LINES and not file.startswith(FROZEN)
    }
    assert long == {}


def test_function_bodies_stay_short() -> None:
    long = {
        f"{file}:{node.lineno} {node.name}": _body_lines(node)
        for file, tree in trees()
        if not file.startswith(FROZEN)
        for node in ast.walk(tree)
        if isinstance(node, Function) and _body_lines(node) > BODY_LINES
    }
    assert long == {}


def test_modules_say_first_what_they_own() -> None:
    silent = [file for file, tree in trees() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_packages_import_nothing() -> None:
    busy = [
        file
        for file, tree in trees()
        if file.endswith("/__init__.py") and tree.body[1 if ast.get_docstring(tree) else 0 :]
    ]
    assert busy == []


def test_modules_are_named_after_what_they_hold() -> None:
    vague = [
        name(path)
        for path in sources()
        if FORBIDDEN_NAMES & {*path.relative_to(REPOSITORY).with_suffix("").parts}
    ]
    assert vague == []


def test_fakes_are_handed_in_not_patched_in() -> None:
    patched = [
        f"{file}:{node.lineno}"
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"setattr", "setitem"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "monkeypatch"
    ]
    assert patched == []


# Joined from parts, so that this file is not among its own findings.
_IGNORES = re.compile("# (?:no" + r"qa|type: ig" + r"nore|pyright: ig" + r"nore)(.*)$")
_CODES = re.compile(r"^(?:: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*|\[[\w, -]+\])")


def _unreasoned(line: str) -> bool:
    found = _IGNORES.search(line)
    if found is None:
        return False
    codes = _CODES.match(found[1])
    return codes is None or not found[1][codes.end() :].strip(" #")


def test_the_look_for_unreasoned_ignores_works() -> None:
    bare = "x = 1  # no" + "qa"
    assert _unreasoned(bare)
    assert _unreasoned(bare + ": S608")
    assert not _unreasoned(bare + ": S608, E501  # the table's name is ours")
    assert _unreasoned("x = 1  # pyright: ig" + "nore[reportAny]")
    assert not _unreasoned("x = 1  # pyright: ig" + "nore[reportAny]  # the SDK is untyped")


def test_every_ignore_names_its_rule_and_its_reason() -> None:
    bare = [
        f"{name(path)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if _unreasoned(line)
    ]
    assert bare == []
