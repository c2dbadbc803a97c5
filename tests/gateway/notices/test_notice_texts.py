"""The shipped texts: the same in every language, within the limits, true to their promises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.notices import shipped, wording
from gateway.notices.catalogue import LANGUAGES
from gateway.notices.shipped import Entry, Language

DEFAULTS = Path(__file__).parents[3].parent / "shared" / "texts.md"
ROW = re.compile(r"^\| `(\w+)`[^|]*\| (.*) \|$", re.MULTILINE)

NEVER_SAID = {
    "en": "unfortunately|sadly|regret|you failed|your mistake|invalid",
    "de": "leider|bedauer|ungültig|ihr fehler",
    "fr": "malheureusement|hélas|regrett|invalide|votre erreur",
    "es": "desafortunadamente|lamentablemente|por desgracia|inválid|su error",
    "it": "sfortunatamente|purtroppo|spiacent|non valido|suo errore",
    "pt": "infelizmente|lamentavelmente|lamentamos|inválid|seu erro",
    "nl": "helaas|jammer|ongeldig|uw fout",
}
EVERYTHING = {
    "en": "everything",
    "de": "allem",
    "fr": "tout ce que",
    "es": "todo lo",
    "it": "tutto ciò",
    "pt": "tudo o que",
    "nl": "alles",
}
PLACE_IN_LINE = {
    "en": "place",
    "de": "Platz",
    "fr": "place",
    "es": "lugar",
    "it": "posto",
    "pt": "lugar",
    "nl": "plaats",
}
STILL_IN_LINE = {
    "en": "still in line",
    "de": "weiterhin in der Reihe",
    "fr": "toujours dans la file",
    "es": "Sigue en la cola",
    "it": "ancora in coda",
    "pt": "continua na fila",
    "nl": "nog in de rij",
}
PASSWORD = {
    "en": "password",
    "de": "passwort|kennwort",
    "fr": "mot de passe",
    "es": "contraseña",
    "it": "password",
    "pt": "senha",
    "nl": "wachtwoord",
}
NEVER = {
    "en": "never ask",
    "de": "nie nach",
    "fr": "jamais",
    "es": "nunca",
    "it": "mai",
    "pt": "nunca",
    "nl": "nooit",
}
ASSISTANT = {
    "en": "AI assistant",
    "de": "KI-Assistent",
    "fr": "assistant IA",
    "es": "asistente de IA",
    "it": "assistente IA",
    "pt": "assistente de IA",
    "nl": "AI-assistent",
}


@pytest.fixture(scope="module")
def languages() -> Mapping[str, Language]:
    return shipped.load()


@pytest.fixture(scope="module", params=LANGUAGES)
def tag(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def texts(languages: Mapping[str, Language], tag: str) -> Mapping[str, Entry]:
    return languages[tag].texts


def test_english_is_word_for_word_what_was_agreed(languages: Mapping[str, Language]) -> None:
    if not DEFAULTS.exists():
        pytest.skip("the agreed texts (../shared/texts.md) are not beside this repository")
    agreed = DEFAULTS.read_text(encoding="utf-8")
    rows = {key: wording.split_buttons(text) for key, text in ROW.findall(agreed)}
    english = languages["en"].texts
    assert len(rows) > 30
    ours = {
        key: (entry.text, tuple(choice.label for choice in entry.choices))
        for key, entry in english.items()
    }
    assert {key: ours[key] for key in rows} == rows
    assert set(ours) - set(rows) == {"accounts_joined", "join_code", "join_failed"}
    lines = next(line for line in agreed.splitlines() if line.startswith("Staff lines"))
    assert languages["en"].staff == dict(re.findall(r'`(\w+)` "([^"]+)"', lines))


def test_every_language_has_every_text(
    languages: Mapping[str, Language], texts: Mapping[str, Entry]
) -> None:
    assert list(texts) == list(languages["en"].texts)


def test_values_segments_and_choices_are_the_same_in_every_language(
    languages: Mapping[str, Language], texts: Mapping[str, Entry]
) -> None:
    for key, english in languages["en"].texts.items():
        text = texts[key].text
        assert wording.holes(text) == wording.holes(english.text), key
        assert wording.required(text) == wording.required(english.text), key
        assert wording.numbered(text) == wording.numbered(english.text), key
        assert text.count("[") == english.text.count("["), key
        assert not wording.stray_brace(text), key
        ids = [choice.id for choice in texts[key].choices]
        assert ids == [choice.id for choice in english.choices], key
        for choice, original in zip(texts[key].choices, english.choices, strict=True):
            assert wording.holes(choice.label) == wording.holes(original.label), key


def test_texts_and_labels_keep_their_limits(texts: Mapping[str, Entry]) -> None:
    for key, entry in texts.items():
        assert 0 < wording.units(entry.text) <= wording.TEXT_LIMIT, key
        for choice in entry.choices:
            assert 0 < wording.units(choice.label) <= wording.LABEL_LIMIT, (key, choice)


def test_buttons_of_one_text_differ(texts: Mapping[str, Entry]) -> None:
    for key, entry in texts.items():
        labels = [choice.label.casefold() for choice in entry.choices]
        assert len(set(labels)) == len(labels), key


def test_a_person_is_called_the_same_on_every_button(texts: Mapping[str, Entry]) -> None:
    choices = [choice for entry in texts.values() for choice in entry.choices]
    assert len({choice.label for choice in choices if choice.id == "person"}) == 1


def test_nothing_is_regretted_or_blamed(texts: Mapping[str, Entry], tag: str) -> None:
    for key, entry in texts.items():
        assert not re.search(NEVER_SAID[tag], entry.text, re.IGNORECASE), key


def test_no_emoji(texts: Mapping[str, Entry]) -> None:
    for key, entry in texts.items():
        said = entry.text + "".join(choice.label for choice in entry.choices)
        assert not [sign for sign in said if unicodedata.category(sign) in {"So", "Cs", "Cn"}], key


def test_translations_are_translated(
    languages: Mapping[str, Language], texts: Mapping[str, Entry], tag: str
) -> None:
    if tag == "en":
        return
    english = languages["en"].texts
    assert [key for key in texts if texts[key].text == english[key].text] == []


def test_who_speaks_is_said_where_it_must_be(texts: Mapping[str, Entry], tag: str) -> None:
    for key in ("disclosure", "disclosure_mail", "foot_mail", "are_you_a_bot", "proactive"):
        assert ASSISTANT[tag] in texts[key].text, key


def test_cover_is_offered_where_the_place_in_line_is_promised(
    texts: Mapping[str, Entry], tag: str
) -> None:
    assert PLACE_IN_LINE[tag] in texts["off_hours"].text
    assert [choice.id for choice in texts["off_hours"].choices] == ["keep_going"]
    assert STILL_IN_LINE[tag] in texts["waiting"].text
    assert [choice.id for choice in texts["waiting"].choices] == ["ask_meanwhile"]


def test_a_handoff_passes_everything_on(texts: Mapping[str, Entry], tag: str) -> None:
    assert EVERYTHING[tag] in texts["handoff"].text


def test_a_wait_is_said_only_within_brackets(texts: Mapping[str, Entry]) -> None:
    with_wait = [key for key, entry in texts.items() if "wait" in wording.holes(entry.text)]
    assert with_wait == ["handoff", "handoff_by_us", "waiting", "draft_wait"]
    for key in with_wait:
        assert "wait" not in wording.required(texts[key].text)


def test_no_text_asks_for_a_password(texts: Mapping[str, Entry], tag: str) -> None:
    naming = [
        key for key, entry in texts.items() if re.search(PASSWORD[tag], entry.text, re.IGNORECASE)
    ]
    assert naming == ["verify"]
    assert NEVER[tag] in texts["verify"].text.split(". ")[-1]


def test_the_words_to_type_are_those_that_the_texts_name(
    languages: Mapping[str, Language], texts: Mapping[str, Entry], tag: str
) -> None:
    words = languages[tag].words
    assert set(words) == {"person", "yes", "no"}
    said = {key: re.findall(r"\w+", entry.text) for key, entry in texts.items()}
    assert words["person"] in said["foot_mail"]
    assert words["person"] in said["disclosure_mail"]
    assert {words["yes"], words["no"]} <= set(said["confirm"])
    assert words["yes"] in said["confirm_unclear"]
    assert "START" in said["opted_out"]
    assert "STOP" in said["proactive"]


def test_a_template_begins_and_ends_with_words(texts: Mapping[str, Entry]) -> None:
    text = texts["window_template"].text
    assert wording.numbered(text) == {"{{1}}", "{{2}}"}
    assert not text.startswith("{")
    assert not text.endswith("}")


def test_days_and_months_are_all_different(languages: Mapping[str, Language], tag: str) -> None:
    opens = languages[tag].opens
    assert len(set(opens.days)) == 7
    assert len(set(opens.months)) == 12
    assert wording.holes(opens.later) == {"day", "date", "month", "time"}
    assert wording.holes(opens.weekday) == {"day", "time"}
    assert wording.holes(opens.tomorrow) == wording.holes(opens.today) == {"time"}


def test_the_settings_say_of_every_text_when_it_is_said(languages: Mapping[str, Language]) -> None:
    static = Path(__file__).parents[3] / "gateway" / "web" / "static"
    words = (static / "occasions.js").read_text("utf-8")
    assert re.findall(r"^  (\w+): \"", words, re.MULTILINE) == list(languages["en"].texts)


def test_the_reference_page_lists_every_text(languages: Mapping[str, Language]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "texts.md").read_text("utf-8")
    rows = {
        cells[0].strip("` "): cells[2:]
        for cells in (row.removeprefix("|").split("|") for row in page.splitlines())
        if len(cells) > 2 and cells[0].startswith(" `")
    }
    english = languages["en"]
    assert list(rows) == [*english.texts, *english.staff]
    for key, entry in english.texts.items():
        values = rows[key][0]
        named = set(re.findall(r"`\{(\w+)\}`", values)) - {"business"}
        assert named == wording.holes(entry.text) - {"business"}, key
        optional = set(re.findall(r"\[`\{(\w+)\}`\]", values))
        assert optional == wording.holes(entry.text) - wording.required(entry.text), key
        buttons = re.findall(r"`(\w+)`", "".join(rows[key][1:]))
        assert buttons == [choice.id for choice in entry.choices], key
    for key, line in english.staff.items():
        assert set(re.findall(r"`\{(\w+)\}`", rows[key][0])) == wording.holes(line), key
