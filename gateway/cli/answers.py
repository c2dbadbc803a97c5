"""Answers to questions of a command: those that were given, those of the environment, and those
that somebody types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import click
from pydantic import BaseModel, ValidationError, create_model
from pydantic.fields import FieldInfo

from channels.kinds import KINDS, load
from gateway.cli.failures import Misused


@dataclass
class Answers:
    """``given`` are by key, ``environ`` by variable. Where nobody is asked, what is missing is
    remembered, so that all of it is told at once."""

    given: Mapping[str, str]
    environ: Mapping[str, str]
    asking: bool
    missing: list[str] = field(default_factory=list[str])
    _refused: bool = False

    def ask(
        self,
        key: str,
        question: str,
        default: str | None = None,
        *,
        variable: str | None = None,
        problem: Callable[[str], str | None] = lambda _value: None,
    ) -> str:
        """The first answer in which ``problem`` finds none; a secret, which has a ``variable``, is
        typed unseen.

        Raises:
            Misused: an answer that was given is wrong.
        """
        known = None if self._refused and self.asking else self._known(key, variable)
        if known is None and not self.asking:
            known = default
            if known is None:
                self.missing.append(f"{key}" + (f" (or {variable})" if variable else ""))
                return ""
        if known is not None:
            if (wrong := problem(known)) is not None:
                raise Misused(f"{key}: {wrong}")
            return known
        return self._typed(question, default, problem, hidden=variable is not None)

    def again(self) -> bool:
        """Whether somebody wants to answer anew; what was given before is then asked for too."""
        self._refused = self.asking and click.confirm("Enter it again?", default=True, err=True)
        return self._refused

    def require_none_missing(self) -> None:
        """
        Raises:
            Misused: naming everything that was not given.
        """
        if self.missing:
            raise Misused(f"not given: {', '.join(self.missing)}; use --set KEY=VALUE")

    def _known(self, key: str, variable: str | None) -> str | None:
        if key in self.given:
            return self.given[key]
        return self.environ.get(variable) if variable else None

    def _typed(
        self,
        question: str,
        default: str | None,
        problem: Callable[[str], str | None],
        *,
        hidden: bool,
    ) -> str:
        while True:
            said: str = click.prompt(
                question, default, hide_input=hidden, err=True, show_default=bool(default)
            )
            wrong = problem(said.strip())
            if wrong is None:
                return said.strip()
            click.echo(f"✗ {wrong}", err=True)


def field_problem(kind: str, path: str, value: str) -> str | None:
    """What the kind's settings say against this value of one key, None where it is right."""
    model: Any = load(KINDS[kind].settings)
    *folders, last = path.split(".")
    for folder in folders:
        model = _model_of(_field(model, folder))
    found = _field(model, last)
    alone = create_model("Alone", value=(found.annotation or str, found))
    try:
        alone.model_validate({found.alias or "value": value})
    except ValidationError as error:
        return error.errors(include_input=False)[0]["msg"].removeprefix("Value error, ")
    return None


def _field(model: type[BaseModel], name: str) -> FieldInfo:
    by_alias = {found.alias or key: found for key, found in model.model_fields.items()}
    return by_alias[name]


def _model_of(found: FieldInfo) -> type[BaseModel]:
    """The settings below a key, which may be optional."""
    options = [found.annotation, *get_args(found.annotation)]
    return next(one for one in options if isinstance(one, type) and issubclass(one, BaseModel))
