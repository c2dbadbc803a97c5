"""One YAML file as plain data that knows the line of every key and which values came from the
environment; it never judges what the keys mean and never runs anything a file asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from gateway.config.references import Masked, mask, resolve
from gateway.errors import KeyPath, Problem

Plain: TypeAlias = "str | int | float | bool | dict[str, Plain] | list[Plain] | None"

SIZE_LIMIT = 1024 * 1024
NODE_LIMIT = 20_000
DEPTH_LIMIT = 40

_TAG = "tag:yaml.org,2002:"


class _Refused(Exception):
    """The document asks for more than a configuration needs."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.SafeLoader):
    """Composes nodes and stops at the first excess, before any of it is built."""

    # Own resolvers: with those of YAML 1.1 the mode `off` and the language `no` become booleans,
    # `09:00` a number of seconds and `007` seven.
    yaml_implicit_resolvers = {}  # noqa: RUF012 - the library's attribute, read and not changed
    _depth = 0
    _nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        self._nodes += 1
        if self._depth > DEPTH_LIMIT or self._nodes > NODE_LIMIT:
            raise _Refused("the file is nested too deeply or too long", self.line + 1)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _resolver(name: str, pattern: str, first: str) -> None:
    tag, expression, starts = _TAG + name, re.compile(pattern), list(first) or [""]
    _Loader.add_implicit_resolver(tag, expression, starts)  # pyright: ignore[reportUnknownMemberType] - the library is untyped here


