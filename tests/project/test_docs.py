"""Holds the documentation against the project: its links lead somewhere, the commands, paths and
tests that it names exist. It never judges the wording."""

from __future__ import annotations

import ast
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gateway.cli.commands import COMMANDS, frontdesk

REPOSITORY = Path(__file__).parents[2]
NOT_OURS = frozenset({"var", "node_modules", "build", "dist", "htmlcov"})
SOURCES = ("gateway", "channels", "brain", "tests", "bench", "docs", ".ci")
README_LINES = 150

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_PATH = re.compile(rf"(?:{'|'.join(map(re.escape, SOURCES))})/[\w./-]*(?:::\w+)?")
# Words that stand for others: channels/KIND.py, docs/decisions/NNNN-title.md.
_STANDS_FOR = re.compile(r"\b[A-Z]{4,}\b")
_COMMAND = re.compile(r"(?:^|(?<=[\s/(`]))frontdesk +([a-z-]+(?: [^|;#()]*)?)")
_MAKE = re.compile(r"(?:^|(?<=&& ))make ([a-z.]+)")
_REFERENCE = re.compile(r"`(\w+)` in `([\w/.]+\.py)`")


def pages(folder: Path = REPOSITORY) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in NOT_OURS:
            continue
        if path.is_dir():
            yield from pages(path)
        elif path.suffix == ".md":
            yield path


def name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


PAGES = [name(path) for path in pages()]
every_page = pytest.mark.parametrize("page", PAGES)


@cache
def tokens(page: str) -> tuple[Token, ...]:
    return parsed((REPOSITORY / page).read_text("utf-8"))


def parsed(text: str) -> tuple[Token, ...]:
    return tuple(_flat(MarkdownIt("commonmark").enable("table").parse(text)))


def _flat(found: Iterable[Token]) -> Iterator[Token]:
    for token in found:
        yield token
        yield from _flat(token.children or ())


def links(found: Iterable[Token]) -> list[str]:
    """Where links and pictures lead that stay within the project."""
    all_links = [str(t.attrs.get("href") or t.attrs.get("src") or "") for t in found]
    return [link for link in all_links if link and not _SCHEME.match(link)]


def anchors(found: Iterable[Token]) -> set[str]:
    """The anchors of headings, as the usual viewers of repositories make them."""
    made: list[str] = []
    heading = False
    for token in found:
        if token.type == "inline" and heading:
            slug = re.sub(r"[^\w\- ]", "", token.content.lower()).replace(" ", "-")
            seen = Counter(made)[slug]
            made += [slug] if not seen else [slug, f"{slug}-{seen}"]
        heading = token.type == "heading_open"
    return set(made)


def code(found: Iterable[Token]) -> list[str]:
    """Each piece of inline code and each line of a block, continued lines joined."""
    pieces: list[str] = []
    for token in found:
        if token.type == "code_inline":
            pieces.append(token.content)
        elif token.type == "fence":
            pieces += token.content.replace("\\\n", " ").splitlines()
    return pieces


def dead(page: str, link: str) -> str | None:
    """Why the link leads nowhere, None where it leads somewhere."""
    file, _, anchor = link.partition("#")
    target = ((REPOSITORY / page).parent / file).resolve() if file else REPOSITORY / page
    if not target.exists() or not target.is_relative_to(REPOSITORY):
        return f"{link}: there is no such file"
    if anchor and anchor not in anchors(tokens(name(target))):
        return f"{link}: there is no such heading"
    return None


def wrong_command(words: list[str]) -> str | None:
    """What is wrong with ``frontdesk`` and these words, None where it can be said."""
    context = click.Context(frontdesk)
    command: click.Command | None = frontdesk
    while words and not words[0].startswith("-") and isinstance(command, click.Group):
        command = command.get_command(context, words[0])
        if command is None:
            return f"there is no {words[0]!r}"
        words = words[1:]
    options = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)}
    unknown = sorted(given - options - {"--help", "-h"})
    return f"{command.name} has no {unknown[0]}" if unknown else None


def wrong_commands(piece: str) -> Iterator[str]:
    for found in _COMMAND.findall(piece):
        try:
            words = shlex.split(found)
        except ValueError:
            words = found.split()
        wrong = wrong_command(words)
        if wrong is not None:
            yield f"frontdesk {found.strip()}: {wrong}"


def absent(piece: str) -> str | None:
    """The piece, where it is the path of a file or test of ours that is not there."""
    if not _PATH.fullmatch(piece) or _STANDS_FOR.search(piece):
        return None
    file, _, test = piece.partition("::")
    path = REPOSITORY / file
    if not path.exists():
        return piece
    return piece if test and test not in defined(path) else None


