"""One harness for each kind that can be configured; a test of this folder runs over all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from importlib import import_module

import pytest

from channels.kinds import KINDS, Kind
from tests.contract.harness.protocol import Harness, Open
from tests.contract.steps import Inapplicable

# Here and not in the fixture: a new kind without its harness fails at once, and an import blocks.
HARNESSES: dict[str, Open] = {
    kind: import_module(f"tests.contract.harness.{kind}").harness for kind in KINDS
}


@pytest.fixture(params=sorted(HARNESSES))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
async def harness(kind: Kind) -> AsyncIterator[Harness]:
    async with HARNESSES[kind.name]() as ready:
        yield ready


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A case that a kind has no part in is passed, and the report says why."""
    try:
        return (yield)
    except Inapplicable as why:
        pyfuncitem.user_properties.append(("inapplicable", str(why)))
        return True
