"""The tree of commands: help, the page that documents it, and how every command refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli.commands import frontdesk
from tests.gateway.cli.desk import Desk, sentence

PAGE = (Path(__file__).parents[3] / "docs/reference/cli.md").read_text()
SAMPLES = {
    "kb add": ["x.md"], "kb search": ["x"], "kb remove": ["x"],
    "kb publish": ["x"], "kb unpublish": ["x"], "show": ["abcdef"],
    "trace": ["abcdef"], "deliveries retry": ["abcdef"], "deliveries discard": ["abcdef"],
    "staff add": ["Ada", "--password-stdin"], "staff disable": ["Ada"], "staff token": ["Ada"],
    "staff revoke": ["Ada"], "eval": ["."], "replay": ["x.jsonl"],
    "contact export": ["abcdef"], "contact erase": ["abcdef"], "tools": ["shop"],
    "db backup": ["x"], "db restore": ["x"], "models compare": ["x.jsonl"],
}  # fmt: skip


def leaves(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by what is typed."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, f"{path} {name}".strip())


LEAVES = dict(leaves(frontdesk))


def options(command: click.Command) -> set[str]:
    return {
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


def test_there_are_the_commands_of_this_version() -> None:
    assert set(LEAVES) == {
        "run", "init", "check", "chat", "kb add", "kb list", "kb search", "kb remove",
        "kb publish", "kb unpublish", "kb lint", "kb questions", "cases", "show",
        "trace", "eval", "replay", "report", "pause", "resume",
        "deliveries failed", "deliveries retry", "deliveries discard", "staff add",
        "staff list", "staff disable", "staff token",
        "staff revoke", "staff link", "db upgrade", "db check",
        "db backup", "db restore", "doctor", "models list", "models compare", "tools",
            "contact export", "contact erase",
    }  # fmt: skip


@pytest.mark.parametrize("path", LEAVES)
def test_each_command_takes_a_configuration_and_speaks_json(path: str) -> None:
    assert {"-c", "--config", "--json"} <= options(LEAVES[path])


@pytest.mark.parametrize("path", LEAVES)
def test_each_command_explains_itself(path: str) -> None:
    done = CliRunner().invoke(frontdesk, [*path.split(), "--help"])
    assert done.exit_code == 0
    assert "Options:" in done.stdout


def test_the_help_has_a_line_for_each_command() -> None:
    done = CliRunner().invoke(frontdesk, ["--help"])
    names = {path.split()[0] for path in LEAVES}
    assert set(re.findall(r"^  (\w+) {2,}\S", done.stdout, re.MULTILINE)) == names


def test_what_is_not_there_is_refused() -> None:
    done = CliRunner().invoke(frontdesk, ["contacts"])
    assert done.exit_code == 2
    assert "No such command" in done.stderr


@pytest.mark.parametrize("path", LEAVES)
def test_the_page_describes_each_command_with_its_options(path: str) -> None:
    match = re.search(
        rf"^#+ `frontdesk {path}\b[^\n]*\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    assert match is not None, f"docs/reference/cli.md has no heading for `frontdesk {path}`"
    own = options(LEAVES[path]) - {"-c", "--config", "--json"}
    assert {option for option in own if f"`{option}" not in match[0]} == set()


@pytest.mark.parametrize("path", sorted(set(LEAVES) - {"check", "doctor", "init"}))
def test_a_wrong_configuration_is_told_line_by_line(path: str, fresh: Desk) -> None:
    fresh.configure(lambda settings: settings.update(chanels={}, server={"port": "high"}))
    said = sentence(fresh.run(*path.split(), *SAMPLES.get(path, []), given="password-1\n"), 2)
    problems = [line for line in said.splitlines() if line.startswith("config.yaml:")]
    assert len(problems) == 2
    assert any("chanels" in line and "channels" in line for line in problems)


def test_a_missing_configuration_is_told(fresh: Desk) -> None:
    fresh.config.unlink()
    assert "config.yaml" in sentence(fresh.run("check"), 2)


def test_a_wrong_configuration_is_a_document_for_scripts(fresh: Desk) -> None:
    fresh.configure(lambda settings: settings.update(chanels={}))
    found = fresh.json("check", code=2)
    assert found["ok"] is False
    assert found["problems"][0]["path"] == ["chanels"]


def test_a_good_configuration_is_told(fresh: Desk) -> None:
    assert "is valid" in fresh.run("check").stdout
    assert fresh.json("check") == {"ok": True, "warnings": [], "channels": ["web"]}


def test_the_live_check_tries_channels_and_store(desk: Desk) -> None:
    found = desk.json("check", "--live")
    assert found["ok"] is True
    names = {finding["name"] for finding in found["findings"]}
    assert {"configuration", "store", "channel web (web)"} == names


def test_the_live_check_makes_nothing(fresh: Desk) -> None:
    done = fresh.run("check", "--live")
    assert done.exit_code == 0
    assert all(line.startswith("✓") for line in done.stdout.splitlines())
    assert not fresh.data.exists()


def test_the_live_check_fails_on_a_store_that_cannot_be_opened(fresh: Desk) -> None:
    fresh.data.mkdir()
    (fresh.data / "frontdesk.db").write_bytes(b"this is no database at all" * 100)
    done = fresh.run("check", "--live")
    assert done.exit_code == 1
    assert any(line.startswith("✗ store: ") for line in done.stdout.splitlines())
