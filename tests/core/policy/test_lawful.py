"""The law beats the policy: what it wants first, the days it gives, and the fees it grants."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.model import Address, DebtorKind
from core.money import Money
from core.policy import load_policy, load_template
from core.policy.facts import Action, Hold, HoldKind, Instalment, Mode, Sent, Stage

CURRENCY = {"DK": "DKK", "NO": "NOK", "FI": "EUR", "SE": "SEK"}


def there(bench, country, **changes):
    """The bench's invoice in another country."""
    amount = Money(1000_00, CURRENCY[country])
    return bench.facts(total=amount, open=amount, address=Address("Gade 1", "", "1000", "By", country), **changes)


def policy(country, steps):
    return load_policy(f'name = "x"\ncountry = "{country}"\ncurrency = "{CURRENCY[country]}"\n{steps}', "x")


NOTICE = '[[step]]\naction = "notice"\nafter_days = 14\npay_within_days = 14\nfee = "statutory"\n'
HANDOVER = '[[step]]\naction = "handover"\nafter_days = 20\n'


def sent(action, on, pay_by):
    return (Sent(action, "confirmed", on, pay_by),)


@pytest.mark.parametrize(("action", "goes"), [(Action.REMIND, False), (Action.NOTICE, True)])
@pytest.mark.parametrize("country", ["DK", "NO"])
def test_no_handover_without_its_notice(bench, country, action, goes):
    facts = there(bench, country, sent=sent(action, date(2025, 4, 7), date(2025, 4, 24)))
    decision = bench.decide(facts, date(2025, 5, 5), policy(country, HANDOVER))
    assert (decision.action == Action.HANDOVER, decision.blocked) == (goes, not goes)
    assert goes or (decision.reasons[-1].id, decision.reasons[-1].rule) == ("unlawful", f"{country}.sequence.notice_missing")


@pytest.mark.parametrize(("on", "pay_by"), [(None, date(2025, 4, 24)), (date(2025, 4, 7), None), (None, None)])
def test_notice_without_its_days_is_none(bench, on, pay_by):
    facts = there(bench, "DK", sent=sent(Action.NOTICE, on, pay_by))
    decision = bench.decide(facts, date(2025, 5, 5), policy("DK", HANDOVER))
    assert (decision.blocked, decision.reasons[-1].rule) == (True, "DK.sequence.notice_missing")


def test_step_that_is_no_legal_act_asks_no_law(bench):
    facts = bench.facts(sent=sent(Action.REPORT_TO_INSURER, date(2025, 4, 7), date(2025, 4, 24)))
    assert bench.decide(facts, date(2025, 5, 5), policy("SE", HANDOVER)).action == Action.HANDOVER
    write_off = bench.decide(bench.facts(), date(2025, 5, 5), policy("SE", HANDOVER.replace("handover", "propose_write_off")))
    assert (write_off.action, write_off.stage) == (Action.PROPOSE_WRITE_OFF, Stage.WAITING)
    assert not any(reason.rule for reason in write_off.reasons)


@pytest.mark.parametrize("country", ["SE", "FI"])
def test_elsewhere_a_reminder_is_enough(bench, country):
    facts = there(bench, country, sent=sent(Action.REMIND, date(2025, 4, 7), date(2025, 4, 17)))
    assert bench.decide(facts, date(2025, 5, 5), policy(country, HANDOVER)).action == Action.HANDOVER


def test_running_notice_says_its_day(bench):
    facts = there(bench, "NO", sent=sent(Action.NOTICE, date(2025, 5, 2), date(2025, 5, 16)))
    decision = bench.decide(facts, date(2025, 5, 16), policy("NO", HANDOVER))
    assert [reason.id for reason in decision.reasons][-1] == "unlawful_yet"
    assert bench.decide(facts, decision.next_on, policy("NO", HANDOVER)).action == Action.HANDOVER


def test_danish_handover_orders_the_notice(bench):
    ordered = policy("DK", "[handover]\nagency_sends_notice = true\n" + HANDOVER)
    decision = bench.decide(there(bench, "DK"), date(2025, 5, 5), ordered)
    assert (decision.action, decision.reasons[-1].rule) == (Action.HANDOVER, "DK.sequence.agency_sends")


def test_norwegian_handover_waits_whatever_the_policy_orders(bench):
    ordered = policy("NO", "[handover]\nagency_sends_notice = true\n" + NOTICE + 'when.debtor_kinds = ["consumer"]\n' + HANDOVER)
    decision = bench.decide(there(bench, "NO"), date(2025, 5, 5), ordered)
    assert (decision.action, decision.reasons[-1].rule) == (None, "NO.sequence.notice_missing")