@cache
def defined(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    values = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return frozenset(functions | values)


@every_page
def test_every_link_leads_somewhere(page: str) -> None:
    assert [why for link in links(tokens(page)) if (why := dead(page, link))] == []


@every_page
def test_every_command_exists(page: str) -> None:
    assert [wrong for piece in code(tokens(page)) for wrong in wrong_commands(piece)] == []


@every_page
def test_every_path_and_test_exists(page: str) -> None:
    pieces = [token.content for token in tokens(page) if token.type == "code_inline"]
    assert [piece for piece in pieces if absent(piece)] == []


@every_page
def test_what_is_said_to_be_in_a_file_is_in_it(page: str) -> None:
    text = (REPOSITORY / page).read_text("utf-8")
    there = [
        (what, file) for what, file in _REFERENCE.findall(text) if (REPOSITORY / file).exists()
    ]
    assert [(what, file) for what, file in there if what not in defined(REPOSITORY / file)] == []


@every_page
def test_every_make_target_exists(page: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z.]+):", makefile, re.MULTILINE))
    named = {target for piece in code(tokens(page)) for target in _MAKE.findall(piece)}
    assert named <= targets


def test_the_readme_can_be_read_in_one_sitting() -> None:
    assert len((REPOSITORY / "README.md").read_text("utf-8").splitlines()) <= README_LINES


def test_the_index_lists_every_page() -> None:
    index = REPOSITORY / "docs" / "README.md"
    listed = {
        (index.parent / link.partition("#")[0]).resolve()
        for link in links(tokens("docs/README.md"))
    }
    missing = [name(path) for path in pages(index.parent) if path not in listed | {index}]
    assert missing == []


def test_decisions_are_numbered_without_gaps_and_short() -> None:
    records = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in records]
    assert numbers == list(range(1, len(records) + 1))
    long = [path.name for path in records if len(path.read_text("utf-8").splitlines()) > 40]
    assert long == []


def test_every_command_is_in_some_page() -> None:
    said = {piece for page in PAGES for piece in code(tokens(page))}
    unsaid = [one for one in COMMANDS if not any(f"frontdesk {one}" in piece for piece in said)]
    assert unsaid == []


# --- That the looks above can find something ---------------------------------------------------


@pytest.mark.parametrize("link", ["nowhere.md", "#no-such-heading", "Makefile/x", "../../x.md"])
def test_a_dead_link_is_found(link: str) -> None:
    assert dead("README.md", link) is not None


@pytest.mark.parametrize("link", ["docs/README.md", "#not-yet", "CONTRIBUTING.md#gates", "docs"])
def test_a_living_link_is_left_alone(link: str) -> None:
    assert dead("README.md", link) is None


def test_links_in_code_are_none() -> None:
    text = "`[a](b)` [c](d) ![e](f)\n\n```\n[g](h)\n```\n[i](https://example.com)"
    assert links(parsed(text)) == ["d", "f"]


def test_anchors_are_those_that_viewers_make() -> None:
    text = "# Run `it`\n## What's new?\n## Run it\n### Signed-in visitors"
    assert anchors(parsed(text)) == {"run-it", "whats-new", "run-it-1", "signed-in-visitors"}


@pytest.mark.parametrize(
    "piece",
    [
        "frontdesk fly",
        ".venv/bin/frontdesk kb burn x",
        "frontdesk run --harder",
        "frontdesk --harder",
        "echo x | frontdesk staff add Ada --password",
    ],
)
def test_a_wrong_command_is_found(piece: str) -> None:
    assert list(wrong_commands(piece)) != []


@pytest.mark.parametrize(
    "piece",
    [
        "frontdesk",
        "frontdesk --help",
        "frontdesk kb add PATH...",
        "echo 'a b' | .venv/bin/frontdesk staff add Ada --role lead --password-stdin",
        "frontdesk chat --channel whatsapp   # the same",
        "frontdesk db restore FILE",
        "the frontdesk-chat element",
    ],
)
def test_a_right_command_is_left_alone(piece: str) -> None:
    assert list(wrong_commands(piece)) == []


@pytest.mark.parametrize(
    "piece", ["gateway/absent.py", "tests/project/test_docs.py::test_absent", "brain/nothing/"]
)
def test_an_absent_path_is_found(piece: str) -> None:
    assert absent(piece) == piece


@pytest.mark.parametrize(
    "piece",
    ["gateway/records.py", "channels/KIND.py", "docs/decisions/NNNN-title.md", "text/plain"],
)
def test_other_words_are_no_absent_path(piece: str) -> None:
    assert absent(piece) is None
