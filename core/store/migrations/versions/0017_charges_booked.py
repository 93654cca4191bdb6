"""When fees and interest are booked: as they are received, unless somebody chooses otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("tenants", sa.Column("charges_booked", sa.Text(), server_default="when_received", nullable=False))