def test_notice_never_gives_less_than_the_law(bench):
    short = policy("NO", NOTICE.replace("pay_within_days = 14", "pay_within_days = 3"))
    decision = bench.decide(there(bench, "NO"), date(2025, 4, 14), short)
    assert (decision.action, decision.pay_by >= date(2025, 4, 28), decision.announces_collection) == (Action.NOTICE, True, True)


@pytest.mark.parametrize(("country", "minor"), [("DK", 100_00), ("NO", 35_00), ("FI", 12_00), ("SE", 60_00)])
def test_fee_is_the_countrys(bench, country, minor):
    for agreed, fee in ((True, minor), (False, 0)):
        decision = bench.decide(there(bench, country, reminder_fee_agreed=agreed), date(2025, 4, 15), policy(country, NOTICE))
        assert decision.fee == Money(fee, CURRENCY[country])


@pytest.mark.parametrize(("on", "minor"), [(date(2025, 4, 10), 0), (date(2025, 4, 7), 100_00)])
def test_fees_keep_their_distance(bench, on, minor):
    """Denmark: ten days between two reminder fees."""
    first = replace(sent(Action.REMIND, on, date(2025, 4, 12))[0], fee=Money(100_00, "DKK"))
    facts = there(bench, "DK", reminder_fee_agreed=True, sent=(first,))
    assert bench.decide(facts, date(2025, 4, 17), policy("DK", NOTICE.replace("after_days = 14", "after_days = 15"))).fee == Money(
        minor, "DKK"
    )


@pytest.mark.parametrize(("fee", "minor"), [(60_00, 0), (0, 60_00), (None, 60_00)])
def test_sweden_grants_one_fee_however_many_letters(bench, fee, minor):
    first = replace(sent(Action.REMIND, date(2025, 4, 7), date(2025, 4, 17))[0], fee=None if fee is None else Money(fee, "SEK"))
    undated = replace(first, sent_on=None, fee=Money(60_00, "SEK"))
    again = policy("SE", "".join(f'[[step]]\naction = "remind"\nafter_days = {days}\nfee = "statutory"\n' for days in (7, 8, 9)))
    facts = there(bench, "SE", reminder_fee_agreed=True, sent=(first, undated))
    assert bench.decide(facts, date(2025, 5, 5), again).fee == Money(minor, "SEK")


@pytest.mark.parametrize(("action", "minor"), [("demand", 70_00), ("handover", 0), ("propose_write_off", 0)])
@pytest.mark.parametrize("agreed", [True, False])
def test_demand_asks_for_its_own_fee_and_what_is_no_letter_for_none(bench, action, minor, agreed):
    steps = f'[[step]]\naction = "{action}"\nmode = "ask"\nafter_days = 7\nfee = "statutory"\n'
    decision = bench.decide(there(bench, "FI", reminder_fee_agreed=agreed), date(2025, 5, 5), policy("FI", steps))
    assert (decision.action, decision.fee) == (Action(action), Money(minor, "EUR"))


def test_fee_is_never_in_another_currency_than_the_invoice(bench):
    amount = Money(1000_00, "EUR")
    facts = bench.facts(total=amount, open=amount, reminder_fee_agreed=True)
    own = load_policy(f'name = "x"\ncountry = "SE"\ncurrency = "EUR"\n{NOTICE}', "x")
    assert bench.decide(facts, date(2025, 4, 15), own).fee == Money(0, "EUR")


NORWEGIAN_FEES = [
    ((), 35_00),
    ((date(2025, 4, 15),), 0),  # 15 days apart, and from a notice as from a reminder
    ((date(2025, 4, 14),), 35_00),
    ((date(2025, 4, 10), date(2025, 4, 12)), 35_00),  # the second had no fee to ask for
    ((date(2025, 3, 1), date(2025, 4, 10)), 35_00),  # the first went before it was due
    ((date(2025, 4, 14), date(2025, 4, 29)), 0),  # two fees at most
]


@pytest.mark.parametrize("action", [Action.REMIND, Action.NOTICE])
@pytest.mark.parametrize(("before", "minor"), NORWEGIAN_FEES)
def test_norway_counts_reminders_and_notices_together(bench, action, before, minor):
    """The invoice is due on 31 March, and the notice goes on 29 April or, after two letters with a fee, on 14 May."""
    today = date(2025, 5, 14) if date(2025, 4, 29) in before else date(2025, 4, 29)
    letters = tuple(replace(sent(action, on, on)[0], fee=Money(35_00, "NOK")) for on in before)
    steps = "".join(NOTICE.replace("after_days = 14", f"after_days = {days}") for days in (1, 2, 3))
    facts = there(bench, "NO", reminder_fee_agreed=True, sent=letters)
    assert bench.decide(facts, today, policy("NO", steps)).fee == Money(minor, "NOK")


