"""People and tokens from a terminal: secrets alone on stdout, passwords never as arguments."""

from __future__ import annotations

import asyncio
import re

from tests.gateway.cli.desk import Desk, sentence
from tests.gateway.web.house import PASSWORD, open_house


def add(desk: Desk, name: str = "Ada", role: str = "agent") -> None:
    command = ("staff", "add", name, "--role", role, "--password-stdin")
    assert desk.run(*command, given=f"{PASSWORD}\n").exit_code == 0


def test_somebody_is_added_and_can_sign_in(fresh: Desk) -> None:
    add(fresh, "Ada Example", "lead")
    (member,) = fresh.json("staff", "list")["staff"]
    assert (member["name"], member["role"], member["disabled_at"]) == ("Ada Example", "lead", None)

    async def sign_in() -> str:
        url = f"sqlite:///{fresh.data / 'frontdesk.db'}"
        async with open_house(url, fresh.folder) as house:
            return (await house.people.sign_in("Ada Example", PASSWORD, "test")).actor.role

    assert asyncio.run(sign_in()) == "lead"


def test_a_password_comes_on_standard_input_only(desk: Desk) -> None:
    assert "--password-stdin" in sentence(desk.run("staff", "add", "Ada"), 2)


def test_a_password_that_does_not_do_is_refused(desk: Desk) -> None:
    command = ("staff", "add", "Ada", "--password-stdin")
    assert "fewer than 8" in sentence(desk.run(*command, given="short\n"), 2)
    assert "not UTF-8" in sentence(desk.run(*command, given=b"\xff\xfe\xff\xfe\xff"), 2)
    assert desk.json("staff", "list") == {"staff": []}


def test_a_taken_name_is_refused(desk: Desk) -> None:
    add(desk)
    done = desk.run("staff", "add", "Ada", "--password-stdin", given=f"{PASSWORD}\n")
    assert "already" in sentence(done, 1)


def test_a_token_stands_alone_on_stdout_and_works(desk: Desk) -> None:
    add(desk)
    done = desk.run("staff", "token", "Ada", "--scope", "read")
    assert re.fullmatch(r"fdt_[A-Za-z0-9_-]{40,}\n", done.stdout)

    async def whose() -> tuple[str, str]:
        async with open_house(desk.url, desk.folder) as house:
            house.clock.at = 0.0
            actor = await house.people.bearer(done.stdout.strip(), "test")
            assert actor is not None
            return actor.name, actor.scope

    assert asyncio.run(whose()) == ("Ada", "read")


def test_what_was_lost_is_revoked_and_the_person_goes_on(desk: Desk) -> None:
    add(desk)
    desk.run("staff", "token", "Ada")
    assert "API tokens ended 1" in desk.run("staff", "revoke", "Ada").stdout
    assert "API tokens ended 0" in desk.run("staff", "revoke", "Ada").stdout
    assert desk.run("staff", "token", "Ada").exit_code == 0
    assert "nobody of this name" in sentence(desk.run("staff", "revoke", "Bob"), 1)


def test_nobody_gets_no_token(desk: Desk) -> None:
    assert "nobody of this name" in sentence(desk.run("staff", "token", "Bob"), 1)


def test_who_is_disabled_stays_listed_and_gets_no_token(desk: Desk) -> None:
    add(desk)
    assert desk.json("staff", "disable", "Ada") == {"name": "Ada", "disabled": True}
    (member,) = desk.json("staff", "list")["staff"]
    assert member["disabled_at"] is not None
    assert "Ada" in desk.run("staff", "list").stdout
    assert desk.run("staff", "token", "Ada").exit_code == 1


def test_the_first_link_stands_alone_on_stdout(fresh: Desk) -> None:
    done = fresh.run("staff", "link")
    assert re.fullmatch(r"http://127\.0\.0\.1:8080/desk/welcome#[\w-]{40,}\n", done.stdout)
    assert done.stderr == ""


def test_there_is_no_link_once_somebody_is_there(desk: Desk) -> None:
    add(desk)
    assert "frontdesk staff add" in sentence(desk.run("staff", "link"), 1)
