"""Values that people write on the desk as YAML: read as a configuration file's are, but never with
anything from the environment, which may hold secrets."""

from __future__ import annotations

from textwrap import indent

import yaml

from gateway.config.document import Document, Plain, parse
from gateway.errors import ConfigurationError, KeyPath, Problem

_KEY = "value"


def read(text: str, path: KeyPath) -> Plain:
    """What the text says; an empty one is None.

    Raises:
        ConfigurationError: at this key, with the text's own lines.
    """
    if "${" in text:
        words = "takes nothing from the environment"
        raise ConfigurationError([Problem(words, path, "write the value itself")])
    document = Document("")
    parse(f"{_KEY}:\n{indent(text, '  ', lambda _: True)}".encode(), document, {})
    if document.problems:
        raise ConfigurationError([_at(problem, path) for problem in document.problems])
    return document.data.get(_KEY)


def written(value: object) -> str:
    """A value as YAML that ``read`` gives back."""
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=90)
    return text.removesuffix("...\n")


def _at(problem: Problem, path: KeyPath) -> Problem:
    # The line above the text is ours.
    where = f"line {problem.line - 1}: " if problem.line > 1 else ""
    return Problem(where + problem.message, (*path, *problem.path[1:]), problem.mend)
