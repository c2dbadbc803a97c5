"""Failing again and again becomes slow; memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.people.records import TooManyTries
from gateway.people.throttle import Failures, Pace, SignInThrottle
from tests.gateway.web.house import HandClock

PACE = Pace(free=3, longest=60.0, forget=600.0)


def test_the_first_failures_are_free_and_then_the_wait_doubles() -> None:
    clock = HandClock()
    failures = Failures(PACE, clock)
    waits: list[float] = []
    for _ in range(11):
        failures.failed("ada")
        waits.append(failures.wait("ada"))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_wait_passes_and_is_forgotten_after_quiet() -> None:
    clock = HandClock()
    failures = Failures(PACE, clock)
    for _ in range(5):
        failures.failed("ada")
    clock.advance(3)
    assert failures.wait("ada") == 1
    clock.advance(1)
    assert failures.wait("ada") == 0
    clock.advance(600)
    failures.failed("ada")
    failures.failed("ada")
    assert failures.wait("ada") == 0


def test_a_flood_of_names_does_not_grow_the_memory() -> None:
    failures = Failures(PACE, HandClock(), entries=100)
    for number in range(5_000):
        failures.failed(f"name {number}" * 50)
    assert len(failures) == 100


def tries(throttle: SignInThrottle, pairs: Iterable[tuple[str, str]]) -> int:
    """How many went through before one was slowed down."""
    for count, (name, source) in enumerate(pairs):
        try:
            throttle.begin(name, source)
        except TooManyTries:
            return count
        if name == "mine":
            throttle.succeeded(name, source)
    raise AssertionError("nobody was slowed down")


def test_many_names_from_one_source_are_slowed_down() -> None:
    throttle = SignInThrottle(HandClock())
    assert tries(throttle, ((f"name {number}", "192.0.2.1") for number in range(50))) == 10
    throttle.begin("someone", "192.0.2.2")


def test_many_sources_on_one_name_are_slowed_down() -> None:
    throttle = SignInThrottle(HandClock())
    assert tries(throttle, (("Ada", f"192.0.2.{number}") for number in range(50))) == 10


def test_ones_own_success_does_not_clear_the_way_to_others() -> None:
    throttle = SignInThrottle(HandClock())
    pairs = (("mine" if number % 2 else f"victim {number}", "192.0.2.1") for number in range(100))
    assert tries(throttle, pairs) == 19
