"""The tree of commands, as names and dotted places, so that ``--help`` loads nothing else; and the
one place where an error of ours becomes a sentence and an exit code."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from gateway.cli.failures import Failed, Misused, told
from gateway.errors import FrontdeskError

# name -> (where it stands, what its line in the help says)
COMMANDS = {
    "run": ("gateway.cli.run:run", "Start the gateway."),
    "init": ("gateway.cli.init:init", "Write a first configuration."),
    "check": ("gateway.cli.check:check", "Validate the configuration; --live tries everything."),
    "chat": ("gateway.cli.chat:chat", "Talk to the assistant as a customer would."),
    "kb": ("gateway.cli.kb:kb", "Add, list, search, check and remove help articles."),
    "eval": ("gateway.cli.eval:eval_", "Grade the assistant on labelled questions."),
    "tools": ("gateway.cli.tools:tools", "Print what an MCP server offers."),
    "models": ("gateway.cli.models:models", "List models, and compare them on questions."),
    "replay": ("gateway.cli.replay:replay", "Run past tickets through the assistant."),
    "cases": ("gateway.cli.cases:cases", "List conversations."),
    "show": ("gateway.cli.cases:show", "Show one conversation, or one of its cases."),
    "trace": ("gateway.cli.cases:trace", "Show why something was said."),
    "report": ("gateway.cli.report:report", "Show what came of cases, and what it cost."),
    "pause": ("gateway.cli.pause:pause", "Silence the assistant: the big off switch."),
    "resume": ("gateway.cli.pause:resume", "Let the assistant answer again."),
    "contact": ("gateway.cli.contact:contact", "Privacy requests: export or erase a person."),
    "deliveries": ("gateway.cli.deliveries:deliveries", "Look after what could not be sent."),
    "staff": ("gateway.cli.staff:staff", "Add and list the people of the desk, make tokens."),
    "db": ("gateway.cli.db:db", "Upgrade, check, back up and restore the store."),
    "doctor": ("gateway.cli.doctor:doctor", "Say what is wrong on this machine."),
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

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # whatever the command gives
        try:
            return super().invoke(ctx)
        except FrontdeskError as error:
            raise told(error) from error
        except OSError as error:
            # One without a file is a closed pipe, which click ends quietly.
            if error.filename is None:
                raise
            raise told(Failed(f"{error.filename}: {error.strerror}; mend its rights")) from error
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise
            need = "PostgreSQL needs the package psycopg; install frontdesk[postgres]"
            raise told(Misused(need)) from error


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="frontdesk")
def frontdesk() -> None:
    """Answers your customers on every channel, and knows when to call a person."""
