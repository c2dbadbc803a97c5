"""The tree of commands, as names and dotted places, so that ``--help`` loads nothing else."""

from __future__ import annotations

from importlib import import_module

import click

# name -> (where it stands, what its line in the help says)
COMMANDS = {
    "run": ("gateway.cli.run:run", "Start the gateway."),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="frontdesk")
def frontdesk() -> None:
    """Answers your customers on every channel, and knows when to call a person."""
