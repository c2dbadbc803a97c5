"""Which kill points the product has, read off its source, and where each of them is tried."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ("gateway", "channels", "brain")

# The hit at which the real gateway dies, under load and well after its start.
OVER_HTTP = {
    "intake.before_insert": 5,
    "intake.before_ack": 5,
    "turns.after_open": 6,
    "turns.before_commit": 6,
    "turns.inside_commit": 6,
    "turns.after_commit": 6,
    "store.before_commit": 60,
    "store.after_commit": 60,
}
# A pulled channel sends by committing; these stand only before and after a platform's door.
WHILE_SENDING = {"outbox.after_mark": 2, "outbox.after_send": 2}
# Tried against a business system that keeps a ledger: tests/gateway/actions/test_calling.py.
AROUND_A_CALL = ("actions.before_call", "actions.after_call")


def named_in_source() -> dict[str, str]:
    """Every failpoint's name and the file that has it."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for name in _names(ast.parse(file.read_text())):
                found[name] = str(file.relative_to(ROOT))
    return found


def under_load() -> list[str]:
    """Those that a conversation without an action passes."""
    return sorted(set(named_in_source()) - set(AROUND_A_CALL))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or len(node.args) != 1:
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        said = node.args[0]
        if name.lstrip("_") in {"failpoint", "fail"} and isinstance(said, ast.Constant):
            yield str(said.value)
