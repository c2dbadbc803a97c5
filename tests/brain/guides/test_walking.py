"""Where an answer leads, and what may be chosen."""

from __future__ import annotations

import pytest

from brain.contract import GuideProgress, StepDone
from brain.guides.phrasebook import shipped
from brain.guides.reading import read
from brain.guides.walking import LABEL_LIMIT, Walked, answer, begin, options, step_of
from brain.triage.vocabulary import LANGUAGES
from tests.brain.guides.lamp import lamp

PHRASES = shipped()
HEARS = PHRASES.hears("en")
GUIDE = lamp()


def said(progress: GuideProgress, text: str, choice: str | None = None) -> Walked:
    walked = answer(GUIDE, progress, text, choice, HEARS)
    assert walked is not None
    return walked


def labels(body: str, number: int, language: str = "en") -> list[tuple[str, str]]:
    guide = read("d", "T", None, body)
    assert guide is not None
    step = step_of(guide, number)
    assert step is not None
    offered = options(guide, step, PHRASES.says(language), PHRASES.hears(language))
    return [(option.id, option.label) for option in offered]


def test_an_outcome_leads_to_its_step_and_is_remembered_in_the_guides_words() -> None:
    walked = said(begin(GUIDE), "there's no light at all")
    assert (walked.came, walked.progress.step, walked.outcome) == ("next", 2, "no light")
    assert walked.progress.done == (
        StepDone(1, "Hold the button for three seconds. Does the light come on?", "no light"),
    )


def test_a_step_without_outcomes_leads_to_the_next_one() -> None:
    second = said(begin(GUIDE), "no").progress
    assert said(second, "done").progress.step == 3
    assert said(second, "still not working").progress.done[-1].outcome == "did not help"


def test_outcomes_end_the_guide_or_call_a_person() -> None:
    assert said(begin(GUIDE), "yes").came == "done"
    assert said(begin(GUIDE), "it blinks red").came == "person"


def test_after_the_last_step_the_guide_is_done_or_has_not_helped() -> None:
    guide = read("d", "T", None, "1. Open it.\n2. Close it.")
    assert guide is not None
    last = GuideProgress("d", "T", 2)
    done = answer(guide, last, "done", None, HEARS)
    stuck = answer(guide, last, "it still does not work", None, HEARS)
    assert done is not None
    assert stuck is not None
    assert (done.came, stuck.came) == ("done", "person")


def test_going_back_takes_the_last_step_back() -> None:
    second = said(begin(GUIDE), "no light").progress
    back = said(second, "go back")
    assert (back.came, back.progress) == ("back", begin(GUIDE))
    assert said(begin(GUIDE), "back").came == "again"


def test_starting_again_forgets_what_was_done() -> None:
    second = said(begin(GUIDE), "no light").progress
    assert said(second, "start again").progress == begin(GUIDE)


def test_an_earlier_button_mends_the_answer_that_was_given_there() -> None:
    third = said(said(begin(GUIDE), "", "guide_1_2").progress, "", "guide_2_next").progress
    mended = said(third, "", "guide_1_3")
    assert (mended.came, [done.outcome for done in mended.progress.done]) == (
        "person",
        ["it blinks red"],
    )


def test_a_button_of_a_step_that_was_never_reached_shows_where_the_customer_stands() -> None:
    assert said(begin(GUIDE), "", "guide_3_1").came == "again"
    assert said(begin(GUIDE), "", "guide_1_9").came == "unclear"


def test_having_done_a_step_does_not_say_what_came_of_it() -> None:
    assert said(begin(GUIDE), "ok done").came == "unclear"


def test_saying_that_it_worked_ends_the_guide_at_any_step() -> None:
    second = said(begin(GUIDE), "no").progress
    assert said(second, "it works now, thanks!").came == "done"


def test_another_question_is_no_answer() -> None:
    assert answer(GUIDE, begin(GUIDE), "how much is shipping?", None, HEARS) is None


def test_an_outcome_that_leads_nowhere_calls_a_person() -> None:
    guide = read("d", "T", None, "1. Look.\n   - if: dark -> step 7")
    assert guide is not None
    walked = answer(guide, begin(guide), "dark", None, HEARS)
    assert walked is not None
    assert walked.came == "person"


def test_yes_and_no_are_offered_in_the_customers_language() -> None:
    body = "1. Look.\n   - if: yes -> done\n   - if: no -> person\n   - if: blinks -> step 1"
    assert labels(body, 1, "de") == [
        ("guide_1_1", "Ja"),
        ("guide_1_2", "Nein"),
        ("guide_1_3", "Blinks"),
    ]


def test_long_labels_are_cut_at_a_word_and_stay_different() -> None:
    body = (
        "1. Look.\n   - if: the small lamp blinks red -> done\n"
        "   - if: the small lamp blinks green -> done\n2. Wait."
    )
    first, second = (label for _, label in labels(body, 1))
    assert first != second
    assert max(len(first), len(second)) <= LABEL_LIMIT
    single = "1. Look.\n   - if: the lamp blinks in red -> done"
    assert labels(single, 1) == [("guide_1_1", "The lamp blinks in…")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_plain_step_offers_fits_on_a_button(language: str) -> None:
    body = "1. Open it.\n2. Close it."
    offered = [*labels(body, 1, language), *labels(body, 2, language)]
    assert [id for id, _ in offered] == ["guide_1_next", "guide_2_worked", "guide_2_stuck"]
    back = PHRASES.says(language).back
    assert all(0 < len(label) <= LABEL_LIMIT for label in [*(lb for _, lb in offered), back])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_button_says_is_understood_when_it_is_typed(language: str) -> None:
    says, hears = PHRASES.says(language), PHRASES.hears(language)
    guide = read("d", "T", None, "1. Open it.\n2. Close it.")
    assert guide is not None
    typed = {says.next: "next", says.worked: "done", says.stuck: "next", says.back: "again"}
    for text, came in typed.items():
        walked = answer(guide, begin(guide), text, None, hears)
        assert walked is not None, text
        assert walked.came == came, text
