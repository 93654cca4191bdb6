"""What may be claimed: fees once and on their conditions, the compensation that takes them in, and why not."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.law import (
    AgreedRate,
    Case,
    Circumstances,
    Confidence,
    CreditNote,
    DayCount,
    DueBasis,
    PartPayment,
    Period,
    claimable,
    letter_fee,
    load_law,
)
from core.model import DebtorKind
from core.money import Money
from tests.core.law.words import plain

LAW = load_law()
DUE = date(2025, 5, 31)
ON = date(2025, 9, 15)
LETTERS = {"reminders": (date(2025, 6, 12),), "demands": (date(2025, 7, 1),), "plans": (date(2025, 8, 1),)}


def sek(text):
    return Money.parse(text, "SEK")


def case(debtor=DebtorKind.BUSINESS, **changes):
    return replace(Case("SE", debtor, sek("12500"), DUE, basis=DueBasis.AGREED), **changes)


def fees_of(quote):
    return [(fee.kind, fee.amount.text()) for fee in quote.fees]


def refused(quote):
    plain([rule for _, rule in quote.rules] + [one.rule for one in quote.refused])
    return [(one.kind, one.rule.id) for one in quote.refused]


def test_agreed_reminder_fee_is_owed():
    quote = claimable(LAW, case(DebtorKind.CONSUMER, reminders=(date(2025, 6, 12),), reminder_fee_agreed=True), ON)
    assert fees_of(quote) == [("reminder", "60.00")]


def test_reminder_fee_is_not_owed_without_agreement():
    quote = claimable(LAW, case(reminders=(date(2025, 6, 12),)), ON)
    assert fees_of(quote) == []
    assert refused(quote) == [("reminder", "SE.fee.reminder.not_agreed")]


def test_demand_needs_no_agreement():
    assert fees_of(claimable(LAW, case(demands=(date(2025, 7, 1),)), ON)) == [("demand", "180.00")]


def test_plan_fee_is_owed_once():
    quote = claimable(LAW, case(plans=(date(2025, 8, 1), date(2025, 9, 1))), ON)
    assert fees_of(quote) == [("plan", "170.00")]
    assert refused(quote) == [("plan", "SE.fee.once")]


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
@pytest.mark.parametrize("debtor", DebtorKind)
@pytest.mark.parametrize("kind", ["reminder", "notice", "demand"])
@pytest.mark.parametrize("principal", ["0", "45", "900", "12500"])
def test_fee_of_one_letter_is_that_of_the_quote(country, debtor, kind, principal):
    owed = Money.parse(principal, LAW.country(country).currency)
    days = [DUE + timedelta(days=late) for late in (1, 3, 12, 22, 23, 40, 75, 400, 830)]
    before = {"reminder": days[1::2], "notice": days[::3], "demand": days[:1]}
    letters = [(name, day) for name, sent in before.items() for day in sent]
    for on in (day for day in days if (kind, day) not in letters):
        went = {f"{name}s": tuple(day for day in sent if day < on) for name, sent in before.items()}
        went[f"{kind}s"] = (*went[f"{kind}s"], on)
        quote = claimable(LAW, Case(country, debtor, owed, DUE, sent_on=DUE, reminder_fee_agreed=True, **went), on)
        granted = [line.amount for line in quote.fees if (line.kind, line.on) == (kind, on)]
        found = letter_fee(
            LAW, kind, on, [one for one in letters if one[1] != on], country=country, debtor=debtor, principal=owed, due_on=DUE
        )
        assert found == (granted[0] if granted else None)


def test_second_demand_adds_no_fee():
    quote = claimable(LAW, case(demands=(date(2025, 8, 1), date(2025, 7, 1))), ON)
    assert [fee.on for fee in quote.fees] == [date(2025, 7, 1)]
    assert refused(quote) == [("demand", "SE.fee.once")]


def test_fee_charged_elsewhere_is_not_repeated():
    quote = claimable(LAW, case(demands=(date(2025, 7, 1),), fees_charged=("demand",)), ON)
    assert refused(quote) == [("demand", "SE.fee.once")]


def test_letter_after_the_day_is_ignored():
    quote = claimable(LAW, case(demands=(date(2025, 9, 16),)), ON)
    assert (quote.fees, quote.refused) == ((), ())


@pytest.mark.parametrize(("sent", "fee"), [(date(2025, 6, 2), []), (date(2025, 6, 3), [("demand", "180.00")])])
def test_payment_on_next_bank_day_is_in_time(sent, fee):
    # 2025-05-31 is a Saturday: paying on Monday the 2nd is in time (lag 1930:173), so only the 3rd is late.
    assert fees_of(claimable(LAW, case(demands=(sent,)), ON)) == fee


@pytest.mark.parametrize(("paid", "on", "late"), [(2, 5, False), (3, 5, True), (None, 2, False), (None, 3, True)])
@pytest.mark.parametrize("day_count", [DayCount.ACT_365F, DayCount.ACT_365F_DUE_DAY])
def test_what_is_paid_by_the_next_bank_day_costs_nothing(paid, on, late, day_count):
    payments = (PartPayment(date(2025, 6, paid), sek("12500")),) if paid else ()
    quote = claimable(LAW, case(payments=payments, compensation=True, day_count=day_count), date(2025, 6, on))
    assert (quote.compensation is not None, quote.interest.rounded != sek("0")) == (late, late)


@pytest.mark.parametrize(("paid", "in_time"), [(2, True), (3, False)])
def test_part_that_is_paid_by_the_next_bank_day_bears_nothing(paid, in_time):
    found, on_due = (claimable(LAW, case(payments=(PartPayment(day, sek("12000")),)), ON).interest for day in (date(2025, 6, paid), DUE))
    assert (found.exact == on_due.exact) == in_time


def test_letter_after_payment_adds_no_fee():
    paid = (PartPayment(date(2025, 6, 10), sek("12500")),)
    quote = claimable(LAW, case(payments=paid, demands=(date(2025, 6, 11),)), ON)
    assert refused(quote) == [("demand", "SE.fee.paid")]


def test_letter_on_payment_day_keeps_fee():
    paid = (PartPayment(date(2025, 6, 10), sek("12500")),)
    assert fees_of(claimable(LAW, case(payments=paid, demands=(date(2025, 6, 10),)), ON)) == [("demand", "180.00")]


def test_old_letters_cost_old_fees():
    old = case(due_on=date(2013, 1, 31), demands=(date(2013, 3, 15),), reminders=(date(2013, 3, 16),), reminder_fee_agreed=True)
    assert fees_of(claimable(LAW, old, date(2013, 4, 1))) == [("demand", "160.00"), ("reminder", "60.00")]


def test_letter_before_tables_gives_no_fee():
    old = case(due_on=date(2002, 1, 31), demands=(date(2002, 3, 15),))
    assert refused(claimable(LAW, old, date(2002, 4, 1)))[-1] == ("demand", "SE.fee.unknown")


def test_other_currency_carries_no_fee():
    quote = claimable(LAW, case(principal=Money.parse("900", "EUR"), demands=(date(2025, 7, 1),), compensation=True), ON)
    assert refused(quote) == [("demand", "SE.fee.currency"), ("compensation", "SE.fee.currency")]
    assert quote.total == quote.open_principal + quote.interest.rounded


def test_fee_only_others_owe_is_refused():
    rows = tuple(replace(row, debtors=(DebtorKind.BUSINESS,)) if row.code == "demand" else row for row in LAW.rows)
    quote = claimable(replace(LAW, rows=rows), case(DebtorKind.CONSUMER, demands=(date(2025, 7, 1),)), ON)
    assert refused(quote) == [("demand", "SE.fee.debtor")]


@pytest.mark.parametrize("debtor", [DebtorKind.BUSINESS, DebtorKind.SOLE_TRADER, DebtorKind.PUBLIC])
def test_compensation_is_owed(debtor):
    quote = claimable(LAW, case(debtor, compensation=True), ON)
    assert quote.compensation.amount == sek("450")
    assert quote.total == sek("13326.71")


def test_consumer_never_owes_compensation():
    quote = claimable(LAW, case(DebtorKind.CONSUMER, compensation=True), ON)
    assert quote.compensation is None
    assert refused(quote) == [("compensation", "SE.compensation.debtor")]


def test_compensation_takes_in_all_fees():
    quote = claimable(LAW, case(compensation=True, reminder_fee_agreed=True, **LETTERS), ON)
    assert quote.fees_total == sek("450")
    assert refused(quote) == [(kind, "SE.compensation.absorbs") for kind in ("reminder", "demand", "plan")]
    assert [one.on for one in quote.refused] == [date(2025, 6, 12), date(2025, 7, 1), date(2025, 8, 1)]


def test_fees_above_compensation_are_owed():
    rows = tuple(replace(row, value=Decimal(300)) if row.code in {"demand", "plan"} else row for row in LAW.rows)
    quote = claimable(replace(LAW, rows=rows), case(compensation=True, **LETTERS), ON)
    assert quote.fees_total == sek("600")
    assert fees_of(quote) == [("plan", "150.00")]


def test_fees_stand_without_compensation():
    quote = claimable(LAW, case(reminder_fee_agreed=True, **LETTERS), ON)
    assert quote.fees_total == sek("410")
    assert "SE.compensation.possible" in [rule.id for rule in quote.notes]


def test_compensation_adds_where_the_country_says():
    countries = {"SE": replace(LAW.country("SE"), compensation="adds")}
    quote = claimable(replace(LAW, countries=countries), case(compensation=True, reminder_fee_agreed=True, **LETTERS), ON)
    assert quote.fees_total == sek("860")


def test_compensation_waits_for_interest():
    assert refused(claimable(LAW, case(compensation=True), DUE))[-1] == ("compensation", "SE.compensation.not_late")
    assert claimable(LAW, case(compensation=True), date(2025, 6, 3)).compensation


def test_payment_in_time_gives_no_compensation():
    quote = claimable(LAW, case(compensation=True, payments=(PartPayment(DUE, sek("12500")),)), ON)
    assert quote.total == sek("0")


@pytest.mark.parametrize(("due", "found"), [(date(2013, 3, 16), False), (date(2013, 3, 17), True)])
def test_compensation_is_for_later_claims(due, found):
    assert bool(claimable(LAW, case(due_on=due, compensation=True), date(2013, 9, 1)).compensation) is found


def test_compensation_is_for_goods_and_services():
    quote = claimable(LAW, case(compensation=True, goods_or_services=False), ON)
    assert refused(quote) == [("compensation", "SE.compensation.not_goods")]


def test_credit_lowers_base_from_due():
    credited = case(credits=(CreditNote(date(2025, 9, 1), sek("2500")),))
    assert claimable(LAW, credited, ON).interest == claimable(LAW, case(principal=sek("10000")), ON).interest
    assert claimable(LAW, credited, date(2025, 8, 31)).open_principal == sek("12500")


def test_credited_claim_owes_nothing():
    quote = claimable(LAW, case(credits=(CreditNote(ON, sek("12500")),), demands=(date(2025, 7, 1),), compensation=True), ON)
    assert quote.total == sek("0")


def test_later_payment_is_not_looked_at():
    assert claimable(LAW, case(payments=(PartPayment(date(2025, 9, 16), sek("1")),)), ON).open_principal == sek("12500")


def test_no_interest_before_due():
    quote = claimable(LAW, case(), date(2025, 5, 1))
    assert (quote.total, quote.confidence) == (sek("12500"), None)
    assert refused(quote) == [("interest", "SE.interest.not_late")]


def test_missing_rate_leaves_a_rule():
    quote = claimable(LAW, case(due_on=date(2026, 12, 15)), date(2027, 2, 15))
    assert (quote.interest.rounded, quote.total) == (None, None)
    assert quote.interest.rules[0].sentence.startswith("Statutory interest from 2026-12-16;")


def test_unknown_dispatch_gives_no_figure():
    quote = claimable(LAW, case(DebtorKind.CONSUMER, basis=None), ON)
    assert quote.total is None
    assert refused(quote) == [("interest", "SE.interest.sent_unknown")]


def test_silent_bill_costs_no_interest():
    quote = claimable(LAW, case(DebtorKind.CONSUMER, basis=None, sent_on=DUE, interest_notice=False), ON)
    assert quote.interest.rounded == sek("0")
    assert refused(quote) == [("interest", "SE.interest.no_notice")]


def test_weak_rows_are_named():
    quote = claimable(LAW, case(), ON)
    assert quote.confidence is Confidence.DERIVED
    assert quote.unconfirmed == ("SE.rate.statutory.2025-01-01", "SE.rate.statutory.2025-07-01")


def test_confirmed_rows_are_not_named():
    law = load_law(confirmed=claimable(LAW, case(), ON).unconfirmed)
    quote = claimable(law, case(), ON)
    assert (quote.confidence, quote.unconfirmed) == (Confidence.CONFIRMED, ())


def test_payment_of_the_day_counts():
    quote = claimable(LAW, case(payments=(PartPayment(ON, sek("12500")),)), ON)
    assert (quote.on, quote.open_principal, quote.interest.rounded) == (ON, sek("0"), sek("376.71"))
    assert "SE.payment.principal_first" in [rule.id for rule in quote.notes]


def test_claimed_compensation_is_not_offered():
    assert "SE.compensation.possible" not in [rule.id for rule in claimable(LAW, case(compensation=True), ON).notes]


def test_late_receipt_delays_interest():
    bill = case(basis=DueBasis.UNILATERAL, sent_on=date(2025, 5, 1), received_on=date(2025, 7, 1))
    assert claimable(LAW, bill, ON).runs_from == date(2025, 7, 1)


def bars_of(on=ON, **changes):
    return [bar.rule.id for bar in claimable(LAW, case(**changes), on).bars]


def test_small_rest_of_the_day_is_not_chased():
    assert bars_of(payments=(PartPayment(ON, sek("12499.50")),)) == ["SE.collect.small"]
    assert bars_of(payments=(PartPayment(ON, sek("12499")),)) == []


def test_limitation_is_the_debtors_own():
    old = Circumstances(originated_on=date(2022, 5, 1))
    assert bars_of(debtor=DebtorKind.CONSUMER, circumstances=old) == ["SE.limitation.passed"]
    assert bars_of(circumstances=old) == []


def test_limitation_runs_from_due_day_in_denmark():
    danish = {"country": "DK", "principal": Money.parse("100", "DKK"), "circumstances": Circumstances(originated_on=date(2022, 5, 1))}
    assert bars_of(**danish) == []


def test_letter_of_the_day_bears_a_fee():
    assert fees_of(claimable(LAW, case(demands=(ON,)), ON)) == [("demand", "180.00")]


def test_payments_come_in_any_order():
    paid = (PartPayment(date(2025, 8, 1), sek("6000")), PartPayment(date(2025, 6, 10), sek("6500")))
    assert fees_of(claimable(LAW, case(payments=paid, demands=(date(2025, 7, 1),)), ON)) == [("demand", "180.00")]


def test_band_is_told_by_what_was_owed_then():
    euro = [Money.parse(text, "EUR") for text in ("700", "100", "150")]
    paid = (PartPayment(date(2025, 8, 1), euro[1]), PartPayment(date(2025, 6, 10), euro[2]))
    quote = claimable(LAW, case(country="FI", principal=euro[0], payments=paid, demands=(date(2025, 7, 1),)), ON)
    assert fees_of(quote) == [("demand", "70.00")]


def test_last_ore_keeps_the_claim_open():
    paid = (PartPayment(date(2025, 6, 10), sek("12499.99")),)
    assert fees_of(claimable(LAW, case(payments=paid, demands=(date(2025, 7, 1),)), ON)) == [("demand", "180.00")]


def test_unknown_dispatch_leaves_all_days_open():
    found = claimable(LAW, case(DebtorKind.CONSUMER, basis=None), ON).interest
    assert (found.segments, found.missing) == ((), (Period(date(2025, 6, 1), ON),))
    assert claimable(LAW, case(DebtorKind.CONSUMER, basis=None), DUE).interest.rounded == sek("0")


def test_interest_begins_on_the_first_day():
    assert claimable(LAW, case(), date(2025, 6, 3)).interest.rounded == sek("11.30")
    before = claimable(LAW, case(), DUE)
    assert (before.interest.exact, refused(before)) == (0, [("interest", "SE.interest.not_late")])


def test_rate_is_the_debtors_and_the_claims():
    finnish = case(DebtorKind.CONSUMER, country="FI", principal=Money.parse("100", "EUR"))
    assert claimable(LAW, finnish, ON).interest.segments[0].rate_pct == Decimal("10.50")
    danish = case(country="DK", principal=Money.parse("100", "DKK"), due_on=date(2013, 2, 28))
    assert claimable(LAW, danish, date(2013, 3, 31)).interest.segments[-1].rate_pct == Decimal("7.20")


def test_agreed_rate_is_told_before_it_bears():
    agreed = case(DebtorKind.CONSUMER, country="DK", principal=Money.parse("100", "DKK"), agreed_rate=AgreedRate(Decimal(9)))
    assert [rule.id for rule in claimable(LAW, agreed, DUE).interest.rules] == ["DK.interest.agreed_ceiling"]


def test_start_is_noted_where_there_is_one():
    assert next(rule.id for rule in claimable(LAW, case(), ON).notes) == "SE.interest.from_due"
    silent = case(DebtorKind.CONSUMER, basis=None, sent_on=DUE, interest_notice=False)
    assert claimable(LAW, silent, ON).notes == ()


def test_each_missing_period_is_named():
    danish = case(country="DK", principal=Money.parse("100", "DKK"), due_on=date(2012, 12, 31))
    sentence = claimable(LAW, danish, date(2026, 7, 15)).interest.rules[0].sentence
    assert "the rate for 2013-01-01..2013-02-28, 2026-07-01..2026-07-15 is not" in sentence
