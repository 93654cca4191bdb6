"""Comparing books, ledger and agency, and reporting every difference with its size and age.

- every posting balances, and so does the whole ledger;
- principal, three ways per invoice: open in the books = owed in the ledger + in transit, and owed in the ledger = handed over, less
  what the agency reports as paid and what it was told;
- per claim, every account that money passes through holds what the agency's reports and the journal's bookings make it hold:
  clearing is what is booked and not settled, by component;
- what the agency charges the debtor is demanded in the ledger;
- what the agency can read of a claim asks for the same as ours;
- nothing stays in transit that no booking is under way for, no settlement stays out of the books, and no bounced payment in them;
- every report about money that was refused is settled with the agency: what it says of money is in no figure of ours.

Money that a person posts on the clearing account without an invoice can't be seen: no call gives an account's balance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from core.claim import Component, Credit, FeeCharged, Lifecycle, PriorPayment, Settled, Snapshot
from core.engine import unsettled
from core.engine.adjust import KNOWS_OF_MONEY
from core.engine.context import Run
from core.engine.facts import gather, payment_subject
from core.engine.principal import advanced, booked_on_invoices, expected_open, principal_parts, taken_back_posting
from core.engine.settle import posting_of, settlement_subject
from core.ledger import CLAIMED, Entry, LedgerAccount, balance, check_balanced, signed_parts
from core.model import Invoice
from core.money import Money
from core.states import OPEN_INTENT, IntentState
from core.store import books, claims, feed, people
from core.store.claims import Claim, Difference, StoredPayment

__all__ = ["differences", "go"]

PASSED: Final = (LedgerAccount.IN_TRANSIT, LedgerAccount.CLEARING, LedgerAccount.SETTLED, LedgerAccount.KEPT)
"""The accounts that money paid to the agency passes through or ends on."""

REFUSED_REPORTS: Final = ("payment_wrong", "fee_wrong", "settlement_wrong", "settlement_again")
"""Tasks about what an agency reported of money and we could not believe."""

Holdings = dict[tuple[LedgerAccount, Component], Money]


def go(run: Run) -> None:
    """Store today's differences, count what is uncertain, and have a person ask for money that no agency has paid out."""
    with run.database.read() as connection:
        found = differences(run, connection)
        run.summary.uncertain = len(run.journal.keys_in(connection, IntentState.UNCERTAIN))
    with run.database.write() as connection:
        claims.replace_differences(connection, run.tenant.id, found, run.today)
    run.summary.differences = len(found)
    unsettled.go(run)


