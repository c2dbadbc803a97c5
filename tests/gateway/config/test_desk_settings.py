"""Desks on a platform and the accounts of staff: what is refused, and with what mend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.desks import DeskSettings, StaffEntry, chats_on, problems, staff_problems
from tests.gateway.config.conftest import Lines


@dataclass(frozen=True)
class Entry:
    kind: str
    support_channels: tuple[str, ...] = ()
    support_chats: tuple[str, ...] = ()
    address: str = ""


CHANNELS = {
    "slack": Entry("slack", support_channels=("C0HELP",)),
    "telegram": Entry("telegram", support_chats=("-100",)),
    "mail": Entry("email", address="help@example.com"),
    "whatsapp": Entry("whatsapp"),
}
WRONG = {
    "no such channel": ({"channel": "slak", "chat": "C0DESK"}, 'did you mean "slack"?'),
    "a kind that cannot be told": ({"channel": "whatsapp", "chat": "x"}, "of the kind whatsapp"),
    "where customers write": ({"channel": "slack", "chat": "C0HELP"}, "customers write"),
    "also by a topic": (
        {"channel": "slack", "chat": "C0DESK", "by_topic": {"legal": "C0HELP"}},
        "C0HELP is where customers write",
    ),
    "a support chat": ({"channel": "telegram", "chat": -100}, "customers write"),
    "the mailbox itself": ({"channel": "mail", "chat": "Help@Example.com"}, "customers write"),
    "by an unknown channel": (
        {"channel": "slack", "chat": "C0DESK", "by_channel": {"whatsap": "C0WA"}},
        'did you mean "whatsapp"?',
    ),
}


@pytest.mark.parametrize(("desk", "said"), WRONG.values(), ids=WRONG)
def test_a_desk_that_cannot_work_is_refused(desk: dict[str, Any], said: str) -> None:
    (problem,) = problems({"support": DeskSettings.model_validate(desk)}, CHANNELS)
    assert said in str(problem)
    assert problem.path[:2] == ("desks", "support")


def test_a_desk_that_can_work_is_taken() -> None:
    desk = {"channel": "slack", "chat": "C0DESK", "by_topic": {"legal": "C0LEGAL"}}
    desks = {"web": DeskSettings(), "support": DeskSettings.model_validate(desk)}
    assert list(problems(desks, CHANNELS)) == []
    assert chats_on(desks, "slack") == {"C0DESK", "C0LEGAL"}
    assert chats_on(desks, "mail") == frozenset()


HALF = {
    "a chat of nothing": {"chat": "C0DESK"},
    "a group of nothing": {"on_duty": "S0GROUP"},
    "no chat": {"channel": "slack"},
    "a relay that is none": {"channel": "slack", "chat": "C0DESK", "relay": "all"},
    "a group that is none": {"channel": "slack", "chat": "C0DESK", "on_duty": "<!channel>"},
}


@pytest.mark.parametrize("desk", HALF.values(), ids=HALF)
def test_half_a_desk_is_refused(desk: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DeskSettings.model_validate(desk)


ACCOUNTS = ("U0ADA", "T0/", "/U0", "T0/U0/x", " T0/U0", "")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_names_its_workspace(account: str) -> None:
    with pytest.raises(ValidationError):
        StaffEntry.model_validate({"name": "Ada", "identities": {"slack": account}})


def test_only_kinds_on_which_staff_work_have_accounts() -> None:
    with pytest.raises(ValidationError):
        StaffEntry.model_validate({"name": "Ada", "identities": {"email": "a/b"}})


def test_nobody_is_named_twice_and_no_account_is_two_peoples() -> None:
    ada = StaffEntry.model_validate({"name": "Ada", "identities": {"slack": "T0/U0"}})
    ben = StaffEntry.model_validate({"name": "Ben", "identities": {"slack": "T0/U0"}})
    (twice,) = staff_problems((ben, ada))
    assert twice.path == ("staff", 1, "identities", "slack")
    assert [found.path for found in staff_problems((ada, ada))] == [
        ("staff", 1, "name"),
        ("staff", 1, "identities", "slack"),
    ]


def test_it_is_said_where_in_the_file(problem_lines: Lines) -> None:
    lines = problem_lines("desks: {support: {channel: slak, chat: C0}}\nstaff: [{role: boss}]\n")
    assert lines[0].startswith("config.yaml:1: desks.support.channel: no channel has this name")
    assert any("config.yaml:2: staff[0]" in line for line in lines)
