"""What the accounting system's own reminder says, where a tenant uses it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("tenants", sa.Column("vendor_reminder", sa.Text(), server_default="{}", nullable=False))
