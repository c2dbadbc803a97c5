"""The .env file: what a line may be, and that the environment wins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import dotenv
from gateway.config.load import Loaded

Load = Callable[..., Loaded]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("  export A = b  ", "b"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("A=b#c", "b#c"),
        ("A=b # c", "b"),
        ("A='b # c'", "b # c"),
        ("A='b' # c", "b"),
        (r"A='\n$B'", r"\n$B"),
        (r'A="b\n\"c\" \\ \$D"', 'b\n"c" \\ $D'),
        ("A=b=c", "b=c"),
        ("A=ümlaut", "ümlaut"),
    ],
)
def test_values(line: str, value: str) -> None:
    file = dotenv.parse(f"# comment\n\n{line}\r\n".encode())
    assert file.values == {"A": value}
    assert file.problems == file.warnings == ()


@pytest.mark.parametrize("line", ["A", "1A=b", "A-B=c", "A='b", 'A="b', "A='b' c", "=b"])
def test_lines_that_cannot_be_read(line: str) -> None:
    (problem,) = dotenv.parse(f"\n{line}\n".encode()).problems
    assert str(problem).startswith(".env:2: this line cannot be read; write NAME=value")


def test_set_twice_is_warned_of_and_the_last_counts() -> None:
    file = dotenv.parse(b"A=1\nA=2\n")
    assert file.values == {"A": "2"}
    assert [str(warning) for warning in file.warnings] == [
        ".env:2: A is set twice; the last one counts"
    ]


def test_not_utf8_and_too_large(tmp_path: Path) -> None:
    assert "not UTF-8" in str(dotenv.parse(b"A=\xff").problems[0])
    (tmp_path / ".env").write_bytes(b"#" * (dotenv.SIZE_LIMIT + 1))
    assert "larger than 1 MiB" in str(dotenv.read(tmp_path).problems[0])


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert "cannot be read (Is a directory)" in str(dotenv.read(tmp_path).problems[0])


def test_the_environment_wins(load_text: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("N=file\nM=file\n")
    (tmp_path / ".env").chmod(0o600)
    text = "business: {name: '${N} ${M}'}\nchannels: {web: {kind: web}}"
    loaded = load_text(text, {"M": "environment"})
    assert loaded.settings.business.name == "file environment"
    assert loaded.warnings == ()


def test_a_file_that_others_can_read_draws_a_warning(load_text: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("")
    (tmp_path / ".env").chmod(0o644)
    warnings = load_text("channels: {web: {kind: web}}").warnings
    assert [str(warning) for warning in warnings] == [
        ".env: others on this machine can read it (mode 0644); run: chmod 600 .env"
    ]
