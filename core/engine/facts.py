"""Gathering what a decision may look at, from the store alone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, or_, select

from core.claim import Lifecycle
from core.clock import day_in, zone_of
from core.engine.context import Run
from core.engine.debtors import Debtors, gather_debtors
from core.model import Debtor, Invoice
from core.money import Money
from core.policy import owed_of, share_credit
from core.policy.facts import Action, ClaimFacts, DebtorBooks, Facts, Hold, Sent
from core.states import OPEN_INTENT, IntentState
from core.store import books, people
from core.store.announcements import list_announcements
from core.store.claims import in_transit
from core.store.tables import claim_invoices, claims, intent_subjects, intents
from core.store.voided import Returned, is_withdrawn, list_returned, select_voided

__all__ = ["Gathered", "booking_open", "fee_on", "gather", "holds_of", "invoice_subject", "payment_subject"]

# Made once: a run asks these again and again, and making a statement takes longer than running it.
_OF: Final[BindParameter[str]] = bindparam("of")
_SENT: Final = (
    select(intent_subjects.c.subject, intents.c.state, intents.c.sent_on, intents.c.context)
    .join(intents, intents.c.id == intent_subjects.c.intent_id)
    .where(intents.c.tenant == _OF, intents.c.id != bindparam("without"), intents.c.id.not_in(select_voided(_OF)), ~is_withdrawn())
    .where(
        or_(
            and_(intents.c.kind == "send_letter", intents.c.state.in_([*OPEN_INTENT, IntentState.CONFIRMED])),
            and_(intents.c.kind == "print_reminder", intents.c.state.in_(OPEN_INTENT)),  # its letter follows
        )
    )
    .order_by(intents.c.planned_at, intents.c.id)
)
_SENT_ABOUT: Final = _SENT.where(
    intent_subjects.c.tenant == _OF,
    intent_subjects.c.kind.in_(("send_letter", "print_reminder")),
    intent_subjects.c.subject == bindparam("about"),
)
_BOOKING_OPEN: Final = select(intents.c.invoice_ref).where(
    intents.c.tenant == _OF,
    intents.c.kind.in_(("book_payment", "bookkeep_payment")),
    intents.c.state.in_(OPEN_INTENT),
    intents.c.invoice_ref.is_not(None),
)


def invoice_subject(source_ref: str) -> str:
    """Return how the journal names an invoice."""
    return f"invoice:{source_ref}"


def payment_subject(agency: str, payment_id: str, invoice_ref: str) -> str:
    """Return how the journal names what a payment at the agency pays of an invoice."""
    return f"payment:{agency}:{payment_id}:{invoice_ref}"


def holds_of(holds: Mapping[tuple[str, str], list[Hold]], invoice: Invoice) -> tuple[Hold, ...]:
    """Return the holds on an invoice and on its debtor."""
    return (*holds.get(("invoice", invoice.source_ref), ()), *holds.get(("debtor", invoice.debtor_ref), ()))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything of a tenant that decisions look at, read in one moment."""

    sent: dict[str, list[Sent]]
    holds: dict[tuple[str, str], list[Hold]]
    claims: dict[str, ClaimFacts]
    booking_open: frozenset[str]
    approved: frozenset[str]
    postings_until: date | None
    debtors: dict[str, Debtor]
    baselines: dict[str, int]
    at_agency: Mapping[str, Money]
    """By invoice, what agencies have reported as paid and is in no book yet."""
    others: Debtors
    announced: dict[str, tuple[str, date]]
    returned: Mapping[str, Returned]
    at: time | None
    beside: Mapping[str, Invoice]
    """The invoices with something open of debtors that have a credit."""
    entered: dict[str, Money] = field(default_factory=dict)
    """By invoice, what was just read to be entered and not booked."""

    def facts(self, run: Run, invoice: Invoice) -> Facts:
        """Return the facts about one invoice."""
        tenant = run.tenant
        return Facts(
            invoice=invoice, debtor=self.debtors.get(invoice.debtor_ref), sent=tuple(self.sent.get(invoice.source_ref, ())), holds=holds_of(self.holds, invoice),
            claim=self.claims.get(invoice.source_ref), postings_until=self.postings_until, mandate_missing=tenant.mandate.missing(),
            vendor_reminders_known=self.baselines.get(invoice.source_ref, 0), booking_open=invoice.source_ref in self.booking_open, approved=self.approved,
            agency=tenant.agency, reminder_fee_agreed=tenant.fee_agreed_for(invoice.issued_on), live_from=tenant.live_from,
            entered=self.entered.get(invoice.source_ref), at_agency=self.at_agency.get(invoice.source_ref),
            restored_on=day_in(tenant.country, tenant.restored_at) if tenant.restored_at else None,
            at=self.at, announced_on=self._announced_on(invoice.source_ref, tenant.agency), debtor_books=self._books_of(run, invoice), history=self.others.history_of(invoice),
            mail_returned_on=self._returned_on(run, invoice),
        )  # fmt: skip

    def _books_of(self, run: Run, invoice: Invoice) -> DebtorBooks | None:
        """Return what is open of an invoice's debtor, and what of its credit falls on this invoice."""
        found = self.others.books_of(invoice)
        if found is None or not found.credits:
            return found
        key, country = self.others.key(invoice), run.tenant.country
        beside = [one for one in self.beside.values() if one.source_ref != invoice.source_ref and self.others.key(one) == key]
        owed = (
            owed_of(one, holds_of(self.holds, one), self.claims.get(one.source_ref), run.today, country, run.policy.small_amount)
            for one in (invoice, *beside)
        )
        shares = share_credit(found.credits, [one for one in owed if one is not None])
        return replace(found, share=shares.get(invoice.source_ref))

    def _returned_on(self, run: Run, invoice: Invoice) -> date | None:
        """Return when a letter came back from the address that the books have of the debtor, unless letters to it go by post."""
        debtor = self.debtors.get(invoice.debtor_ref)
        found = self.returned.get(debtor.email) if debtor else None
        return day_in(run.tenant.country, found.since) if found and not found.by_post else None

    def _announced_on(self, source_ref: str, agency: str) -> date | None:
        to, on = self.announced.get(source_ref, ("", None))
        return on if to == agency else None