def differences(run: Run, connection: Connection) -> list[Difference]:
    """Return every difference that stands now."""
    seen = _look(run, connection)
    ledger = claims.entries_by_claim(connection, run.tenant.id)
    check_balanced(entry for entries in ledger.values() for entry in entries)
    found = _unbooked_settlements(seen) + _refused_reports(run, connection)
    for claim in claims.list_claims(connection, run.tenant.id):
        entries = ledger.get(claim.id, [])
        payments = seen.payments.get(claim.id, [])
        found += _open_amounts(seen, claim, entries)
        found += _agency_principal(seen, claim, entries, payments)
        found += _agency_reads(seen, claim)
        found += _holdings(seen, claim, entries, payments)
        found += _fees(claim, entries, seen.fees.get(claim.id, []))
        found += _stuck_in_transit(run, seen, claim, entries)
        found += _bounced(seen, payments)
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is compared with the ledger, read in one moment."""

    invoices: Mapping[str, Invoice]
    payments: Mapping[str, list[StoredPayment]]
    fees: Mapping[str, list[FeeCharged]]
    settlements: Mapping[str, Settled]
    unreadable: Mapping[str, str]
    newest: Mapping[str, str]
    readable: Mapping[str, Snapshot]
    adjusting: frozenset[str]
    booking_open: frozenset[str]
    booked: Mapping[str, Money]
    advanced: Mapping[str, Money]
    vouchers_done: frozenset[str]
    vouchers_open: frozenset[str]
    charges_open: frozenset[str]
    posted: frozenset[str]

    def is_settled(self, paid: StoredPayment) -> bool:
        """Tell whether the settlement that names a payment is in the books, or had nothing to put there."""
        if not paid.settlement_id:
            return False
        subject = settlement_subject(paid.agency, paid.settlement_id)
        return subject in self.vouchers_done or posting_of(subject, paid.claim_id) in self.posted


def _look(run: Run, connection: Connection) -> _Seen:
    tenant = run.tenant.id
    payments = claims.payments_by_claim(connection, tenant)
    known = claims.list_claims(connection, tenant)
    vouchers = run.journal.latest_by_subject(connection, "book_voucher")
    return _Seen(
        invoices={invoice.source_ref: invoice for invoice in books.list_invoices(connection, tenant, open_only=False)},
        unreadable={ref: text for source, ref, text in books.list_quarantined(connection, tenant) if source == "invoices"},
        newest={line.invoice_ref: claim.id for claim in known if claim.submitted_at for line in claim.snapshot.lines},
        readable=feed.snapshots_of(connection, tenant),
        adjusting=run.journal.claims_with_open(connection, "adjust_claim"),
        payments=payments,
        fees=claims.fees_by_claim(connection, tenant),
        settlements={settlement_subject(agency, s.settlement_id): s for agency, s in claims.list_settlements_by_agency(connection, tenant)},
        booking_open=gather(run, connection).booking_open,
        booked=booked_on_invoices(run, connection, payments),
        advanced=advanced(run, connection),
        vouchers_done=frozenset(subject for subject, latest in vouchers.items() if latest.state == IntentState.CONFIRMED),
        vouchers_open=frozenset(subject for subject, latest in vouchers.items() if latest.state in OPEN_INTENT),
        charges_open=run.journal.claims_with_open(connection, "book_voucher"),
        posted=claims.posted_ids(connection, tenant),
    )


def _open_amounts(seen: _Seen, claim: Claim, entries: list[Entry]) -> list[Difference]:
    """Books against ledger, while the agency has the claim; after its end as long as money of it is under way, and wherever more is open."""
    currency = claim.snapshot.currency
    followed = claim.lifecycle in KNOWS_OF_MONEY or bool(
        claim.submitted_at and any(balance(entries, account, currency) for account in (LedgerAccount.IN_TRANSIT, LedgerAccount.CLEARING))
    )
    found = []
    for line in claim.snapshot.lines:
        invoice = seen.invoices.get(line.invoice_ref)
        if invoice is None or line.invoice_ref in seen.booking_open or seen.newest.get(line.invoice_ref) != claim.id:
            continue
        expected = expected_open(entries, line.invoice_ref, currency)
        if claim.lifecycle in KNOWS_OF_MONEY and line.invoice_ref in seen.unreadable:
            found.append(Difference("unreadable", line.invoice_ref, expected, seen.unreadable[line.invoice_ref]))
        elif invoice.open != expected and (followed or (claim.lifecycle == Lifecycle.CLOSED and invoice.open > expected)):
            text = f"Invoice {invoice.number}: {invoice.open} open in the books, {expected} by our ledger."
            found.append(Difference("open_amount", line.invoice_ref, invoice.open - expected, text))
    return found


def _agency_reads(seen: _Seen, claim: Claim) -> list[Difference]:
    """What the agency can read, where it reads our feed, against what we hold, unless a change is on its way."""
    theirs = seen.readable.get(claim.id)
    if theirs is None or claim.id in seen.adjusting:
        return []
    reads, holds = _asked(theirs), _asked(claim.snapshot)
    if reads == holds:
        return []
    text = f"Claim {claim.id[:12]}: the agency reads {reads} to collect, we hold {holds}."
    return [Difference("agency_reads", claim.id, reads - holds, text)]


def _asked(snapshot: Snapshot) -> Money:
    """Return what a claim says is to be collected, before what the agency was paid."""
    asked = [line.original for line in snapshot.lines] + [amount for _, amount in snapshot.fees]
    asked += [snapshot.interest.claimed] if snapshot.interest.claimed else []
    known = [one.amount for one in (*snapshot.payments, *snapshot.direct_payments)] + [one.amount for one in snapshot.credits]
    return Money.sum(asked, snapshot.currency) - Money.sum(known, snapshot.currency)


def _agency_principal(seen: _Seen, claim: Claim, entries: list[Entry], payments: list[StoredPayment]) -> list[Difference]:
    """Ledger against agency: handed over, less what it reports as paid, what it was told of, and what a person wrote off after its end.

    What was paid too much and is booked as an advance pays nothing of the claim.
    """
    if claim.submitted_at is None or claim.lifecycle in (Lifecycle.REJECTED, Lifecycle.WITHDRAWN):
        return []
    snapshot, currency, found = claim.snapshot, claim.snapshot.currency, []
    for line in snapshot.lines:
        ref = line.invoice_ref
        told: list[PriorPayment | Credit] = [*snapshot.payments, *snapshot.credits, *snapshot.direct_payments]
        known = Money.sum((part.amount for part in told if part.invoice_ref == ref), currency)
        paid = Money.sum((amount for one in payments for amount in _principal_of(one, ref)), currency)
        over = Money.sum((seen.advanced[subject] for one in payments if (subject := _subject(one, ref)) in seen.advanced), currency)
        # What was credited before the handover is the rest of the original amount; the credits hold it too.
        given_up = balance((e for e in entries if e.invoice_ref == ref), LedgerAccount.WRITTEN_OFF, currency)
        agency = line.original - known - paid + over - given_up
        owed = balance((e for e in entries if e.invoice_ref == ref), LedgerAccount.DEBTOR, currency, Component.PRINCIPAL)
        if agency != owed:
            text = f"Invoice {line.invoice_no}: {agency} is owed by the agency's reports, {owed} by our ledger."
            found.append(Difference("agency_principal", f"{claim.id}:{ref}", owed - agency, text))
    return found


def _subject(paid: StoredPayment, invoice_ref: str) -> str:
    return payment_subject(paid.agency, paid.payment.payment_id, invoice_ref)


def _principal_of(paid: StoredPayment, invoice_ref: str) -> list[Money]:
    parts = signed_parts(paid.payment)
    return [part.amount for part in parts if part.component == Component.PRINCIPAL and part.invoice_ref == invoice_ref]


def _holdings(seen: _Seen, claim: Claim, entries: list[Entry], payments: list[StoredPayment]) -> list[Difference]:
    """Compare what the accounts hold with what reports and bookings make them hold, each account and component by itself."""
    currency = claim.snapshot.currency
    wanted = _wanted_holdings(seen, payments, currency)
    found = []
    for account, component in sorted({*wanted, *((e.account, e.component) for e in entries if e.account in PASSED)}):
        expected = wanted.get((account, component), Money.zero(currency))
        holds = balance(entries, account, currency, component)
        if holds != expected:
            text = f"Claim {claim.id[:12]}: {holds} {component} {account} in our ledger, {expected} by what was reported and booked."
            found.append(Difference(str(account), f"{claim.id}:{component}", holds - expected, text))
    return found


def _wanted_holdings(seen: _Seen, payments: Iterable[StoredPayment], currency: str) -> Holdings:
    wanted: Holdings = {}

    def move(target: LedgerAccount, component: Component, amount: Money, source: LedgerAccount | None = None) -> None:
        wanted[target, component] = wanted.get((target, component), Money.zero(currency)) + amount
        if source is not None:
            wanted[source, component] = wanted.get((source, component), Money.zero(currency)) - amount

    for paid in payments:
        settled = seen.is_settled(paid)
        for part in signed_parts(paid.payment):
            own = part.payee == "creditor"
            move(LedgerAccount.IN_TRANSIT if own else LedgerAccount.KEPT, part.component, part.amount)
            if own and settled:
                source = LedgerAccount.CLEARING if part.component == Component.PRINCIPAL else LedgerAccount.IN_TRANSIT
                move(LedgerAccount.SETTLED, part.component, part.amount, source)
        for amount in _in_books(seen, paid):
            move(LedgerAccount.CLEARING, Component.PRINCIPAL, amount, LedgerAccount.IN_TRANSIT)
    return wanted


def _in_books(seen: _Seen, paid: StoredPayment) -> list[Money]:
    """Return what of a payment's principal is booked: on its invoices, unless a person took it back there, and as advances."""
    found = []
    for invoice_ref in principal_parts(paid):
        subject = _subject(paid, invoice_ref)
        if subject in seen.booked and taken_back_posting(paid, invoice_ref) not in seen.posted:
            found.append(seen.booked[subject])
        if subject in seen.advanced:
            found.append(seen.advanced[subject])
    return found


