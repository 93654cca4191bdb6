"""Since when reminder fees are agreed, and whether bills to consumers warn of interest: neither is presumed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("tenants", sa.Column("reminder_fee_since", sa.Date(), nullable=True))
    op.add_column("tenants", sa.Column("interest_notice", sa.Boolean(), server_default=sa.text("false"), nullable=False))
