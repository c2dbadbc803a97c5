"""Talking to the assistant in a terminal, without a gateway."""

from __future__ import annotations

from typing import Any

import pytest

from brain.contract import Citation, Decision, Handoff, Reason
from brain.models.scripted import Scripted
from channels.kinds import CAPABILITIES
from gateway.cli.talking import Exchange, Place, Talk
from gateway.notices.catalogue import Notices
from gateway.turns.plan import ChannelRules, TurnSetup
from tests.gateway.cli.desk import Desk, sentence
from tests.gateway.conftest import ManualClock

ANSWER = Decision(
    kind="reply",
    text="You have **60 days**.",
    citations=(Citation("p1", "Returns", "https://fernhill.example/r", "60 days"),) * 2,
    language="en",
    confidence=0.9,
)
PERSON = Decision(kind="hand_over", handoff=Handoff(Reason("asked_for_person", "asked"), "handoff"))


def talk(clock: ManualClock, kind: str = "web") -> Talk:
    rules = ChannelRules(demo=True, answers=True, mail=kind == "email")
    notices = Notices("Fernhill Outdoor")
    setup = TurnSetup(Scripted(), notices, None, ("en",), {"here": rules}, version=1)
    return Talk(setup, Place("here", CAPABILITIES[kind]), clock)


def say(talking: Talk, line: str, decision: Decision = ANSWER) -> Exchange:
    return talking.answered(talking.asked(line), decision)


class TestTalk:
    def test_the_first_answer_says_who_answers_and_the_next_does_not(
        self, clock: ManualClock
    ) -> None:
        talking = talk(clock)
        first, second = say(talking, "How long?"), say(talking, "Sure?")
        assert "AI assistant" in first.heard[0].pieces[0]
        assert second.heard[0].pieces == ("You have 60 days.",)

    @pytest.mark.parametrize(
        ("kind", "bold"),
        [("whatsapp", "*60 days*"), ("slack", "*60 days*"), ("discord", "**60 days**")],
    )
    def test_a_kind_reads_it_as_its_platform_shows_it(
        self, kind: str, bold: str, clock: ManualClock
    ) -> None:
        (heard,) = say(talk(clock, kind), "How long?").heard
        assert bold in "".join(heard.pieces)
        assert "Source: " in "".join(heard.pieces)
        assert heard.beside == ()

    def test_on_the_web_sources_stand_beside_the_text_once(self, clock: ManualClock) -> None:
        (heard,) = say(talk(clock), "How long?").heard
        assert heard.beside == ("Returns https://fernhill.example/r",)

    def test_a_number_presses_a_button(self, clock: ManualClock) -> None:
        talking = talk(clock)
        (heard,) = say(talking, "How long?").heard
        assert [choice.id for choice in heard.choices] == ["person"]
        (pressed,) = talking.asked(" 1 ").new
        assert (pressed.choice, pressed.text) == ("person", "Talk to a person")
        (other,) = talking.asked("2").new
        assert (other.choice, other.text) == (None, "2")

    def test_a_number_is_a_number_where_nothing_is_offered(self, clock: ManualClock) -> None:
        assert talk(clock).asked("1").new[0].choice is None

    def test_the_brain_is_told_what_was_said_before(self, clock: ManualClock) -> None:
        talking = talk(clock)
        say(talking, "How long?", Decision(kind="reply", text="60", unsuccessful="repeated"))
        say(talking, "And?", ANSWER)
        turn = talking.asked("Sure?")
        assert [said.author for said in turn.history] == ["customer", "assistant"] * 2
        assert [said.seq for said in (*turn.history, *turn.new)] == [1, 2, 3, 4, 5]
        assert turn.history[3].passages == ("p1", "p1")
        assert (turn.case.unsuccessful, turn.language) == (1, "en")

    def test_after_a_handoff_it_is_a_new_case(self, clock: ManualClock) -> None:
        talking = talk(clock)
        say(talking, "How long?", Decision(kind="reply", text="60", unsuccessful="repeated"))
        exchange = say(talking, "A person, please", PERSON)
        assert [heard.notice for heard in exchange.heard] == ["handoff"]
        turn = talking.asked("Hello?")
        assert (turn.history, turn.case.unsuccessful) == ((), 0)


def sources(desk: Desk) -> None:
    folder = str(desk.article().parent)

    def source(settings: dict[str, Any]) -> None:
        settings["brain"] = {"knowledge": {"sources": [{"path": folder, "demo": True}]}}

    desk.configure(source)


def test_it_just_works_on_a_fresh_machine(fresh: Desk) -> None:
    sources(fresh)
    lines = "What does the loyalty card give?\n\n1\n/quit\nnever read\n"
    found = fresh.json("chat", given=lines)
    assert (found["kind"], found["gateway"]) == ("web", False)
    first, second = found["exchanges"]
    assert first["decision"] == "reply"
    assert "five percent" in first["messages"][0]["pieces"][0]
    assert first["messages"][0]["citations"][0]["title"] == "Loyalty card"
    assert (second["said"], second["decision"]) == ("Talk to a person", "hand_over")
    assert not (fresh.data / "frontdesk.db").exists()


def test_it_answers_from_the_store_where_that_has_articles(desk: Desk) -> None:
    desk.run("kb", "add", str(desk.article()))
    done = desk.run("chat", "--channel", "whatsapp", given="What does the loyalty card give?\n")
    assert done.exit_code == 0
    assert "five percent" in done.stdout
    assert "Source: Loyalty card" in done.stdout
    assert "[1] Talk to a person" in done.stdout
    assert "building an index" in done.stderr


def test_without_articles_it_says_so_and_a_person_is_called(fresh: Desk) -> None:
    done = fresh.run("chat", given="What does the loyalty card give?\n\xff\x1b[2J")
    assert done.exit_code == 0
    assert "no articles" in done.stderr
    assert "hand_over" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_data_folder_that_cannot_be_made_is_told(fresh: Desk) -> None:
    fresh.configure(lambda settings: settings["store"].update(data="config.yaml"))
    assert "config.yaml" in sentence(fresh.run("chat", given="Hello\n"), 1)


def test_a_kind_that_there_is_not_is_refused(fresh: Desk) -> None:
    assert "whatsapp" in sentence(fresh.run("chat", "--channel", "fax"), 2)
