"""What people change on the desk is laid over the file, as whole versions, and is judged by the
same checks as the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.config import values
from gateway.config.editable import EDITABLE, NotEditable, is_locked, path_of
from gateway.config.load import Loaded, Source, made, read
from gateway.config.overlay import Changes, Given, Overlay, Version, before, folded
from gateway.config.overlay import Path as Key
from gateway.errors import ConfigurationError, KeyPath
from gateway.notices.check import texts_check
from tests.gateway.config.conftest import KINDS

FILE = """\
business: {languages: [en, de], texts: {handoff: From the file}, hours: {mon: 09:00-17:00}}
channels: {web: {kind: web, demo: true}, post: {kind: post, token: tok-0123456789}}
rollout: {channels: {web: auto}}
"""
HANDOFF, OFF_HOURS = ("business", "texts", "handoff"), ("business", "hours")
WEB, TENANT = ("rollout", "channels", "web"), ("brain", "budgets", "tenant")


class Configuration:
    """A file that tests change, and what lies over it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "config.yaml"
        self.file.write_text(FILE)
        self.overlay = Overlay(lambda: read(self.file, {}), self._made)

    def _made(self, source: Source, over: Mapping[Key, Given]) -> Loaded:
        laid: dict[KeyPath, object] = {key: given.value for key, given in over.items()}
        return made(source, (texts_check,), KINDS, laid)

    def append(self, text: str) -> None:
        self.file.write_text(self.file.read_text() + text)


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(tmp_path)


def version(number: int, **changes: Any) -> Version:
    """Keys are written with two underscores for a dot; None is as the file has it."""
    found: Changes = {
        path_of(key.replace("__", ".")): None if value is None else Given(value)
        for key, value in changes.items()
    }
    return Version(number, found)


def test_the_newest_value_of_each_key_is_in_force(configuration: Configuration) -> None:
    versions = [
        version(1, business__texts__handoff="One", rollout__channels__web="draft"),
        version(2, business__texts__handoff="Two"),
        version(3, rollout__channels__web=None, brain__tiers__returns=3),
        Version(4, {OFF_HOURS: Given(None)}),
    ]
    settings = configuration.overlay.lay(versions).settings
    assert settings.business.texts["handoff"] == "Two"
    assert settings.rollout.channels["web"].mode == "auto"
    assert settings.brain.tiers == {"returns": 3}
    assert settings.business.hours is None
    # The file itself is as it was.
    assert configuration.overlay.source.document.data["business"]["hours"] == {  # pyright: ignore[reportArgumentType, reportCallIssue, reportIndexIssue, reportOptionalSubscript] - plain data
        "mon": "09:00-17:00"
    }


