"""Every table, declared once. Moments are ISO 8601 text in UTC with microseconds, so that they sort and mean the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

METADATA: Final = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as ISO text in UTC: SQLite has no zone and PostgreSQL's differs by session."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """Turn an aware datetime into text; a naive one is a bug."""
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment must be aware"
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """Turn the text back."""
        return None if value is None else datetime.fromisoformat(value)


def _text(name: str, *, key: bool = False, null: bool = False, default: str | None = None) -> Column[str]:
    if key:
        return Column(name, Text, primary_key=True)
    return Column(name, Text, nullable=null, server_default=default)


agencies = Table(
    "agencies", METADATA,
    _text("id", key=True), _text("name"), _text("adapter"), _text("settings", default="{}"),
    Column("data_key", LargeBinary, nullable=False), Column("created_at", Moment, nullable=False),
)  # fmt: skip

tenants = Table(
    "tenants", METADATA,
    _text("id", key=True), _text("name"), _text("connector"), _text("settings", default="{}"),
    _text("org_no"), _text("country"), _text("currency"), _text("company", default="{}"),
    _text("agency", null=True),
    _text("booking_mode", default="on_event"), _text("books_setup", default="{}"),
    Column("books_confirmed", Boolean, nullable=False, server_default=text("false")),
    _text("mandate", default="{}"), _text("mail", default="{}"), _text("reminder_fee_agreement", default=""),
    Column("reminder_fee_since", Date),
    _text("due_basis", default="{}"), Column("interest_notice", Boolean, nullable=False, server_default=text("false")),
    _text("vendor_reminder", default="{}"), _text("charges_booked", default="when_received"),
    _text("letters", default="{}"),
    Column("data_key", LargeBinary, nullable=False),
    _text("state", default="active"), _text("pause_reason", default=""),
    Column("live_from", Date), Column("last_run_on", Date), Column("created_at", Moment, nullable=False),
    Column("restored_at", Moment),
)  # fmt: skip

secrets = Table(
    "secrets", METADATA,
    _text("owner", key=True), _text("kind", key=True),
    Column("version", Integer, nullable=False), Column("sealed", LargeBinary, nullable=False),
    _text("lease_owner", default=""), Column("lease_until", Moment),
)  # fmt: skip
"""Sealed settings and tokens, of a tenant or an agency. A token is renewed under the lease in its row."""

policies = Table(
    "policies", METADATA,
    _text("tenant", key=True), Column("version", Integer, primary_key=True), _text("document"),
    Column("created_at", Moment, nullable=False),
)  # fmt: skip

overrides = Table(
    "overrides", METADATA,
    _text("tenant", key=True), _text("scope", key=True), _text("ref", key=True), _text("document"),
    Column("created_at", Moment, nullable=False),
)  # fmt: skip

holds = Table(
    "holds", METADATA,
    _text("id", key=True), _text("tenant"), _text("scope"), _text("ref"), _text("kind"), _text("reason"),
    Column("amount_minor", BigInteger), Column("from_on", Date, nullable=False), Column("until", Date),
    _text("detail", default="{}"),
    Column("created_at", Moment, nullable=False), Column("released_at", Moment), _text("release_reason", default=""),
    Column("credited_before_minor", BigInteger), Column("ended_minor", BigInteger, nullable=False, server_default="0"),
    Index("holds_of_tenant", "tenant", "scope", "ref"),
)  # fmt: skip

approvals = Table(
    "approvals", METADATA,
    _text("tenant", key=True), _text("digest", key=True), _text("action"), _text("summary"),
    Column("asked_at", Moment, nullable=False), Column("approved_at", Moment), _text("approved_by", default=""),
    Column("declined_at", Moment), Column("refused_at", Moment), _text("covers", default="{}"),
)  # fmt: skip
"""What a person was asked and said; the digest binds it to action, invoices, principal and agency.

A question about many at once says in `covers` what: invoice → what is asked for. `refused_at` is a person's no, which stands as long
as the question does.

