from datetime import date, timedelta

import pytest

from simulators.agency_cases import Case, Payment
from simulators.agency_money import interest, money, parse_money, split_evenly
from simulators.agency_settle import reckon, statement
from simulators.bankdays import working_day
from tests.simulators.test_agency_feed import make_claim, sek

DUE = date(2025, 3, 2)


def accrue(base, until, reductions=(), first_day=DUE + timedelta(days=1), currency="SEK"):
    return interest(base, reductions, first_day=first_day, until=until, currency=currency, margin=800)


def open_case(**changes):
    return Case.from_snapshot(make_claim(**changes), "A-1001")


def parts(rows):
    return [(row["component"], row["amount"]["amount"], row["invoice_ref"]) for row in rows]


def test_first_interest_day_follows_due():
    # 12,500 at 11 %: 3.767 kronor a day.
    assert accrue(1_250_000, DUE) == 0
    assert accrue(1_250_000, DUE + timedelta(days=1)) == 377


def test_full_year_bears_full_rate():
    assert accrue(1_000_000, date(2024, 12, 30), first_day=date(2024, 1, 1)) == 120_000


def test_rate_changes_with_half_year():
    days = interest(3_650_000, (), first_day=date(2025, 6, 30), until=date(2025, 7, 1), currency="SEK", margin=800)
    assert days == 1_100 + 1_000


def test_payment_day_still_counts():
    paid = [(date(2025, 3, 4), 3_650_000)]
    assert accrue(3_650_000, date(2025, 3, 31), paid) == 2 * 1_100


def test_unknown_rate_bears_nothing():
    assert accrue(1_000_000, date(2026, 12, 31), first_day=date(2026, 7, 1), currency="DKK") == 0
    assert accrue(1_000_000, date(2026, 12, 31), currency="EUR") == 0


def test_amount_with_more_digits_raises():
    assert parse_money(sek("12500.00")) == 1_250_000
    with pytest.raises(ValueError, match="more digits"):
        parse_money(sek("1.005"))


def test_money_travels_as_text():
    assert money(-5, "SEK") == sek("-0.05")
    assert money(5, "ISK") == {"amount": "5", "currency": "ISK"}


def test_split_adds_up():
    assert split_evenly(100_001, 3) == [33_300, 33_300, 33_401]
    assert split_evenly(5, 3) == [1, 1, 3]


@pytest.mark.parametrize(
    ("day", "open_day"),
    [("2025-04-17", "2025-04-17"), ("2025-04-18", "2025-04-22"), ("2024-03-29", "2024-04-02"), ("2025-06-20", "2025-06-23"),
     ("2026-04-03", "2026-04-07"), ("2025-12-24", "2025-12-29")],
)  # fmt: skip
def test_bank_holidays_are_skipped(day, open_day):
    assert str(working_day(date.fromisoformat(day))) == open_day


def test_payment_covers_costs_first():
    case = open_case(fees=[["reminder_fee", sek("60.00")]])
    rows = case.allocate(10_000, DUE + timedelta(days=1))
    assert parts(rows) == [("reminder_fee", "60.00", ""), ("interest", "3.77", "r1"), ("principal", "36.23", "r1")]


def test_oldest_invoice_is_paid_first():
    lines = [*make_claim("2", "100.00")["lines"], {**make_claim("3", "100.00")["lines"][0], "due_on": "2025-01-31"}]
    case = open_case(lines=lines, interest={"kind": "none"})
    assert parts(case.allocate(15_000, DUE)) == [("principal", "100.00", "r3"), ("principal", "50.00", "r2")]


def test_paid_interest_is_not_owed_again():
    case, day = open_case(), DUE + timedelta(days=10)
    case.allocate(case.interest_left(day), day)
    assert case.interest_left(day) == 0
    assert case.interest_left(day + timedelta(days=1)) > 0


def claimed(amount, **changes):
    rule = {"kind": "statutory", "margin_pp": "8.00", "claimed": sek(amount), "claimed_until": "2025-03-12"}
    return open_case(interest=rule, **changes)


