"""Tools of an MCP server as actions: the server says what it takes, the configuration pins it, the
gateway says for whom, and nothing that a server says about itself widens what may be done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from brain.action_settings import ActionsSettings
from brain.actions.catalogue import Catalogue, UnusableAction, catalogue_of
from brain.actions.systems import BusinessSystems
from brain.acts import ActionRequest
from tests.platforms.mcp import TEXT, FakeMcp, fake_mcp, tool, tools

REFUND = ActionRequest("refund", {"order": "A1", "amount": 49.0})
STATUS = ActionRequest("status", {"order": "A1"})


def settings(url: str = "http://mcp.example", **changes: Any) -> ActionsSettings:
    backend: dict[str, Any] = {
        "mcp": url, "tools": "tools.json", "token": "s3cret", "verify": "send_code",
        "customer_argument": "customer_id", "key_argument": "key",
    }  # fmt: skip
    refund: dict[str, Any] = {
        "title": "Refund", "backend": "shop", "tool": "refund_order", "amount": "amount",
        "lookup": {"tool": "get_order", "fill": {"amount": "total"}},
        "read_back": {"tool": "get_order", "expect": {"status": "refunded"}},
    }  # fmt: skip
    status = {"title": "Status", "kind": "read", "backend": "shop", "tool": "get_order"}
    return ActionsSettings.model_validate(
        {
            "backends": {"shop": {**backend, **changes.get("backend", {})}},
            "catalogue": {
                "refund": {**refund, **changes.get("refund", {})},
                "status": {**status, **changes.get("status", {})},
            },
        }
    )


def offered(listed: list[dict[str, Any]] | None = None, **changes: Any) -> Catalogue:
    return catalogue_of(settings(**changes), {"shop": {"tools": listed or tools()}})


class Time:
    at = 0.0


@pytest.fixture
async def server() -> AsyncIterator[FakeMcp]:
    async with fake_mcp() as found:
        yield found


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def systems(server: FakeMcp, time: Time) -> AsyncIterator[BusinessSystems]:
    catalogue = offered()
    made = BusinessSystems(lambda: catalogue, lambda _name: server.url, monotonic=lambda: time.at)
    yield made
    await made.close()


def test_a_tool_is_a_write_unless_it_is_said_to_be_a_read() -> None:
    catalogue = offered()
    refund, status = catalogue.get("refund"), catalogue.get("status")
    assert refund is not None
    assert status is not None
    assert (refund.writes, status.writes) == (True, False)


def test_who_it_is_for_is_no_parameter_of_anybodys() -> None:
    refund = offered().get("refund")
    assert refund is not None
    assert set(refund.schema["properties"]) == {"order", "amount"}
    assert refund.required == ("amount", "order")
    problem = refund.problem({"order": "A1", "amount": 1.0, "customer_id": "bob"})
    assert problem == "refund takes no customer_id"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"refund": {"tool": "wipe"}}, "no 'wipe'"),
        ({"refund": {"lookup": {"tool": "peek"}}}, "no 'peek'"),
        ({"backend": {"verify": "mail_code"}}, "no 'mail_code'"),
        ({"status": {"tool": "whose"}}, "for whom it is"),
        ({"backend": {"customer_argument": None}}, "for whom it is"),
        ({"backend": {"idempotent": True, "key_argument": None}}, "key_argument"),
        (
            {"status": {"parameters": {"type": "object", "properties": {"customer_id": {}}}}},
            "filled in by the gateway",
        ),
    ],
)
def test_what_cannot_be_held_to_the_rules_does_not_start(
    changes: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(UnusableAction, match=words):
        offered(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"backend": {"url": "http://x.example"}}, "needs an url, or mcp"),
        ({"backend": {"tools": None}}, "needs tools"),
        ({"backend": {"openapi": "a.json"}}, "openapi is for systems with an url"),
        ({"refund": {"method": "POST"}}, "takes no method"),
        ({"refund": {"lookup": {"path": "/orders"}}}, "names a tool, too"),
        ({"refund": {"lookup": {"path": "/a", "tool": "b"}}}, "needs a path, or a tool"),
    ],
)
def test_half_a_server_is_no_configuration(changes: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        settings(**changes)


def test_a_schema_that_leads_elsewhere_is_not_followed() -> None:
    listed = [tool("get_order", order={"$ref": "http://evil.example/schema"}, customer_id=TEXT)]
    with pytest.raises(UnusableAction, match="leads out of the document"):
        offered([*listed, *tools()[1:]])


@pytest.mark.parametrize(("streams", "chatty"), [(False, False), (True, False), (True, True)])
async def test_looked_up_done_and_read_back(
    server: FakeMcp, systems: BusinessSystems, *, streams: bool, chatty: bool
) -> None:
    server.streams, server.chatty = streams, chatty
    found = await systems.look_up(ActionRequest("refund", {"order": "A1"}), "ada")
    assert (found.state, found.body["total"]) == ("done", 49.0)
    before = await systems.read_back(REFUND, "ada", "k1")
    assert before.state == "unknown"
    done = await systems.write(REFUND, "ada", "k1")
    assert (done.state, done.body) == ("done", {"reference": "R1"})
    assert server.effects == {
        "k1": {"order": "A1", "amount": 49.0, "customer_id": "ada", "key": "k1"}
    }
    assert (await systems.read_back(REFUND, "ada", "k1")).state == "done"
    assert {headers["Authorization"] for headers in server.headers} == {"Bearer s3cret"}
    # One session for all of it, ended with the gateway.
    assert [method for method, _ in server.asked].count("initialize") == 1
    await systems.close()
    assert set(server.ended) == server.sessions


@pytest.mark.parametrize(
    "given", [{"customer_id": "bob"}, {"customer": "bob"}, {"key": "k9"}, {"admin": True}]
)
async def test_nobodys_arguments_say_for_whom(
    server: FakeMcp, systems: BusinessSystems, given: Mapping[str, Any]
) -> None:
    request = ActionRequest("refund", {**REFUND.arguments, **given})
    await systems.write(request, "ada", "k1")
    assert [call["arguments"] for call in server.calls()] == [
        {"order": "A1", "amount": 49.0, "customer_id": "ada", "key": "k1"}
    ]


async def test_anothers_order_is_refused_before_it_is_shown(
    server: FakeMcp, systems: BusinessSystems
) -> None:
    found = await systems.look_up(ActionRequest("refund", {"order": "A1"}), "bob")
    assert (found.state, found.reason) == ("refused", "there is no such order of theirs")


async def test_a_tool_that_does_not_know_for_whom_is_held_against_a_look(server: FakeMcp) -> None:
    expects = {"tool": "whose", "expect": {"owner": "{customer}"}, "fill": {"amount": "total"}}
    catalogue = offered(refund={"lookup": expects})
    systems = BusinessSystems(lambda: catalogue, lambda _name: server.url)
    request = ActionRequest("refund", {"order": "A1"})
    assert (await systems.look_up(request, "ada")).state == "done"
    other = await systems.look_up(request, "bob")
    assert (other.state, other.reason) == ("refused", "looked up, owner is 'ada' and not 'bob'")
    await systems.close()


async def test_a_code_is_sent_by_a_tool(server: FakeMcp, systems: BusinessSystems) -> None:
    sent = await systems.send_code(ActionRequest("refund", {"order": "A1"}), "123456")
    assert (sent.state, sent.body["customer"]) == ("done", "ada")
    assert server.calls()[0]["arguments"] == {"code": "123456", "about": {"order": "A1"}}


@pytest.mark.parametrize(
    ("fails", "write", "read"),
    [
        ("error", "unknown", "refused"),
        ("internal", "unknown", "failed"),
        ("params", "refused", "refused"),
        ("drop", "unknown", "failed"),
        ("cut", "unknown", "failed"),
        ("busy", "failed", "failed"),
        ("broken", "unknown", "failed"),
    ],
)
async def test_what_an_answer_means_is_never_guessed_upwards(
    server: FakeMcp, systems: BusinessSystems, fails: str, write: str, read: str
) -> None:
    await systems.read(STATUS, "ada")
    server.fails = fails
    assert (await systems.write(REFUND, "ada", "k1")).state == write
    assert len(server.calls()) == 2
    server.fails = fails
    assert (await systems.read(STATUS, "ada")).state == read


async def test_a_tool_that_changed_since_it_was_pinned_is_not_called(
    server: FakeMcp, systems: BusinessSystems, time: Time
) -> None:
    assert (await systems.read(STATUS, "ada")).state == "done"
    server.listed[0] = tool("get_order", order=TEXT, customer_id=TEXT, and_refund=TEXT)
    time.at = 301.0
    changed = await systems.read(STATUS, "ada")
    assert changed.state == "refused"
    assert "not as it was pinned" in changed.reason
    del server.listed[0]
    time.at = 602.0
    assert "any more" in (await systems.read(STATUS, "ada")).reason
    assert len(server.calls()) == 1


async def test_what_does_not_fit_is_not_sent(server: FakeMcp, systems: BusinessSystems) -> None:
    odd = ActionRequest("refund", {"order": "A1", "amount": "49; drop"})
    answered = await systems.write(odd, "ada", "k1")
    assert answered.state == "refused"
    assert server.asked == []
    # Nobody is nobody: the tool needs somebody.
    assert (await systems.write(REFUND, None, "k1")).state == "refused"


async def test_a_forgotten_session_is_opened_anew_and_nothing_done_twice(
    server: FakeMcp, systems: BusinessSystems
) -> None:
    await systems.read(STATUS, "ada")
    server.sessions.clear()
    assert (await systems.write(REFUND, "ada", "k1")).state == "done"
    assert list(server.effects) == ["k1"]


async def test_a_server_that_is_not_there_has_done_nothing() -> None:
    catalogue = offered()
    systems = BusinessSystems(lambda: catalogue, lambda _name: "http://127.0.0.1:9/mcp")
    assert (await systems.write(REFUND, "ada", "k1")).state == "failed"
    await systems.close()


async def test_another_version_is_not_spoken(server: FakeMcp, systems: BusinessSystems) -> None:
    server.version = "2024-11-05"
    answered = await systems.write(REFUND, "ada", "k1")
    assert (answered.state, server.calls()) == ("failed", [])