A question whose facts changed, or whose write is done, is taken back at `declined_at`: an answer to it counts no more.
"""

announcements = Table(
    "announcements", METADATA,
    _text("tenant", key=True), _text("invoice_ref", key=True), _text("agency"), Column("announced_on", Date, nullable=False),
)  # fmt: skip
"""Handovers that were announced to the creditor and have not gone yet."""

payment_origins = Table(
    "payment_origins", METADATA,
    _text("tenant", key=True), _text("payment_ref", key=True), _text("origin"), _text("reason"),
    Column("said_at", Moment, nullable=False),
)  # fmt: skip
"""Where a payment on our own account came from that no record of ours explains, as a person said: from an agency or the debtor."""

invoices = Table(
    "invoices", METADATA,
    _text("tenant", key=True), _text("source_ref", key=True), _text("hash"), _text("data"),
    Column("is_open", Boolean, nullable=False), Column("detailed", Boolean, nullable=False),
    _text("vendor_baseline", default=""),
    _text("debtor_ref", default=""), _text("kind", default=""), _text("currency", default=""),
    Column("open_minor", BigInteger, nullable=False, server_default=text("0")), Column("due_on", Date), Column("paid_on", Date),
    Column("seen_at", Moment, nullable=False), Column("changed_at", Moment, nullable=False),
    Index("open_invoices", "tenant", "is_open"), Index("invoices_of_debtor", "tenant", "debtor_ref"),
)  # fmt: skip
"""Snapshots; the columns from `debtor_ref` to `paid_on` say again what `data` says, for questions about many at once."""

histories = Table(
    "histories", METADATA,
    _text("tenant", key=True), Column("since", Date, nullable=False), Column("until", Date, nullable=False),
    Column("unreadable", Integer, nullable=False), _text("invoices"), Column("read_at", Moment, nullable=False),
)  # fmt: skip
"""A tenant's past, read once for backtests and statistics and kept whole; reading it anew replaces it."""

debtors = Table(
    "debtors", METADATA,
    _text("tenant", key=True), _text("source_ref", key=True), _text("identity_no", default=""), _text("data"),
    Column("read_at", Moment, nullable=False),
)  # fmt: skip

quarantine = Table(
    "quarantine", METADATA,
    _text("tenant", key=True), _text("source", key=True), _text("raw_ref", key=True), _text("message"),
    Column("raw", LargeBinary, nullable=False),
    Column("first_seen_at", Moment, nullable=False), Column("last_seen_at", Moment, nullable=False),
    Column("resolved_at", Moment),
)  # fmt: skip

sweeps = Table(
    "sweeps", METADATA,
    _text("tenant", key=True), Column("watermark", Moment), Column("full_on", Date),
    Column("bank_postings_until", Date), Column("locked_until", Date),
)  # fmt: skip

leases = Table(
    "leases", METADATA,
    _text("name", key=True), _text("owner"), Column("epoch", Integer, nullable=False), Column("until", Moment, nullable=False),
)  # fmt: skip

runs = Table(
    "runs", METADATA,
    _text("id", key=True), _text("tenant"), Column("run_on", Date, nullable=False), Column("epoch", Integer, nullable=False),
    Column("started_at", Moment, nullable=False), Column("ended_at", Moment), _text("outcome", default=""),
    _text("summary", default="{}"),
    Index("runs_of_tenant", "tenant", "run_on"),
)  # fmt: skip

intents = Table(
    "intents", METADATA,
    _text("id", key=True), _text("tenant"), _text("kind"), _text("channel"), Column("ordinal", Integer, nullable=False),
    _text("state"), Column("version", Integer, nullable=False), Column("epoch", Integer, nullable=False),
    _text("claim_id", null=True), _text("invoice_ref", null=True), _text("cause", default=""),
    Column("write", LargeBinary, nullable=False), Column("prepared", LargeBinary), _text("context", default="{}"),
    _text("remote_ref", null=True), _text("receipt", default="{}"), _text("note", default=""),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("planned_at", Moment, nullable=False), Column("planned_on", Date, nullable=False),
    Column("not_before", Moment), Column("first_sent_at", Moment), Column("sent_at", Moment), Column("sent_on", Date),
    Column("deadline", Moment), Column("closed_at", Moment),
    UniqueConstraint("tenant", "kind", "remote_ref", name="one_intent_per_remote_ref"),
    Index("intents_by_state", "tenant", "state"), Index("intents_of_claim", "claim_id"),
    Index("intents_of_invoice", "tenant", "invoice_ref"),
)  # fmt: skip

