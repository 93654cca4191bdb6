"""Amounts of 64 bits on every database, an index for an invoice's history, and when a tenant came back from a backup."""

import sqlalchemy as sa
from alembic import op

import core.store.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AMOUNTS = (("agency_payments", "minor"), ("differences", "minor"), ("entries", "minor"), ("holds", "amount_minor"))


def upgrade() -> None:
    """Apply this step."""
    for table, column in AMOUNTS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.Integer(), type_=sa.BigInteger())
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.create_index("intents_of_invoice", ["tenant", "invoice_ref"], unique=False)
    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("restored_at", core.store.tables.Moment(length=32), nullable=True))
