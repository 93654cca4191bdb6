"""What each stop tells: its facts, the line of the policy and the rule it rests on."""

from dataclasses import replace
from datetime import date, time

import pytest

from core.claim import Lifecycle, Phase
from core.model import Address, DebtorKind, InvoiceKind
from core.money import Money
from core.policy import load_policy, load_template, parse_override, with_override
from core.policy.facts import ClaimFacts, DebtorBooks, HoldKind, Mode, Sent


def sek(minor):
    return Money(minor, "SEK")


def told(decision, id_):
    """The facts of the one reason of this name."""
    (reason,) = [one for one in decision.reasons if one.id == id_]
    return dict(reason.params)


def where(decision, id_):
    (reason,) = [one for one in decision.reasons if one.id == id_]
    return reason.policy_line, reason.rule, reason.statute


CLAIM = ClaimFacts("0123456789abcdef", "feed", Lifecycle.ACTIVE)
REMINDING = [
    ({"open": sek(0)}, "nothing_open", {}),
    ({"open": sek(99)}, "small_rest", {"open": "0.99 SEK", "limit": "1.00 SEK"}),
    ({"claim": CLAIM}, "with_agency", {"claim": "0123456789ab", "agency": "feed", "lifecycle": "active", "phase": "-"}),
    ({"claim": replace(CLAIM, phase=Phase.ENFORCEMENT)}, "with_agency",
     {"claim": "0123456789ab", "agency": "feed", "lifecycle": "active", "phase": "enforcement"}),
    ({"claim": replace(CLAIM, lifecycle=Lifecycle.REJECTED)}, "claim_ended", {"claim": "0123456789ab", "agency": "feed", "lifecycle": "rejected"}),
    ({"kind": InvoiceKind.CREDIT}, "leave_kind", {"kind": "credit"}),
    ({"total": Money(5, "EUR"), "open": Money(500, "EUR")}, "leave_currency", {"currency": "EUR", "expected": "SEK"}),
    ({"address": Address(country="DK")}, "leave_foreign", {"country": "DK"}),
    ({"postings_until": date(2025, 4, 2)}, "books_not_fresh", {"postings_until": "2025-04-02", "wanted": "2025-04-03"}),
    ({"postings_until": None}, "books_never_posted", {"wanted": "2025-04-03"}),
    ({"postings_until": date(2025, 4, 3)}, "books_fresh", {"postings_until": "2025-04-03", "wanted": "2025-04-03"}),
    ({"vendor_reminders": 2, "vendor_reminders_known": 1}, "vendor_reminds", {"count": "2", "known": "1"}),
    ({"vendor_reminded_on": date(2025, 4, 2), "live_from": date(2025, 4, 1)}, "vendor_reminded", {"on": "2025-04-02", "live_from": "2025-04-01"}),
    ({"vendor_reminders": 0, "vendor_reminded_on": date(2025, 4, 2), "live_from": date(2025, 4, 1)}, "vendor_reminded",
     {"on": "2025-04-02", "live_from": "2025-04-01"}),
    ({"entered": sek(1000_00)}, "payment_entered", {"entered": "1000.00 SEK"}),
    ({"debtor_books": DebtorBooks(1, sek(1000_00), sek(100))}, "credit_open", {"amount": "1.00 SEK"}),
    ({"open": sek(49_99)}, "below_minimum", {"open": "49.99 SEK", "minimum": "50.00 SEK"}),
    ({"at_agency": sek(1)}, "paid_at_agency", {"amount": "0.01 SEK"}),
    ({"at_agency": sek(-1)}, "bounced_at_agency", {"amount": "0.01 SEK"}),
    ({"restored_on": date(2025, 4, 7)}, "may_have_gone", {"restored_on": "2025-04-07"}),
    ({"booking_open": True}, "booking_open", {}),
    ({}, "step", {"action": "remind", "on": "2025-04-07"}),
    ({}, "counted_from_due", {"days": "7", "due_on": "2025-03-31"}),
    ({"due_on": date(2025, 4, 7)}, "not_due", {"due_on": "2025-04-07"}),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "id_", "params"), REMINDING)
def test_reminder_tells_what_is_so(bench, facts, id_, params):
    decision = bench.decide(bench.facts(**facts), bench.remind_on)
    assert (told(decision, id_), isinstance(decision.mode, Mode)) == (params, True)


