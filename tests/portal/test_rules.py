"""The rules at the border, one by one, without HTTP."""

from dataclasses import replace
from datetime import date

import pytest
from pydantic import TypeAdapter

from core.claim import Allocation, Component, DemandSent, FeeCharged, InfoRequested, Instalment, PaymentReceived, PlanProposed, Settled
from core.money import Money
from core.store.claims import StoredPayment
from core.store.feed import ReadableClaim
from portal.feed.errors import FeedError
from portal.feed.rules import check_event, check_settlement
from tests.portal.seed import NOW, settlement, snapshot

DAY = date(2025, 4, 14)
PAYMENT = PaymentReceived(
    "P1", DAY, Money(100_00, "SEK"),
    (Allocation(Component.PRINCIPAL, Money(60_00, "SEK"), invoice_ref="17"), Allocation(Component.INTEREST, Money(40_00, "SEK"))),
)  # fmt: skip
SETTLED = TypeAdapter(Settled).validate_python(settlement()["data"])
MINE = ReadableClaim("bageri", snapshot("c1"))


def wrong_field(data):
    with pytest.raises(FeedError) as caught:
        check_event(data, snapshot(), NOW)
    return caught.value.field


def unsettled_field(data, *claims):
    with pytest.raises(FeedError) as caught:
        check_settlement(data, claims or (MINE,), {}, NOW)
    return caught.value.field


def test_payment_that_adds_up_passes():
    check_event(PAYMENT, snapshot(), NOW)
    check_event(replace(PAYMENT, payment_id="P2", reverses="P1"), snapshot(), NOW)


@pytest.mark.parametrize("minor", [99_99, 100_01])
def test_allocations_add_up(minor):
    assert wrong_field(replace(PAYMENT, amount=Money(minor, "SEK"))) == "data.allocations"


@pytest.mark.parametrize("ref", ["", "18"])
def test_principal_names_its_invoice(ref):
    part = replace(PAYMENT.allocations[0], invoice_ref=ref)
    assert wrong_field(replace(PAYMENT, allocations=(part, PAYMENT.allocations[1]))) == "data.allocations.0.invoice_ref"


def test_interest_names_no_foreign_invoice():
    part = replace(PAYMENT.allocations[1], invoice_ref="18")
    assert wrong_field(replace(PAYMENT, allocations=(PAYMENT.allocations[0], part))) == "data.allocations.1.invoice_ref"


@pytest.mark.parametrize("amount", [Money(0, "SEK"), Money(-100_00, "SEK"), Money(100_00, "EUR")])
def test_amounts_are_positive_in_currency(amount):
    assert wrong_field(replace(PAYMENT, amount=amount)) == "data.amount"


@pytest.mark.parametrize("payment_id", ["", "x" * 101, "a b", "a\x00", "å"])
def test_ids_are_short_and_plain(payment_id):
    assert wrong_field(replace(PAYMENT, payment_id=payment_id)) == "data.payment_id"


def test_reversal_is_another_payment():
    assert wrong_field(replace(PAYMENT, reverses="P1")) == "data.reverses"


@pytest.mark.parametrize("day", [date(2025, 4, 17), date(1989, 12, 31)])
def test_days_are_possible(day):
    assert wrong_field(replace(PAYMENT, received_on=day)) == "data.received_on"
    assert wrong_field(DemandSent(day, date(2030, 1, 1))) == "data.sent_on"


def test_demand_leaves_time():
    check_event(DemandSent(DAY, date(2025, 4, 22)), snapshot(), NOW)
    assert wrong_field(DemandSent(DAY, date(2025, 4, 13))) == "data.pay_by"


def test_question_asks_something():
    check_event(InfoRequested("Q1", "What was ordered?", ("contract",), date(2025, 4, 30)), snapshot(), NOW)
    for question in ("", " ", "x" * 2001, "a\0"):
        assert wrong_field(InfoRequested("Q1", question)) == "data.question"
    assert wrong_field(InfoRequested("a b", "What?")) == "data.question_id"
    assert wrong_field(InfoRequested("Q1", "What?", ("other",) * 21)) == "data.documents"
    assert wrong_field(InfoRequested("Q1", "What?", (), date(1989, 12, 31))) == "data.reply_by"


def test_fee_is_no_principal():
    assert wrong_field(FeeCharged("F1", Component.PRINCIPAL, Money(1, "SEK"), DAY)) == "data.component"


def test_plan_has_instalments():
    assert wrong_field(PlanProposed("L1", ())) == "data.instalments"
    check_event(PlanProposed("L1", (Instalment(date(2026, 1, 1), Money(1, "SEK")),)), snapshot(), NOW)


def test_settlement_that_adds_up_passes():
    check_settlement(SETTLED, (MINE,), {}, NOW)


@pytest.mark.parametrize("name", ["gross", "carried_in", "fees_kept", "commission", "vat", "costs", "carried_out", "paid_out"])
def test_settlement_adds_up(name):
    one_more = getattr(SETTLED, name) + Money(1, "SEK")
    assert unsettled_field(replace(SETTLED, **{name: one_more})) == "data.paid_out"


def test_settlement_has_one_creditor():
    both = TypeAdapter(Settled).validate_python(settlement("c1", "c2")["data"])
    check_settlement(both, (MINE, MINE), {}, NOW)
    assert unsettled_field(both, MINE, replace(MINE, tenant="kyl")) == "data.lines.1.claim_id"


def test_settlement_names_a_payment_once():
    assert unsettled_field(replace(SETTLED, lines=SETTLED.lines * 2), MINE, MINE) == "data.lines.1.payment_id"


@pytest.mark.parametrize("name", ["principal", "interest"])
def test_settlement_parts_make_its_gross(name):
    assert unsettled_field(replace(SETTLED, **{name: getattr(SETTLED, name) + Money(1, "SEK")})) == "data.gross"


def contradicted_field(data=SETTLED, **changes):
    part = Allocation(Component.PRINCIPAL, Money(100_00, "SEK"), invoice_ref="17")
    paid = PaymentReceived("P-c1", DAY, Money(100_00, "SEK"), (part,))
    known = {"P-c1": replace(StoredPayment(paid, "nord", "bageri", "c1", "", ""), **changes)}
    check_settlement(SETTLED, (MINE,), {"P-c1": StoredPayment(paid, "nord", "bageri", "c1", "S1", "")}, NOW)
    with pytest.raises(FeedError) as caught:
        check_settlement(data, (MINE,), known, NOW)
    return caught.value.field


def test_settlement_agrees_with_its_payments():
    assert contradicted_field(claim_id="c2") == "data.lines.0.claim_id"
    assert contradicted_field(settlement_id="S9") == "data.lines.0.payment_id"
    assert contradicted_field(replace(SETTLED, principal=Money(90_00, "SEK"), interest=Money(10_00, "SEK"))) == "data.principal"


def test_settlement_has_one_currency():
    assert unsettled_field(replace(SETTLED, vat=Money(0, "EUR"))) == "data.vat"
    euros = replace(MINE, snapshot=snapshot("c1", currency="EUR"))
    assert unsettled_field(SETTLED, euros) == "data.lines.0.amount"


def test_settlement_names_payments():
    assert unsettled_field(replace(SETTLED, lines=())) == "data.lines"


def test_settlement_texts_are_bounded():
    for text in ("x" * 2001, "\0"):
        assert unsettled_field(replace(SETTLED, invoice_no=text)) == "data.invoice_no"
    assert unsettled_field(replace(SETTLED, settlement_id="")) == "data.settlement_id"
