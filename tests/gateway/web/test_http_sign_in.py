"""Signing in over HTTP: cookies, the first link, throttling, and other sites kept out."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from gateway.web.answers import DESK_CSP
from tests.gateway.web.house import PASSWORD, Site, open_site

MARK = {"X-Frontdesk": "1"}


async def test_signing_in_gives_a_cookie_that_only_the_browser_reads(site: Site) -> None:
    await site.house.member("Ada", "lead")
    body = {"name": "Ada", "password": PASSWORD}
    async with site.http.post(site.url("/desk/sign-in"), json=body) as response:
        assert response.status == 200
        assert await response.json() == {"name": "Ada", "role": "lead"}
        cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("frontdesk=")
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie
    headers = {"Cookie": cookie.split(";")[0]}
    assert (await site.get("/api/v1/me", headers))[1] == {
        "id": site.house.known["Ada"].id,
        "name": "Ada",
        "role": "lead",
        "scope": "desk",
        "business": "Fernhill <Outdoor>",
        "away_at": None,
    }


async def test_on_https_the_cookie_is_bound_to_the_host(sqlite_url: str, tmp_path: Path) -> None:
    async with open_site(sqlite_url, tmp_path, "https://help.example.com") as site:
        await site.house.member("Ada")
        body = {"name": "Ada", "password": PASSWORD}
        async with site.http.post(site.url("/desk/sign-in"), json=body) as response:
            cookie = response.headers["Set-Cookie"]
            assert response.headers["Strict-Transport-Security"]
        assert cookie.startswith("__Host-frontdesk=")
        assert "Secure" in cookie
        assert "Domain" not in cookie
        value = cookie.split(";")[0]
        assert (await site.get("/api/v1/me", {"Cookie": value}))[0] == 200
        plain = value.replace("__Host-frontdesk", "frontdesk")
        assert (await site.get("/api/v1/me", {"Cookie": plain}))[0] == 401
        host = {"Origin": site.origin, "Cookie": value, **MARK}
        assert (await site.post("/desk/sign-out", {}, host))[0] == 403
        own = {"Origin": "https://help.example.com", "Cookie": value, **MARK}
        async with site.http.post(site.url("/desk/sign-out"), json={}, headers=own) as response:
            assert response.status == 204


async def test_wrong_names_and_passwords_are_told_the_same(site: Site) -> None:
    await site.house.member("Ada")
    told = [
        await site.post("/desk/sign-in", {"name": name, "password": password})
        for name, password in (("Ada", "not this one"), ("Nobody", PASSWORD), ("", ""))
    ]
    assert [status for status, _ in told] == [401, 401, 401]
    assert len({body["detail"] for _, body in told}) == 1


async def test_guessing_gets_slower_and_says_when_to_come_back(site: Site) -> None:
    await site.house.member("Ada")
    for name in ("Ada", "Nobody"):
        statuses: list[int] = []
        wait: str | None = None
        for _ in range(12):
            body = {"name": name, "password": "guess number one"}
            async with site.http.post(site.url("/desk/sign-in"), json=body) as response:
                statuses.append(response.status)
                wait = response.headers.get("Retry-After")
        assert statuses[-1] == 429
        assert wait is not None
        assert int(wait) >= 1
        site.house.clock.advance(3600)
    status, _ = await site.post("/desk/sign-in", {"name": "Ada", "password": PASSWORD})
    assert status == 200


async def test_a_form_signs_in_as_well(site: Site) -> None:
    await site.house.member("Ada")
    sign_in, own = site.url("/desk/sign-in"), {"Origin": site.origin}
    form = {"name": "Ada", "password": PASSWORD}
    async with site.http.post(sign_in, data=form, headers=own, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/desk")
        assert "frontdesk=" in response.headers["Set-Cookie"]
    wrong = {**form, "password": "wrong password"}
    async with site.http.post(sign_in, data=wrong, allow_redirects=False) as response:
        assert response.headers["Location"] == "/desk/sign-in?failed=1"
        assert "Set-Cookie" not in response.headers


async def test_another_site_can_neither_sign_in_nor_act(site: Site) -> None:
    await site.house.member("Ada")
    conversation = await site.house.says("Hello")
    form = {"name": "Ada", "password": PASSWORD}
    cookie = await site.cookie()
    take = f"/api/v1/conversations/{conversation}/take"
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"):
        foreign = {"Origin": origin}
        async with site.http.post(
            site.url("/desk/sign-in"), data=form, headers=foreign
        ) as response:
            assert response.status == 403
        given = {**foreign, **MARK, "Cookie": cookie}
        assert (await site.post(take, {"id": str(uuid4())}, given))[0] == 403
    own = {"Origin": site.origin, "Cookie": cookie}
    assert (await site.post(take, {"id": str(uuid4())}, own))[0] == 403
    bare = {"Cookie": cookie, **MARK}
    assert (await site.post(take, {"id": str(uuid4())}, bare))[0] == 403
    assert (await site.house.row(conversation))["owner"] == "assistant"
    assert (await site.post(take, {"id": str(uuid4())}, {**own, **MARK}))[0] == 200


async def test_a_rebound_name_is_no_own_origin(site: Site) -> None:
    cookie = await site.cookie()
    rebound = {"Host": "evil.example", "Origin": "http://evil.example", "Cookie": cookie, **MARK}
    assert (await site.post("/desk/sign-out", {}, rebound))[0] == 403


async def test_the_first_link_works_once_and_only_while_there_is_no_staff(site: Site) -> None:
    link = await site.house.people.first_link()
    body = {"token": link, "name": "Ada", "password": PASSWORD}
    own = {"Origin": site.origin}
    async with site.http.post(site.url("/desk/welcome"), json=body, headers=own) as response:
        assert response.status == 200
        assert await response.json() == {"name": "Ada", "role": "lead"}
        cookie = response.headers["Set-Cookie"].split(";")[0]
    assert (await site.get("/api/v1/me", {"Cookie": cookie}))[1]["role"] == "lead"
    status, refused = await site.post("/desk/welcome", {**body, "name": "Eve"})
    assert status == 403
    assert str(link) not in str(refused)


async def test_an_expired_link_and_a_weak_password_are_refused(site: Site) -> None:
    link = await site.house.people.new_link()
    body = {"token": link, "name": "Ada", "password": "short"}
    assert (await site.post("/desk/welcome", body))[0] == 422
    site.house.clock.advance(16 * 60)
    status, _ = await site.post("/desk/welcome", {**body, "password": PASSWORD})
    assert status == 403


async def test_signing_in_again_ends_the_browsers_old_session(site: Site) -> None:
    cookie = await site.cookie()
    body = {"name": "Ada", "password": PASSWORD}
    async with site.http.post(
        site.url("/desk/sign-in"), json=body, headers={"Cookie": cookie}
    ) as response:
        fresh = response.headers["Set-Cookie"].split(";")[0]
    assert fresh != cookie
    assert (await site.get("/api/v1/me", {"Cookie": cookie}))[0] == 401
    assert (await site.get("/api/v1/me", {"Cookie": fresh}))[0] == 200


async def test_signing_out_ends_the_session(site: Site) -> None:
    cookie = await site.cookie()
    own = {"Origin": site.origin, "Cookie": cookie, **MARK}
    async with site.http.post(site.url("/desk/sign-out"), json={}, headers=own) as response:
        assert response.status == 204
        assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert (await site.get("/api/v1/me", {"Cookie": cookie}))[0] == 401


async def test_the_desk_sends_strangers_to_the_form(site: Site) -> None:
    async with site.http.get(site.url("/desk"), allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/desk/sign-in")
    cookie = await site.cookie()
    async with site.http.get(site.url("/desk"), headers={"Cookie": cookie}) as response:
        assert response.status == 200
        assert "desk of Fernhill &lt;Outdoor&gt;" in await response.text()


@pytest.mark.parametrize("path", ["/desk/sign-in", "/desk/welcome", "/desk"])
async def test_pages_carry_the_policy(site: Site, path: str) -> None:
    cookie = await site.cookie()
    async with site.http.get(site.url(path), headers={"Cookie": cookie}) as response:
        assert response.status == 200
        assert response.headers["Content-Security-Policy"] == DESK_CSP
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Frame-Options"] == "DENY"
    assert DESK_CSP == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


async def test_only_listed_files_are_served(site: Site) -> None:
    async with site.http.get(site.url("/desk/static/desk.js")) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        etag = response.headers["ETag"]
    again = {"If-None-Match": etag}
    async with site.http.get(site.url("/desk/static/desk.js"), headers=again) as response:
        assert response.status == 304
    for path in ("secret.txt", "..%2fapp.py", "%2e%2e/app.py", "%2fetc%2fpasswd", "x%00.js", "."):
        async with site.http.get(f"{site.origin}/desk/static/{path}") as response:
            assert response.status == 404


async def test_a_form_without_a_referrer_is_vouched_for_by_the_browser(site: Site) -> None:
    await site.house.member("Ada")
    form = {"name": "Ada", "password": PASSWORD}
    for vouched, status in (("same-origin", 303), ("same-site", 403), ("cross-site", 403)):
        given = {"Origin": "null", "Sec-Fetch-Site": vouched}
        async with site.http.post(
            site.url("/desk/sign-in"), data=form, headers=given, allow_redirects=False
        ) as response:
            assert response.status == status
