"""Fees of letters in Denmark, Norway and Finland: amounts, spacing, count, bands, caps, each beside the day it is not owed."""

from datetime import date, timedelta

import pytest

from core.model import DebtorKind

DUE = date(2026, 3, 2)
CONSUMER = DebtorKind.CONSUMER


def after(days):
    return DUE + timedelta(days=days)


def test_danish_reminder_needs_no_agreement(asked):
    assert asked("DK").fees(reminders=(after(1),)) == [("reminder", after(1), "100.00")]


def test_danish_reminder_on_due_day_is_free(asked):
    assert asked("DK").refused(reminders=(DUE,)) == [("reminder", "DK.fee.early")]


@pytest.mark.parametrize(("days", "count"), [(9, 1), (10, 2)])
def test_danish_reminders_are_ten_days_apart(asked, days, count):
    assert len(asked("DK").fees(reminders=(after(5), after(5 + days)))) == count


def test_danish_spacing_counts_from_fees(asked):
    # The reminder of day 10 is free, so the one of day 15 is ten days after the last with a fee.
    assert [on for _, on, _ in asked("DK").fees(reminders=(after(5), after(10), after(15)))] == [after(5), after(15)]


def test_danish_spacing_is_named(asked):
    found = asked("DK").quote(reminders=(after(5), after(14))).refused[0].rule
    assert (found.id, found.sentence) == (
        "DK.fee.spacing", f"Sent on {after(14)}, less than 10 days after the letter of {after(5)}: no reminder fee."
    )  # fmt: skip


def test_danish_reminders_are_three(asked):
    four = tuple(after(1 + 10 * number) for number in range(4))
    assert asked("DK").amounts(reminders=four) == ["100.00"] * 3
    assert asked("DK").refused(reminders=four) == [("reminder", "DK.fee.once")]


@pytest.mark.parametrize(("charged", "count"), [(2, 1), (3, 0)])
def test_danish_arrears_share_the_three(asked, charged, count):
    assert len(asked("DK").fees(reminders=(after(5),), fees_charged=("reminder",) * charged)) == count


@pytest.mark.parametrize(("broken", "count"), [(5, 0), (6, 1)])
def test_broken_plan_ends_danish_fees(asked, broken, count):
    assert len(asked("DK").fees(reminders=(after(5),), plan_broken_on=after(broken))) == count


def test_broken_plan_ends_no_other_fee(asked):
    assert asked("DK").amounts(handovers=(after(9),), plan_broken_on=after(5)) == ["100.00"]
    assert len(asked("SE").fees(reminders=(after(9),), reminder_fee_agreed=True, plan_broken_on=after(5))) == 1


def test_danish_handover_costs_once(asked):
    assert asked("DK").refused(handovers=(after(5), after(9))) == [("handover", "DK.fee.once")]


def test_notice_alone_costs_nothing_in_denmark(asked):
    assert asked("DK").refused(notices=(after(5),)) == [("notice", "DK.fee.other")]


@pytest.mark.parametrize(("days", "fees"), [(13, []), (14, ["38.00"])])
def test_norwegian_letter_waits_14_days(asked, days, fees):
    assert asked("NO").amounts(CONSUMER, reminders=(after(days),)) == fees
    assert asked("NO").amounts(notices=(after(days),)) == fees


def test_norwegian_early_letter_is_named(asked):
    found = asked("NO").quote(reminders=(after(13),)).refused[0].rule
    assert (found.id, dict(found.params)["last"]) == ("NO.fee.early", str(after(13)))


@pytest.mark.parametrize(("days", "count"), [(14, 1), (15, 2)])
def test_norwegian_second_fee_needs_missed_deadline(asked, days, count):
    assert len(asked("NO").fees(reminders=(after(20),), notices=(after(20 + days),))) == count


