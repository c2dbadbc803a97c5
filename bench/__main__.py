"""Runs sets of figures: ``start``, ``search``, ``answers``, ``serving``, ``pipeline``, its parts.
The last line on stdout is JSON, the figures of one set, or by name those of several. It never
measures anything itself."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from importlib import import_module

FIGURES = (
    "start",
    "search",
    "answers",
    "serving",
    "pipeline",
    "throughput",
    "against",
    "growth",
    "flight",
    "backlog",
    "soak",
    "desk",
    "moving",
    "triage",
    "turn",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="figures", help=", ".join(FIGURES))
    parser.add_argument("--messages", type=int, help="soak: how many")
    parser.add_argument("--stored", type=int, help="growth, moving: how many messages are much")
    parser.add_argument("--waiting", type=int, help="backlog: how many are waiting")
    parser.add_argument("--model", choices=("scripted", "http", "openai"), help="against")
    given = vars(parser.parse_args())
    names: list[str] = given.pop("figures") or ["start"]
    unknown = sorted(set(names) - set(FIGURES))
    if unknown:
        parser.error(f"there are no figures {', '.join(unknown)}")
    options = {name: value for name, value in given.items() if value is not None}
    found = {name: _measure(name, options) for name in names}
    print(json.dumps(found if len(names) > 1 else found[names[0]]))


def _measure(name: str, options: Mapping[str, object]) -> object:
    return import_module(f"bench.{name}").measure(**options)


if __name__ == "__main__":
    main()
