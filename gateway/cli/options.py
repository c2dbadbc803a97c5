"""The options that every command takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

C = TypeVar("C", bound=Callable[..., Any])


def everywhere(command: C) -> C:
    """``-c`` and ``--json``."""
    config = click.option(
        "-c",
        "--config",
        default="config.yaml",
        show_default=True,
        type=click.Path(path_type=Path),
        help="The configuration.",
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    return config(as_json(command))