@pytest.mark.parametrize(
    ("number", "back"),
    [
        (1, {HANDOFF: None, WEB: None}),
        (2, {HANDOFF: Given("One")}),
        (3, {WEB: Given("draft")}),
        (4, None),
    ],
)
def test_taking_a_version_back_gives_what_was_before_it(number: int, back: Changes | None) -> None:
    versions = [
        version(1, business__texts__handoff="One", rollout__channels__web="draft"),
        version(2, business__texts__handoff="Two"),
        version(3, rollout__channels__web=None),
    ]
    assert before(versions, number) == back


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({HANDOFF: Given("I {nonsense}")}, "business.texts.handoff: this text has no value"),
        ({("rollout", "channels", "wob"): Given("auto")}, 'did you mean "web"?'),
        ({WEB: Given("sometimes")}, "rollout.channels.web.mode: must be 'off'"),
        ({("brain", "tiers", "retrns"): Given(3)}, 'did you mean "returns"?'),
        ({("rollout", "hours"): Given("off_hours_only"), OFF_HOURS: Given(None)}, "no hours"),
        ({WEB: Given({"intents": {"legal": "auto"}})}, "never auto"),
        ({TENANT: Given({"usd": -1})}, "brain.budgets.tenant.usd"),
        ({("business", "timezone"): Given("Europe/Berln")}, "must be a time zone"),
    ],
)
def test_a_change_is_judged_like_the_file(
    configuration: Configuration, change: Changes, problem: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configuration.overlay.tried(change)
    assert problem in str(caught.value)
    assert "config.yaml" not in str(caught.value).split(problem)[0]
    assert configuration.overlay.standing() == {}


def test_only_what_the_table_names_can_be_changed() -> None:
    for path in EDITABLE:
        assert path_of(".".join(path).replace("*", "some-name"))
    for key in (
        "channels.post.token", "store.url", "server.host", "brain.models", "brain.models.a.api_key",
        "business", "business.texts", "business.texts.a.b", "staff", "desks.web", "locked",
        "business.texts.", "business.texts.ä", "brain.tiers.*", "", "privacy.mask",
    ):  # fmt: skip
        with pytest.raises(NotEditable):
            path_of(key)


@pytest.mark.parametrize(
    ("lock", "held"),
    [
        ("business", True),
        ("business.texts", True),
        ("business.texts.handoff", True),
        ("business.texts.handoff.de", True),
        ("business.texts.waiting", False),
        ("rollout", False),
    ],
)
def test_a_lock_holds_what_is_under_it_and_around_it(lock: str, *, held: bool) -> None:
    assert is_locked(HANDOFF, [lock]) is held


def test_a_lock_puts_the_files_value_back_in_force(configuration: Configuration) -> None:
    versions = [version(1, business__texts__handoff="One", rollout__channels__web="draft")]
    configuration.overlay.lay(versions)
    configuration.append("locked: [business.texts]\n")
    settings = configuration.overlay.reread().settings
    assert settings.business.texts["handoff"] == "From the file"
    assert settings.rollout.channels["web"].mode == "draft"
    assert folded(versions, ["rollout", "business"]) == {}


def test_a_lock_on_what_cannot_be_changed_is_refused(configuration: Configuration) -> None:
    configuration.append("locked: [channels.post.token]\n")
    with pytest.raises(ConfigurationError, match=r"locked\[0\]: is nothing that the desk may"):
        configuration.overlay.reread()


def test_a_version_that_is_wrong_beside_the_file_is_left_out(configuration: Configuration) -> None:
    versions = [
        version(1, business__texts__handoff="One"),
        version(2, rollout__channels__gone="auto", business__texts__handoff="Two"),
        # What is wrong here shows at the file's own key.
        version(3, brain__tiers__returns=3),
        version(4, business__texts__waiting="Four"),
    ]
    configuration.append("")
    text = FILE.replace("{web: auto}", "{web: {mode: auto, intents: {returns: auto}}}")
    configuration.file.write_text(text)
    configuration.overlay.reread()
    settings = configuration.overlay.lay(versions).settings
    assert set(configuration.overlay.left_out) == {2, 3}
    assert settings.business.texts == {"handoff": "One", "waiting": "Four"}
    # Whatever else is tried is tried without them.
    assert configuration.overlay.tried({TENANT: Given({"usd": 5})})
    # And they are in force again when the file allows it.
    gone = ", gone: {kind: web, demo: true}}\nrollout"
    configuration.file.write_text(FILE.replace("}\nrollout", gone))
    assert configuration.overlay.reread().settings.business.texts["handoff"] == "Two"
    assert configuration.overlay.left_out == {}


def test_a_reload_that_is_wrong_with_a_version_changes_nothing(
    configuration: Configuration,
) -> None:
    configuration.overlay.lay([version(1, business__texts__handoff="{business} fetches somebody")])
    configuration.file.write_text(FILE.replace("languages", "voice: {never: [fetches]}, languages"))
    with pytest.raises(ConfigurationError, match="'fetches', which is never said"):
        configuration.overlay.reread()
    assert configuration.overlay.made().settings.business.voice.never == ()


def test_values_are_written_as_in_the_file_and_take_nothing_from_the_environment() -> None:
    path = ("brain", "escalation", "rules")
    text = "- name: late\n  when: {words: [late], hours: open}\n  tier: 2\n- name: no\n  when: {}"
    found: Any = values.read(text, path)
    assert found[0] == {"name": "late", "when": {"words": ["late"], "hours": "open"}, "tier": 2}
    assert values.read(values.written(found), path) == found
    for value in ("off", "no", "09:00", "", None, 5, True, {"a": ["x", {"b": "c: d"}]}):
        assert values.read(values.written(value), path) == value
    for text in ("a: ${HOME}", "[", "a: 1\na: 2", "!!python/object:os.system x", "&a [*a]"):
        with pytest.raises(ConfigurationError):
            values.read(text, path)