def _fees(claim: Claim, entries: list[Entry], charged: list[FeeCharged]) -> list[Difference]:
    """What was handed over as interest and fees and what the agency charges the debtor, against what the ledger demands."""
    if claim.submitted_at is None or claim.lifecycle in (Lifecycle.REJECTED, Lifecycle.WITHDRAWN):
        return []
    currency = claim.snapshot.currency
    told = [*claim.snapshot.fees, *((fee.component, fee.amount) for fee in charged if fee.payer == "debtor")]
    if claim.snapshot.interest.claimed:
        told.append((Component.INTEREST, claim.snapshot.interest.claimed))
    demands = [e for e in entries if e.what in (CLAIMED, "restated") and e.component != Component.PRINCIPAL]
    found = []
    for component in sorted({*(component for component, _ in told), *(entry.component for entry in demands)}):
        expected = Money.sum((amount for one, amount in told if one == component), currency)
        demanded = balance(demands, LedgerAccount.DEBTOR, currency, component)
        if demanded != expected:
            text = f"Claim {claim.id[:12]}: {demanded} {component} demanded in our ledger, {expected} by the agency's reports."
            found.append(Difference("fees", f"{claim.id}:{component}", demanded - expected, text))
    return found


def _stuck_in_transit(run: Run, seen: _Seen, claim: Claim, entries: list[Entry]) -> list[Difference]:
    """Principal the agency reported, that is not booked, and that nothing is under way to book."""
    found = []
    for invoice_ref in sorted({entry.invoice_ref for entry in entries}):
        own = [entry for entry in entries if entry.invoice_ref == invoice_ref]
        waiting = balance(own, LedgerAccount.IN_TRANSIT, claim.snapshot.currency, Component.PRINCIPAL)
        if waiting.minor > 0 and invoice_ref not in seen.booking_open and run.tenant.booking_mode == "on_event":
            number = next((line.invoice_no for line in claim.snapshot.lines if line.invoice_ref == invoice_ref), invoice_ref)
            text = f"{waiting} was paid to the agency on invoice {number} and is in no book."
            found.append(Difference("unbooked", f"{claim.id}:{invoice_ref}", waiting, text))
    return found


