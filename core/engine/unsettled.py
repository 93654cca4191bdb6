"""Money that an agency has received and never paid out: a person asks, for no call can."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from core.engine.context import Run
from core.money import Money
from core.store import people
from core.store.claims import StoredPayment, list_unsettled

__all__ = ["PAYOUT_DAYS", "TASK", "go"]

TASK: Final = "settlement_late"

PAYOUT_DAYS: Final = timedelta(days=45)
"""Agencies pay out once a month at the least; after a month and a half none is merely on its way."""


def go(run: Run) -> None:
    """Give a person one task for each agency that has not paid out what it got so long ago; it goes by itself when that is settled."""
    with run.database.read() as connection:
        late = list_unsettled(connection, run.tenant.id, run.today - PAYOUT_DAYS)
        known = {task.subject for task in people.list_tasks(connection, run.tenant.id) if task.kind == TASK}
    by_agency: dict[str, list[StoredPayment]] = {}
    for payment in late:
        by_agency.setdefault(payment.agency, []).append(payment)
    if by_agency.keys() == known:
        return
    with run.database.write() as connection:
        for agency in sorted(by_agency.keys() - known):
            people.add_task(connection, run.tenant.id, TASK, agency, _text(agency, by_agency[agency]), run.now())
        for agency in sorted(known - by_agency.keys()):
            people.resolve_task(connection, run.tenant.id, TASK, agency, "it is settled", run.now())


def _text(agency: str, late: list[StoredPayment]) -> str:
    currencies = sorted({one.payment.amount.currency for one in late})
    sums = ", ".join(
        str(Money.sum((one.payment.amount for one in late if one.payment.amount.currency == code), code)) for code in currencies
    )
    oldest = late[0]
    return (
        f"{agency} has not settled {sums} that debtors paid it more than {PAYOUT_DAYS.days} days ago, in {len(late)} payments, the oldest "
        f"{oldest.payment.payment_id} of {oldest.payment.received_on} on claim {oldest.claim_id[:12]}. Ask it for the settlement; what waits for it goes on then."
    )
