"""From problems in our words to pydantic's error, so that one validator can tell several of them,
each at its own place. It judges nothing."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from gateway.errors import ConfigurationError, Problem


def refusal(error: ConfigurationError) -> ValidationError:
    """To be raised in a validator; the paths begin below the key that it validates."""
    return ValidationError.from_exception_data("settings", [_line(p) for p in error.problems])


def _line(problem: Problem) -> InitErrorDetails:
    said = f"{problem.message}; {problem.mend}" if problem.mend else problem.message
    # The words are a value of the template, so that braces in them stay braces.
    kind = PydanticCustomError("problem", "{said}", {"said": said})
    return InitErrorDetails(type=kind, loc=problem.path, input=None)