def test_claimed_figure_is_taken_over():
    assert claimed("40.00").interest_left(date(2025, 3, 12)) == 40_00
    assert claimed("40.00").interest_left(date(2025, 3, 13)) == 40_00 + 377


def test_claimed_figure_is_divided_whole():
    lines = [*make_claim("1", "100.00")["lines"], *make_claim("2", "300.00")["lines"]]
    case = claimed("1.00", lines=lines)
    assert [case.line_interest(line, date(2025, 3, 12)) for line in case.lines] == [30, 70]


def test_rule_alone_is_reckoned():
    case = open_case(interest={"kind": "statutory", "margin_pp": "8.00", "claimed": None, "claimed_until": None})
    assert case.interest_left(DUE + timedelta(days=1)) == 377


def test_named_day_starts_interest():
    line = {**make_claim()["lines"][0], "interest_from": "2025-03-10"}
    case = open_case(lines=[line])
    assert (case.interest_left(date(2025, 3, 10)), case.interest_left(date(2025, 3, 11))) == (0, 377)


def test_credit_lowers_interest_from_start():
    case, day = open_case(), DUE + timedelta(days=10)
    before = case.interest_left(day)
    case.update(make_claim(credits=[{"invoice_ref": "r1", "amount": sek("6250.00"), "credited_on": "2025-04-01"}]))
    assert case.principal_left == 625_000
    assert case.interest_left(day) == (before + 1) // 2


def test_direct_payment_lowers_principal_alone():
    case = open_case(fees=[["reminder_fee", sek("60.00")]])
    case.update({**make_claim(), "direct_payments": [{"invoice_ref": "r1", "amount": sek("500.00"), "paid_on": "2025-04-01"}]})
    assert (case.principal_left, case.costs_left) == (1_200_000, 6_000)


@pytest.mark.parametrize(("shown_open", "left"), [("100.00", 6_000), ("60.00", 6_000)])
def test_early_direct_payment_counts_once(shown_open, left):
    claim = make_claim(amount="100.00", direct_payments=[{"invoice_ref": "r1", "amount": sek("40.00"), "paid_on": "2025-04-01"}])
    claim["lines"][0]["open"] = sek(shown_open)
    assert Case.from_snapshot(claim, "A-1001").principal_left == left


def test_demand_fee_is_180():
    assert open_case().demand_charges() == [("collection_cost", 18_000, "agency")]


def test_compensation_takes_demand_fee():
    assert open_case(fees=[["compensation", sek("450.00")]]).demand_charges() == []


def test_second_demand_costs_nothing():
    assert open_case(fees=[["collection_cost", sek("180.00")]]).demand_charges() == []


def pay(amount, *allocations, payment_id="P-1"):
    rows = [{"component": part, "amount": sek(text), "payee": payee} for part, text, payee in allocations]
    return Payment(payment_id, "claim-1", "5560000001", "SEK", DUE, amount, rows)


def test_settlement_matches_practice_sheet():
    charges = (("collection_cost", "180.00", "agency"), ("interest", "100.00", "creditor"))
    sums = reckon([pay(1_278_000, *charges, ("principal", "12500.00", "creditor"))])
    assert (sums.gross, sums.fees_kept, sums.commission, sums.vat) == (1_278_000, 18_000, 62_500, 20_125)
    assert (sums.paid_out, sums.carried_out) == (1_177_375, 0)


def test_negative_settlement_is_carried():
    sums = reckon([pay(10_000, ("principal", "100.00", "creditor"))], costs=30_000)
    assert (sums.paid_out, sums.carried_out) == (0, 10_000 - 500 - 125 - 30_000)
    later = reckon([pay(100_000, ("principal", "1000.00", "creditor"))], carried_in=sums.carried_out)
    assert later.paid_out == 100_000 - 5_000 - 1_250 + sums.carried_out


def test_statement_is_pdf():
    data = {
        "settlement_id": "S-1",
        "settled_on": "2025-04-18",
        "invoice_no": "F1",
        "agency_vat_no": "SE1",
        "gross": sek("1.00"),
        "lines": [],
    }
    assert statement(data).startswith(b"%PDF-1.4")
    assert b"gross: 1.00 SEK" in statement(data)
