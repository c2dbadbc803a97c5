"""How a command ends that cannot do what was asked: sentences on stderr and an exit code, never a
traceback for what is expected to happen."""

from __future__ import annotations

from typing import IO, Any

import click

from gateway.errors import ConfigurationError, FrontdeskError, StoreRefused

NEGATIVE = 1
WRONG = 2


class Misused(FrontdeskError):
    """What was asked for cannot be asked for in this way."""


class Failed(FrontdeskError):
    """What was asked for was not found or could not be done."""


class Told(click.ClickException):
    """An error of ours as click shows it: each problem on a line of its own."""

    exit_code = NEGATIVE

    def __init__(self, error: FrontdeskError) -> None:
        super().__init__(str(error))
        self._lines = lines_of(error)

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self._lines:
            click.echo(line, file=file, err=file is None)


class ToldWrong(Told):
    """The same for what the operator has to put right before anything can be tried."""

    exit_code = WRONG


def told(error: FrontdeskError) -> Told:
    wrong = isinstance(error, ConfigurationError | StoreRefused | Misused)
    return ToldWrong(error) if wrong else Told(error)


def lines_of(error: FrontdeskError) -> list[str]:
    """What an operator reads about it. Problems of the configuration begin with their place."""
    if isinstance(error, ConfigurationError):
        return [str(problem) for problem in error.problems]
    return [f"Error: {error}"]
