"""The legal sequence: what may be done when, in each country, on both sides of each boundary day."""

from datetime import date, timedelta

import pytest

from core.law import LegalStep, Letter, SequenceFacts, load_law, may
from core.model import DebtorKind
from core.money import Money
from tests.core.law.words import plain

LAW = load_law()
DUE = date(2026, 3, 2)  # a Monday
CURRENCIES = {"SE": "SEK", "DK": "DKK", "NO": "NOK", "FI": "EUR", "EU": "EUR"}
COUNTRIES = list(CURRENCIES)


def after(days):
    return DUE + timedelta(days=days)


def letter(kind, sent, days):
    return Letter(LegalStep(kind), after(sent), after(sent + days))


def ask(country, step, on, *letters, debtor=DebtorKind.BUSINESS, principal="10000", **changes):
    facts = SequenceFacts(country, debtor, DUE, Money.parse(principal, CURRENCIES[country]), letters, **changes)
    ruling = may(LAW, LegalStep(step), facts, on)
    plain((*ruling.rules, *ruling.orders))
    return ruling


def said(ruling):
    return (ruling.lawful, [rule.id.partition(".sequence.")[2] for rule in ruling.rules])


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("step", list(LegalStep))
def test_nothing_is_done_on_due_day(country, step):
    found = ask(country, step, DUE, released_by_creditor=True, by_person=True)
    assert (said(found), found.from_day) == ((False, ["not_due"]), after(1))


def test_payment_on_next_bank_day_is_in_time():
    # Due on the Saturday after, so the first day of anything is the Tuesday.
    facts = SequenceFacts("SE", DebtorKind.BUSINESS, date(2026, 3, 7), Money.parse("1", "SEK"))
    assert may(LAW, LegalStep.REMINDER, facts, date(2026, 3, 9)).from_day == date(2026, 3, 10)
    assert may(LAW, LegalStep.REMINDER, facts, date(2026, 3, 10)).lawful


@pytest.mark.parametrize("country", COUNTRIES)
def test_nothing_is_collected_of_nothing(country):
    assert said(ask(country, "reminder", after(5), principal="0")) == (False, ["unfounded"])
    assert ask(country, "reminder", after(5), principal="0.01").lawful


@pytest.mark.parametrize("country", COUNTRIES)
def test_reminder_is_lawful_when_late(country):
    assert said(ask(country, "reminder", after(1))) == (True, ["reminder"])


@pytest.mark.parametrize(("country", "lawful"), [("SE", False), ("DK", True), ("NO", True), ("FI", True)])
def test_threat_makes_swedish_reminder_a_demand(country, lawful):
    assert ask(country, "reminder", after(5), threatens=True).lawful is lawful
    assert ask(country, "notice", after(5), threatens=True).lawful is lawful


def test_threat_is_named():
    assert said(ask("SE", "reminder", after(5), threatens=True)) == (False, ["threat"])


@pytest.mark.parametrize(
    ("country", "days", "lawful"), [("DK", 9, False), ("DK", 10, True), ("NO", 13, False), ("NO", 14, True), ("SE", 1, True)]
)  # fmt: skip
def test_notice_gives_the_laws_time(country, days, lawful):
    assert ask(country, "notice", after(1), pay_by=after(1 + days)).lawful is lawful


def test_short_notice_is_told_until_when():
    found = ask("DK", "notice", after(1), pay_by=after(10)).rules[0]
    assert (found.id, dict(found.params)["until"]) == ("DK.sequence.short", str(after(11)))
    assert dict(ask("NO", "notice", after(1)).rules[0].params) == {"days": "14", "until": str(after(15))}


def test_demand_is_the_creditors_to_release():
    assert said(ask("SE", "demand", after(5))) == (False, ["demand_release"])
    assert said(ask("SE", "demand", after(5), released_by_creditor=True)) == (True, ["demand"])


@pytest.mark.parametrize(("days", "lawful"), [(7, False), (8, True)])
def test_swedish_demand_gives_eight_days(days, lawful):
    found = ask("SE", "demand", after(7), pay_by=after(7 + days), released_by_creditor=True)
    assert found.lawful is lawful


@pytest.mark.parametrize(("country", "days", "lawful"), [("FI", 13, False), ("FI", 14, True), ("DK", 9, False), ("DK", 10, True)])
def test_demand_of_others_gives_longer(country, days, lawful):
    assert ask(country, "demand", after(7), pay_by=after(7 + days), released_by_creditor=True).lawful is lawful


