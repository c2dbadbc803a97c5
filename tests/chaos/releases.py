"""Source trees of other releases: the next one, planted as a copy whose schema is one version on,
and the one before this schema, out of the repository's history."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from gateway.store.migration import SCHEMA_VERSION
from tests.chaos.home import ROOT
from tests.chaos.mutations import COPIED

MIGRATION = Path("gateway", "store", "migration.py")
VERSIONS = Path("gateway", "store", "migrations", "versions")
NEXT = SCHEMA_VERSION + 1
# What the next release adds: a table, a column and an index.
TABLE, COLUMN, INDEX = "next_things", "next_note", "ix_conversations_next_note"
STEP = '''"""What a later release adds."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{table}", sa.Column("id", sa.String(length=64), primary_key=True))
    op.add_column("conversations", sa.Column("{column}", sa.Text(), nullable=True))
    op.create_index("{index}", "conversations", ["{column}"])
    conversations = sa.table("conversations", sa.column("{column}"))
    op.execute(conversations.update().values({column}="of the next release"))
'''


def plant_next(tree: Path, *, contracted: bool = False) -> None:
    """The next release; a ``contracted`` schema is of no use to this one any more."""
    for package in COPIED:
        shutil.copytree(ROOT / package, tree / package)
    _plant_rig(tree)
    revisions = sorted(file.name[:4] for file in (tree / VERSIONS).glob("[0-9]*.py"))
    names = {"table": TABLE, "column": COLUMN, "index": INDEX}
    step = STEP.format(revision=f"{NEXT:04}", before=revisions[-1], **names)
    (tree / VERSIONS / f"{NEXT:04}_next.py").write_text(step)
    _set(tree, "SCHEMA_VERSION", NEXT)
    if contracted:
        _set(tree, "OLDEST_PROGRAM", NEXT)


def _set(tree: Path, name: str, value: int) -> None:
    file = tree / MIGRATION
    written, count = re.subn(rf"(?m)^{name} = \d+$", f"{name} = {value}", file.read_text())
    if count != 1:
        raise ValueError(f"{MIGRATION} does not say {name}: plant the next release anew")
    file.write_text(written)


def _plant_rig(tree: Path) -> None:
    shutil.copytree(ROOT / "tests" / "chaos", tree / "tests" / "chaos")


def plant_previous(tree: Path) -> str | None:
    """The newest commit of the main line with an earlier schema, of which this one is made by
    further steps alone, and with all that the rig needs; and this rig in it. None where the history
    is not here."""
    steps = _steps("HEAD")
    for commit in _git("rev-list", "--first-parent", "HEAD").split():
        before = _steps(commit)
        rigged = _git("ls-tree", "--name-only", commit, "tests/chaos/gateway.py")
        if rigged and len(before) < len(steps) and steps[: len(before)] == before:
            _extract(commit, tree)
            _plant_rig(tree)
            return commit
    return None


def _steps(commit: str) -> list[str]:
    """Its migrations, each by name and content."""
    listed = _git("ls-tree", commit, f"{VERSIONS}/").splitlines()
    named = (line.rpartition("\t")[::-2] for line in listed if "/0" in line)
    return sorted(f"{path} {content}" for path, content in named)


def _extract(commit: str, tree: Path) -> None:
    packed = subprocess.run(
        ("git", "archive", commit, *COPIED), cwd=ROOT, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(tree, filter="data")


def _git(*what: str) -> str:
    """What git says; nothing where there is none, or no such thing in it."""
    try:
        done = subprocess.run(("git", *what), cwd=ROOT, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""
