"""Choosing a wording and filling it in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from channels.contract import Choice
from gateway.config.settings import BusinessSettings, Settings
from gateway.notices import wording
from gateway.notices.catalogue import (
    LANGUAGES,
    MissingValue,
    Notices,
    UnknownNotice,
    notices_for,
)

SHOP = "Fernhill Outdoor"


@pytest.fixture(scope="module")
def notices() -> Notices:
    return Notices(SHOP)


def test_the_business_is_always_filled_in(notices: Notices) -> None:
    said = notices.say("disclosure")
    assert said.text.startswith("Hi, I'm Fernhill Outdoor's AI assistant.")
    assert said.choices == (Choice("person", "Talk to a person"),)


def test_a_known_wait_is_said_and_an_unknown_one_is_left_out(notices: Notices) -> None:
    known = notices.say("handoff", wait="10 minutes").text
    assert " People usually answer within 10 minutes. If there's more" in known
    for unknown in (notices.say("handoff"), notices.say("handoff", wait=None)):
        assert "repeat it. If there's more they should know" in unknown.text
    assert notices.say("handoff", wait=" ").text == notices.say("handoff").text


def test_a_segment_at_the_end_leaves_no_trace(notices: Notices) -> None:
    assert notices.say("draft_wait").text.endswith("before I answer.")


def test_a_required_value_must_be_there(notices: Notices) -> None:
    with pytest.raises(MissingValue, match=r"'off_hours'.*opens"):
        notices.say("off_hours", opens=None)
    with pytest.raises(MissingValue):
        notices.say("off_hours", opens="")


def test_an_unknown_key_is_a_key_error(notices: Notices) -> None:
    with pytest.raises(UnknownNotice, match="no text called 'handof'") as caught:
        notices.say("handof")
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize(
    ("tag", "begins"),
    [("de", "Hallo!"), ("pt-BR", "Olá!"), ("PT_br", "Olá!"), ("ja", "Hello!"), (None, "Hello!")],
)
def test_tags_are_reduced_and_unknown_ones_fall_back(
    notices: Notices, tag: str | None, begins: str
) -> None:
    assert notices.say("greeting", tag).text.startswith(begins)


def test_the_fallback_is_the_business_s_own_where_it_is_shipped() -> None:
    assert Notices(SHOP, fallback="de-AT").say("greeting", "ja").text.startswith("Hallo!")
    assert Notices(SHOP, fallback="ja").say("greeting").text.startswith("Hello!")


def test_a_configuration_says_who_speaks_in_which_words_and_first_in_which_language() -> None:
    business = BusinessSettings(
        name=SHOP, languages=("de", "en"), texts={"thanks": {"en": {"web": "Any time!"}}}
    )
    notices = notices_for(Settings(business=business))
    assert notices.say("disclosure", "en").text.startswith(f"Hi, I'm {SHOP}'s AI assistant.")
    assert notices.say("greeting").text.startswith("Hallo!")
    assert notices.say("thanks", "en", "web").text == "Any time!"


def test_overrides_from_the_closest_to_the_widest() -> None:
    notices = Notices(
        SHOP,
        {
            "greeting": "Hey there!",
            "thanks": {"de": "Gerne!", "en": {"whatsapp": "Any time!", "*": "Sure!"}},
            "declined": {"en": {"mail": "Nothing was changed."}},
        },
    )
    assert notices.say("greeting", "de").text == "Hey there!"
    assert notices.say("thanks", "de-CH", "whatsapp").text == "Gerne!"
    assert notices.say("thanks", "en", "whatsapp").text == "Any time!"
    assert notices.say("thanks", "en", "web").text == "Sure!"
    assert notices.say("thanks", "en").text == "Sure!"
    assert notices.say("thanks", "fr").text == "Avec plaisir."
    assert notices.say("declined", "en", "mail").text == "Nothing was changed."
    assert notices.say("declined", "en", "web").text == "All right, nothing has been changed."


def test_an_override_keeps_the_shipped_buttons_unless_it_names_them() -> None:
    notices = Notices(
        SHOP,
        {"are_you_a_bot": "Yes, I am. ‹Person, please›", "rating_low": "Shall we look again?"},
    )
    assert notices.say("are_you_a_bot").choices == (Choice("person", "Person, please"),)
    assert notices.say("are_you_a_bot").text == "Yes, I am."
    assert [choice.label for choice in notices.say("rating_low", "de").choices] == [
        "Ja, bitte",
        "Nein, passt so",
    ]


def test_a_link_in_an_override_is_no_segment() -> None:
    notices = Notices(SHOP, {"greeting": "Hello! [Our help](https://shop.example/help) is here."})
    assert "[Our help](https://shop.example/help)" in notices.say("greeting").text


def test_what_is_filled_in_is_not_read_again(notices: Notices) -> None:
    said = notices.say("clarify", a="{b}", b="{business} [x {wait}]")
    assert [choice.label for choice in said.choices[:2]] == [
        "{b}",
        "{business} [x {wait}]"[:19] + "…",
    ]
    assert SHOP not in said.text


def test_labels_are_plain_and_cut_at_twenty_units(notices: Notices) -> None:
    said = notices.say("clarify", a="*tents*", b="🏕" * 15)
    assert said.choices[0].label == "*tents*"
    assert said.choices[1].label == "🏕" * 9 + "…"
    assert "\\*tents\\*" in said.text


def test_well_known_labels_in_every_language(notices: Notices) -> None:
    assert notices.label("person", "en") == "Talk to a person"
    assert len({notices.label("person", tag) for tag in LANGUAGES}) == len(LANGUAGES)
    assert notices.label("rating_5", "nl") == "5"
    for absent in ("option_a", "bogus"):
        with pytest.raises(UnknownNotice):
            notices.label(absent, "en")


def test_words_to_type(notices: Notices) -> None:
    assert notices.word("person", "de-DE") == "Mensch"
    with pytest.raises(UnknownNotice):
        notices.word("bogus")


@pytest.mark.parametrize(
    ("minutes", "tag", "said"),
    [
        (0, "en", "1 minute"),
        (1, "fr", "1 minute"),
        (59, "de", "59 Minuten"),
        (60, "de", "1 Stunde"),
        (61, "en", "2 hours"),
        (180, "nl", "3 uur"),
        (600, "ja", "10 hours"),
    ],
)
def test_a_wait_is_never_said_shorter_than_it_is(
    notices: Notices, minutes: int, tag: str, said: str
) -> None:
    assert notices.wait(minutes, tag) == said


def test_lines_for_staff(notices: Notices) -> None:
    line = notices.staff_line("not_sent", reason="window closed", way_out="Send the *template*.")
    assert line == "Not sent to the customer: window closed. Send the \\*template\\*."
    assert notices.staff_line("stale_view", customer="Ada", channel="mail").startswith("Ada still")
    with pytest.raises(MissingValue):
        notices.staff_line("taken")
    with pytest.raises(UnknownNotice):
        notices.staff_line("handoff")


def _shown(markdown: str) -> str:
    (paragraph,) = [t for t in MarkdownIt("commonmark").parse(markdown) if t.type == "inline"]
    assert {token.type for token in paragraph.children or []} <= {"text"}
    return "".join(token.content for token in paragraph.children or [])


@pytest.mark.parametrize(
    "name",
    [
        *("*x*", "# Ada", "1. Ada", "2) Ada", "- Ada", "+1 555", "> x", "<b>", "&amp;", "`x`"),
        *("[a](b)", "a\n\n# b", "\\", "===", "~~x~~", "![a](b)", "_x_", "---", "***"),
    ],
)
def test_a_name_is_shown_as_it_is(notices: Notices, name: str) -> None:
    said = notices.say("joined", name=name).text
    expected = f"{wording.one_line(name)} from {SHOP} is here and can see everything above."
    assert _shown(said) == expected


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_value_is_shown_as_it_is(value: str) -> None:
    assert _shown("to " + wording.literal(value) + ".") == f"to {wording.one_line(value)}."


@given(st.text(max_size=40), st.integers(2, 20))
def test_a_clipped_label_keeps_its_limit(label: str, limit: int) -> None:
    clipped = wording.clip(label, limit)
    assert wording.units(clipped) <= limit
    assert clipped == label or clipped.endswith("…")


def test_a_language_that_the_business_does_not_speak_is_answered_in_its_first() -> None:
    notices = Notices("Fernhill", fallback="de", spoken=("de", "fr"))
    assert notices.say("thanks", "fr").text != notices.say("thanks", "de").text
    assert notices.say("thanks", "nl").text == notices.say("thanks", "de").text
    assert notices.label("person", "nl") == notices.label("person", "de")
