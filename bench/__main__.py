"""Runs one set of figures, ``start``, ``answers`` or ``serving``; the last line on stdout is JSON.
It never measures anything itself."""

from __future__ import annotations

import argparse
import json
from importlib import import_module


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "figures", nargs="?", choices=("start", "answers", "serving"), default="start"
    )
    figures = import_module(f"bench.{parser.parse_args().figures}").measure()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
