"""The configuration's models and routes: what can be one, and what is said of what cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.config.settings import Settings
from gateway.errors import ConfigurationError

HAIKU = "haiku: {provider: anthropic, model: claude-haiku-5-5, api_key: '${KEY}'}"
SONNET = "sonnet: {provider: anthropic, model: claude-sonnet-5-5, api_key: '${KEY}'}"
OWN = "own: {provider: openai, model: qwen3, api_base: 'http://127.0.0.1:8000/v1'"


def brain(folder: Path, models: str, routes: str = "{}") -> Settings:
    text = f"brain:\n  models: {{{models}}}\n  routes: {routes}\n"
    (folder / "config.yaml").write_text(text)
    return load(folder / "config.yaml", {"KEY": "sk-ant-a1b2c3"}).settings


def test_models_and_a_shipped_route(tmp_path: Path) -> None:
    settings = brain(tmp_path, f"{HAIKU}, {SONNET}", "{default: {use: anthropic, tags: []}}").brain
    assert settings.models["haiku"].model == "claude-haiku-5-5"
    assert settings.routes["default"].use == "anthropic"
    assert "sk-ant" not in repr(settings)


def test_a_server_of_ones_own_needs_no_key_but_a_price(tmp_path: Path) -> None:
    own = f"{OWN}, price: {{input: 0, output: 0}}, parameters: {{structured: object}}}}"
    settings = brain(tmp_path, own).brain
    assert settings.models["own"].parameters.structured == "object"


@pytest.mark.parametrize(
    ("models", "routes", "said"),
    [
        (f"{OWN}}}", "{}", "models.own.price: what qwen3 costs is not in the list"),
        (
            "a: {provider: openai, model: gpt-6-luna}",
            "{}",
            "models.a.api_key: there is no key for this provider",
        ),
        ("a: {provider: litellm, model: m}", "{}", "models.a.provider: must be 'anthropic' or"),
        ("A B: {provider: openai, model: m}", "{}", "brain.models"),
        ("a: {provider: openai, model: m, api_base: shop}", "{}", "models.a.api_base"),
        (HAIKU, "{default: {use: anthropic}}", "routes.default: no model is named sonnet"),
        (HAIKU, "{default: {rules: [{models: [haiky]}]}}", 'did you mean "haiku"?'),
        (HAIKU, "{default: {}}", "a route has either use or rules"),
        (HAIKU, "{webb: {rules: [{models: [haiku]}]}}", "is neither default nor a channel"),
        ("", "{default: {use: warm}}", "there are no models to route to"),
        (HAIKU, "{default: {use: cheap}}", "routes.default.use: must be 'frugal'"),
        (HAIKU, "{default: {rules: [{modles: [haiku]}]}}", 'did you mean "models"?'),
        (HAIKU, "{default: {rules: [{sentiment: [angry]}]}}", "rules[0].sentiment"),
    ],
)
def test_what_cannot_work_is_named(tmp_path: Path, models: str, routes: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        brain(tmp_path, models, routes)
    assert said in str(raised.value)
    assert "sk-ant" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("judge: {models: [sonet]}", "judge.models: no model is named sonet"),
        ("approved: [legl]", 'did you mean "legal"?'),
        ("approved: [safety]", "brain.approved: people answer this, whatever was approved"),
    ],
)  # fmt: skip
def test_what_is_judged_and_approved_is_known(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "config.yaml").write_text(f"brain:\n  models: {{{SONNET}}}\n  {text}\n")
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path / "config.yaml", {"KEY": "sk-ant-a1b2c3"})
    assert said in str(raised.value)


def test_topics_may_be_named_that_only_approved_sentences_answer(tmp_path: Path) -> None:
    text = f"brain:\n  models: {{{SONNET}}}\n"
    text += "  judge: {models: [sonnet]}\n  approved: [legal, returns]\n"
    (tmp_path / "config.yaml").write_text(text)
    brain = load(tmp_path / "config.yaml", {"KEY": "sk-ant-a1b2c3"}).settings.brain
    assert (brain.judge.models, brain.approved) == (("sonnet",), ("legal", "returns"))
