"""Whatever the file holds, loading either works or says what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.config import document, dotenv
from gateway.config.keys import did_you_mean
from gateway.config.load import Loaded
from gateway.errors import ConfigurationError, Problem

Load = Callable[..., Loaded]

KEYS = """
server host port store url data business name languages timezone hours mon holidays texts en
channels web always closed 09:00-12:00 2030-12-25
kind as demo desk origins identity_keys desks brain knowledge sources path threshold rollout mode
off auto shadow draft intents off_hours_only budgets tenant departments usd tokens
public_url post token imap password ${T} ${NONE} ${T:-1} $${ ${
"""
WORDS = KEYS.split()
CHARACTERS = st.characters(codec="utf-8")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.sampled_from(WORDS)
    | st.text(CHARACTERS, max_size=12)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(CHARACTERS, max_size=6), inner)
    ),
    max_leaves=25,
)
SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def attempt(load_text: Load, text: str | bytes) -> None:
    assert all(str(problem).encode() for problem in problems(load_text, text))


def problems(load_text: Load, text: str | bytes) -> Sequence[Problem]:
    """What is wrong; a refusal without a reason fails."""
    try:
        load_text(text, {"T": "from-the-environment"})
    except ConfigurationError as error:
        return error.problems or [Problem("")]
    return ()


@SLOW
@given(tree=st.dictionaries(st.sampled_from(WORDS), TREES, max_size=5))
def test_any_tree(load_text: Load, tree: dict[str, object]) -> None:
    attempt(load_text, yaml.safe_dump(tree, allow_unicode=True))


@SLOW
@given(
    text=st.binary(max_size=80)
    | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(
        st.sampled_from([*WORDS, ":", " ", "\n", "  ", "- ", "[", "]", "{", "}", "&a", "*a", "!!"]),
        max_size=40,
    ).map(lambda parts: " ".join(parts).encode())
)
def test_any_bytes(load_text: Load, text: bytes) -> None:
    attempt(load_text, text)


@SLOW
@given(content=st.binary(max_size=120))
def test_any_env_file(content: bytes) -> None:
    file = dotenv.parse(content)
    assert all(problem.file == ".env" for problem in file.problems)


@given(value=st.text(CHARACTERS, max_size=40))
def test_a_value_of_the_environment_never_becomes_yaml(value: str) -> None:
    found = document.Document("config.yaml")
    document.parse(b"a: {b: ${V:-x}, c: [${V:-x}]}\nd: e", found, {"V": value})
    expected = value if value.strip() else "x"
    assert found.data == {"a": {"b": expected, "c": [expected]}, "d": "e"}


@given(key=st.text(max_size=30), known=st.lists(st.text(min_size=1, max_size=12), min_size=1))
def test_there_is_always_a_nearest_key(key: str, known: list[str]) -> None:
    assert any(f'"{each}"' in did_you_mean(key, known) for each in known)


def test_the_folder_is_the_fixtures_own(load_text: Load, tmp_path: Path) -> None:
    load_text("")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml"]
