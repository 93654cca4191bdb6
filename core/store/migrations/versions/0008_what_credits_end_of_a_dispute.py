"""What credits have ended of a part dispute."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("holds", sa.Column("credited_before_minor", sa.BigInteger()))
    op.add_column("holds", sa.Column("ended_minor", sa.BigInteger(), nullable=False, server_default="0"))
