"""What a debtor has to its credit, set against what it is asked for: oldest due first, in one currency, and in letters alone.

Nothing is booked by it: the accountant matches the credit in the books, with whatever it was meant for, and the next decision follows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from core.model import Invoice, InvoiceKind
from core.money import Money
from core.policy.document import Policy
from core.policy.facts import ClaimFacts, Facts, Hold
from core.policy.holds import Standing, standing

__all__ = ["Owed", "less_credit", "owed_of", "share_credit"]


class Owed(NamedTuple):
    """What may be asked for of one overdue invoice."""

    ref: str
    due_on: date
    asks: Money


def owed_of(invoice: Invoice, holds: Collection[Hold], claim: ClaimFacts | None, today: date, country: str, small: Money) -> Owed | None:
    """Return what may be asked for of an invoice; None where nothing may: not overdue, left alone, held, or an agency's."""
    if invoice.kind != InvoiceKind.INVOICE or invoice.open.minor <= 0 or invoice.leave_alone or invoice.due_on >= today:
        return None
    if claim is not None and not claim.lets_go:
        return None
    stands = standing(invoice, holds, today, country, small)
    return None if stands.stops else Owed(invoice.source_ref, invoice.due_on, stands.asks)


def share_credit(credit: Money, owed: Iterable[Owed]) -> dict[str, Money]:
    """Share a credit over what is owed in its currency, oldest due first, each no more than it asks for; what is left is nobody's."""
    shares: dict[str, Money] = {}
    left = credit
    for one in sorted(owed, key=lambda one: (one.due_on, one.ref)):
        if one.asks.currency == credit.currency and one.asks.minor > 0 and left.minor > 0:
            shares[one.ref] = min(left, one.asks)
            left = left - shares[one.ref]
    return shares


def less_credit(stands: Standing, facts: Facts, policy: Policy) -> Standing:
    """Return what may be asked for less the invoice's share of the debtor's credit, where the policy nets."""
    books = facts.debtor_books
    if policy.open_credits == "stop" or books is None or not books.share or books.credits is None:
        return stands
    if books.share.currency != stands.asks.currency or books.credits < policy.small_amount or not stands.asks:
        return stands
    netted = min(books.share, stands.asks)
    return stands._replace(asks=stands.asks - netted, netted=netted)
