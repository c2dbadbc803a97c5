"""A message's words as they came: leads only, and never unseen."""

from __future__ import annotations

from uuid import uuid4

from tests.gateway.web.house import Site

SAID = "My card is 4111 1111 1111 1111"


async def test_a_lead_sees_what_came_and_it_is_noted(site: Site) -> None:
    lead, agent = await site.bearer("Lea", "lead"), await site.bearer("Ada")
    conversation = await site.house.says(SAID)
    address = f"/api/v1/conversations/{conversation}"
    _, view = await site.get(address, agent)
    [shown] = view["messages"]
    assert (shown["text"], shown["masked"]) == ("My card is [card …1111]", True)
    original = f"{address}/messages/{shown['id']}/original"
    status, _ = await site.post(original, {"id": str(uuid4())}, agent)
    assert status == 403
    body = {"id": str(uuid4())}
    for _ in range(2):
        status, found = await site.post(original, body, lead)
        assert status == 200
        assert found["text"] == SAID
    _, view = await site.get(address, agent)
    [note] = [one for one in view["messages"] if one["kind"] == "note"]
    assert note["text"] == "Lea looked at message 1 as it came."


async def test_anothers_message_is_not_found(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    one, other = await site.house.says(SAID, "one"), await site.house.says(SAID, "other")
    _, view = await site.get(f"/api/v1/conversations/{other}", lead)
    message = view["messages"][0]["id"]
    for conversation, named in ((one, message), (other, uuid4().hex)):
        address = f"/api/v1/conversations/{conversation}/messages/{named}/original"
        status, _ = await site.post(address, {"id": str(uuid4())}, lead)
        assert status == 404


async def test_a_reading_token_may_not(site: Site) -> None:
    reading = await site.bearer("Lea", "lead", "read")
    address = f"/api/v1/conversations/{uuid4().hex}/messages/{uuid4().hex}/original"
    status, _ = await site.post(address, {"id": str(uuid4())}, reading)
    assert status == 403
