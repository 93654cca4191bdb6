"""How a tenant's due dates come about, by kind of debtor."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("tenants", sa.Column("due_basis", sa.Text(), server_default="{}", nullable=False))