def test_norwegian_spacing_counts_from_any_letter(asked):
    # The first letter is too early for a fee, and its deadline must have run out all the same.
    assert asked("NO").fees(reminders=(after(5),), notices=(after(19),)) == []
    assert len(asked("NO").fees(reminders=(after(5),), notices=(after(20),))) == 1


def test_norwegian_letters_share_two_fees(asked):
    letters = {"reminders": (after(14), after(29)), "notices": (after(44),)}
    assert asked("NO").amounts(**letters) == ["38.00", "38.00"]
    assert asked("NO").refused(**letters) == [("notice", "NO.fee.once")]


@pytest.mark.parametrize(("third", "count"), [(date(2026, 10, 1), 2), (date(2026, 10, 2), 3)])
def test_norwegian_count_starts_anew_after_six_months(asked, third, count):
    # The second fee is of 2026-04-02.
    letters = (after(16), after(31), third)
    assert len(asked("NO").fees(reminders=letters, on=date(2026, 12, 1))) == count


def test_norwegian_count_starts_wholly_anew(asked):
    letters = (after(16), after(31), date(2026, 10, 2), date(2026, 10, 17), date(2026, 11, 17))
    assert len(asked("NO").fees(reminders=letters, on=date(2026, 12, 1))) == 4


def test_norwegian_amount_is_of_the_day(asked):
    assert asked("NO").amounts(due_on=date(2025, 12, 1), reminders=(date(2025, 12, 31), date(2026, 1, 31))) == ["35.00", "38.00"]
    assert asked("NO").amounts(due_on=date(2020, 9, 1), reminders=(date(2020, 9, 30),)) == ["70.00"]


def test_norwegian_demand_follows_a_notice(asked):
    letters = {"notices": (after(14),), "demands": (after(29),)}
    assert asked("NO").amounts(**letters) == ["38.00", "113.00"]


@pytest.mark.parametrize(
    ("letters", "rule"),
    [
        ({"demands": (after(29),)}, "NO.fee.needs_before"),
        ({"demands": (after(29),), "reminders": (after(14),)}, "NO.fee.needs_before"),
        ({"demands": (after(28),), "notices": (after(14),)}, "NO.fee.spacing"),
        ({"demands": (after(29), after(60)), "notices": (after(14),)}, "NO.fee.once"),
    ],
)
def test_norwegian_demand_is_free_otherwise(asked, letters, rule):
    assert asked("NO").refused(**letters)[-1] == ("demand", rule)


@pytest.mark.parametrize(("days", "fees"), [(13, []), (14, ["5.00"])])
def test_finnish_consumer_reminder_waits(asked, days, fees):
    assert asked("FI").amounts(CONSUMER, reminders=(after(days),)) == fees


def test_finnish_trader_reminder_does_not_wait(asked):
    assert asked("FI").amounts(reminders=(after(1),)) == ["12.00"]


@pytest.mark.parametrize(
    ("principal", "fee"), [("100", "14.00"), ("100.01", "24.00"), ("1000", "24.00"), ("1000.01", "50.00")]
)  # fmt: skip
def test_finnish_consumer_demand_has_bands(asked, principal, fee):
    assert asked("FI").amounts(CONSUMER, principal=principal, demands=(after(20),)) == [fee]


@pytest.mark.parametrize(
    ("principal", "fee"),
    [("500", "50.00"), ("500.01", "70.00"), ("2500", "70.00"), ("2500.01", "90.00"), ("10000", "90.00"), ("10000.01", "110.00")],
)
def test_finnish_trader_demand_has_bands(asked, principal, fee):
    assert asked("FI").amounts(principal=principal, demands=(after(20),)) == [fee]


def test_payment_moves_the_band(asked):
    found = asked("FI")
    paid = found.case(principal="600").payments
    assert paid == ()
    for day, fee in [(after(19), "50.00"), (after(20), "70.00")]:
        payment = type("Paid", (), {"paid_on": day, "amount": found.money("100")})()
        assert found.amounts(principal="600", payments=(payment,), demands=(after(20),)) == [fee]


