"""A letter is taken back for one of its invoices; before, it was for all of them."""

import sqlalchemy as sa
from alembic import op

from core.store.tables import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "withdrawn_letters",
        sa.Column("tenant", sa.Text(), primary_key=True),
        sa.Column("intent_id", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("withdrawn_at", Moment(), nullable=False),
    )
    op.execute(
        "INSERT INTO withdrawn_letters (tenant, intent_id, subject, withdrawn_at)"
        " SELECT voided_letters.tenant, voided_letters.intent_id, intent_subjects.subject, voided_letters.voided_at"
        " FROM voided_letters JOIN intent_subjects ON intent_subjects.intent_id = voided_letters.intent_id"
        " WHERE voided_letters.why = 'withdrawn'"
    )
    op.execute("DELETE FROM voided_letters WHERE why = 'withdrawn'")
    op.drop_column("voided_letters", "why")
