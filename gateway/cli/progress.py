"""How long work shows itself on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click


@contextmanager
def steps(total: int, what: str) -> Generator[Callable[[str], None]]:
    """Call the given function when a step is done, with its name."""
    if not sys.stderr.isatty():
        yield _lines(total, what)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)

        def step(name: str) -> None:
            bar.update(task, advance=1, description=f"{what} {name}")

        yield step


@contextmanager
def working(what: str) -> Generator[None]:
    """Something whose length nobody knows."""
    if not sys.stderr.isatty():
        click.echo(f"{what}…", err=True)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what}…"):
        yield


def _lines(total: int, what: str) -> Callable[[str], None]:
    done = 0

    def step(name: str) -> None:
        nonlocal done
        done += 1
        click.echo(f"{what} {done}/{total} {name}", err=True)

    return step
