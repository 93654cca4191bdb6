"""What agencies that had these invoices before got of fees and interest: it was paid, so that no later claim or letter demands it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from core.claim import Component
from core.ledger import Entry, LedgerAccount, balance, kept_of_creditors
from core.money import Money
from core.store import claims

__all__ = ["paid_at_agencies", "unpaid"]

PAID: Final = (LedgerAccount.IN_TRANSIT, LedgerAccount.SETTLED)


def paid_at_agencies(
    connection: Connection, tenant: str, refs: Sequence[str], currency: str, *, without: str = ""
) -> dict[Component, Money]:
    """Return what the claims of these invoices show as paid of each fee and of interest, leaving out the claim `without`.

    What an agency kept of the creditor's as its pay was paid by the debtor too; what the agency itself had charged is not counted.
    """
    found: dict[Component, Money] = {}
    earlier = {claim.id: claim for ref in refs for claim in claims.claims_of_invoice(connection, tenant, ref) if claim.id != without}
    for claim_id in earlier:
        entries = [one for one in claims.list_entries(connection, claim_id=claim_id) if one.invoice_ref in ("", *refs)]
        for component in {one.component for one in entries} - {Component.PRINCIPAL, Component.OVERPAYMENT}:
            found[component] = found.get(component, Money.zero(currency)) + _paid(entries, component, currency)
    return found


def unpaid(amounts: Iterable[tuple[Component, Money]], paid: dict[Component, Money]) -> tuple[tuple[Component, Money], ...]:
    """Return what is left of each amount; nothing is left out that is not paid whole."""
    left = ((component, amount - min(amount, paid.get(component, Money.zero(amount.currency)))) for component, amount in amounts)
    return tuple((component, amount) for component, amount in left if amount)


def _paid(entries: Sequence[Entry], component: Component, currency: str) -> Money:
    creditors = Money.sum(
        (balance([one for one in entries if one.payee == "creditor"], account, currency, component) for account in PAID), currency
    )
    return max(creditors, Money.zero(currency)) + kept_of_creditors(entries, currency, component)
