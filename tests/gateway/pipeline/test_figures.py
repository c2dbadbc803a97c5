"""What a message's way adds up to: every figure of the page is there, and counts what happened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from channels.errors import ChannelError, RejectedSendError, UncertainSendError
from channels.events import DeliveryUpdate, Unreadable
from gateway.outbox.lines import hold
from gateway.records import Claimed
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.telemetry.facts import Fact, Facts, Restarted, TurnEnded
from gateway.telemetry.labels import MOST_WORDS, Labels
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.origins import Origins
from gateway.turns.origin import StoredOrigins
from gateway.web.queues import Queues
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig, to_a_person

PAGE = Path(__file__).parents[3] / "docs/reference/metrics.md"
ROW = re.compile(r"^\| `(frontdesk_\w+)`", re.MULTILINE)


@dataclass
class Watched:
    """A rig whose facts are counted."""

    rig: Rig
    metrics: Metrics = field(default_factory=lambda: Metrics([CHANNEL]))
    told: list[Fact] = field(default_factory=list[Fact])

    def __post_init__(self) -> None:
        onward = Facts()
        onward.listen(self.metrics.pipeline)
        onward.listen(self.told.append)
        self.rig.store.facts.listen(Origins(StoredOrigins(self.rig.store).of, onward))

    def value(self, name: str, **labels: str) -> float:
        found = self.metrics.registry.get_sample_value(name, labels)
        return 0.0 if found is None else found

    def of(self, name: str, **labels: str) -> float:
        return self.value(f"frontdesk_{name}", channel=CHANNEL, **labels)


@pytest.fixture
def watched(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> Watched:
    return Watched(Rig(sqlite_store, clock, tmp_path))


async def test_a_message_that_is_answered_is_counted_at_every_stage(watched: Watched) -> None:
    rig = watched.rig
    await rig.say("hello", id="m1")
    await rig.say("hello", id="m1")
    await rig.settle()
    await rig.accept(DeliveryUpdate("r1", "ext-1", "delivered"))
    assert watched.of("events_total", kind="message", outcome="accepted") == 1
    assert watched.of("events_total", kind="message", outcome="repeated") == 1
    assert watched.of("events_total", kind="receipt", outcome="accepted") == 1
    assert watched.of("turns_total", outcome="done") == 1
    assert watched.of("deliveries_total", state="sent") == 1
    assert watched.of("deliveries_total", state="delivered") == 1
    counted = {
        stage: watched.of("stage_seconds_count", stage=stage)
        for stage in ("accept", "wait", "turn", "brain", "render", "send", "answer")
    }
    assert counted == {
        "accept": 3, "wait": 1, "turn": 1, "brain": 1, "render": 1, "send": 1, "answer": 1
    }  # fmt: skip
    assert watched.of("stage_seconds_sum", stage="wait") == pytest.approx(6.0)
    assert watched.value("frontdesk_store_batch_units_count") > 5


async def test_what_is_no_event_or_comes_too_late_is_counted(watched: Watched) -> None:
    await watched.rig.accept(Unreadable("u1", "no JSON", b"{"))
    watched.rig.gate.open = False
    with pytest.raises(ChannelError):
        await watched.rig.say("too late")
    assert watched.of("events_total", kind="unreadable", outcome="unreadable") == 1
    assert watched.of("events_total", kind="message", outcome="closed") == 1


async def test_a_handoff_is_counted_by_its_reason(watched: Watched) -> None:
    watched.rig.brain.answer = to_a_person
    await watched.rig.say("a person please")
    await watched.rig.settle()
    assert watched.of("turns_total", outcome="handed_over") == 1
    assert watched.of("handoffs_total", reason="asked_for_person") == 1


async def test_deliveries_are_counted_by_what_became_of_them(watched: Watched) -> None:
    rig = watched.rig
    rig.channel.outcomes = [RejectedSendError("blocked"), UncertainSendError()]
    await rig.say("one", "c1")
    await rig.settle()
    await rig.say("two", "c2")
    await rig.settle()
    await rig.say("three", "c3")
    await rig.answer()
    await rig.staff("take")
    assert watched.of("deliveries_total", state="failed") == 1
    assert watched.of("deliveries_total", state="possibly_duplicate") == 1
    assert watched.of("deliveries_total", state="sent") == 1


async def test_what_a_takeover_takes_back_is_counted(watched: Watched) -> None:
    await watched.rig.say("one")
    await watched.rig.answer()
    await watched.rig.staff("take")
    assert watched.of("deliveries_total", state="withdrawn") == 1


async def test_a_turn_that_fails_is_counted(watched: Watched) -> None:
    def broken(_turn: object) -> None:
        raise ZeroDivisionError

    watched.rig.brain.before = broken
    await watched.rig.say("hello")
    await watched.rig.answer()
    assert watched.of("turns_total", outcome="failed") == 1


async def test_a_lease_that_another_has_by_now_is_counted(watched: Watched) -> None:
    def late(unit: Unit) -> bool:
        return hold(unit, Claimed("gone", 1, "main", CHANNEL, "c1"), None)

    assert await watched.rig.store.write(late) is False
    assert watched.value("frontdesk_leases_lost_total", of="address") == 1


async def test_an_answer_that_an_earlier_life_wrote_is_traced_by_its_rows(watched: Watched) -> None:
    accepted = await watched.rig.say("hello")
    await watched.rig.answer()
    turn = next(fact for fact in watched.told if isinstance(fact, TurnEnded))
    found = await StoredOrigins(watched.rig.store).of(turn.said[0])
    assert found is not None
    assert (found.turn, found.asked) == (turn.turn, (accepted.message,))
    assert await StoredOrigins(watched.rig.store).of("nobody") is None


async def test_a_handoff_notice_is_traced_by_the_moment_of_its_turn(watched: Watched) -> None:
    watched.rig.brain.answer = to_a_person
    accepted = await watched.rig.say("a person please")
    await watched.rig.answer()
    turn = next(fact for fact in watched.told if isinstance(fact, TurnEnded))
    found = await StoredOrigins(watched.rig.store).of(turn.said[-1])
    assert found is not None
    assert found.asked == (accepted.message,)


async def test_queues_are_looked_at_once_in_five_seconds(rig: Rig, clock: ManualClock) -> None:
    queues = Queues(rig.store, clock)
    await rig.say("hello")
    clock.pass_(60.0)
    found = await queues.look()
    assert found["turns"].depth == 1
    assert found["turns"].oldest == pytest.approx(60.0)
    await rig.answer()
    clock.pass_(-2.0)
    assert (await queues.look())["turns"].depth == 1
    clock.pass_(5.0)
    found = await queues.look()
    assert (found["turns"].depth, found["deliveries_queued"].depth) == (0, 1)


async def test_deliveries_of_a_channel_at_rest_are_held(rig: Rig, clock: ManualClock) -> None:
    rig.channel.outcomes = [ChannelError("the platform is down")]
    await rig.say("hello")
    await rig.settle()
    found = await Queues(rig.store, clock).look()
    assert (found["deliveries_held"].depth, found["deliveries_queued"].depth) == (1, 0)


async def test_who_waits_for_people_is_in_their_queue(rig: Rig, clock: ManualClock) -> None:
    rig.brain.answer = to_a_person
    await rig.say("a person please")
    await rig.settle()
    clock.pass_(100.0)
    assert (await Queues(rig.store, clock).look())["people"].oldest == pytest.approx(100.0)


def names(metrics: Metrics) -> set[str]:
    families = list(metrics.registry.collect())
    return {
        f"{family.name}_total" if family.type == "counter" else family.name for family in families
    }


def test_the_page_has_every_figure_and_no_other() -> None:
    assert set(ROW.findall(PAGE.read_text())) == names(Metrics())


def test_names_that_strangers_make_up_are_counted_as_one() -> None:
    labels = Labels(["web"])
    assert (labels.channel("web"), labels.channel("x" * 9_000)) == ("web", "other")
    words = {labels.word(f"reason_{'x' * number}") for number in range(MOST_WORDS * 2)}
    assert len(words) <= MOST_WORDS + 1
    assert labels.word("no word!") == "other"


def test_a_listener_that_fails_costs_nothing() -> None:
    def fails(_fact: Fact) -> None:
        raise ZeroDivisionError

    heard: list[Fact] = []
    facts = Facts()
    facts.listen(fails)
    facts.listen(heard.append)
    facts.tell(Restarted("loop", "turns"))
    assert len(heard) == 1
