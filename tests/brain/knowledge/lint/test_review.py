"""What the owners of articles should mend is said, article by article."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from brain.knowledge.documents import Document
from brain.knowledge.lint.review import LONG_WORDS, review
from tests.brain.knowledge.lint.shelf import article, passage

TODAY = date(2026, 6, 1)
BODY = "Wipe the lamp with a dry cloth. Never use soap, and never put it under running water."
GUIDE = "1. Look. Is it dark?\n   - if: yes -> step 4\n   - if: no -> done\n"


def codes(*articles: Document) -> list[tuple[str, str]]:
    return [(finding.document, finding.code) for finding in review(articles, (), TODAY)]


def test_a_sound_article_has_no_findings() -> None:
    sound = article("lamps", BODY, review_by=TODAY + timedelta(days=200))
    assert codes(sound) == []


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, ["overdue"]), (0, ["due_soon"]), (30, ["due_soon"]), (31, [])],
)
def test_an_article_is_due_before_its_day_and_overdue_after_it(
    days: int, expected: list[str]
) -> None:
    due = article("lamps", BODY, review_by=TODAY + timedelta(days=days))
    assert [code for _, code in codes(due)] == expected


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (article("lamps", BODY, draft=True), "draft"),
        (article("lamps", "# Lamps\n"), "empty"),
        (article("lamps", "Wipe it with a cloth."), "short"),
        (article("lamp-care", BODY, "Lamp care"), "untitled"),
        (article("lamps", BODY, " "), "untitled"),
        (article("lamps", f"{BODY}\n\n{GUIDE}"), "guide"),
        (article("lamps", BODY, guide=True), "guide"),
        (article("lamps", "word " * (LONG_WORDS + 1)), "long"),
    ],
)
def test_a_fault_has_its_code(found: Document, code: str) -> None:
    assert codes(found) == [("lamps" if found.id == "lamps" else found.id, code)]


def test_a_title_that_the_article_says_itself_is_a_title() -> None:
    assert codes(article("lamp-care", f"# Lamp care\n\n{BODY}", "Lamp care")) == []


def test_what_a_guide_leads_to_is_said_in_words() -> None:
    [finding] = review([article("lamps", f"{BODY}\n\n{GUIDE}")], (), TODAY)
    assert finding.message == "step 1 leads to step 4, which does not exist"


def test_sections_are_long_by_themselves_not_together() -> None:
    half = "word " * (LONG_WORDS - 10)
    assert codes(article("lamps", f"## One\n\n{half}\n\n## Two\n\n{half}")) == []


def test_what_two_articles_tell_word_for_word_is_found_once() -> None:
    passages = [
        passage("p1", BODY, "Lamps", heading="Care", document="lamps"),
        passage("p2", f"{BODY} Enjoy.", "Lights", document="lights"),
        passage("p3", BODY, "Lamps", heading="Again", document="lamps"),
        passage("p4", "Something else entirely is told here, of tents and their pegs and rain.",
                "Tents", document="tents"),
    ]  # fmt: skip
    [finding] = review((), passages, TODAY)
    assert (finding.document, finding.code) == ("lamps", "duplicate")
    assert finding.message == (
        "“Lamps > Care” is told almost word for word in 'lights' too; keep it in one"
    )


def test_findings_come_by_article_and_in_a_fixed_order() -> None:
    late = TODAY - timedelta(days=1)
    found = codes(
        article("b", "Wipe it.", draft=True, review_by=late), article("a", BODY, draft=True)
    )
    assert found == [("a", "draft"), ("b", "overdue"), ("b", "draft"), ("b", "short")]
