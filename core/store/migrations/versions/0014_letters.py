"""A client's letters have its logo and words; a letter can come back, or be taken back."""

import sqlalchemy as sa
from alembic import op

from core.store.tables import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("tenants", sa.Column("letters", sa.Text(), server_default="{}", nullable=False))
    op.create_table(
        "voided_letters",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("intent_id", sa.Text(), primary_key=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("by_post", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("voided_at", Moment(), nullable=False),
    )
