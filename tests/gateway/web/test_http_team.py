"""The staff over HTTP: links, roles, accounts, and who may do any of it."""

from __future__ import annotations

from typing import Any

from gateway.desk.actions import Desk
from tests.gateway.web.house import PASSWORD, Site, asked

CANNOT = "This page"


async def invite(site: Site, **body: Any) -> dict[str, Any]:
    lead = await site.bearer("Lea", "lead")
    status, made = await site.post("/api/v1/invitations", {"role": "agent", **body}, lead)
    assert status == 200
    return made


def token_of(made: dict[str, Any]) -> str:
    link: str = made["link"]
    page, _, token = link.partition("#token=")
    assert page.endswith("/desk/join")
    return token


async def test_opening_a_link_changes_nothing_and_the_press_spends_it(site: Site) -> None:
    made = await invite(site, name="Ben")
    token = token_of(made)
    for _ in range(10):
        async with site.http.get(site.url("/desk/join")) as page:
            assert page.status == 200
        status, found = await site.post("/desk/join/look", {"token": token})
        assert (status, found["name"], found["role"], found["by"]) == (200, "Ben", "agent", "Lea")
    body = {"token": token, "name": "Ben", "password": PASSWORD}
    foreign = {"Origin": "https://evil.example"}
    assert (await site.post("/desk/join", body, foreign))[0] == 403
    async with site.http.post(site.url("/desk/join"), json=body) as joined:
        assert joined.status == 200
        assert await joined.json() == {"name": "Ben", "role": "agent"}
        cookie = joined.cookies["frontdesk"].value
    status, me = await site.get("/api/v1/me", {"Cookie": f"frontdesk={cookie}"})
    assert (status, me["name"]) == (200, "Ben")
    status, problem = await site.post("/desk/join", body)
    assert (status, "ask a lead" in problem["detail"]) == (403, True)
    assert (await site.post("/desk/join/look", {"token": token}))[0] == 403


async def test_open_links_are_listed_without_their_secret_and_end(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    made = await invite(site)
    _, page = await site.get("/api/v1/invitations", lead)
    (one,) = page["items"]
    assert (one["id"], one["by"], one["kind"]) == (made["id"], "Lea", "join")
    assert token_of(made) not in str(page)
    path = f"/api/v1/invitations/{made['id']}/revoke"
    assert [(await site.post(path, {}, lead))[0] for _ in range(2)] == [200, 404]
    assert (await site.get("/api/v1/invitations", lead))[1]["items"] == []


async def test_a_lead_sees_the_staff_and_does_what_a_lead_does(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    ben = await site.house.member("Ben")
    desk: Desk = site.house.desk
    talk = await site.house.says("Where is it?")
    await desk.take(asked(ben, talk, "take"))

    async def one(name: str = "Ben") -> dict[str, Any]:
        _, page = await site.get("/api/v1/staff", lead)
        found: dict[str, Any] = next(each for each in page["items"] if each["name"] == name)
        return found

    async def act(verb: str, **body: Any) -> tuple[int, dict[str, Any]]:
        return await site.post(f"/api/v1/staff/{ben.id}/{verb}", body, lead)

    assert (await one())["conversations"] == 1
    assert ((await one())["source"], (await one())["signs_in"]) == ("desk", True)
    assert (await act("away", away=True))[1]["passed_back"] == 1
    assert (await one())["away_at"] == site.house.clock.now()
    assert (await act("away", away=False))[1]["away_at"] is None
    assert (await act("role", role="lead"))[0] == 200
    assert (await act("sign-out"))[1]["sessions"] == 0
    assert (await act("accounts", kind="slack", account="T1/UBEN"))[0] == 200
    (account,) = (await one())["accounts"]
    assert (account["account"], account["source"]) == ("T1/UBEN", "desk")
    assert (await act(f"accounts/{account['id']}/remove"))[0] == 200
    status, link = await act("password")
    assert (status, (await site.post("/desk/join/look", {"token": token_of(link)}))[1]["kind"]) == (
        200,
        "password",
    )
    assert (await act("remove"))[0] == 200
    assert (await one())["disabled_at"] is not None
    assert [(await act(verb))[0] for verb in ("remove", "bring-back", "bring-back")] == [
        404,
        200,
        404,
    ]


async def test_the_last_lead_stays(site: Site) -> None:
    lead = await site.bearer("Lea", "lead")
    lea = (await site.house.member("Lea")).id
    for verb, body in (("remove", {}), ("role", {"role": "agent"})):
        status, problem = await site.post(f"/api/v1/staff/{lea}/{verb}", body, lead)
        assert (status, "somebody else a lead first" in problem["detail"]) == (409, True)


async def test_agents_link_their_own_account_and_do_nothing_to_others(site: Site) -> None:
    agent = await site.bearer("Ada")
    ben = (await site.house.member("Ben")).id
    for path in (f"staff/{ben}/remove", "invitations", f"staff/{ben}/password"):
        assert (await site.post(f"/api/v1/{path}", {"role": "lead"}, agent))[0] in {403, 422}
    assert (await site.post("/api/v1/invitations", {"role": "lead"}, agent))[0] == 403
    assert (await site.get("/api/v1/staff", agent))[0] == 403
    status, shown = await site.post("/api/v1/me/accounts/code", {}, agent)
    assert (status, len(shown["code"])) == (200, 14)
    _, own = await site.get("/api/v1/me/accounts", agent)
    assert (own["items"], own["code_until"]) == ([], shown["expires_at"])
    lead = await site.bearer("Lea", "lead")
    body = {"kind": "slack", "account": "T1/UBEN"}
    await site.post(f"/api/v1/staff/{ben}/accounts", body, lead)
    bens = await site.get("/api/v1/me/accounts", await site.bearer("Ben"))
    account = bens[1]["items"][0]["id"]
    assert (await site.post(f"/api/v1/me/accounts/{account}/remove", {}, agent))[0] == 404