def _bounced(seen: _Seen, payments: list[StoredPayment]) -> list[Difference]:
    """Payments the agency has taken back, that still stand in the books or in a settlement."""
    reversals = {paid.payment.reverses: paid for paid in payments if paid.payment.reverses}
    found = []
    for paid in payments:
        back = reversals.get(paid.payment.payment_id)
        if back is None:
            continue
        in_books = _in_books(seen, paid)
        if in_books:
            amount = Money.sum(in_books, paid.payment.amount.currency)
            text = f"Payment {paid.payment.payment_id} bounced at the agency; {amount} of it still stands in the books."
            found.append(Difference("bounced", paid.payment.payment_id, amount, text))
        if paid.settlement_id and not back.settlement_id:
            text = f"Payment {paid.payment.payment_id} bounced after settlement {paid.settlement_id} had paid it out; no settlement took it back."
            found.append(Difference("clawback", paid.payment.payment_id, paid.payment.amount, text))
    return found


def _refused_reports(run: Run, connection: Connection) -> list[Difference]:
    """Reports of money that changed nothing here, until a person has settled them with the agency."""
    return [
        Difference("refused_report", f"{task.kind}:{task.subject}", Money.parse(task.params["amount"], task.params["currency"]), task.text)
        for task in people.list_tasks(connection, run.tenant.id)
        if task.kind in REFUSED_REPORTS and "amount" in task.params
    ]


def _unbooked_settlements(seen: _Seen) -> list[Difference]:
    """Settlements that are neither in the books nor on their way there: a voucher waits for the payments it settles."""
    payments = {paid.payment.payment_id: paid for found in seen.payments.values() for paid in found}
    found = []
    for subject, settled in seen.settlements.items():
        paid = [payments[line.payment_id] for line in settled.lines if line.payment_id in payments]
        waits = any(line.claim_id in seen.charges_open for line in settled.lines)
        on_its_way = (
            waits
            or subject in seen.vouchers_open
            or any(ref in seen.booking_open or _subject(one, ref) in seen.vouchers_open for one in paid for ref in principal_parts(one))
        )
        if not (
            on_its_way or subject in seen.vouchers_done or any(posting_of(subject, line.claim_id) in seen.posted for line in settled.lines)
        ):
            text = f"Settlement {settled.settlement_id} ({settled.paid_out} paid out) is in no book."
            found.append(Difference("settlement", subject, settled.paid_out, text))
    return found
