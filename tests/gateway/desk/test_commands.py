"""What a typed line means."""

from __future__ import annotations

import pytest

from gateway.desk.commands import Line, parse


@pytest.mark.parametrize(
    "typed",
    ["// call back", "//call back", "  // call back ", "\u200b// call back", "／／call back"],
)
def test_a_line_that_begins_with_the_mark_is_a_note(typed: str) -> None:
    assert parse(typed) == Line("note", "call back")


@pytest.mark.parametrize("typed", ["hello // there", "https://example.com", "/ / no", "/no"])
def test_any_other_line_is_a_message(typed: str) -> None:
    assert parse(typed) == Line("message", typed)


def test_a_line_said_to_be_a_note_is_one() -> None:
    assert parse(" call back ", note=True) == Line("note", "call back")
