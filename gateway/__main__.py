"""The program's entrance; loads nothing until it is known what for."""

from __future__ import annotations


def main() -> None:
    from gateway.cli.commands import frontdesk

    frontdesk()


if __name__ == "__main__":
    main()
