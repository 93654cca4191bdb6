"""What was published under a key, so that other content under it is an error."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("feed_items", sa.Column("digest", sa.Text(), server_default="", nullable=False))
