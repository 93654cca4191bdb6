"""What is asked of a debtor's invoices together stands in columns of its own."""

import json
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    for name in ("debtor_ref", "kind", "currency"):
        op.add_column("invoices", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("invoices", sa.Column("open_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("invoices", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("invoices", sa.Column("paid_on", sa.Date(), nullable=True))
    op.create_index("invoices_of_debtor", "invoices", ["tenant", "debtor_ref"], unique=False)
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Copy what the snapshots say."""
    columns: list[sa.ColumnClause[object]] = [
        sa.column(name) for name in ("tenant", "source_ref", "data", "debtor_ref", "kind", "currency", "open_minor")
    ]
    invoices = sa.table("invoices", *columns, sa.column("due_on", sa.Date()), sa.column("paid_on", sa.Date()))
    for row in connection.execute(sa.select(invoices.c.tenant, invoices.c.source_ref, invoices.c.data)).all():
        raw = json.loads(row.data)
        gone, paid = "cancelled" in raw["leave_alone"], raw["open"]["minor"] <= 0 and raw["kind"] == "invoice" and not raw["leave_alone"]
        connection.execute(
            sa.update(invoices)
            .where(invoices.c.tenant == row.tenant, invoices.c.source_ref == row.source_ref)
            .values(
                debtor_ref=raw["debtor_ref"], kind=raw["kind"], currency=raw["open"]["currency"],
                open_minor=0 if gone else raw["open"]["minor"], due_on=date.fromisoformat(raw["due_on"]),
                paid_on=date.fromisoformat(raw["final_paid_on"]) if paid and raw["final_paid_on"] else None,
            )
        )  # fmt: skip