intent_subjects = Table(
    "intent_subjects", METADATA,
    _text("intent_id", key=True), _text("subject", key=True), _text("tenant"), _text("kind"),
    Column("ordinal", Integer, nullable=False), Column("is_open", Boolean, nullable=False),
    UniqueConstraint("tenant", "kind", "subject", "ordinal", name="one_intent_per_ordinal"),
    Index("one_open_intent", "tenant", "kind", "subject", unique=True,
          sqlite_where=text("is_open"), postgresql_where=text("is_open")),
)  # fmt: skip

claims = Table(
    "claims", METADATA,
    _text("id", key=True), _text("tenant"), _text("agency"), _text("debtor_key"), _text("currency"),
    _text("lifecycle"), _text("phase", null=True), _text("flags", default="[]"), _text("close_reason", null=True),
    Column("money_recovered", Boolean), _text("agency_case_ref", default=""),
    Column("version", Integer, nullable=False), _text("snapshot"), Column("phase_at", Moment),
    Column("created_at", Moment, nullable=False), Column("submitted_at", Moment), Column("closed_at", Moment),
    Index("claims_of_tenant", "tenant", "lifecycle"),
)  # fmt: skip

claim_invoices = Table(
    "claim_invoices", METADATA,
    _text("claim_id", key=True), _text("invoice_ref", key=True), _text("tenant"),
    Column("is_active", Boolean, nullable=False),
    Index("one_active_claim", "tenant", "invoice_ref", unique=True,
          sqlite_where=text("is_active"), postgresql_where=text("is_active")),
)  # fmt: skip

claim_events = Table(
    "claim_events", METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True), _text("tenant"), _text("claim_id"), _text("event"),
    _text("detail", default="{}"), Column("occurred_at", Moment, nullable=False), Column("recorded_at", Moment, nullable=False),
    Index("events_of_claim", "claim_id"),
)  # fmt: skip

entries = Table(
    "entries", METADATA,
    _text("posting", key=True), Column("row", Integer, primary_key=True), _text("tenant"), _text("claim_id"),
    _text("account"), _text("component"), Column("minor", BigInteger, nullable=False), _text("currency"),
    _text("payer", default=""), _text("payee", default=""), _text("invoice_ref", default=""),
    _text("what"), _text("cause"), Column("occurred_on", Date, nullable=False), Column("posted_at", Moment, nullable=False),
    Index("entries_of_claim", "claim_id"), Index("entries_of_tenant", "tenant", "account"),
)  # fmt: skip

