"""The program's entrance; loads nothing until it is known what for."""

from __future__ import annotations

import io
import sys
from typing import cast


def main() -> None:
    from gateway.cli.commands import frontdesk

    # A terminal without some characters shows their numbers; that must not end the command.
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    frontdesk()


if __name__ == "__main__":
    main()
