"""``python -m tests.story``: a customer on each of six channels is passed to people for another
reason each, and answered out of the team's Slack; then six others on the web desk, in Chromium if
there is one. The last line is JSON; the exit code is 1 where anything is missing, where a page
complained, or where the assistant spoke after a takeover."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.chromium import NoChromiumError
from tests.story.browser import open_browser
from tests.story.company import open_company
from tests.story.playing import Played, after_takeover, document, in_slack, on_the_web
from tests.story.streets import six
from tests.story.telling import Tell


def telling() -> Tell:
    """Write down what happens, and when."""
    began = time.monotonic()

    def tell(kind: str, who: str, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:5.1f} s  {kind:9} {who:9} {text}\n")
        sys.stdout.flush()

    return tell


async def _play(pictures: Path | None) -> Played:
    tell, played = telling(), Played()
    with tempfile.TemporaryDirectory(prefix="frontdesk-story-") as folder:
        async with open_company(Path(folder) / "home", six()) as company:
            played.stories["channels"] = await in_slack(company, tell)
            try:
                async with open_browser(Path(folder) / "chromium", pictures) as browser:
                    played.stories["web_desk"] = await on_the_web(company, browser, tell)
                    played.complaints = await browser.do(browser.problems)
            except NoChromiumError as error:
                sys.stdout.write(f"The web desk is left out: {error}.\n")
            return played


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.story", description=__doc__)
    parser.add_argument("--pictures", type=Path, help="a folder for screenshots of the web desk")
    played = asyncio.run(_play(parser.parse_args().pictures))
    for wrong in played.wrong:
        sys.stdout.write(f"WRONG  {wrong}\n")
    told = {part: document(came) for part, came in played.stories.items()}
    spoke = after_takeover(list(played.stories.values()))
    sys.stdout.write(json.dumps({**told, "after_takeover": spoke}) + "\n")
    return 0 if played.whole else 1


if __name__ == "__main__":
    sys.exit(main())