HANDING_OVER = [
    ({}, "step", {"action": "handover", "on": "2025-04-25"}),
    ({}, "letter_ran_out", {"sent_on": "2025-04-07", "pay_by": "2025-04-17", "bank_days": "3"}),
    ({"mandate_missing": ("contract", "signatory")}, "no_mandate", {"missing": "contract, signatory"}),
    ({"agency": ""}, "no_agency", {}),
    ({"kind_of_debtor": DebtorKind.PUBLIC}, "public_debtor", {}),
    ({"active": False}, "debtor_inactive", {}),
    ({"identity_no": ""}, "no_identity", {"why": "missing"}),
    ({"open": sek(299_99)}, "below_minimum", {"open": "299.99 SEK", "minimum": "300.00 SEK"}),
    ({"entered": sek(1)}, "payment_entered", {"entered": "0.01 SEK"}),
    ({"restored_on": date(2025, 3, 31)}, "may_have_gone", {"restored_on": "2025-03-31"}),
]


@pytest.mark.parametrize(("facts", "id_", "params"), HANDING_OVER)
def test_handover_tells_what_is_so(bench, facts, id_, params):
    assert told(bench.decide(bench.reminded(**facts), bench.handover_on), id_) == params


def test_identity_that_can_not_be_used_says_why(bench):
    facts = bench.reminded(identity_no="")
    noted = replace(facts, debtor=replace(facts.debtor, identity_note="it has nine digits"))
    assert told(bench.decide(noted, bench.handover_on), "no_identity") == {"why": "it has nine digits"}


@pytest.mark.parametrize("kind", list(HoldKind))
def test_hold_tells_why_and_until_when(bench, kind):
    for until, words in ((None, "released"), (date(2025, 4, 30), "2025-04-30")):
        decision = bench.decide(bench.facts(holds=(bench.hold(kind, until=until),)), bench.remind_on)
        assert told(decision, f"held_{kind}") == {"why": "why", "until": words}
        assert (decision.mode, decision.action) == (Mode.OFF, None)


@pytest.mark.parametrize(("asked", "given"), [("contract", ""), ("", "photo"), ("contract", "photo")])
def test_dispute_tells_what_was_asked_and_given(bench, asked, given):
    for amount in (None, sek(100_00)):
        dispute = replace(bench.hold(HoldKind.DISPUTE, amount=amount), asked=asked, given=given)
        decision = bench.decide(bench.facts(holds=(dispute,)), bench.remind_on)
        assert told(decision, "dispute_documents") == {"asked": asked or "-", "given": given or "-"}


def test_documents_of_a_hold_that_is_no_dispute_are_not_told(bench):
    part = bench.hold(HoldKind.DISPUTE, amount=sek(100_00))
    promise = replace(bench.hold(HoldKind.PROMISE, from_on=date(2025, 6, 1)), asked="a receipt")
    decision = bench.decide(bench.facts(holds=(part, promise)), bench.remind_on)
    assert "dispute_documents" not in [reason.id for reason in decision.reasons]


def test_part_dispute_tells_both_parts(bench):
    decision = bench.decide(bench.facts(holds=(bench.hold(HoldKind.DISPUTE, amount=sek(200_00)),)), bench.remind_on)
    assert told(decision, "part_disputed") == {"amount": "200.00 SEK", "asks": "800.00 SEK", "why": "why"}
    assert where(decision, "part_disputed")[:2] == (None, "SE.sequence.unfounded")


def test_cooling_off_tells_its_days(bench):
    text = load_template("se-standard").replace("after_previous_days = 0", "after_previous_days = 0\ncooling_off_days = 3")
    decision = bench.decide(bench.reminded(announced_on=date(2025, 4, 24)), bench.handover_on, load_policy(text, "x"))
    assert (told(decision, "cooling_off"), where(decision, "cooling_off")) == (
        {"since": "2025-04-24", "goes_on": "2025-04-27"},
        (22, "", ""),
    )
    assert decision.mode == Mode.AUTO


def test_step_that_nothing_brings_tells_its_line(bench):
    off = with_override(bench.policy, None, None)
    off = replace(off, steps=(replace(off.steps[0], mode=Mode.OFF), off.steps[1]))
    decision = bench.decide(bench.facts(), bench.handover_on, off)
    assert (told(decision, "step_uncounted"), where(decision, "step_uncounted")) == ({"action": "handover"}, (22, "", ""))
    assert [reason.id for reason in decision.reasons] == ["step_uncounted", "needs_the_step_before"]


