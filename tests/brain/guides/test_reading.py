"""What an author writes becomes a guide, and what would go wrong in it is said."""

from __future__ import annotations

import pytest

from brain.contract import Outcome
from brain.guides.reading import holds_steps, is_guide, placed, problems, read
from tests.brain.guides.lamp import BODY, lamp


def steps_of(body: str) -> list[tuple[int, str, tuple[Outcome, ...]]]:
    guide = read("d", "T", None, body)
    return [(s.number, s.text, s.outcomes) for s in guide.steps] if guide is not None else []


def test_steps_keep_their_text_and_lead_where_their_outcomes_say() -> None:
    first, second, third = steps_of(BODY)
    assert first == (
        1,
        "Hold the button for three seconds. Does the light come on?",
        (Outcome("yes", "done"), Outcome("no light", 2), Outcome("it blinks red", "person")),
    )
    assert second == (2, "Charge it for an hour with the cable from the box.", ())
    assert third[2] == (Outcome("yes", "done"), Outcome("no", "person"))


@pytest.mark.parametrize(
    "line",
    [
        "   - if: no light -> step 2",
        "   * IF: no light → Step 2",
        "   • **if:** no light => 2",
        "   if : no light --> go to step 2.",
        "  + _if:_ **no light** ➜ to step 2",
    ],
)
def test_outcomes_are_read_however_they_are_typed(line: str) -> None:
    [(_, _, outcomes), _] = steps_of(f"1. Look.\n{line}\n2. Wait.")
    assert outcomes == (Outcome("no light", 2),)


def test_a_step_may_have_paragraphs_sub_steps_and_code() -> None:
    body = "1. Open it:\n\n   1. lift\n   2. turn\n\n   ```\n   1. not a step\n   ```\n2. Close it."
    assert [number for number, _, _ in steps_of(body)] == [1, 2]
    assert "1. lift\n2. turn" in steps_of(body)[0][1]


def test_ones_before_every_step_are_counted_as_people_see_them() -> None:
    assert [number for number, _, _ in steps_of("1. a\n1. b\n1. c")] == [1, 2, 3]


def test_steps_go_on_under_another_heading() -> None:
    assert [number for number, _, _ in steps_of("1. a\n\n## Then\n\n2. b\n\ntext\n\n3. c")] == [
        1,
        2,
        3,
    ]


def test_of_several_lists_the_one_with_outcomes_is_the_guide() -> None:
    body = "1. a tent\n2. a lamp\n\n## Steps\n\n1. Look.\n   - if: fine -> done\n"
    assert [text for _, text, _ in steps_of(body)] == ["Look."]


def test_numbered_steps_alone_do_not_make_an_article_a_guide() -> None:
    assert not is_guide("1. Open your order.\n2. Print the label.")
    assert is_guide(BODY)
    assert read("d", "T", None, "No steps here.") is None


def test_text_after_the_steps_belongs_to_none_of_them() -> None:
    assert "Warranty" not in steps_of(BODY)[-1][1]


def test_each_step_knows_its_passage() -> None:
    guide = placed(lamp(), [("a", "Lead-in."), ("b", "1. Hold the button for three seconds. Does")])
    assert [step.passage for step in guide.steps] == [None, None, None]
    assert [step.passage for step in lamp().steps] == ["p1", "p1", "p1"]


def test_what_is_written_for_the_author_is_recognised() -> None:
    assert holds_steps(BODY)
    assert not holds_steps("1. Open your order.\n2. Print the label, if: you have a printer.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("1. a\n   - if: x -> step 9", "step 1 leads to step 9, which does not exist"),
        ("1. a\n   - if: x -> maybe", "step 1 leads to “maybe”"),
        ("1. a\n   - if: x -> done\n   - if: X -> person", "the outcome “x” twice"),
        ("1. a\n   - if: x -> done\n2. b", "step 2 cannot be reached"),
        ("1. a\n   - if: x -> step 2\n2. b\n   - if: y -> step 1", "no way leads from step 1, 2"),
        ("1. a\n2. b\n2. c\n   - if: y -> done", "two steps have the number 2"),
    ],
)
def test_what_would_go_wrong_is_said(body: str, said: str) -> None:
    assert any(said in problem for problem in problems(body))


def test_a_sound_guide_has_no_problems() -> None:
    assert problems(BODY) == []
    assert problems("1. a\n2. b") == []
