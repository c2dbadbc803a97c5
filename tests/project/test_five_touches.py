"""Holds the five touches of a channel: adapter, line, harness, page and SDK, for every kind.
It starts from the list of kinds, and from the folder for what the list forgot."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from channels.contract import Channel
from channels.kinds import CAPABILITIES, KINDS, Kind, load
from channels.setup import SETUPS
from gateway.cli.answers import field_problem

REPOSITORY = Path(__file__).parents[2]
SHARED = frozenset(
    {
        "contract",
        "errors",
        "events",
        "features",
        "kinds",
        "rates",
        "settings",
        "setup",
        "signatures",
        "text",
    }
)


def _declared() -> set[str]:
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        lines: list[str] = tomllib.load(file)["project"]["dependencies"]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def _needed(model: Any, before: str = "") -> set[str]:
    """The key paths of settings that have no default, those of the kind itself apart."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        path = f"{before}{field.alias or name}"
        below = field.annotation
        if not field.is_required() or path == "kind":
            continue
        if isinstance(below, type) and issubclass(below, BaseModel):
            found |= _needed(below, f"{path}.")
        else:
            found.add(path)
    return found


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

    def test_setting_it_up_asks_for_all_that_it_needs(self, kind: Kind) -> None:
        setup = SETUPS[kind.name]
        assert setup.steps
        asked = {question.path for question in setup.questions}
        assert _needed(load(kind.settings)) <= asked
        for question in setup.questions:
            # A key that is no setting of the kind is a KeyError.
            field_problem(kind.name, question.path, "x")

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
