"""The double-entry ledger of a claim: pure functions from what happened to balanced entries.

    debtor      what the debtor owes on the claim            creditor    what the creditor is owed (the other side of it)
    in_transit  reported by the agency, not in the books yet clearing    in the books, at the agency, not settled
    settled     paid out or netted in a settlement           direct      paid straight to the creditor
    kept        kept by the agency as its pay                written_off given up, after a person approved

A posting adds up to zero in every currency and for every component (debit positive, credit negative). Entries are never
changed: a correction is a posting with the signs turned (`reverse`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from core.claim import Allocation, Component, FeeCharged, PaymentReceived, Snapshot
from core.errors import InvariantBrokenError
from core.money import Money

__all__ = [
    "CLAIMED",
    "Entry",
    "LedgerAccount",
    "agency_payment",
    "balance",
    "check_balanced",
    "claimed",
    "direct_payment",
    "fee_charged",
    "handover",
    "kept_of_creditors",
    "moved",
    "reduced",
    "released",
    "reverse",
    "settlement_sums",
    "signed_parts",
    "too_much",
    "written_off",
]

CLAIMED: Final = "claimed"
"""What a handover or a report demands of the debtor."""

CLAIMED_WHEN_PAID: Final = "claimed_when_paid"
"""What a payment demands by itself, because no report had demanded it before."""


class LedgerAccount(StrEnum):
    """The accounts of a claim's ledger."""

    DEBTOR = "debtor"
    CREDITOR = "creditor"
    IN_TRANSIT = "in_transit"
    CLEARING = "clearing"
    SETTLED = "settled"
    DIRECT = "direct"
    KEPT = "kept"
    WRITTEN_OFF = "written_off"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: debit where positive, credit where negative."""

    account: LedgerAccount
    component: Component
    amount: Money
    occurred_on: date
    what: str
    invoice_ref: str = ""
    payer: str = ""
    payee: str = ""


def handover(snapshot: Snapshot, on: date) -> list[Entry]:
    """Return the entries of a handover: every invoice's open principal, and the interest and fees claimed with it."""
    entries: list[Entry] = []
    for line in snapshot.lines:
        entries += claimed(Component.PRINCIPAL, line.open, on, invoice_ref=line.invoice_ref)
    if snapshot.interest.claimed:
        entries += claimed(Component.INTEREST, snapshot.interest.claimed, on)
    for component, amount in snapshot.fees:
        entries += claimed(component, amount, on)
    return entries


def claimed(component: Component, amount: Money, on: date, *, invoice_ref: str = "", payee: str = "creditor") -> list[Entry]:
    """Return the entries of an amount that is now demanded of the debtor."""
    return _pair(LedgerAccount.DEBTOR, LedgerAccount.CREDITOR, component, amount, on, CLAIMED, invoice_ref, payee)


def fee_charged(fee: FeeCharged, already: Iterable[Entry]) -> list[Entry]:
    """Return the entries of a fee the agency adds; what a payment that came first has demanded of it is not demanded twice."""
    entries = claimed(fee.component, fee.amount, fee.charged_on, payee=fee.payee)
    early = [e for e in already if e.what == CLAIMED_WHEN_PAID and e.account == LedgerAccount.DEBTOR and e.component == fee.component]
    known = min(Money.sum((e.amount for e in early), fee.amount.currency), fee.amount)
    if known.minor > 0:
        demanded = claimed(fee.component, known, fee.charged_on, payee=fee.payee)
        entries += [replace(entry, amount=-entry.amount, what=CLAIMED_WHEN_PAID) for entry in demanded]
    return entries


def reduced(component: Component, amount: Money, on: date, what: str, *, invoice_ref: str = "") -> list[Entry]:
    """Return the entries of an amount that is no longer demanded: credited, withdrawn or waived."""
    return _pair(LedgerAccount.CREDITOR, LedgerAccount.DEBTOR, component, amount, on, what, invoice_ref, "creditor")


def released(entries: Iterable[Entry], on: date, what: str) -> list[Entry]:
    """Return the entries that let a debtor go: of each component and invoice what is still demanded, and no payment of it."""
    left: dict[tuple[Component, str, str], Money] = {}
    for entry in entries:
        if entry.account == LedgerAccount.DEBTOR:
            key = (entry.component, entry.invoice_ref, entry.amount.currency)
            left[key] = left.get(key, Money.zero(key[2])) + entry.amount
    found = [reduced(component, amount, on, what, invoice_ref=ref) for (component, ref, _), amount in left.items() if amount.minor > 0]
    return [entry for part in found for entry in part]


def signed_parts(payment: PaymentReceived) -> tuple[Allocation, ...]:
    """Return what a payment pays, with the signs turned where it takes another one back."""
    if not payment.reverses:
        return payment.allocations
    return tuple(replace(part, amount=-part.amount) for part in payment.allocations)