def test_norwegian_demand_waits_for_the_notice():
    assert said(ask("NO", "demand", after(30), released_by_creditor=True)) == (False, ["notice_missing"])
    found = ask("NO", "demand", after(15), letter("notice", 1, 14), released_by_creditor=True)
    assert (said(found), found.from_day) == ((False, ["notice_running"]), after(16))
    assert ask("NO", "demand", after(16), letter("notice", 1, 14), released_by_creditor=True).lawful


def test_short_norwegian_demand_is_refused():
    found = ask("NO", "demand", after(16), letter("notice", 1, 14), released_by_creditor=True, pay_by=after(29))
    assert said(found) == (False, ["short"])


@pytest.mark.parametrize("country", ["SE", "FI"])
def test_handover_needs_no_notice(country):
    assert said(ask(country, "handover", after(1))) == (True, ["handover"])


@pytest.mark.parametrize(("country", "days"), [("DK", 10), ("NO", 14)])
def test_handover_waits_for_the_notice(country, days):
    notice = letter("notice", 7, days)
    early = ask(country, "handover", after(7 + days), notice)
    assert (said(early), early.from_day) == ((False, ["notice_running"]), after(8 + days))
    assert said(ask(country, "handover", after(8 + days), notice)) == (True, ["handover", "handover_notice"])


@pytest.mark.parametrize("country", ["DK", "NO"])
def test_no_handover_without_the_notice(country):
    assert said(ask(country, "handover", after(60), letter("reminder", 7, 20))) == (False, ["notice_missing"])


def test_danish_agency_may_be_ordered_to_send_it():
    found = ask("DK", "handover", after(7), agency_sends_notice=True)
    assert (found.lawful, [rule.id for rule in found.orders]) == (True, ["DK.sequence.agency_sends"])


def test_norwegian_handover_waits_whatever_is_ordered():
    found = ask("NO", "handover", after(7), agency_sends_notice=True)
    assert (said(found), found.orders) == ((False, ["notice_missing"]), ())


def test_order_is_not_given_needlessly():
    found = ask("DK", "handover", after(30), letter("notice", 7, 10), agency_sends_notice=True)
    assert (found.lawful, found.orders) == (True, ())


def test_notice_that_gave_too_little_is_told_and_does_not_count():
    found = ask("DK", "handover", after(60), letter("notice", 7, 9))
    assert said(found) == (False, ["notice_short"])
    assert dict(found.rules[0].params) == {"on": str(after(7)), "pay_by": str(after(16))}


@pytest.mark.parametrize("notice", [letter("notice", 0, 20), letter("notice", -5, 40)])
def test_notice_before_the_claim_was_overdue_does_not_count(notice):
    assert said(ask("DK", "handover", after(60), notice)) == (False, ["notice_missing"])


def test_notice_ends_on_a_bank_day():
    # 2026-04-02 is Maundy Thursday: the ten days end on the Tuesday after Easter.
    notice = letter("notice", 21, 10)
    assert ask("DK", "handover", date(2026, 4, 7), notice).from_day == date(2026, 4, 8)
    assert ask("DK", "handover", date(2026, 4, 8), notice).lawful


def test_own_later_deadline_is_kept():
    assert not ask("DK", "handover", after(25), letter("notice", 7, 18)).lawful
    assert ask("DK", "handover", after(26), letter("notice", 7, 18)).lawful


def test_one_notice_that_ran_out_is_enough():
    found = ask("NO", "handover", after(30), letter("notice", 25, 14), letter("notice", 7, 14))
    assert (found.lawful, dict(found.rules[1].params)["on"]) == (True, str(after(7)))


def test_oldest_notice_that_ran_out_is_named():
    found = ask("NO", "handover", after(60), letter("notice", 8, 14), letter("notice", 7, 14))
    assert (said(found), dict(found.rules[1].params)["on"]) == ((True, ["handover", "handover_notice"]), str(after(7)))


def test_swedish_notice_is_told_though_not_asked_for():
    assert said(ask("SE", "handover", after(8), letter("notice", 7, 0))) == (True, ["handover", "handover_notice"])
    assert said(ask("SE", "handover", after(7), letter("notice", 7, 0))) == (True, ["handover"])


def test_earliest_of_two_running_notices_decides():
    found = ask("NO", "handover", after(9), letter("notice", 8, 14), letter("notice", 7, 14))
    assert found.from_day == after(22)
    assert dict(found.rules[0].params)["on"] == str(after(7))


@pytest.mark.parametrize(("by_person", "lawful"), [(True, True), (False, False)])
def test_danish_haste_is_a_persons(by_person, lawful):
    assert ask("DK", "handover", after(5), at_risk=True, by_person=by_person).lawful is lawful
    assert said(ask("DK", "handover", after(5), at_risk=True, by_person=True)) == (True, ["handover", "at_risk"])
    assert not ask("NO", "handover", after(5), at_risk=True, by_person=by_person).lawful


