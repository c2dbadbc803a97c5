"""Holds the five touches of a channel: adapter, line, harness, page and SDK, for every kind.
It starts from the list of kinds, and from the folder for what the list forgot."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from channels.contract import Channel
from channels.kinds import CAPABILITIES, KINDS, Kind, load

REPOSITORY = Path(__file__).parents[2]
SHARED = frozenset({"contract", "errors", "events", "kinds", "rates", "signatures", "text"})


def _declared() -> set[str]:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        lines: list[str] = tomllib.load(file)["project"]["dependencies"]
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
class TestEachKind:
    def test_the_adapter_keeps_the_contract(self, kind: Kind) -> None:
        adapter = load(kind.channel)
        assert isinstance(adapter, type)
        assert issubclass(adapter, Channel)

    def test_the_line_says_what_it_can_do_and_takes(self, kind: Kind) -> None:
        assert KINDS[kind.name] is kind
        assert kind.capabilities is CAPABILITIES[kind.name]
        settings = load(kind.settings)
        assert isinstance(settings, type)
        assert issubclass(settings, BaseModel)

    def test_the_harness_stands_in_for_the_platform(self, kind: Kind) -> None:
        assert (REPOSITORY / "tests/contract/harness" / f"{kind.name}.py").is_file()

    def test_the_page_says_how_to_set_it_up(self, kind: Kind) -> None:
        page = (REPOSITORY / "docs/channels" / f"{kind.name}.md").read_text("utf-8")
        assert page.startswith("# ")

    def test_the_sdk_is_declared(self, kind: Kind) -> None:
        assert kind.sdk is None or canonicalize_name(kind.sdk) in _declared()


def test_every_adapter_has_its_line() -> None:
    modules = {
        path.stem
        for path in (REPOSITORY / "channels").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    listed = {kind.channel.split(":")[0].split(".")[1] for kind in KINDS.values()}
    assert modules - SHARED - {"__init__"} == listed
