"""The judge can fail: each sort of breach goes red on a ledger made by hand, and what is excused
stays green."""

from __future__ import annotations

from typing import Any

from tests.chaos.ledger import Line
from tests.chaos.oracle import Verdict, judge

KEYED = {"keyed"}


def said(number: int, chat: str = "one", order: int = 0, channel: str = "plain") -> Line:
    place = {"channel": channel, "chat": chat}
    return {"at": 0.0, "what": "said", "marker": f"mk{number}", "order": order or number, **place}


def told(number: int, status: int = 200) -> Line:
    return {"at": 0.0, "what": "told", "marker": f"mk{number}", "status": status}


def got(*numbers: int, at: float = 1.0, key: str = "", **other: Any) -> Line:
    place = {"channel": "plain", "chat": "one", "visible": True, "fault": "none"}
    markers = [f"mk{number}" for number in numbers]
    key = key or f"delivery of {markers}"
    return {"at": at, "what": "got", "key": key, "markers": markers, **place, **other}


def killed(at: float, what: str = "killed") -> Line:
    return {"at": at, "what": what, "node": "a"}


def desk(chat: str) -> Line:
    return {"at": 9.0, "what": "desk", "channel": "plain", "chat": chat}


def verdict(platform: list[Line], lives: list[Line] | None = None) -> Verdict:
    return judge(platform, lives or [], KEYED)


def test_what_was_kept_and_answered_once_is_green() -> None:
    found = verdict([said(1), told(1), said(2), told(2), got(1), got(2)])
    assert found == Verdict(messages=2)
    assert not found.red


def test_a_kept_message_that_never_came_back_is_lost() -> None:
    found = verdict([said(1), told(1), said(2), told(2), got(2)])
    assert (found.lost, found.orphans, found.red) == (1, 0, True)
    assert found.examples == {"lost": ["mk1"]}


def test_a_conversation_whose_last_word_is_unanswered_is_an_orphan_too() -> None:
    found = verdict([said(1), told(1), said(2), told(2), got(1)])
    assert (found.lost, found.orphans) == (1, 1)


def test_what_was_never_taken_in_is_an_orphan_and_not_lost() -> None:
    found = verdict([said(1), told(1, 503), told(1, 0), said(2, "two"), told(2)])
    assert (found.messages, found.examples["lost"]) == (1, ["mk2"])
    assert found.examples["orphans"] == ["mk1", "mk1", "mk2"]


def test_what_lies_on_a_desk_was_handed_over_and_nothing_else_there_is_excused() -> None:
    kept = [said(1), told(1), said(2, "two"), told(2)]
    found = verdict(kept, [desk("one")])
    assert (found.handed_over, found.lost) == (1, 1)
    assert found.examples["lost"] == ["mk2"]


def test_an_answer_in_another_conversation_is_misrouted_and_answers_nothing() -> None:
    found = verdict([said(1), told(1), got(1, chat="two")])
    assert (found.misrouted, found.lost, found.red) == (1, 1, True)


def test_an_answer_on_another_channel_is_misrouted() -> None:
    assert verdict([said(1), told(1), got(1), got(1, channel="keyed")]).misrouted == 1


def test_a_marker_that_nobody_said_is_misrouted() -> None:
    assert verdict([got(7)]).misrouted == 1


def test_an_answer_that_overtakes_an_earlier_one_is_out_of_order() -> None:
    kept = [said(1), told(1), said(2), told(2)]
    found = verdict([*kept, got(2), got(1)])
    assert (found.order, found.red) == (1, True)
    assert verdict([*kept, got(2, 1)]).order == 1
    assert verdict([*kept, got(1, 2)]).order == 0


def test_a_second_copy_is_doubled() -> None:
    found = verdict([said(1), told(1), got(1), got(1, at=2.0)])
    assert (found.doubled, found.doubled_in_window, found.red) == (1, 0, True)


def test_a_marker_twice_in_one_answer_is_doubled() -> None:
    assert verdict([said(1), told(1), got(1, 1)]).doubled == 1


def test_a_second_copy_after_a_kill_in_the_window_is_counted_apart() -> None:
    twice = [said(1), told(1), got(1, at=10.0), got(1, at=12.0)]
    found = verdict(twice, [killed(10.1)])
    assert (found.doubled, found.doubled_in_window, found.red) == (0, 1, False)


def test_a_node_that_sleeps_between_its_mark_and_its_send_is_in_the_window_too() -> None:
    asleep = [killed(2.0, "stopped"), killed(10.5, "woken")]
    twice = [said(1), told(1), got(1, at=9.0), got(1, at=11.0)]
    assert verdict(twice, asleep).doubled_in_window == 1
    assert verdict([said(1), told(1), got(1, at=14.0), got(1, at=15.0)], asleep).doubled == 1


def test_a_kill_long_before_or_after_excuses_nothing() -> None:
    twice = [said(1), told(1), got(1, at=10.0), got(1, at=30.0)]
    for at in (1.0, 20.0, 31.0):
        assert verdict(twice, [killed(at)]).doubled == 1


def test_a_second_copy_after_a_storm_is_in_the_window_and_one_long_after_is_not() -> None:
    lives: list[Line] = [
        {"at": 9.0, "what": "storm", "where": "server", "of": "crash", "node": ""},
        {"at": 12.0, "what": "calm", "where": "server"},
    ]
    kept = [said(1), told(1)]
    assert verdict([*kept, got(1, at=10.0), got(1, at=16.0)], lives).doubled_in_window == 1
    assert verdict([*kept, got(1, at=15.0), got(1, at=16.0)], lives).doubled == 1


def test_a_webhook_that_is_turned_away_for_good_is_refused() -> None:
    kept = [said(1), told(1, 503), told(1, 0), told(1), got(1)]
    assert not verdict(kept).red
    for status in (401, 404, 429, 500):
        found = verdict([*kept, told(1, status)])
        assert (found.refused, found.red) == (1, True)


def test_an_end_that_was_asked_for_excuses_nothing() -> None:
    twice = [said(1), told(1), got(1, at=10.0), got(1, at=12.0)]
    assert verdict(twice, [killed(10.1, "ended")]).doubled == 1


def test_a_cut_connection_excuses_one_repetition_of_the_same_delivery() -> None:
    once_cut = [said(1), told(1), got(1, fault="cut read"), got(1, at=2.0)]
    assert verdict(once_cut).doubled_in_window == 1
    found = verdict([*once_cut, got(1, at=3.0)])
    assert (found.doubled_in_window, found.doubled) == (1, 1)


def test_another_delivery_of_the_same_answer_is_never_excused() -> None:
    twice = [said(1), told(1), got(1, at=10.0, key="k1"), got(1, at=12.0, key="k2")]
    assert verdict(twice, [killed(10.1)]).doubled == 1


def test_a_channel_that_knows_repetitions_has_no_window() -> None:
    keyed = {"channel": "keyed"}
    kept = [said(1, channel="keyed"), told(1)]
    twice = [*kept, got(1, at=10.0, **keyed), got(1, at=12.0, **keyed)]
    assert verdict(twice, [killed(10.1)]).doubled == 1
    recognised = [*kept, got(1, at=10.0, **keyed), got(1, at=12.0, visible=False, **keyed)]
    assert verdict(recognised, [killed(10.1)]) == Verdict(messages=1)
