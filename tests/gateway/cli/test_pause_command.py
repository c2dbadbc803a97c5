"""The big off switch from a terminal, beside a gateway that runs."""

from __future__ import annotations

import re

from tests.gateway.cli.desk import Desk, sentence


def test_the_assistant_is_paused_and_resumed(desk: Desk) -> None:
    done = desk.run("pause", "web")
    assert done.exit_code == 0
    assert "silent on web; people answer" in done.stdout
    (paused,) = desk.json("pause")["paused"][:1]
    assert paused["channel"] is None
    assert re.fullmatch(r"the command line( \(.+\))?", paused["by"])
    left = desk.json("resume")
    assert (left["changed"], [one["channel"] for one in left["paused"]]) == (True, ["web"])
    assert desk.json("resume", "web") == {"changed": True, "paused": []}
    assert "was not in force" in desk.run("resume").stdout


def test_what_else_is_paused_is_said(desk: Desk) -> None:
    desk.run("pause")
    said = desk.run("resume", "web").stdout
    assert "was not in force" in said
    assert "all" in said.splitlines()[-1]


def test_a_channel_that_is_none_is_refused(desk: Desk) -> None:
    assert "there are web" in sentence(desk.run("pause", "wbe"), 2)