@pytest.mark.parametrize(("by_person", "lawful"), [(True, True), (False, False)])
def test_public_debt_is_a_persons(by_person, lawful):
    assert ask("SE", "handover", after(5), debtor=DebtorKind.PUBLIC, by_person=by_person).lawful is lawful
    assert ask("SE", "handover", after(5), debtor=DebtorKind.CONSUMER, by_person=by_person).lawful


@pytest.mark.parametrize(("by_person", "lawful"), [(True, True), (False, False)])
def test_unknown_law_is_a_persons(by_person, lawful):
    found = ask("EU", "handover", after(5), by_person=by_person)
    assert said(found) == (lawful, ["handover"])


@pytest.mark.parametrize("country", COUNTRIES)
def test_court_is_a_persons(country):
    assert said(ask(country, "legal", after(60), letter("demand", 7, 20))) == (False, ["court_by_person"])


@pytest.mark.parametrize("country", COUNTRIES)
def test_court_waits_for_a_demand(country):
    demand = letter("demand", 7, 21)
    assert said(ask(country, "legal", after(28), by_person=True)) == (False, ["demand_missing"])
    running = ask(country, "legal", after(28), demand, by_person=True)
    assert (said(running), running.from_day) == ((False, ["demand_running"]), after(29))
    assert said(ask(country, "legal", after(29), demand, by_person=True)) == (True, ["legal"])


def test_swedish_demand_runs_from_receipt_too():
    # Sent on Maundy Thursday with eight days; four bank days after presumed receipt end on 14 April.
    demand = letter("demand", 31, 8)
    assert ask("SE", "legal", date(2026, 4, 14), demand, by_person=True).from_day == date(2026, 4, 15)
    assert ask("SE", "legal", date(2026, 4, 15), demand, by_person=True).lawful


def test_norwegian_demand_runs_from_dispatch_alone():
    # In Sweden these fourteen days over Christmas would not be enough.
    demand = Letter(LegalStep.DEMAND, date(2025, 12, 19), date(2026, 1, 2))
    facts = SequenceFacts("NO", DebtorKind.BUSINESS, date(2025, 12, 1), Money.parse("1", "NOK"), (demand,), by_person=True)
    assert may(LAW, LegalStep.LEGAL, facts, date(2026, 1, 3)).lawful


def test_danish_notice_stands_for_the_demand():
    assert ask("DK", "legal", after(30), letter("notice", 7, 10), by_person=True).lawful
    assert not ask("NO", "legal", after(30), letter("notice", 7, 14), by_person=True).lawful


def test_newest_demand_is_named():
    found = ask("SE", "legal", after(60), letter("demand", 7, 21), letter("demand", 8, 21), by_person=True)
    assert dict(found.rules[0].params) == {"on": str(after(8)), "until": str(after(29))}


@pytest.mark.parametrize(("on", "rule"), [(date(2026, 9, 9), "legal"), (date(2026, 9, 10), "demand_old")])
def test_old_norwegian_demand_is_renewed(on, rule):
    assert said(ask("NO", "legal", on, letter("demand", 7, 21), by_person=True))[1] == [rule]


def test_renewed_demand_must_run_out_first():
    demands = (letter("demand", 7, 21), letter("demand", 210, 21))
    assert said(ask("NO", "legal", after(220), *demands, by_person=True)) == (False, ["demand_running"])
    assert ask("NO", "legal", after(232), *demands, by_person=True).lawful


def test_old_swedish_demand_is_good():
    assert ask("SE", "legal", after(800), letter("demand", 7, 21), by_person=True).lawful


def test_objection_closes_the_simple_road():
    assert said(ask("SE", "legal", after(60), letter("demand", 7, 21), by_person=True, objection=True)) == (False, ["objection"])


@pytest.mark.parametrize(("principal", "lawful"), [("100000", True), ("100000.01", False)])
def test_danish_simple_road_has_a_limit(principal, lawful):
    found = ask("DK", "legal", after(60), letter("notice", 7, 10), principal=principal, by_person=True)
    assert found.lawful is lawful
    assert ask("SE", "legal", after(60), letter("demand", 7, 21), principal=principal, by_person=True).lawful


@pytest.mark.parametrize(("country", "lawful"), [("SE", True), ("DK", True), ("NO", False), ("FI", False)])
def test_evading_debtor_gets_no_time(country, lawful):
    assert ask(country, "legal", after(5), at_risk=True, by_person=True).lawful is lawful