agency_events = Table(
    "agency_events", METADATA,
    _text("agency", key=True), _text("message_id", key=True), _text("tenant"), _text("claim_id"), _text("kind"),
    Column("serial", Integer, nullable=False), _text("body"), Column("occurred_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False), Column("handled_at", Moment), _text("outcome", default=""),
    Index("unhandled_events", "tenant", "handled_at"), Index("events_in_order", "tenant", "serial"),
)  # fmt: skip

agency_payments = Table(
    "agency_payments", METADATA,
    _text("agency", key=True), _text("payment_id", key=True), _text("tenant"), _text("claim_id"), _text("message_id"),
    Column("minor", BigInteger, nullable=False), _text("currency"), Column("received_on", Date, nullable=False),
    _text("data"), _text("settlement_id", null=True), _text("reversed_by", null=True),
)  # fmt: skip

settlements = Table(
    "settlements", METADATA,
    _text("agency", key=True), _text("settlement_id", key=True), _text("tenant"), _text("data"),
    _text("document_id", null=True), Column("settled_on", Date, nullable=False),
)  # fmt: skip

feed_state = Table(
    "feed_state", METADATA,
    Column("id", Integer, primary_key=True), _text("epoch"), Column("last_position", Integer, nullable=False),
)  # fmt: skip

feed_items = Table(
    "feed_items", METADATA,
    _text("id", key=True), Column("serial", Integer, nullable=False), Column("position", Integer, unique=True),
    _text("agency"), _text("tenant"), _text("type"), _text("claim_id"), Column("sequence", Integer, nullable=False),
    Column("occurred_at", Moment, nullable=False), _text("digest", default=""),
    Index("feed_of_agency", "agency", "position"), Index("feed_serials", "serial"),
)  # fmt: skip
"""Events for agencies; `id` is the key of the intent that published it, `position` is given later by the one publisher, and
`digest` tells the same event again from another one under its key."""

feed_claims = Table(
    "feed_claims", METADATA,
    _text("claim_id", key=True), _text("agency"), _text("tenant"), Column("version", Integer, nullable=False),
    _text("body"), Column("sequence", Integer, nullable=False), Column("updated_at", Moment, nullable=False),
)  # fmt: skip
"""The claim as its agency reads it now."""

api_keys = Table(
    "api_keys", METADATA,
    _text("key_id", key=True), _text("agency"), _text("hash"), _text("scopes"),
    Column("created_at", Moment, nullable=False), Column("revoked_at", Moment),
)  # fmt: skip

idempotency_keys = Table(
    "idempotency_keys", METADATA,
    _text("agency", key=True), _text("key", key=True), _text("request_hash"), Column("status", Integer, nullable=False),
    _text("body"), Column("created_at", Moment, nullable=False),
)  # fmt: skip

webhooks = Table(
    "webhooks", METADATA,
    _text("agency", key=True), _text("url"), Column("secret", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False), Column("disabled_at", Moment),
)  # fmt: skip

webhook_sends = Table(
    "webhook_sends", METADATA,
    _text("agency", key=True), _text("item_id", key=True), Column("attempts", Integer, nullable=False),
    Column("next_at", Moment), Column("sent_at", Moment), _text("note", default=""),
    Index("sends_by_time", "next_at"),
)  # fmt: skip

voided_letters = Table(
    "voided_letters", METADATA,
    _text("tenant", key=True), _text("intent_id", key=True), _text("address", default=""), _text("detail", default=""),
    Column("by_post", Boolean, nullable=False, server_default=text("false")), Column("voided_at", Moment, nullable=False),
)  # fmt: skip
"""Letters that count no more since they came back from the mail.

`address` is the mail address that one came back from, "" once a person said that mail goes there again; `by_post` that letters to it go
by post.
"""

withdrawn_letters = Table(
    "withdrawn_letters", METADATA,
    _text("tenant", key=True), _text("intent_id", key=True), _text("subject", key=True), Column("withdrawn_at", Moment, nullable=False),
)  # fmt: skip
"""What of a letter was taken back: the letter counts no more for this subject of its intent, and still does for the others."""

documents = Table(
    "documents", METADATA,
    _text("tenant", key=True), _text("document_id", key=True), _text("kind"), _text("name"), _text("media_type"),
    _text("sha256"), Column("size", Integer, nullable=False), Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)  # fmt: skip

tasks = Table(
    "tasks", METADATA,
    _text("id", key=True), _text("tenant"), _text("kind"), _text("subject"), _text("text"), _text("params", default="{}"),
    Column("created_at", Moment, nullable=False), Column("resolved_at", Moment), _text("resolution", default=""),
    Index("one_open_task", "tenant", "kind", "subject", unique=True,
          sqlite_where=text("resolved_at IS NULL"), postgresql_where=text("resolved_at IS NULL")),
)  # fmt: skip

budgets = Table(
    "budgets", METADATA,
    _text("bucket", key=True), _text("places"),
)  # fmt: skip

differences = Table(
    "differences", METADATA,
    _text("tenant", key=True), _text("kind", key=True), _text("subject", key=True),
    Column("minor", BigInteger, nullable=False), _text("currency"), _text("text"),
    Column("first_seen_on", Date, nullable=False), Column("last_seen_on", Date, nullable=False), Column("resolved_on", Date),
)  # fmt: skip
