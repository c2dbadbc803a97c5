"""docs/channels/README.md shows what the adapters say of themselves, with a reason for each no."""

from __future__ import annotations

from pathlib import Path

from channels.features import FEATURES, KINDS_SHOWN, REASONS, table
from channels.kinds import CAPABILITIES

PAGE = Path(__file__).parents[2] / "docs/channels/README.md"


def test_the_page_shows_the_table_as_it_is() -> None:
    assert table(CAPABILITIES) in PAGE.read_text("utf-8")


def test_every_kind_is_shown() -> None:
    assert set(KINDS_SHOWN) == set(CAPABILITIES)


def test_no_reason_is_given_for_what_a_kind_can_do() -> None:
    can = {
        (kind, feature.name)
        for kind in KINDS_SHOWN
        for feature in FEATURES
        if feature.of(CAPABILITIES[kind])
    }
    assert can & set(REASONS) == set()
    assert {name for _, name in REASONS} <= {feature.name for feature in FEATURES}
