"""Who may sign in, and how often somebody may try."""

from __future__ import annotations

from argon2 import PasswordHasher

from channels.contract import Clock
from gateway.people.passwords import Passwords
from gateway.people.people import People
from gateway.people.throttle import REFUSED_TOKENS, Failures, SignInThrottle
from gateway.store.store import Store


def people_of(store: Store, clock: Clock) -> People:
    throttle, refused = SignInThrottle(clock), Failures(REFUSED_TOKENS, clock)
    return People(store, Passwords(PasswordHasher()), throttle, refused)
