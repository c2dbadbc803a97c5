"""What whoever did something in a thread is told when it is refused: why, the way out and, where it
stands nowhere else, what they wrote. It refuses nothing itself."""

from __future__ import annotations

from gateway.conversations.drafts import DraftMoved, UnknownDraft
from gateway.conversations.ownership import OwnerMoved
from gateway.desk.files import UnknownFile
from gateway.desk.posts import quoted
from gateway.desk.records import NothingToSay, OwnedByAnother, RequestReused
from gateway.desk.scenes import CaseOver, Scene, Tools
from gateway.desk.thread_files import Unsendable
from gateway.errors import FrontdeskError
from gateway.notices.wording import literal

REFUSED = (
    CaseOver,
    DraftMoved,
    NothingToSay,
    OwnerMoved,
    RequestReused,
    UnknownDraft,
    UnknownFile,
    Unsendable,
)


async def told(tools: Tools, scene: Scene, error: FrontdeskError, written: str = "") -> str:
    """What it is recorded as. ``written`` stood in a form, and is given back."""
    words = f"\n\n{given_back(written)}" if written else ""
    match error:
        case RequestReused():
            # Its id is nobody else's, so by another verb, before the owner changed.
            return "worked off before"
        case CaseOver():
            await tools.not_sent(scene, "this case is over", words)
            return "refused: the case is over"
        case OwnedByAnother():
            await tools.not_sent(scene, f"{error.owner_name or 'somebody else'} owns this", words)
            return "refused: another owns this"
        case OwnerMoved():
            await tools.not_sent(scene, "the owner changed at this moment", words)
            return "refused: the owner changed"
        case Unsendable() | UnknownFile():
            await _without_its_file(tools, scene, str(error))
            return "refused: a file"
        case _:
            await tools.whisper(scene, f"{literal(str(error))}{words}")
            return _OUTCOMES[type(error)]


def given_back(written: str) -> str:
    return f"What you wrote, and nobody got:\n\n{quoted(written, len(written))}"


async def _without_its_file(tools: Tools, scene: Scene, why: str) -> None:
    """Words that speak of a file do not go without it."""
    link = tools.link(scene.conversation["id"])
    way_out = f"Nothing of it went; write again without that file, or use the web desk: {link}"
    line = tools.notices().staff_line("not_sent", reason=why, way_out=way_out)
    await tools.whisper(scene, line)


_OUTCOMES: dict[type[FrontdeskError], str] = {
    DraftMoved: "refused: the draft moved",
    NothingToSay: "refused: nothing to say",
    UnknownDraft: "refused: no draft",
}
