"""Files that cannot be read as a configuration, and exactly what an operator is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.errors import ConfigurationError

Lines = Callable[..., list[str]]

TABLE = {
    "set twice": (
        "server:\n  port: 1\n  port: 2\n",
        ["config.yaml:3: server.port: set twice; it is also set on line 2: keep one of the two"],
    ),
    "variable that is not set": (
        "server:\n  host: ${NOWHERE}\n",
        ["config.yaml:2: server.host: NOWHERE is not set; set it in the environment or in .env"],
    ),
    "reference that is none": (
        "server: {host: '${not a name}', port: '${'}\n",
        [
            (
                "config.yaml:1: server.host: a reference to the environment is not well formed; "
                "write ${NAME} or ${NAME:-default}; $${ is the text ${ itself"
            ),
            (
                "config.yaml:1: server.port: a reference to the environment is not well formed; "
                "write ${NAME} or ${NAME:-default}; $${ is the text ${ itself"
            ),
        ],
    ),
    "tag": (
        "server: !!python/object/apply:os.system [id]\n",
        ["config.yaml:1: server: tags (!name) are not used here; remove it"],
    ),
    "number by tag": (
        "server: {port: !!int high}\n",
        ["config.yaml:1: server.port: is no number; remove the tag in front of it"],
    ),
    "a tag of YAML's own": (
        "server: {port: !!binary aGk=}\n",
        ["config.yaml:1: server.port: tags (!!name) are not used here; remove it"],
    ),
    "key with half a character": (
        '"\\ud800": 1\n',
        ["config.yaml:1: a key holds half a character"],
    ),
    "character that stands for references": (
        "business: {name: \ue000}\n",
        ["config.yaml:1: the file holds a character or an escape that no text may hold"],
    ),
    "list at the top": ("- a\n", ["config.yaml:1: the file must be a mapping (key: value)"]),
    "key that is a list": (
        "? [a, b]\n: 1\n",
        ["config.yaml:1: a key must be a single word"],
    ),
    "not YAML": (
        "server:\n  port: [1\nstore: x\n",
        ["config.yaml:3: not valid YAML: expected ',' or ']'"],
    ),
    "two documents": (
        "server: {}\n---\nserver: {}\n",
        ["config.yaml:2: not valid YAML: found another document"],
    ),
    "half a character": (
        'business: {name: "\\ud800"}\n',
        ["config.yaml:1: business.name: holds half a character; write the character itself"],
    ),
    "control character": (
        "business: {name: \x07}\n",
        ["config.yaml:1: a character here has no place in a YAML file"],
    ),
    "character that is none": (
        'business: {name: "\\Uffffffff"}\n',
        ["config.yaml:1: the file holds a character or an escape that no text may hold"],
    ),
    "circle": (
        "server: &a {port: *a}\n",
        ["config.yaml:1: aliases (*name) make the file grow too long or run in a circle"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), TABLE.values(), ids=TABLE)
def test_says_exactly(problem_lines: Lines, text: str, expected: list[str]) -> None:
    assert problem_lines(text) == expected


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path / "absent.yaml", {})
    assert str(caught.value).endswith(
        "absent.yaml: cannot be read (No such file or directory); "
        "start where it lies, or name it with `-c FILE`"
    )


def test_too_large_and_not_utf8(problem_lines: Lines) -> None:
    assert problem_lines("#" * (1024 * 1024 + 1)) == [
        "config.yaml:1: the file is larger than 1 MiB, which no configuration needs"
    ]
    assert problem_lines(b"server:\n  host: \xff\n") == [
        "config.yaml:2: the file is not UTF-8 from here on; save it as UTF-8"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 5000,
        "a: [" + "x, " * 30_000 + "]",
        "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)),
    ],
    ids=["deep", "long", "aliases"],
)
def test_bombs_are_refused_before_they_go_off(problem_lines: Lines, text: str) -> None:
    lines = problem_lines(text)
    assert any("too" in line and "long" in line for line in lines)