def settlement_sums(payments: Iterable[PaymentReceived], currency: str) -> dict[str, Money]:
    """Return what a settlement of these payments must say of its gross, by the names of its fields."""
    sums = dict.fromkeys(("principal", "interest", "creditor_fees", "fees_kept"), Money.zero(currency))
    for payment in payments:
        for part in signed_parts(payment):
            own = str(part.component) if part.component in (Component.PRINCIPAL, Component.INTEREST) else "creditor_fees"
            name = own if part.payee == "creditor" else "fees_kept"
            sums[name] += part.amount
    return sums


def agency_payment(event: PaymentReceived, already_claimed: Sequence[Entry]) -> list[Entry]:
    """Return the entries of a payment at the agency.

    Interest and costs that were not demanded before are posted as claimed at the moment they are paid; what the agency keeps
    never was on its way to the books, and the creditor's share waits in transit until it is booked there.
    """
    entries: list[Entry] = []
    for part in event.allocations:
        entries += _claimed_when_paid(part, [*already_claimed, *entries], event.received_on)
        account = LedgerAccount.IN_TRANSIT if part.payee == "creditor" else LedgerAccount.KEPT
        entries += _pair(
            account, LedgerAccount.DEBTOR, part.component, part.amount, event.received_on, "paid_to_agency", part.invoice_ref, part.payee
        )
    return entries


def direct_payment(amount: Money, on: date, invoice_ref: str) -> list[Entry]:
    """Return the entries of principal that was paid straight to the creditor."""
    return _pair(LedgerAccount.DIRECT, LedgerAccount.DEBTOR, Component.PRINCIPAL, amount, on, "paid_to_creditor", invoice_ref, "creditor")


def written_off(amount: Money, on: date, invoice_ref: str) -> list[Entry]:
    """Return the entries of principal that a person gave up."""
    return _pair(LedgerAccount.WRITTEN_OFF, LedgerAccount.DEBTOR, Component.PRINCIPAL, amount, on, "written_off", invoice_ref, "creditor")


def too_much(amount: Money, on: date, invoice_ref: str) -> list[Entry]:
    """Return the entries of principal that was paid beyond what was owed: it pays nothing of the claim, and goes back to the debtor."""
    return _pair(LedgerAccount.DEBTOR, LedgerAccount.CREDITOR, Component.PRINCIPAL, amount, on, "too_much", invoice_ref, "debtor")


def moved(source: LedgerAccount, target: LedgerAccount, part: Allocation, on: date, what: str) -> list[Entry]:
    """Return the entries of money that moves on: in transit → clearing when booked, clearing → settled when settled."""
    return _pair(target, source, part.component, part.amount, on, what, part.invoice_ref, part.payee)


def reverse(entries: Iterable[Entry], on: date, what: str) -> list[Entry]:
    """Return the counter-entries of a posting."""
    return [replace(entry, amount=-entry.amount, occurred_on=on, what=what) for entry in entries]


def balance(entries: Iterable[Entry], account: LedgerAccount, currency: str, component: Component | None = None) -> Money:
    """Return an account's balance, of one component or of all."""
    return Money.sum(
        (e.amount for e in entries if e.account == account and component in (None, e.component) and e.amount.currency == currency),
        currency,
    )


def kept_of_creditors(entries: Iterable[Entry], currency: str, component: Component) -> Money:
    """Return what others than the creditor got of what was demanded for it, as an agency that keeps a fee as its pay; what they had charged is not counted."""
    others = balance([entry for entry in entries if entry.payee != "creditor"], LedgerAccount.DEBTOR, currency, component)
    return max(-others, Money.zero(currency))


def check_balanced(entries: Iterable[Entry]) -> None:
    """Raise `InvariantBrokenError` unless a posting adds up to zero per currency and component."""
    sums: dict[tuple[str, Component], int] = {}
    for entry in entries:
        key = (entry.amount.currency, entry.component)
        sums[key] = sums.get(key, 0) + entry.amount.minor
    wrong = {key: minor for key, minor in sums.items() if minor}
    if wrong:
        raise InvariantBrokenError(f"a posting does not balance: {wrong}")


def _claimed_when_paid(part: Allocation, already: Sequence[Entry], on: date) -> list[Entry]:
    """Post what of this part was not demanded in the ledger yet; principal and overpayment never are added so."""
    if part.component in (Component.PRINCIPAL, Component.OVERPAYMENT):
        return []
    owed = balance(already, LedgerAccount.DEBTOR, part.amount.currency, part.component)
    missing = part.amount - owed
    demanded = claimed(part.component, missing, on, payee=part.payee) if missing.minor > 0 else []
    return [replace(entry, what=CLAIMED_WHEN_PAID) for entry in demanded]


def _pair(
    debit: LedgerAccount,
    credit: LedgerAccount,
    component: Component,
    amount: Money,
    on: date,
    what: str,
    invoice_ref: str,
    payee: str,
) -> list[Entry]:
    if not amount:
        return []
    one = Entry(debit, component, amount, on, what, invoice_ref, "debtor", payee)
    return [one, replace(one, account=credit, amount=-amount)]
