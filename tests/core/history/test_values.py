"""The past out of the books' lists: what counts as paid, when, and what is no sale."""

from datetime import date

import pytest

from core.history import PastInvoice, PastPayment, past_invoices
from core.model import Invoice, InvoiceKind, Payment
from core.money import Money

DUE = date(2024, 5, 6)


def sek(minor):
    return Money(minor, "SEK")


def invoice(ref="1", open_=0, **more):
    given = {"kind": InvoiceKind.INVOICE, "total": sek(1000_00), "issued_on": date(2024, 4, 5), "due_on": DUE, **more}
    return Invoice(ref, ref, debtor_ref="7", debtor_name="Alfa AB", open=sek(open_), **given)


def payment(ref="1", minor=1000_00, on=DUE, **more):
    return Payment(f"p{ref}{minor}", ref, sek(minor), on, **{"booked": True, **more})


def test_payments_have_their_days():
    (past,) = past_invoices([invoice()], [payment(minor=400_00, on=date(2024, 5, 20)), payment(minor=600_00)])
    assert [one.on for one in past.payments] == [DUE, date(2024, 5, 20)]
    assert past.settled_on == date(2024, 5, 20)
    assert (past.open_on(date(2024, 5, 19)), past.open_on(date(2024, 5, 20))) == (sek(400_00), sek(0))


def test_entered_payment_is_not_paid():
    (past,) = past_invoices([invoice(open_=1000_00)], [payment(booked=False)])
    assert (past.payments, past.settled_on) == ((), None)


def test_unexplained_rest_is_no_money():
    (past,) = past_invoices([invoice(final_paid_on=date(2024, 6, 3))], [payment(minor=900_00)])
    assert past.payments[-1] == PastPayment(date(2024, 6, 3), sek(100_00), money=False)


def test_what_is_open_needs_no_explanation():
    (past,) = past_invoices([invoice(open_=100_00)], [payment(minor=900_00)])
    assert past.payments == (PastPayment(DUE, sek(900_00)),)


def test_overpayment_is_not_taken_back():
    (past,) = past_invoices([invoice()], [payment(minor=1200_00)])
    assert past.payments == (PastPayment(DUE, sek(1200_00)),)


def test_credit_lowers_and_is_no_money():
    (past,) = past_invoices([invoice()], [payment(source="credit")])
    assert past.payments == (PastPayment(DUE, sek(1000_00), money=False),)


def test_payment_taken_back_opens_again():
    payments = (PastPayment(DUE, sek(1000_00)), PastPayment(date(2024, 5, 8), sek(-1000_00)), PastPayment(date(2024, 6, 1), sek(1000_00)))
    past = PastInvoice("1", "1", "7", sek(1000_00), date(2024, 4, 5), DUE, payments)
    assert past.settled_on == date(2024, 6, 1)


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"leave_alone": ("unsent",)}, True),
        ({"leave_alone": ("cancelled",)}, False),
        ({"leave_alone": ("credited",)}, False),
        ({"kind": InvoiceKind.CREDIT}, False),
        ({"total": Money(0, "SEK")}, False),
    ],
)
def test_only_sales_count(more, counts):
    assert bool(past_invoices([invoice(**more)], [])) is counts
