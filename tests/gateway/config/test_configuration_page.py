"""docs/reference/configuration.md names every key that there is, with its default, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from channels.kinds import KINDS, load
from gateway.config.keys import LATER
from gateway.config.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs/reference/configuration.md").read_text()
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
# One key can be a setting of several kinds, each with a row and a default of its own.
ROWS: dict[str, set[str]] = {}
for _match in ROW.finditer(PAGE):
    ROWS.setdefault(_match[1], set()).add(_match[3].strip())
# Read by their own parsers, so that no settings model has a field for them.
PARSED = {"business.hours.DAY", "business.texts.NAME"}


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key, written as the page writes it."""
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        yield path, field
        yield from inner(field.annotation, path)
    if model is Settings:
        for kind in KINDS.values():
            found = load(kind.settings)
            assert isinstance(found, type)
            assert issubclass(found, BaseModel)
            yield from fields(found, "channels.NAME.")


def inner(annotation: Any, path: str) -> Iterator[tuple[str, FieldInfo]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from fields(annotation, f"{path}.")
        return
    origin: object = get_origin(annotation)
    mark = "[]" if origin is tuple else ".NAME" if "Mapping" in str(origin) else ""
    for argument in get_args(annotation):
        yield from inner(argument, path + mark)


FIELDS = tuple(fields(Settings))
KEYS = dict(FIELDS)
SECTIONS = {path for path in KEYS if any(other.startswith(f"{path}.") for other in KEYS)}


@pytest.mark.parametrize("path", sorted(set(KEYS) - SECTIONS))
def test_every_key_has_its_row(path: str) -> None:
    assert path in ROWS


@pytest.mark.parametrize("path", sorted(ROWS))
def test_every_row_is_a_key(path: str) -> None:
    assert path in KEYS or path in PARSED or not re.fullmatch(r"[a-z_.\[\]A-Z]+", path)


@pytest.mark.parametrize(("path", "field"), [one for one in FIELDS if one[0] in ROWS])
def test_the_default_is_the_real_one(path: str, field: FieldInfo) -> None:
    default, shown = field.get_default(), ROWS[path]
    if field.is_required():
        assert "required" in shown
    elif isinstance(default, (bool, int, float, str)):
        told = str(default).lower() if isinstance(default, bool) else str(default)
        assert f"`{told}`" in shown
    else:
        exempt = path in {"store.data", "store.files", "desks", LANGUAGES}
        assert exempt or any("`" not in one for one in shown)


LANGUAGES = "business.languages"


@pytest.mark.parametrize("path", [".".join(map(str, path)) for path in LATER])
def test_every_key_of_later_is_said_to_be_one(path: str) -> None:
    later = PAGE.split("## Not in this version")[1]
    assert f"`{path.replace('*', 'NAME')}`" in later


def test_the_examples_are_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        Settings.model_validate(yaml.load(block, yaml.BaseLoader))  # noqa: S506 - texts only