def gather(run: Run, connection: Connection, *, only: Invoice | None = None, without: str = "") -> Gathered:
    """Read everything decisions look at, for one invoice alone or for all, as if the intent `without` were not there."""
    tenant = run.tenant.id
    debtors = books.list_debtors(connection, tenant, [only.debtor_ref] if only else None)
    others = gather_debtors(run, connection, debtors, only)
    beside = books.find_invoices(connection, tenant, others.beside_credits())
    return Gathered(
        sent=_sent(connection, tenant, run.tenant.currency, only, without),
        holds=people.list_holds(connection, tenant, run.tenant.currency),
        claims=_claims(connection, tenant, {only.source_ref, *beside} if only else None, without),
        booking_open=booking_open(connection, tenant),
        approved=people.approved_digests(connection, tenant),
        postings_until=books.get_sweep(connection, tenant).bank_postings_until,
        debtors=debtors,
        baselines=books.list_baselines(connection, tenant, [only.source_ref] if only else None),
        at_agency=in_transit(connection, tenant),
        at=run.now().astimezone(zone_of(run.tenant.country)).time(),
        announced=list_announcements(connection, tenant),
        returned=list_returned(connection, tenant),
        others=others,
        beside=beside,
    )


def _sent(connection: Connection, tenant: str, currency: str, only: Invoice | None, without: str) -> dict[str, list[Sent]]:
    asked = {"of": tenant, "without": without}
    rows = (
        connection.execute(_SENT_ABOUT, asked | {"about": invoice_subject(only.source_ref)}) if only else connection.execute(_SENT, asked)
    )
    found: dict[str, list[Sent]] = defaultdict(list)
    for row in rows:
        ref = row.subject.removeprefix("invoice:")
        found[ref].append(_letter(json.loads(row.context), row.state, row.sent_on, ref, currency))
    return found


def fee_on(context: Mapping[str, Any], refs: Iterable[str], currency: str) -> Money:
    """Return what of a letter's fee is asked for on these of its invoices: the highest that one of them bears.

    Where a letter does not say which bear it, as the vendor's own about one invoice, all do.
    """
    if "fees" not in context:
        return Money.parse(context["fee"], currency)
    borne = (Money.parse(context["fees"][ref], currency) for ref in refs if ref in context["fees"])
    return max(borne, default=Money.zero(currency), key=lambda fee: fee.minor)


def _letter(context: dict[str, Any], state: str, sent_on: date | None, ref: str, currency: str) -> Sent:
    return Sent(
        action=Action(context["action"]),
        state="confirmed" if state == IntentState.CONFIRMED else "open",
        sent_on=sent_on,
        pay_by=date.fromisoformat(context["pay_by"]),
        announces_collection=context["announces_collection"],
        fee=fee_on(context, [ref], context.get("currency", currency)),
    )


def _claims(connection: Connection, tenant: str, refs: Collection[str] | None, without: str) -> dict[str, ClaimFacts]:
    """Return the newest claim of each invoice; one that was dropped before it left says nothing, the one before it still does."""
    query = (
        select(
            claim_invoices.c.invoice_ref,
            claims.c.id,
            claims.c.agency,
            claims.c.lifecycle,
            claims.c.phase,
            claims.c.snapshot,
            claims.c.submitted_at,
        )
        .join(claims, claims.c.id == claim_invoices.c.claim_id)
        .where(claim_invoices.c.tenant == tenant, claims.c.id.not_in(_claim_of(without)))
        .where(or_(claims.c.lifecycle != Lifecycle.WITHDRAWN, claims.c.submitted_at.is_not(None)))
        .order_by(claims.c.created_at, claims.c.id)
    )
    if refs is not None:
        query = query.where(claim_invoices.c.invoice_ref.in_(refs))
    return {
        row.invoice_ref: ClaimFacts(
            row.id, row.agency, Lifecycle(row.lifecycle), row.phase, json.loads(row.snapshot)["reopen_reason"], row.submitted_at is not None
        )
        for row in connection.execute(query)
    }


def _claim_of(intent_id: str) -> Select[tuple[str]]:
    """Select the claim an intent submits, so that a handover about to go does not look handed over to itself."""
    return select(intents.c.claim_id).where(intents.c.id == intent_id, intents.c.claim_id.is_not(None))


def booking_open(connection: Connection, tenant: str) -> frozenset[str]:
    """Return the invoices on which a booking of ours is open: a lower balance there may be our own."""
    return frozenset(connection.execute(_BOOKING_OPEN, {"of": tenant}).scalars())
