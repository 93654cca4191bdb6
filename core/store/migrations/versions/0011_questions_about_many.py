"""A question may be about many invoices at once, and a person may say no to it."""

import sqlalchemy as sa
from alembic import op

import core.store.tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("approvals", sa.Column("refused_at", core.store.tables.Moment(length=32), nullable=True))
    op.add_column("approvals", sa.Column("covers", sa.Text(), server_default="{}", nullable=False))
