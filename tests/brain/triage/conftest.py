"""Fixtures of triage's tests."""

from __future__ import annotations

import pytest

from brain.knowledge.minilm import MiniLm
from brain.knowledge.weights import ModelUnusable
from brain.triage.intents import Intents
from brain.triage.taxonomy import shipped


@pytest.fixture(scope="session")
def intents(tmp_path_factory: pytest.TempPathFactory) -> Intents:
    """The shipped intents, learnt with the sentence model."""
    try:
        model = MiniLm(tmp_path_factory.mktemp("model"))
    except ModelUnusable as error:
        pytest.skip(f"the sentence model is not installed: {error}")
    return Intents(shipped(), model)
