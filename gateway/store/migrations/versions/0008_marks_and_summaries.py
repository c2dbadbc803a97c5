"""What an article's author says of it, and what was said long ago in a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("marks", sa.Text(), server_default="[]", nullable=False))
    op.add_column("cases", sa.Column("summary", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "cases", sa.Column("summed_seq", sa.Integer(), server_default="0", nullable=False)
    )
