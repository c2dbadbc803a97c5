"""What `make story` counts as wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.story.playing import Played
from tests.story.telling import Came

WELL = Came(
    "asked_for_person", briefed=True, relayed=True, returned=True, resolved=True, rated=True
)
# What came of a case, what the pages complained of -> what is wrong.
PLAYED: Mapping[str, tuple[Came, list[str], list[str]]] = {
    "well": (WELL, [], []),
    "not seen": (Came(wrong=["not seen: it"]), [], ["web_desk web: not seen: it"]),
    "a page complained": (WELL, ["refused a style"], ["web_desk complains: refused a style"]),
    "the assistant spoke": (replace(WELL, spoke_after=1), [], []),
}


@pytest.mark.parametrize(("came", "complaints", "wrong"), PLAYED.values(), ids=PLAYED)
def test_a_story_is_whole_where_nothing_is_wrong(
    came: Came, complaints: list[str], wrong: list[str]
) -> None:
    played = Played({"web_desk": {"web": came}}, complaints)
    assert played.wrong == wrong
    assert played.whole == (came is WELL and not complaints)