def test_later_finnish_demand_costs_half(asked):
    assert asked("FI").amounts(demands=(after(10), after(20), after(30))) == ["90.00", "45.00", "45.00"]
    assert asked("FI").amounts(demands=(after(10),), fees_charged=("demand",)) == ["45.00"]


def test_later_consumer_demand_costs_whole(asked):
    assert asked("FI").amounts(CONSUMER, principal="500", demands=(after(20), after(34))) == ["24.00", "24.00"]


@pytest.mark.parametrize(("days", "count"), [(9, 1), (10, 2)])
def test_finnish_trader_letters_are_ten_days_apart(asked, days, count):
    assert len(asked("FI").fees(reminders=(after(20),), demands=(after(20 + days),))) == count


@pytest.mark.parametrize(("days", "count"), [(13, 1), (14, 2)])
def test_finnish_consumer_letters_are_14_days_apart(asked, days, count):
    assert len(asked("FI").fees(CONSUMER, reminders=(after(20),), demands=(after(20 + days),))) == count


def test_enforceable_claim_costs_least(asked):
    assert asked("FI").amounts(CONSUMER, demands=(after(20),), enforceable=True) == ["14.00"]
    assert asked("FI").amounts(demands=(after(20),), enforceable=True) == ["50.00"]
    assert asked("SE").amounts(demands=(after(20),), enforceable=True) == ["180.00"]


def test_finnish_plan_and_extension(asked):
    assert asked("FI").amounts(CONSUMER, plans=(after(20),), extensions=(after(30),)) == ["20.00", "5.00"]


def test_only_finnish_consumers_pay_for_time(asked):
    assert asked("FI").refused(extensions=(after(20),)) == [("extension", "FI.fee.debtor")]
    assert asked("SE").refused(extensions=(after(20),)) == [("extension", "SE.fee.other")]


def test_finnish_consumer_fees_have_a_cap(asked):
    letters = {"demands": tuple(after(20 + 14 * number) for number in range(6)), "principal": "100", "on": date(2026, 12, 1)}
    assert asked("FI").amounts(CONSUMER, **letters) == ["14.00", "14.00", "14.00", "14.00", "4.00"]
    assert asked("FI").refused(CONSUMER, **letters) == [("demand", "FI.fee.total_cap")] * 2


def test_cap_says_what_it_cut(asked):
    letters = {"demands": tuple(after(20 + 14 * number) for number in range(5)), "principal": "100", "on": date(2026, 12, 1)}
    quote = asked("FI").quote(CONSUMER, **letters)
    assert quote.refused[0].on == after(76)
    assert quote.refused[0].rule.sentence.startswith("The fees together may not exceed 60.00 EUR; 10.00 EUR of the demand fee")
    assert "FI.fee.total_cap.consumer_over_0" in quote.unconfirmed


def test_traders_have_no_common_cap(asked):
    letters = tuple(after(10 * number) for number in range(1, 10))
    quote = asked("FI").quote(reminders=letters, on=date(2026, 12, 1))
    assert (quote.fees_total.text(), quote.cap) == ("108.00", None)


def test_old_finnish_trader_letters_have_no_amount(asked):
    assert asked("FI").refused(due_on=date(2022, 3, 1), demands=(date(2022, 4, 30),)) == [("demand", "FI.fee.unknown")]


def test_floor_knows_no_fee(asked):
    assert asked("EU").refused(reminders=(after(5),), demands=(after(20),)) == [("reminder", "EU.fee.other"), ("demand", "EU.fee.other")]


def test_debtor_abroad_owes_no_fixed_amount(asked):
    letters = {"demands": (after(20),), "compensation": True, "debtor_country": "DE"}
    assert asked("SE").refused(**letters) == [("demand", "SE.fee.foreign"), ("compensation", "SE.fee.foreign")]


def test_debtor_at_home_owes_it(asked):
    assert asked("SE").amounts(demands=(after(20),), debtor_country="SE") == ["180.00"]
