"""The demo shop's own system: for the customer of the header alone, each key once, and no secret in
an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from gateway.demo.shop.ledger import customer_of
from gateway.demo.shop.service import ShopService


class Client:
    def __init__(self, http: aiohttp.ClientSession, service: ShopService) -> None:
        self.http = http
        self.service = service
        self.shop = service.shop

    async def ask(
        self, method: str, path: str, who: str = "robin", key: str = "", **body: Any
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": "Bearer t", "X-Customer": who, "Idempotency-Key": key}
        async with self.http.request(method, path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    service = ShopService(tmp_path / "shop.db", "t")
    service.shop.open()
    server = TestServer(service.app())
    await server.start_server()
    async with aiohttp.ClientSession(server.make_url("/")) as http:
        yield Client(http, service)
    await server.close()


pytestmark = pytest.mark.allow_blocking  # the fixture opens the database on the loop


async def test_without_the_token_nobody_is_answered(client: Client) -> None:
    async with client.http.get("/orders/FH1000001", headers={"X-Customer": "robin"}) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("who", ["sam", "", "robin'--"])
async def test_anothers_order_is_not_there(client: Client, who: str) -> None:
    status, body = await client.ask("GET", "/orders/FH1000001", who)
    assert (status, "robin" in str(body)) == (409, False)
    refund = await client.ask("POST", "/orders/FH1000001/refund", who, "k", amount=289.0)
    assert refund[0] == 409
    assert client.shop.done() == []


async def test_a_key_is_done_once_and_answers_the_same(client: Client) -> None:
    first = await client.ask("POST", "/orders/FH1000002/refund", "robin", "k", amount=34.0)
    again = await client.ask("POST", "/orders/FH1000002/refund", "robin", "k", amount=34.0)
    assert first == again
    assert len(client.shop.done()) == 1
    assert (await client.ask("POST", "/orders/FH1000005/return", "robin"))[0] == 409


@pytest.mark.parametrize(
    ("order", "amount"), [("FH1000002", 33.0), ("FH1000003", 119.0), ("FH9999999", 1.0)]
)
async def test_the_shop_has_rules_of_its_own(client: Client, order: str, amount: float) -> None:
    status, body = await client.ask("POST", f"/orders/{order}/refund", "robin", "k", amount=amount)
    assert (status, bool(body["reason"])) == (409, True)
    assert client.shop.done() == []


async def test_a_link_and_a_code_go_to_the_address_on_file_and_nowhere_else(
    client: Client,
) -> None:
    _, reset = await client.ask("POST", "/password-resets", "robin", "k")
    assert reset["sent_to"] == "r•••@customer.example"
    assert "https" not in str(reset)
    about = {"order": "FH2000001"}
    _, sent = await client.ask("POST", "/verifications", code="123456", about=about)
    assert sent == {"customer": "sam", "masked": "s•••@customer.example"}
    newest, link = client.shop.mails()[:2]
    assert (newest["address"], link["address"]) == (
        "sam@customer.example",
        "robin@customer.example",
    )


async def test_a_change_of_email_is_asked_of_both(client: Client) -> None:
    await client.ask("PUT", "/email", "robin", "k", email="new@customer.example")
    told = {mail["address"] for mail in client.shop.mails()}
    assert told == {"robin@customer.example", "new@customer.example"}


async def test_a_request_that_lacks_something_changes_nothing(client: Client) -> None:
    assert (await client.ask("POST", "/callbacks", "robin", "k"))[0] == 422
    assert (await client.ask("PUT", "/subscription", "robin", "k", plan="gold"))[0] == 409
    assert client.shop.done() == []


async def _change(client: Client, email: str, key: str = "k") -> dict[str, str]:
    """The buttons in the newest mails, by the address that they went to."""
    status, _ = await client.ask("PUT", "/email", "robin", key, email=email)
    assert status == 200
    return {mail["address"]: mail["confirm"] for mail in client.shop.mails() if mail["confirm"]}


def _email(client: Client) -> str:
    row = client.shop.read(lambda db: dict(customer_of(db, "robin")))
    return str(row["email"])


async def test_an_address_changes_when_both_have_confirmed(client: Client) -> None:
    buttons = await _change(client, "new@customer.example")
    assert set(buttons) == {"robin@customer.example", "new@customer.example"}
    assert client.service.confirm(buttons["new@customer.example"])
    assert client.service.confirm(buttons["new@customer.example"])
    assert _email(client) == "robin@customer.example"
    assert client.service.confirm(buttons["robin@customer.example"])
    assert _email(client) == "new@customer.example"
    assert not client.service.confirm(buttons["robin@customer.example"])


async def test_a_later_change_takes_the_place_of_an_earlier_one(client: Client) -> None:
    first = await _change(client, "one@customer.example")
    second = await _change(client, "two@customer.example", "k2")
    for token in first.values():
        assert not client.service.confirm(token)
    for token in second.values():
        assert client.service.confirm(token)
    assert _email(client) == "two@customer.example"


async def test_nobody_takes_anothers_address(client: Client) -> None:
    status, _ = await client.ask("PUT", "/email", "robin", "k", email="sam@customer.example")
    assert status == 409
    assert client.shop.done() == []
