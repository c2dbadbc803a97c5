"""What staff do in a thread remembers whose the conversation was as they did it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("desk_inputs", sa.Column("owned_epoch", sa.Integer(), nullable=True))
