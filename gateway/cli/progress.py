"""How long work shows itself on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click

# How often long work says a line where there is no terminal.
LINE_SECONDS = 3.0


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
def counting(what: str) -> Generator[Callable[[int, int | None], None]]:
    """Call the given function with how much is done, and of how much where that is known."""
    if not sys.stderr.isatty():
        yield _now_and_then(what)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def count(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield count


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


def _now_and_then(what: str) -> Callable[[int, int | None], None]:
    """A line for what takes long, and none for what does not."""
    told = time.monotonic()

    def count(done: int, total: int | None) -> None:
        nonlocal told
        if time.monotonic() - told >= LINE_SECONDS:
            told = time.monotonic()
            click.echo(f"{what} {done}/{'?' if total is None else total}", err=True)

    return count


def _lines(total: int, what: str) -> Callable[[str], None]:
    done = 0

    def step(name: str) -> None:
        nonlocal done
        done += 1
        click.echo(f"{what} {done}/{total} {name}", err=True)

    return step
