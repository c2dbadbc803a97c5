"""A folder with a configuration, commands run in it, and what customers did there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from gateway.cli.commands import frontdesk

ARTICLE = "# Loyalty card\n\nThe loyalty card gives five percent off every order.\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """``folder`` holds config.yaml; the store is at ``url``."""

    folder: Path
    url: str

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def configure(self, change: Callable[[dict[str, Any]], object] | None = None) -> None:
        settings: dict[str, Any] = {
            "server": {"port": 8080},
            "store": {"url": self.url, "data": "data"},
            "business": {"name": "Fernhill Outdoor"},
            "channels": {"web": {"kind": "web", "demo": True}},
        }
        if change is not None:
            change(settings)
        self.config.write_text(yaml.safe_dump(settings))

    def article(self, name: str = "loyalty", text: str = ARTICLE) -> Path:
        folder = self.folder / "articles"
        folder.mkdir(exist_ok=True)
        file = folder / f"{name}.md"
        file.write_text(text)
        return file

    def run(self, *arguments: str, given: str | bytes = "") -> Result:
        command = [*arguments, "-c", str(self.config)]
        return CliRunner().invoke(frontdesk, command, input=given, prog_name="frontdesk")

    def json(self, *arguments: str, given: str = "", code: int = 0) -> Any:
        done = self.run(*arguments, "--json", given=given)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)


def sentence(done: Result, code: int) -> str:
    """What an expected failure says: sentences on stderr, nothing else and no traceback."""
    assert done.exit_code == code, (done.output, done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.output
    assert done.stderr
    return done.stderr
