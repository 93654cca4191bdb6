"""The past of a tenant's invoices, kept for backtests and statistics."""

import sqlalchemy as sa
from alembic import op

import core.store.tables

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "histories",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("invoices", sa.Text(), nullable=False),
        sa.Column("read_at", core.store.tables.Moment(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant"),
    )
