"""Owns the asking of a DOCX's elements by XPath, with Word's prefixes. Never changes an element."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias, cast

# An element as lxml, which has no types, makes it.
Node: TypeAlias = Any

_PREFIXES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


def found(node: Node, path: str) -> list[Node]:
    """The elements at ``path``, in the document's order."""
    return cast("list[Node]", _asked(path)(node))


def said(node: Node, path: str) -> str:
    """The text of the first thing at ``path``; empty where there is none."""
    return str(_asked(f"string({path})")(node))


def holds(node: Node, path: str) -> bool:
    """Whether there is anything at ``path``."""
    return bool(_asked(f"boolean({path})")(node))


@cache
def _asked(path: str) -> Callable[[Node], object]:
    asked: Callable[[Node], object] = import_module("lxml.etree").XPath(path, namespaces=_PREFIXES)
    return asked
