"""A folder with a configuration in it, and kinds of channels that need secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from channels.webchat.settings import WebSettings
from gateway.config.checks import Check
from gateway.config.entries import Kinds
from gateway.config.load import Loaded, load
from gateway.errors import ConfigurationError


class MailServer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    password: SecretStr


class PostSettings(BaseModel):
    """A channel that logs in; it has what the platforms' settings have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["post"]
    as_: str | None = Field(default=None, alias="as")
    demo: bool = False
    desk: str = "web"
    quiet_seconds: float | None = None
    token: SecretStr
    spare: SecretStr | None = None
    account: str = ""
    imap: MailServer | None = None

    @field_validator("token")
    @classmethod
    def _talkative(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().startswith("bad-"):
            raise ValueError(f"{value.get_secret_value()} is no token")
        return value


MODELS: Mapping[str, type[BaseModel]] = {"web": WebSettings, "post": PostSettings}
KINDS = Kinds(("web", "post", "slack"), MODELS.get)

Load: TypeAlias = Callable[..., Loaded]
Lines: TypeAlias = Callable[..., list[str]]


@pytest.fixture
def load_text(tmp_path: Path) -> Load:
    """Load a configuration from its text, with this environment alone."""

    def run(
        text: str | bytes, environ: Mapping[str, str] | None = None, checks: Sequence[Check] = ()
    ) -> Loaded:
        path = tmp_path / "config.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(path, environ or {}, checks, KINDS)

    return run


@pytest.fixture
def problem_lines(load_text: Load) -> Lines:
    """The problems of a broken configuration as an operator sees them."""

    def run(*arguments: object) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            load_text(*arguments)
        return str(caught.value).splitlines()

    return run
