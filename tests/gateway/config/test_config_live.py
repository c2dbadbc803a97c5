"""Reloading: whole or not at all, and what waits for a restart is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config.live import LiveConfiguration, ReloadReport
from gateway.config.load import Loaded, load

Load = Callable[..., Loaded]
FIRST = "channels: {web: {kind: web, demo: true}}\n"
ENVIRON = {"T": "first-token-0001"}


class File:
    """A configuration file that tests change."""

    def __init__(self, load_text: Load, text: str) -> None:
        self.text = text
        self.environ = dict(ENVIRON)
        self._load = load_text

    def read(self) -> Loaded:
        return self._load(self.text, self.environ)


@pytest.fixture
def file(load_text: Load) -> File:
    return File(load_text, FIRST)


@pytest.fixture
def live(file: File) -> LiveConfiguration:
    return LiveConfiguration(file.read().settings, file.read)


def test_nothing_changed(live: LiveConfiguration) -> None:
    before = live.current()
    assert live.reload() == ReloadReport()
    assert live.current() is before


def test_a_reader_keeps_what_it_began_with(live: LiveConfiguration, file: File) -> None:
    before = live.current()
    file.text += "business: {name: New}\nbrain: {escalation: {unsuccessful: 1}}\n"
    report = live.reload()
    assert report == ReloadReport(changed=("business.name", "brain.escalation"))
    assert (before.settings.business.name, before.version) == ("Our team", 1)
    after = live.current()
    assert (after.settings.business.name, after.version) == ("New", 2)


def test_hours_change_with_what_they_are_made_of(load_text: Load) -> None:
    file = File(load_text, FIRST + "business: {hours: {mon: 09:00-17:00}}\n")
    live = LiveConfiguration(file.read().settings, file.read)
    assert live.reload() == ReloadReport()
    file.text = file.text.replace("17:00}}", "17:00}, holidays: [2030-12-25]}")
    assert live.reload().changed == ("business.holidays", "business.hours")


def test_a_wrong_file_changes_nothing(live: LiveConfiguration, file: File) -> None:
    before = live.current()
    file.text += "business: {name: New}\nserver: {prot: 1}\n"
    report = live.reload()
    assert [str(problem) for problem in report.problems] == [
        'config.yaml:3: server.prot: unknown key; did you mean "port"?'
    ]
    assert (report.changed, report.needs_restart) == ((), ())
    assert live.current() is before


def test_what_needs_a_restart_waits_and_the_rest_goes_on(
    live: LiveConfiguration, file: File
) -> None:
    file.text += (
        "public_url: https://help.example.com\nserver: {port: 1}\nstore: {data: d}\n"
        "business: {name: New}\n"
    )
    report = live.reload()
    assert report.changed == ("business.name",)
    assert report.needs_restart == ("public_url", "server.port", "store.data", "store.files")
    settings = live.current().settings
    assert (settings.server.port, settings.public_url) == (8080, None)
    assert settings.business.name == "New"
    assert live.reload().needs_restart == report.needs_restart


def test_channels_come_go_and_log_in_again_by_restart(load_text: Load) -> None:
    file = File(
        load_text,
        "channels: {a: {kind: post, token: '${T}'}, b: {kind: web}, c: {kind: web}}\n",
    )
    live = LiveConfiguration(file.read().settings, file.read)
    file.environ["T"] = "second-token-0002"
    file.text = (
        "channels: {a: {kind: post, token: '${T}', desk: other}, c: {kind: web, name: N},"
        " d: {kind: web}}\ndesks: {other: {}}\n"
    )
    report = live.reload()
    assert report.changed == ("channels.a", "desks.other")
    assert report.needs_restart == ("channels.a", "channels.b", "channels.c", "channels.d")
    running = live.current().settings.channels
    assert sorted(running) == ["a", "b", "c"]
    assert running["a"].desk == "other"
    assert "0001" in getattr(running["a"], "token").get_secret_value()  # noqa: B009  # the protocol has no token
    assert "0002" not in repr(report)


def test_new_beside_what_still_waits_never_makes_a_forbidden_pair(load_text: Load) -> None:
    file = File(load_text, "channels: {shop: {kind: web}}\n")
    live = LiveConfiguration(file.read().settings, file.read)
    before = live.current()
    file.text = (
        "channels: {web: {kind: web, demo: true}}\n"
        "brain: {knowledge: {sources: [{path: ., demo: true}]}}\n"
    )
    report = live.reload()
    assert report.changed == ()
    assert report.needs_restart == ("channels.shop", "channels.web", "brain.knowledge")
    assert report.problems == ()
    assert "demo" in str(report.held[0])
    assert live.current() is before


def test_a_desk_is_told_elsewhere_at_once_but_on_another_channel_after_a_restart(
    tmp_path: Path,
) -> None:
    slack = "{kind: slack, bot_token: xoxb-1-first-0001, signing_secret: 0123456789abcdef}"
    text = f"channels: {{web: {{kind: web, desk: two}}, a: {slack}, b: {slack}}}\n"

    def configured(desks: str) -> Loaded:
        file = tmp_path / "config.yaml"
        file.write_text(f"{text}desks: {desks}\n")
        return load(file, {})

    first = configured("{one: {channel: a, chat: C1}, two: {}, three: {}}")
    live = LiveConfiguration(first.settings, lambda: first)
    left: list[object] = []
    live.when_left(lambda settings: left.append(settings.desks["one"].chat))
    report = live.adopt(
        configured(
            "{one: {channel: a, chat: C2}, two: {channel: a, chat: C3},"
            " three: {channel: b, chat: C4}, four: {channel: b, chat: C5}}"
        )
    )
    assert report.changed == ("desks.one", "desks.two")
    assert report.needs_restart == ("desks.four", "desks.three")
    desks = live.current().settings.desks
    chats = {name: desk.chat for name, desk in desks.items()}
    assert chats == {"web": None, "one": "C2", "two": "C3", "three": None}
    assert left == ["C1"]
