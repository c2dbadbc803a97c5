"""What a right configuration becomes, and where its values come from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gateway.config.load import Loaded, load
from gateway.config.settings import Settings
from gateway.errors import Problem

Load = Callable[..., Loaded]
ROOT = Path(__file__).parents[3]


def test_an_empty_file_is_the_web_desk_on_this_machine(load_text: Load, tmp_path: Path) -> None:
    loaded = load_text("")
    settings = loaded.settings
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert settings.store.url == f"sqlite:///{tmp_path}/var/frontdesk.db"
    assert settings.store.folder == tmp_path / "var" / "files"
    assert list(settings.desks) == ["web"]
    assert settings.base_url == "http://127.0.0.1:8080"
    assert [warning.path for warning in loaded.warnings] == [("channels",)]


def test_the_shipped_configuration_needs_nothing() -> None:
    loaded = load(ROOT / "config.yaml", {})
    settings = loaded.settings
    assert loaded.warnings == ()
    assert settings.business.name == "Fernhill Outdoor"
    assert settings.business.languages == ("en", "de", "fr", "es", "it", "pt", "nl")
    assert all(entry.demo for entry in settings.channels.values())
    assert settings.channels["web-whatsapp"].as_ == "whatsapp"
    assert settings.rollout.on("web", demo=True).general.mode == "auto"
    assert settings.store.url == f"sqlite:///{ROOT}/var/frontdesk.db"
    assert [source.demo for source in settings.brain.knowledge.sources] == [True]


def test_the_shipped_configuration_takes_host_port_and_data(tmp_path: Path) -> None:
    environ = {"HOST": "::1", "PORT": "0", "FRONTDESK_DATA": str(tmp_path)}
    settings = load(ROOT / "config.yaml", environ).settings
    assert (settings.server.host, settings.server.port) == ("::1", 0)
    assert settings.store.url == f"sqlite:///{tmp_path}/frontdesk.db"
    assert settings.store.data == tmp_path
    assert settings.store.folder == tmp_path / "files"
    assert settings.base_url == "http://[::1]:0"


def test_the_data_folder_follows_the_environment_when_the_file_is_silent(
    load_text: Load, tmp_path: Path
) -> None:
    settings = load_text("store: {url: postgresql://db/x}", {"FRONTDESK_DATA": "here"}).settings
    assert settings.store.data == tmp_path / "here"
    assert settings.store.url == "postgresql://db/x"


@pytest.mark.parametrize(
    ("environ", "name"),
    [({}, "a b: #c"), ({"N": "x: {y}"}, "x: {y}"), ({"N": ""}, "a b: #c")],
)
def test_references_in_every_position(load_text: Load, environ: dict[str, str], name: str) -> None:
    text = "business: {name: ${N:-a b: #c}}\nserver: {port: ${PORT:-8080}, insecure_http: ${I:-no}}"
    settings = load_text(text, environ).settings
    assert settings.business.name == name
    assert settings.server.port == 8080
    assert settings.server.insecure_http is False


def test_references_inside_texts_and_lists(load_text: Load) -> None:
    settings = load_text(
        "# ${NOT_SET} in a comment asks for nothing\n"
        "channels:\n  web:\n    kind: web\n    origins:\n"
        '      - ${NONE:-}\n      - "https://${HOSTNAME_}:${P:-8443}"\n'
        "business: {name: '$${N} & ${N}'}\n",
        {"HOSTNAME_": "shop.example.com", "N": "${HOSTNAME_}"},
    ).settings
    assert getattr(settings.channels["web"], "origins", None) == ("https://shop.example.com:8443",)
    assert settings.business.name == "${N} & ${HOSTNAME_}"


def test_words_that_old_yaml_bends_stay_words(load_text: Load) -> None:
    settings = load_text(
        "channels: {web: {kind: web}}\n"
        "rollout: {mode: off, channels: {web: auto}}\n"
        "business:\n  hours: {mon: 09:00-12:00, tue: closed, sun: 20:00-24:00}\n"
    ).settings
    assert settings.rollout.mode == "off"
    assert settings.rollout.on("web", demo=False).general.mode == "auto"
    assert settings.rollout.on("other", demo=False).general.mode == "off"


def test_aliases_may_be_used(load_text: Load) -> None:
    text = "business:\n  hours: {mon: &day 09:00-17:00, tue: *day}\n"
    hours = load_text(text).settings.business.hours
    assert hours is not None
    assert hours.week[:3] == (((540, 1020),), ((540, 1020),), ())


def test_hours_know_their_zone_and_holidays(load_text: Load) -> None:
    hours = load_text(
        "business:\n  hours: {mon: [09:00-12:00, 13:00-17:00], sat: 22:00-02:00}\n"
        "  timezone: Europe/Berlin\n  holidays: [2030-12-25]\n"
    ).settings.business.hours
    assert hours is not None
    assert hours.week[0] == ((540, 720), (780, 1020))
    assert hours.week[5:] == (((1320, 1440),), ((0, 120),))
    assert hours.zone.key == "Europe/Berlin"
    assert hours.holidays == {date(2030, 12, 25)}


def test_paths_are_seen_from_the_files_folder(load_text: Load, tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    text = "brain: {knowledge: {sources: [{path: kb}]}}\nstore: {files: f, data: d}"
    settings = load_text(text).settings
    assert settings.brain.knowledge.sources[0].path == str(tmp_path / "kb")
    assert settings.store.folder == tmp_path / "f"
    assert settings.store.data == tmp_path / "d"


def test_settings_do_not_change(load_text: Load) -> None:
    settings = load_text("").settings
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("server: {host: 0.0.0.0, insecure_http: true}", ("server", "insecure_http")),
        ("server: {host: 0.0.0.0, trusted_proxies: [10.0.0.1]}", ("server", "trusted_proxies")),
        (
            "public_url: http://help.example.com\nserver: {insecure_http: true}",
            ("server", "insecure_http"),
        ),
    ],
)
def test_plain_http_that_is_meant_is_warned_of(
    load_text: Load, text: str, path: tuple[str, ...]
) -> None:
    warnings = load_text("channels: {web: {kind: web, demo: true}}\n" + text).warnings
    assert [warning.path for warning in warnings] == [path]
    assert "plain http" in str(warnings[0])


@pytest.mark.parametrize(
    "text",
    [
        "server: {host: 0.0.0.0}\npublic_url: https://help.example.com",
        "server: {host: localhost}\npublic_url: http://localhost:8080/",
        "server: {host: '::1'}\npublic_url: http://[::1]:8080",
        "public_url: http://127.0.0.1",
    ],
)
def test_addresses_that_are_safe(load_text: Load, text: str) -> None:
    loaded = load_text("channels: {web: {kind: web, demo: true}}\n" + text)
    assert loaded.warnings == ()
    assert not loaded.settings.base_url.endswith("/")


def test_texts_for_all_by_language_and_by_channel(load_text: Load) -> None:
    texts = load_text(
        "business:\n  texts:\n    greeting: Hello\n    handoff:\n      de: Moment\n"
        "      en: {mail: Dear customer, '*': One moment}\n"
    ).settings.business.texts
    assert texts == {
        "greeting": "Hello",
        "handoff": {"de": "Moment", "en": {"mail": "Dear customer", "*": "One moment"}},
    }


def test_checks_see_valid_settings_with_absolute_paths(load_text: Load, tmp_path: Path) -> None:
    seen: list[Path] = []

    def check(settings: Settings) -> list[Problem]:
        seen.append(settings.store.data)
        return []

    load_text("", None, [check])
    assert seen == [tmp_path / "var"]
