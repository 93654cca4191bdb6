"""Where an unexplained payment on our own account came from, as a person said."""

import sqlalchemy as sa
from alembic import op

import core.store.tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "payment_origins",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("payment_ref", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_at", core.store.tables.Moment(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "payment_ref"),
    )
