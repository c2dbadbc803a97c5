"""Runs sets of figures: ``start``, ``search``, ``answers``, ``serving``. The last line on stdout is
JSON, the figures of one set, or by name those of several. It never measures anything itself."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import import_module

SETS = ("start", "search", "answers", "serving")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figures", nargs="*", choices=SETS, default=["start"])
    names: Sequence[str] = parser.parse_args().figures
    found = {name: import_module(f"bench.{name}").measure() for name in names}
    print(json.dumps(found if len(names) > 1 else found[names[0]]))


if __name__ == "__main__":
    main()
