"""What is said about wordings that a business wrote itself."""

from __future__ import annotations

import pytest

from channels.webchat.settings import WebSettings
from gateway.config.settings import BusinessSettings, Settings
from gateway.config.texts import Overrides
from gateway.notices import shipped
from gateway.notices.check import problems, texts_check


def told(overrides: dict[str, object]) -> list[tuple[str, str, str]]:
    return [
        (".".join(str(part) for part in problem.path), problem.message, problem.mend)
        for problem in problems(overrides)
    ]


def test_good_wordings_of_every_form() -> None:
    assert (
        problems(
            {
                "greeting": "Hello from {business}!",
                "handoff": {"en": "Passing it on. [Answer in {wait}.]", "pt-BR": "Estou passando."},
                "off_hours": {"en": {"whatsapp": "Back {opens}. ‹Go on›", "*": "Back {opens}."}},
                "window_template": "Hello, {{1}} answered about {{2}} for you.",
                "clarify": "{a} or {b}? ‹{b}› ‹{a}› ‹Neither›",
            }
        )
        == []
    )


def test_shipped_texts_pass_their_own_check() -> None:
    for tag, language in shipped.load().items():
        written: dict[str, object] = {
            key: {tag: entry.text + "".join(f" ‹{choice.label}›" for choice in entry.choices)}
            for key, entry in language.texts.items()
        }
        assert problems(written) == []


def test_an_unknown_key_names_the_nearest_one_once() -> None:
    assert told({"handof": {"en": "Passing it on.", "de": "Gebe weiter."}}) == [
        (
            "business.texts.handof",
            "there is no text called 'handof'",
            "did you mean 'handoff'?",
        )
    ]
    assert "docs/reference/texts.md" in told({"qqq": "x"})[0][2]


@pytest.mark.parametrize(
    ("key", "text", "message", "mend"),
    [
        ("handoff", "Soon. [In {wiat}.]", "this text has no value {wiat}", "mean {wait}"),
        ("greeting", "Hello {name}!", "this text has no value {name}", "{business}"),
        ("greeting", "Hello {Business}!", "this text has no value {Business}", "{business}"),
        ("handoff", "Soon, in {wait}.", "{wait} may be unknown", "within [...]"),
        ("off_hours", "We are away.", "leaves out {opens}", "put it back"),
        ("off_hours", "We are away. [Back {opens}.]", "{opens} would be left out", "out of the"),
        ("greeting", "Hello {business!", "brace without its other half", "{name}"),
        ("window_template", "{{1}} wrote.", "numbered places", "{{1}} and {{2}}"),
        ("greeting", "Hello {{1}}!", "numbered places", "single braces"),
        ("greeting", "x" * 301, "is 1 characters longer than the 300", "say less"),
        ("greeting", "🏕" * 151, "is 2 characters longer than the 300", "say less"),
        ("greeting", "  ", "must be a text", "remove the line"),
        ("greeting", 7, "must be a text", "remove the line"),
        ("greeting", None, "must be a text", "remove the line"),
        ("greeting", "Hello! ‹Go›", "has 1 buttons where the shipped text has 0", "remove"),
        ("rating_low", "Again? ‹Yes›", "has 1 buttons where the shipped text has 2", "write 2"),
        ("off_topic", "No. ‹I want to talk to a person›", "longer than 20", "shorten"),
        ("off_topic", "No. ‹›", "button without words", "within"),
        ("off_topic", "No. ‹{who}›", "has no value {who}", "plain words"),
    ],
)
def test_what_is_wrong_and_how_to_mend_it(key: str, text: object, message: str, mend: str) -> None:
    (problem,) = told({key: {"en": {"web": text}}})
    assert problem[0] == f"business.texts.{key}.en.web"
    assert message in problem[1]
    assert mend in problem[2]


def test_unknown_and_repeated_languages() -> None:
    (unknown,) = told({"greeting": {"xx": {"web": "Hi.", "mail": "Hi."}}})
    assert unknown[:2] == ("business.texts.greeting.xx", "'xx' is not a shipped language")
    (twice,) = told({"greeting": {"pt": "Oi.", "pt-BR": "Olá."}})
    assert twice[0] == "business.texts.greeting.pt-BR"
    assert "already has a wording" in twice[1]


def test_every_problem_is_told_at_once() -> None:
    paths = [path for path, _, _ in told({"handof": "x", "greeting": {"xx": "x"}, "thanks": ""})]
    assert paths == [
        "business.texts.handof",
        "business.texts.greeting.xx",
        "business.texts.thanks",
    ]


@pytest.mark.parametrize("odd", [{}, [], {"en": []}, {"en": {"web": {"deep": "x"}}}, {1: {2: 3}}])
def test_odd_shapes_do_not_raise(odd: object) -> None:
    assert len(problems({"greeting": odd})) <= 2


def settings_with(texts: Overrides, *channels: str) -> Settings:
    entries = {name: WebSettings(kind="web") for name in channels}
    return Settings(business=BusinessSettings(texts=texts), channels=entries)


def test_texts_for_configured_channels_pass() -> None:
    texts = {"thanks": {"en": {"web": "Any time!", "*": "Sure!"}}, "greeting": "Hello!"}
    assert texts_check(settings_with(texts, "web")) == []
    assert texts_check(settings_with({})) == []


def test_a_text_for_no_channel_names_the_nearest_one() -> None:
    texts = {"thanks": {"en": {"wbe": "Any time!", "web": "Sure!"}}}
    (problem,) = texts_check(settings_with(texts, "web", "shop"))
    assert str(problem) == (
        'business.texts.thanks.en.wbe: no channel has this name; did you mean "web"?'
    )
    (problem, _) = texts_check(settings_with(texts))
    assert problem.mend == "remove it: no channel is known here"


def test_wordings_and_channels_are_told_together() -> None:
    texts = {"handof": "x", "thanks": {"en": {"wbe": "Any {time}!"}}}
    told_of = [(problem.path[2:], problem.message) for problem in texts_check(settings_with(texts))]
    assert told_of == [
        (("handof",), "there is no text called 'handof'"),
        (("thanks", "en", "wbe"), "this text has no value {time}"),
        (("thanks", "en", "wbe"), "no channel has this name"),
    ]