_resolver("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolver("int", r"^[-+]?(?:0|[1-9][0-9]{0,17})$", "-+0123456789")
_resolver("float", r"^[-+]?[0-9]{1,17}\.[0-9]{1,17}$", "-+0123456789")
_resolver("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_resolver("null", r"^$", "")


@dataclass(slots=True)
class Document:
    """``references`` names, for each value that came from the environment, the variables used;
    ``unresolved`` are the paths whose value could not be had, which already have their problem."""

    file: str
    data: dict[str, Plain] = field(default_factory=dict[str, Plain])
    lines: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    references: dict[KeyPath, tuple[str, ...]] = field(
        default_factory=dict[KeyPath, tuple[str, ...]]
    )
    unresolved: set[KeyPath] = field(default_factory=set[KeyPath])
    problems: list[Problem] = field(default_factory=list[Problem])

    def line(self, path: KeyPath) -> int:
        """The line of the key, or of the nearest one around it that the file has."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def report(self, message: str, path: KeyPath = (), mend: str = "", line: int = 0) -> None:
        self.problems.append(Problem(message, path, mend, self.file, line or self.line(path)))


def read(path: Path, environ: Mapping[str, str]) -> Document:
    """The file's content, with its problems inside; never raises for what the file holds."""
    document = Document(path.name)
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        why = error.strerror or "unknown reason"
        mend = "start where it lies, or name it with `-c FILE`"
        document.problems.append(Problem(f"cannot be read ({why})", (), mend, str(path)))
        return document
    parse(content, document, environ)
    return document


def parse(content: bytes, document: Document, environ: Mapping[str, str]) -> None:
    if len(content) > SIZE_LIMIT:
        document.report("the file is larger than 1 MiB, which no configuration needs", line=1)
        return
    try:
        masked = mask(content.decode("utf-8-sig"))
        root = _compose(masked.text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        document.report("the file is not UTF-8 from here on", mend="save it as UTF-8", line=line)
    except _Refused as error:
        document.report(str(error), line=error.line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.report(_syntax(error), line=mark.line + 1 if mark else 1)
    except yaml.YAMLError:
        document.report("a character here has no place in a YAML file", line=1)
    except (ValueError, OverflowError):
        document.report("the file holds a character or an escape that no text may hold", line=1)
    else:
        _build(root, document, masked, environ)


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()  # pyright: ignore[reportUnknownMemberType] - the library is untyped here


def _syntax(error: yaml.MarkedYAMLError) -> str:
    # Only the parser's own words: the snippet it offers would print the line, secrets and all.
    words = (error.problem or "it cannot be parsed").split(", but")[0].removeprefix("but ")
    # A quoted thing in the parser's words may come from the file.
    return "not valid YAML: " + re.sub(r"'[^'\s]{4,}'|\"[^\"\s]{4,}\"", "…", words)


def _build(
    root: yaml.Node | None, document: Document, masked: Masked, environ: Mapping[str, str]
) -> None:
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag == _TAG + "null"):
        return
    try:
        if isinstance(root, yaml.MappingNode):
            document.data = _Builder(document, masked, environ).mapping(root, ())
        else:
            document.report("the file must be a mapping (key: value)", line=1)
    except _Refused as error:
        document.report(str(error), line=error.line)


class _Builder:
    """Turns nodes into plain data; one a document."""

    def __init__(self, document: Document, masked: Masked, environ: Mapping[str, str]) -> None:
        self._document = document
        self._masked = masked
        self._environ = environ
        self._built = 0

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Plain]:
        built: dict[str, Plain] = {}
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._document.report("a key must be a single word", path, line=line)
                continue
            key = self._masked.restore(key_node.value)
            if _has_surrogate(key):
                self._document.report("a key holds half a character", path, line=line)
            elif key in seen:
                mend = f"it is also set on line {seen[key]}: keep one of the two"
                self._document.report("set twice", (*path, key), mend, line)
            else:
                seen[key] = line
                self._document.lines[(*path, key)] = line
                self._into(built, key, value_node, (*path, key))
        return built

    def _into(self, built: dict[str, Plain], key: str, node: yaml.Node, path: KeyPath) -> None:
        value, present = self._value(node, path)
        if present:
            built[key] = value

    def _sequence(self, node: yaml.SequenceNode, path: KeyPath) -> list[Plain]:
        built: list[Plain] = []
        for item in node.value:
            here = (*path, len(built))
            self._document.lines[here] = item.start_mark.line + 1
            value, present = self._value(item, here)
            if present or here in self._document.unresolved:
                built.append(value)
        return built

    def _value(self, node: yaml.Node, path: KeyPath) -> tuple[Plain, bool]:
        """The value, and whether there is one: what comes out empty counts as not set."""
        self._built += 1
        # Aliases multiply: what is counted is what they would grow to.
        if self._built > NODE_LIMIT or len(path) > DEPTH_LIMIT:
            message = "aliases (*name) make the file grow too long or run in a circle"
            raise _Refused(message, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self.mapping(node, path), True
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return self._sequence(node, path), True
        if isinstance(node, yaml.ScalarNode) and node.tag.startswith(_TAG):
            return self._scalar(node, path)
        self._unresolved(path, "tags (!name) are not used here", "remove it")
        return None, False

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> tuple[Plain, bool]:
        text: str = node.value
        if _has_surrogate(text):
            self._unresolved(path, "holds half a character", "write the character itself")
            return None, False
        if not self._masked.has_reference(text):
            return self._typed(node.tag.removeprefix(_TAG), text, path)
        outcome = resolve(self._masked, text, self._environ)
        self._document.references[path] = outcome.names
        for message, mend in outcome.problems:
            self._unresolved(path, message, mend)
        return outcome.value, not outcome.problems and not outcome.empty

    def _typed(self, tag: str, text: str, path: KeyPath) -> tuple[Plain, bool]:
        text = self._masked.restore(text)
        try:
            match tag:
                case "null":
                    return None, True
                case "bool":
                    return text.lower() == "true", True
                case "int":
                    return int(text), True
                case "float":
                    return float(text), True
                case "str":
                    return text, True
                case _:
                    self._unresolved(path, "tags (!!name) are not used here", "remove it")
        except ValueError:
            self._unresolved(path, "is no number", "remove the tag in front of it")
        return None, False

    def _unresolved(self, path: KeyPath, message: str, mend: str) -> None:
        self._document.unresolved.add(path)
        self._document.report(message, path, mend)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
