"""What the books would have shown of a debtor on a day of the past, across its customer numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from itertools import accumulate

from core.history import PastInvoice
from core.money import Money
from core.policy import Owed, share_credit
from core.policy.facts import DebtorBooks, History

__all__ = ["Debtors"]

ONE_DAY = timedelta(days=1)


class Debtors:
    """A history by debtor; what is paid is seen when it is posted."""

    def __init__(self, history: Iterable[PastInvoice]) -> None:
        self._own: dict[str, list[PastInvoice]] = defaultdict(list)
        for past in history:
            self._own[past.debtor_key].append(past)

    def books_of(self, past: PastInvoice, today: date, posted_until: date, claimed: Collection[str]) -> DebtorBooks:
        """Return what was open of an invoice's debtor, in its currency; `claimed` names the invoices at the agency."""
        currency = past.total.currency
        issued = [one for one in self._own[past.debtor_key] if one.issued_on <= today and one.total.currency == currency]
        left = [(one, one.open_on(posted_until)) for one in issued]
        overdue = [(one, open_) for one, open_ in left if open_.minor > 0 and one.due_on < today]
        total, credit = sum(open_.minor for _, open_ in left if open_.minor > 0), -sum(open_.minor for _, open_ in left if open_.minor < 0)
        share = None
        if credit:
            asked = [(one, open_) for one, open_ in overdue if not one.leave_alone and one.source_ref not in claimed]
            owed = [Owed(one.source_ref, one.due_on, open_) for one, open_ in asked]
            share = share_credit(Money(credit, currency), owed).get(past.source_ref)
        return DebtorBooks(len(overdue), Money(total, currency), Money(credit, currency), share)

    def history_of(self, past: PastInvoice, posted_until: date) -> History:
        """Return how an invoice's debtor had paid so far; no history tells what it had promised."""
        paid = [(one, on) for one in self._own[past.debtor_key] if (on := one.settled_on) and on <= posted_until]
        return History(len(paid), sum(max((on - one.due_on).days, 0) for one, on in paid), 0)

    def overpaid(self, past: PastInvoice) -> bool:
        """Tell whether at any time more was paid on an invoice of the debtor than was owed."""
        return any(
            paid > one.total.minor for one in self._own[past.debtor_key] for paid in accumulate(part.amount.minor for part in one.payments)
        )

    def days_of(self, past: PastInvoice, posting_days: int) -> list[date]:
        """Return the days on which the books of an invoice's debtor change, in order."""
        behind = timedelta(days=posting_days)
        found = {day for one in self._own[past.debtor_key] for day in (one.issued_on, one.due_on + ONE_DAY)}
        found |= {paid.on + behind for one in self._own[past.debtor_key] for paid in one.payments}
        return sorted(found)
