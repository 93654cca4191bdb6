"""A plan has its schedule, a dispute its documents."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("holds", sa.Column("detail", sa.Text(), server_default="{}", nullable=False))
