"""Planning settlements: each waits for its payments to be in the books, then is one voucher (`core.engine.settle`), or settled here at once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from core.claim import Settled
from core.engine import charges, settle
from core.engine.by_hand import Waiting
from core.engine.context import Run
from core.engine.planning import is_known, payments_under_way
from core.engine.principal import advanced, booked_on_invoices, principal_parts
from core.engine.reading import number_of
from core.money import Money
from core.store import claims, people
from core.store.journal import Plan

__all__ = ["plan_settlements"]


def plan_settlements(run: Run) -> None:
    """Plan the voucher of each settlement whose payments are in the books; what has nothing to book is settled here at once."""
    with run.database.read() as connection:
        known = run.journal.latest_by_subject(connection, "book_voucher")
        stored = [
            (agency, settled)
            for agency, settled in claims.list_settlements_by_agency(connection, run.tenant.id)
            if not is_known(known.get(settle.settlement_subject(agency, settled.settlement_id)))
        ]
        posted = claims.posted_ids(connection, run.tenant.id) if stored else frozenset()
        in_books = _in_books(run, connection) if stored else {}
        under_way = payments_under_way(run, connection)
    for agency, settled in stored:
        with run.database.read() as connection:
            missing = _missing_parts(connection, in_books, agency, settled)
            voucher = None if missing else _render_voucher(run, connection, agency, settled)
        subject = settle.settlement_subject(agency, settled.settlement_id)
        if voucher is None:
            if missing and not any(part.subject in under_way for part in missing):
                _tell_missing(run, settled, missing)
            continue
        done = posted & {settle.posting_of(subject, claim_id) for claim_id in voucher.settles}
        if voucher.write.rows or (voucher.settles and not done):
            _plan_settlement(run, subject, settled, voucher)


def _render_voucher(run: Run, connection: Connection, agency: str, settled: Settled) -> settle.Voucher | None:
    """Return a settlement's voucher; None while it is open what stands on the receivable it takes from."""
    paid = claims.find_payments(connection, agency, [line.payment_id for line in settled.lines])
    taken = charges.take(run, connection, paid.values())
    return None if taken is None else settle.render_voucher(run, connection, agency, settled, taken)


def _in_books(run: Run, connection: Connection) -> dict[str, Money]:
    """Return what of each payment's principal is in the books, on its invoice and as an advance together."""
    found = booked_on_invoices(run, connection, claims.payments_by_claim(connection, run.tenant.id))
    for subject, amount in advanced(run, connection).items():
        found[subject] = found.get(subject, Money.zero(amount.currency)) + amount
    return found


def _missing_parts(connection: Connection, in_books: Mapping[str, Money], agency: str, settled: Settled) -> list[Waiting]:
    """Return what of a settlement's payments is not, or not wholly, in the books: the voucher comes after it. What bounced never will be."""
    paid = claims.find_payments(connection, agency, [line.payment_id for line in settled.lines])
    parts = [
        Waiting(one, invoice_ref, amount)
        for one in paid.values()
        if not one.payment.reverses and not one.reversed_by
        for invoice_ref, amount in principal_parts(one).items()
    ]
    return [part for part in parts if in_books.get(part.subject) != part.amount]


def _tell_missing(run: Run, settled: Settled, missing: list[Waiting]) -> None:
    names = ", ".join(f"{part.paid.payment.payment_id} ({part.amount} on invoice {number_of(run, part.invoice_ref)})" for part in missing)
    text = f"Settlement {settled.settlement_id} waits for its voucher: payment {names} is not in the books. Book it, or ask the agency."
    with run.database.write() as connection:
        people.add_task(connection, run.tenant.id, "settlement_unbooked", settled.settlement_id, text, run.now())


def _plan_settlement(run: Run, subject: str, settled: Settled, voucher: settle.Voucher) -> None:
    with run.database.write() as connection:
        people.resolve_task(connection, run.tenant.id, "settlement_unbooked", settled.settlement_id, "its payments are booked", run.now())
        for kind, text in _settlement_tasks(settled, voucher).items():
            people.add_task(connection, run.tenant.id, kind, settled.settlement_id, text, run.now())
        if not voucher.write.rows:
            settle.settle_claims(run, connection, subject, voucher.settles, settled.currency, settled.settled_on)
            return
        context = {
            "settlement_id": settled.settlement_id, "currency": settled.currency, "settles": voucher.settles, "fee_rows": voucher.fee_rows,
            "document": voucher.document, "charges": voucher.charges,
        }  # fmt: skip
        plan = Plan(write=voucher.write, subjects=(subject,), channel="books", cause=settled.settlement_id, context=context)
        run.journal.plan(connection, plan, run.now(), run.today)


def _settlement_tasks(settled: Settled, voucher: settle.Voucher) -> dict[str, str]:
    tasks = {"vat": f"Settlement {settled.settlement_id}: {voucher.vat_note}."} if voucher.vat_note else {}
    if voucher.overpaid.minor > 0:
        tasks["refund"] = (
            f"Settlement {settled.settlement_id} pays out {voucher.overpaid} that debtors have paid too much; it is booked as an advance "
            f"from customers. Pay it back."
        )
    return tasks
