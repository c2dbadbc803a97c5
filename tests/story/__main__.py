"""``python -m tests.story``: a customer on each of six channels is passed to people for another
reason each, and answered out of the team's Slack. The last line is JSON; the exit code is 1 where
anything is missing, or where the assistant spoke after a takeover."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.story.company import open_company
from tests.story.playing import after_takeover, document, in_slack
from tests.story.telling import Came


async def _play() -> dict[str, Mapping[str, Came]]:
    began = time.monotonic()

    def say(kind: str, who: str, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:5.1f} s  {kind:9} {who:9} {text}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="frontdesk-story-") as folder:
        async with open_company(Path(folder) / "home") as company:
            return {"channels": await in_slack(company, say)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.story", description=__doc__)
    parser.parse_args()
    stories = asyncio.run(_play())
    for part, came in stories.items():
        for kind, each in came.items():
            for wrong in each.wrong:
                sys.stdout.write(f"WRONG  {part} {kind}: {wrong}\n")
    told = {part: document(came) for part, came in stories.items()}
    spoke = after_takeover(list(stories.values()))
    sys.stdout.write(json.dumps({**told, "after_takeover": spoke}) + "\n")
    return 0 if all(each.whole for came in stories.values() for each in came.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
