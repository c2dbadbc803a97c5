"""What the business knows of a contact, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.web.house import Site


async def patch(
    site: Site, path: str, body: object, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    async with site.http.patch(site.url(path), json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def address_of(site: Site, headers: dict[str, str]) -> str:
    conversation = await site.house.says("Hello", name="Kim")
    _, view = await site.get(f"/api/v1/conversations/{conversation}", headers)
    return f"/api/v1/contacts/{view['contact']['id']}"


async def test_what_is_given_changes_and_the_rest_stays(site: Site) -> None:
    headers = await site.bearer()
    address = await address_of(site, headers)
    _, before = await site.get(address, headers)
    assert (before["name"], before["vip"], before["tier"], before["tags"]) == (
        "Kim", False, None, [],
    )  # fmt: skip
    assert [each["external_id"] for each in before["identities"]] == ["visitor-1"]
    status, _ = await patch(site, address, {"vip": True, "tier": "gold"}, headers)
    assert status == 200
    _, after = await patch(site, address, {"tags": ["school", "club", "school"]}, headers)
    assert after == before | {"vip": True, "tier": "gold", "tags": ["school", "club"]}
    _, after = await patch(site, address, {"tier": None, "prefers_person": True}, headers)
    assert (after["vip"], after["tier"], after["prefers_person"]) == (True, None, True)
    assert (await site.get(address, headers))[1] == after


@pytest.mark.parametrize(
    "body",
    [
        {"vip": "yes"},
        {"tier": ""},
        {"tier": "x" * 41},
        {"tags": ["a\u202eb"]},
        {"tags": [f"t{number}" for number in range(51)]},
        {"name": "Another"},
    ],
)
async def test_what_is_none_is_refused_whole(site: Site, body: dict[str, Any]) -> None:
    headers = await site.bearer()
    address = await address_of(site, headers)
    status, _ = await patch(site, address, {"prefers_person": True, **body}, headers)
    assert status == 422
    assert not (await site.get(address, headers))[1]["prefers_person"]


async def test_an_unknown_contact_is_not_found(site: Site) -> None:
    headers = await site.bearer()
    for status, _ in (
        await site.get("/api/v1/contacts/nobody", headers),
        await patch(site, "/api/v1/contacts/nobody", {"vip": True}, headers),
    ):
        assert status == 404
