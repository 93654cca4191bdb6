"""Interest: when it starts, what it comes to, and what a missing rate does."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from core.claim import PriorPayment
from core.errors import ConfigError
from core.law import AgreedRate, DayCount, DueBasis, PartPayment, Period, accrued, interest, interest_start, load_law, missing_rates
from core.model import DebtorKind
from core.money import Money

LAW = load_law()
DUE = date(2025, 5, 31)


def sek(text):
    return Money.parse(text, "SEK")


def paid(day, text):
    return PartPayment(day, sek(text))


def days_of(found):
    return [(one.first, one.last, one.days) for one in found.segments]


def test_due_day_bears_nothing():
    found = interest(LAW, sek("12500"), DUE, DUE)
    assert found.segments == ()
    assert found.rounded == sek("0")


def test_first_day_bears_interest():
    assert interest(LAW, sek("12500"), DUE, date(2025, 6, 1)).exact == Fraction(12500 * 11, 36500)


def test_half_years_have_own_rates():
    found = interest(LAW, sek("12500"), DUE, date(2025, 9, 15))
    assert days_of(found) == [(date(2025, 6, 1), date(2025, 6, 30), 30), (date(2025, 7, 1), date(2025, 9, 15), 77)]
    assert [one.rate_pct for one in found.segments] == [Decimal("11.00"), Decimal("10.00")]
    assert [one.interest for one in found.segments] == [sek("113.01"), sek("263.70")]


def test_total_is_rounded_once():
    found = interest(LAW, sek("2990"), date(2025, 12, 15), date(2026, 2, 10))
    assert found.rounded == sek("46.69")
    assert Money.sum((one.interest for one in found.segments), "SEK") == sek("46.70")


def test_payment_day_bears_old_principal():
    found = interest(LAW, sek("12500"), DUE, date(2025, 7, 2), [paid(date(2025, 7, 1), "3000")])
    assert [(one.first, one.last, one.principal) for one in found.segments] == [
        (date(2025, 6, 1), date(2025, 6, 30), sek("12500")),
        (date(2025, 7, 1), date(2025, 7, 1), sek("12500")),
        (date(2025, 7, 2), date(2025, 7, 2), sek("9500")),
    ]


def test_payment_before_due_lowers_base():
    found = interest(LAW, sek("12500"), DUE, date(2025, 6, 30), [paid(date(2025, 5, 2), "2500")])
    assert found.rounded == interest(LAW, sek("10000"), DUE, date(2025, 6, 30)).rounded


def test_payment_after_end_changes_nothing():
    late = interest(LAW, sek("12500"), DUE, date(2025, 6, 30), [paid(date(2025, 7, 1), "2500")])
    assert late == interest(LAW, sek("12500"), DUE, date(2025, 6, 30))


def test_full_payment_ends_interest():
    found = interest(LAW, sek("12500"), DUE, date(2030, 1, 1), [paid(date(2025, 6, 30), "12500")])
    assert found.rounded == sek("113.01")
    assert found.missing == ()


def test_payments_of_claims_count():
    prior = PriorPayment("1", sek("3000"), date(2025, 7, 1))
    ours = paid(date(2025, 7, 1), "3000")
    ends = date(2025, 9, 15)
    assert interest(LAW, sek("12500"), DUE, ends, [prior]) == interest(LAW, sek("12500"), DUE, ends, [ours])


def test_missing_rate_gives_no_figure():
    found = interest(LAW, sek("12500"), date(2026, 12, 1), date(2027, 8, 1))
    assert (found.exact, found.rounded) == (None, None)
    assert found.missing == (Period(date(2027, 1, 1), date(2027, 8, 1)),)
    assert len(found.segments) == 1


def test_days_before_tables_are_missing():
    assert missing_rates(LAW, date(2014, 12, 30), date(2015, 1, 2), country="SE", debtor=DebtorKind.BUSINESS) == (
        Period(date(2014, 12, 30), date(2014, 12, 31)),
    )


def test_known_days_are_not_missing():
    assert missing_rates(LAW, date(2015, 1, 1), date(2026, 12, 31), country="SE", debtor=DebtorKind.CONSUMER) == ()


def test_leap_year_has_366_days():
    start, end = date(2023, 12, 31), date(2024, 1, 31)
    assert interest(LAW, sek("36600"), start, end, day_count=DayCount.ACT_ACT).rounded == sek("372.00")
    assert interest(LAW, sek("36500"), start, end, day_count=DayCount.ACT_365F).rounded == sek("372.00")


def test_30e_counts_months_of_30():
    found = interest(LAW, sek("36000"), date(2025, 5, 31), date(2025, 8, 31), day_count=DayCount.E30_360)
    assert [one.days for one in found.segments] == [30, 60]


def test_due_day_convention_counts_both():
    found = interest(LAW, sek("6780"), date(2021, 1, 1), date(2021, 4, 20), day_count=DayCount.ACT_365F_DUE_DAY)
    assert sum(one.days for one in found.segments) == 110


@pytest.mark.parametrize("name", ["ACT/365F", "act_365f", "Act-365F", "ACT/365"])
def test_day_count_spellings_are_read(name):
    assert DayCount.parse(name) is DayCount.ACT_365F


def test_unknown_day_count_is_refused():
    with pytest.raises(ConfigError) as caught:
        DayCount.parse("ACT/364")
    assert str(caught.value) == "--day-count: 'ACT/364' is no day count. Use one of ACT_365F, ACT_365F_DUE_DAY, ACT_ACT, 30E_360."


def test_agreed_date_starts_interest():
    start = interest_start(LAW, DUE, basis=DueBasis.AGREED, sent_on=date(2025, 5, 30))
    assert (start.runs_from, start.rule.id) == (DUE, "SE.interest.from_due")


def test_bill_starts_interest_after_30_days():
    start = interest_start(LAW, date(2026, 1, 20), basis=DueBasis.UNILATERAL, sent_on=date(2026, 1, 10), received_on=date(2026, 1, 12))
    assert (start.runs_from, start.rule.id) == (date(2026, 2, 9), "SE.interest.from_bill")


def test_late_receipt_delays_interest():
    start = interest_start(LAW, DUE, basis=DueBasis.UNILATERAL, sent_on=date(2025, 5, 1), received_on=date(2025, 7, 1))
    assert start.runs_from == date(2025, 7, 1)


def test_later_due_date_delays_interest():
    start = interest_start(LAW, DUE, basis=DueBasis.UNILATERAL, sent_on=DUE - timedelta(days=60))
    assert start.runs_from == DUE


def test_consumer_date_is_presumed_unilateral():
    assert interest_start(LAW, DUE, sent_on=DUE, debtor=DebtorKind.CONSUMER).runs_from == DUE + timedelta(days=30)
    assert interest_start(LAW, DUE, sent_on=DUE, debtor=DebtorKind.SOLE_TRADER).runs_from == DUE


def test_consumer_bill_must_mention_interest():
    start = interest_start(LAW, DUE, sent_on=DUE, debtor=DebtorKind.CONSUMER, interest_notice=False)
    assert (start.runs_from, start.rule.id) == (None, "SE.interest.no_notice")


def test_business_bill_need_not_mention():
    start = interest_start(LAW, DUE, basis=DueBasis.UNILATERAL, sent_on=DUE, interest_notice=False)
    assert start.runs_from == DUE + timedelta(days=30)


def test_unknown_dispatch_starts_nothing():
    start = interest_start(LAW, DUE, basis=DueBasis.UNILATERAL)
    assert (start.runs_from, start.rule.id) == (None, "SE.interest.sent_unknown")


def test_bill_date_stands_for_sending():
    start = interest_start(LAW, date(2026, 1, 20), basis=DueBasis.UNILATERAL, issued_on=date(2026, 1, 10))
    assert (start.runs_from, start.rule.id) == (date(2026, 2, 9), "SE.interest.from_bill_date")
    assert "which stands for the day it was sent" in start.rule.sentence


def test_known_sending_beats_bill_date():
    start = interest_start(LAW, DUE, basis=DueBasis.UNILATERAL, sent_on=DUE, issued_on=date(2025, 5, 1))
    assert (start.runs_from, start.rule.id) == (DUE + timedelta(days=30), "SE.interest.from_bill")


def test_public_body_has_30_days():
    start = interest_start(LAW, DUE, issued_on=date(2025, 4, 1), debtor=DebtorKind.PUBLIC)
    assert (start.runs_from, start.rule.id) == (date(2025, 5, 1), "SE.interest.public_term")


@pytest.mark.parametrize(("debtor", "issued_on"), [("business", "2025-04-01"), ("public", "2025-05-01"), ("public", "2025-05-20")])
def test_other_agreed_terms_hold(debtor, issued_on):
    start = interest_start(LAW, DUE, issued_on=date.fromisoformat(issued_on), debtor=DebtorKind(debtor))
    assert (start.runs_from, start.rule.id) == (DUE, "SE.interest.from_due")


def of(principal, until=date(2024, 12, 31)):
    return interest(LAW, sek(principal), date(2024, 11, 30), until)


def test_several_invoices_are_rounded_once():
    # Each is 0.00493: two of them make 0.01.
    figure, rules = accrued(LAW, [of("0.50", date(2024, 12, 30)), of("0.50", date(2024, 12, 30))], "SEK")
    assert (figure, [rule.id for rule in rules]) == (sek("0.01"), ["SE.interest.statutory"])


def test_no_invoice_bears_nothing():
    assert accrued(LAW, [], "SEK")[0] == sek("0")


def test_weak_rate_gives_no_joint_figure():
    figure, rules = accrued(LAW, [of("100"), of("100", date(2025, 1, 31))], "SEK")
    assert figure is None
    assert rules[-1].sentence == "No figure: nobody has confirmed SE.rate.statutory.2025-01-01."


def test_confirmed_rate_gives_it():
    law = load_law(confirmed=["SE.rate.statutory.2025-01-01"])
    part = interest(law, sek("36500"), date(2025, 1, 1), date(2025, 1, 11))
    assert accrued(law, [part], "SEK")[0] == sek("110.00")


def test_missing_days_are_named_once():
    late = interest(LAW, sek("100"), date(2026, 12, 1), date(2027, 2, 1))
    later = interest(LAW, sek("100"), date(2027, 1, 15), date(2027, 2, 1))
    figure, rules = accrued(LAW, [later, late], "SEK")
    assert figure is None
    assert rules[-1].sentence == "No figure: the rate for 2027-01-01..2027-02-01 is not in the tables."


def test_part_without_interest_adds_none():
    none = interest(LAW, sek("100"), date(2024, 11, 30), date(2024, 11, 30))
    assert accrued(LAW, [none, of("36500", date(2024, 12, 10))], "SEK")[0] == sek("120.00")


def test_each_gap_and_each_weak_row_is_named():
    early = interest(LAW, sek("100"), date(2014, 12, 30), date(2015, 1, 2))
    late = interest(LAW, sek("100"), date(2024, 12, 1), date(2027, 1, 2))
    rules = accrued(LAW, [early, late], "SEK")[1]
    assert rules[1].sentence == "No figure: the rate for 2014-12-31..2014-12-31, 2027-01-01..2027-01-02 is not in the tables."
    assert rules[2].sentence.startswith("No figure: nobody has confirmed SE.rate.statutory.2025-01-01, SE.rate.statutory.2025-07-01,")


def test_agreed_rate_is_told_with_the_figure():
    part = interest(LAW, sek("36500"), date(2024, 11, 30), date(2024, 12, 10), agreed=AgreedRate(Decimal(10)))
    assert [rule.id for rule in accrued(LAW, [part, part], "SEK")[1]] == ["SE.interest.agreed_free"]


def test_payments_in_any_order_bear_the_same():
    parts = [paid(date(2025, 8, 1), "2000"), paid(date(2025, 7, 1), "3000")]
    ends = date(2025, 9, 15)
    assert interest(LAW, sek("12500"), DUE, ends, parts) == interest(LAW, sek("12500"), DUE, ends, parts[::-1])


def test_last_ore_bears_interest():
    left = interest(LAW, sek("12500"), DUE, date(2025, 9, 15), [paid(date(2025, 7, 1), "12499.99")])
    assert left.segments[-1].last == date(2025, 9, 15)
