"""Letters by post are planned intents until they are printed; the queue beside the journal goes."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.drop_table("print_queue")