def test_hours_tell_the_next_day(bench):
    text = load_template("se-standard") + '\n[sending]\nfrom = "08:00"\nto = "17:00"\n'
    decision = bench.decide(bench.facts(at=time(18)), bench.remind_on, load_policy(text, "x"))
    assert (told(decision, "not_sending_now"), where(decision, "not_sending_now")) == ({"on": "2025-04-08"}, (12, "", ""))


@pytest.mark.parametrize(
    ("id_", "line"), [("step", 12), ("below_minimum", 12), ("counted_from_due", None), ("books_fresh", None), ("books_not_fresh", None)]
)
def test_only_the_policys_own_reasons_name_its_line(bench, id_, line):
    facts = {"below_minimum": {"open": sek(2_00)}, "books_not_fresh": {"postings_until": date(2025, 4, 1)}}.get(id_, {})
    assert where(bench.decide(bench.facts(**facts), bench.remind_on), id_) == (line, "", "")


@pytest.mark.parametrize(
    ("kind", "rule", "on"), [(DebtorKind.CONSUMER, "consumer", "2028-03-01"), (DebtorKind.BUSINESS, "general", "2035-03-01")]
)
def test_time_barred_invoice_names_the_period(bench, kind, rule, on):
    decision = bench.decide(bench.facts(kind_of_debtor=kind, postings_until=date(2036, 1, 1)), date(2035, 3, 2))
    row = bench.law.limitation("SE", rule)
    assert told(decision, "time_barred") == {"ends_on": on, "counted_from": "2025-03-01"}
    assert where(decision, "time_barred") == (None, row.key, row.statute)


def test_debtor_of_whom_nothing_is_known_is_a_consumer(bench):
    facts = replace(bench.facts(postings_until=date(2036, 1, 1)), debtor=None)
    assert told(bench.decide(facts, date(2028, 3, 2)), "time_barred")["ends_on"] == "2028-03-01"


DANISH = 'name = "x"\ncountry = "DK"\ncurrency = "DKK"\n'


def danish(bench, *sent):
    amount = Money(1000_00, "DKK")
    return bench.facts(total=amount, open=amount, address=Address(country="DK"), sent=sent)


def test_forbidden_step_names_rule_and_statute(bench):
    policy = load_policy(DANISH + '[[step]]\naction = "handover"\nafter_days = 20\n', "x")
    decision = bench.decide(danish(bench), date(2025, 5, 5), policy)
    rule = bench.law.rule("DK.sequence.notice_missing")
    assert told(decision, "unlawful") == {"says": rule.sentence}
    assert where(decision, "unlawful") == (None, rule.id, rule.statute)


def test_step_forbidden_until_a_day_names_the_day(bench):
    policy = load_policy(DANISH + '[[step]]\naction = "handover"\nafter_days = 20\n', "x")
    notice = Sent("notice", "confirmed", date(2025, 4, 30), date(2025, 5, 12))
    decision = bench.decide(danish(bench, notice), date(2025, 5, 5), policy)
    found = told(decision, "unlawful_yet")
    rule = bench.law.rule("DK.sequence.notice_running", on=date(2025, 4, 30), until=date(2025, 5, 12))
    assert where(decision, "unlawful_yet") == (None, rule.id, rule.statute)
    assert found == {"says": rule.sentence, "on": "2025-04-30", "until": "2025-05-12", "lawful_on": "2025-05-13"}
    assert decision.next_on == date(2025, 5, 13)


def test_lawful_step_names_its_rule(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    rule = bench.law.rule("SE.sequence.reminder")
    assert (told(decision, "law"), where(decision, "law")) == ({"says": rule.sentence}, (None, rule.id, rule.statute))


def test_person_is_asked_and_answers(bench):
    ask = with_override(bench.policy, parse_override('mode = "ask"'), None)
    asked = bench.decide(bench.facts(), bench.remind_on, ask)
    assert [reason.id for reason in asked.reasons][-1] == "asks_a_person"
    yes = bench.decide(bench.facts(approved=frozenset({asked.digest})), bench.remind_on, ask)
    assert [reason.id for reason in yes.reasons][-1] == "approved"
