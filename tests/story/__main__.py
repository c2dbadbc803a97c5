"""``python -m tests.story``: a customer on each of six channels is passed to people for another
reason each, and answered out of the team's Slack; then six others on the web desk, in Chromium if
there is one. The last line is JSON; the exit code is 1 where anything is missing, or where the
assistant spoke after a takeover."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.story.browser import open_browser, program
from tests.story.company import Company, open_company
from tests.story.playing import after_takeover, document, in_slack, on_the_web
from tests.story.streets import six
from tests.story.telling import Came, Tell

Stories = dict[str, Mapping[str, Came]]


def telling() -> Tell:
    """Write down what happens, and when."""
    began = time.monotonic()

    def tell(kind: str, who: str, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:5.1f} s  {kind:9} {who:9} {text}\n")
        sys.stdout.flush()

    return tell


async def _play(pictures: Path | None) -> Stories:
    tell = telling()
    with tempfile.TemporaryDirectory(prefix="frontdesk-story-") as folder:
        async with open_company(Path(folder) / "home", six()) as company:
            stories: Stories = {"channels": await in_slack(company, tell)}
            chromium = program()
            if chromium is None:
                sys.stdout.write("No Chromium and chromedriver here: the web desk is left out.\n")
            else:
                profile = Path(folder) / "chromium"
                stories["web_desk"] = await _in_chromium(company, chromium, profile, pictures, tell)
            return stories


async def _in_chromium(
    company: Company, chromium: str, profile: Path, pictures: Path | None, tell: Tell
) -> Mapping[str, Came]:
    async with open_browser(chromium, profile, pictures) as browser:
        came = await on_the_web(company, browser, tell)
        for problem in browser.problems():
            tell("web desk", "complains", problem)
        return came


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.story", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="a folder for screenshots of the web desk")
    stories = asyncio.run(_play(parser.parse_args().pictures))
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