def test_nothing_before_it_is_overdue_for_a_bank(bench):
    early = policy("SE", '[[step]]\naction = "remind"\nafter_days = 1\n')
    facts = bench.facts(due_on=date(2025, 4, 5), postings_until=date(2026, 1, 1))  # a Saturday
    assert bench.decide(facts, date(2025, 4, 7), early).blocked
    assert bench.decide(facts, date(2025, 4, 8), early).action == Action.REMIND


@pytest.mark.parametrize("country", list(CURRENCY))
@pytest.mark.parametrize("who", ["business", "consumer"])
@pytest.mark.parametrize("how", ["cautious", "firm"])
def test_template_walks_to_the_agency(bench, country, who, how):
    """Each template, every step taken on its first day, ends with the agency and breaks no law on the way."""
    own = load_policy(load_template(f"{country.lower()}-{who}-{how}"), "x")
    facts = there(bench, country, kind_of_debtor=DebtorKind(who), reminder_fee_agreed=True)
    taken = []
    for day in range(200):
        today = date.fromordinal(date(2025, 4, 1).toordinal() + day)
        decision = bench.decide(facts, today, own)
        assert decision.stage != Stage.LEFT_ALONE and not any(reason.id.startswith("unlawful") for reason in decision.reasons)
        if decision.announce:
            facts = replace(facts, announced_on=today)
        if decision.action == Action.HANDOVER:
            assert taken == (["remind"] if how == "cautious" else []) + ["notice" if country in ("DK", "NO") else "remind"]
            return
        if decision.action:
            taken.append(str(decision.action))
            facts = replace(facts, sent=(*facts.sent, Sent(decision.action, "confirmed", today, decision.pay_by, fee=decision.fee)))
    pytest.fail(f"it ended at {taken}")


@pytest.mark.parametrize(("missed", "fee"), [(True, None), (False, Money(100_00, "DKK"))])
def test_danish_reminder_bears_no_fee_after_a_broken_plan(bench, missed, fee):
    """Renteloven § 9 b grants none once an instalment deal was broken."""
    parts = (Instalment(date(2025, 4, 14), Money(500_00, "DKK")), Instalment(date(2025, 4, 30), Money(500_00, "DKK")))
    plan = Hold(
        "h",
        HoldKind.PLAN,
        "invoice",
        "as agreed",
        date(2025, 4, 5),
        date(2025, 4, 30),
        instalments=parts,
        open_before=Money(1000_00, "DKK"),
    )
    steps = '[[step]]\naction = "remind"\nafter_days = 7\nfee = "statutory"\n'
    decision = bench.decide(
        there(bench, "DK", holds=(plan,) if missed else (), reminder_fee_agreed=True), date(2025, 5, 6), policy("DK", steps)
    )
    assert (decision.action, decision.fee or None) == (Action.REMIND, fee)


SHORT = sent(Action.NOTICE, date(2025, 5, 1), date(2025, 5, 5))


@pytest.mark.parametrize("country", ["DK", "NO"])
@pytest.mark.parametrize("ahead", [1, 30, 200])
def test_notice_that_gave_too_little_goes_again(bench, country, ahead):
    facts = there(bench, country, sent=SHORT)
    decision = bench.decide(facts, date(2025, 5, 20) + timedelta(days=ahead), policy(country, NOTICE + HANDOVER))
    assert decision.action == Action.NOTICE


@pytest.mark.parametrize("country", ["DK", "NO"])
@pytest.mark.parametrize(("due_on", "action"), [(date(2025, 4, 30), Action.HANDOVER), (date(2025, 5, 1), Action.NOTICE)])
def test_notice_from_before_the_due_day_goes_again(bench, country, due_on, action):
    """The due day was moved in the books after the notice of 1 May went."""
    facts = there(bench, country, due_on=due_on, sent=sent(Action.NOTICE, date(2025, 5, 1), date(2025, 5, 19)))
    assert bench.decide(facts, date(2025, 6, 10), policy(country, NOTICE + HANDOVER)).action == action


def test_notice_that_gave_too_little_and_no_step_to_repeat_it_is_told(bench):
    decision = bench.decide(there(bench, "DK", sent=SHORT), date(2025, 5, 20), policy("DK", HANDOVER))
    assert (decision.blocked, decision.reasons[-1].rule) == (True, "DK.sequence.notice_short")


def test_yes_to_a_notice_is_no_yes_to_its_repetition(bench):
    asking = policy("DK", NOTICE.replace("after_days", 'mode = "ask"\nafter_days') + HANDOVER)
    first = bench.decide(there(bench, "DK"), date(2025, 5, 20), asking)
    again = bench.decide(there(bench, "DK", sent=SHORT, approved=frozenset({first.digest})), date(2025, 5, 20), asking)
    assert (first.action, again.action, again.mode) == (Action.NOTICE, Action.NOTICE, Mode.ASK)
