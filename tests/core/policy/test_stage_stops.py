"""Every stop beside the case in which it does not stop."""

from dataclasses import replace
from datetime import date

import pytest

from core.claim import Lifecycle
from core.law import Confidence
from core.model import Address, DebtorKind, InvoiceKind
from core.money import Money
from core.policy import approval_digest, load_policy, load_template, stage
from core.policy.facts import Action, ClaimFacts, HoldKind, Mode, Sent, Stage


def ids(decision):
    return [reason.id for reason in decision.reasons]


@pytest.mark.parametrize("kind", [HoldKind.HOLD, HoldKind.DISPUTE])
def test_hold_stops_until_its_last_day(bench, kind):
    facts = bench.facts(holds=(bench.hold(kind, until=date(2025, 4, 10)),))
    assert bench.decide(facts, date(2025, 4, 10)).stage == Stage.HELD
    assert bench.decide(facts, date(2025, 4, 10)).next_on == date(2025, 4, 11)
    assert bench.decide(facts, date(2025, 4, 11)).action == Action.REMIND


@pytest.mark.parametrize("kind", [HoldKind.PROMISE, HoldKind.PLAN, HoldKind.DEFERRAL, HoldKind.DIRECT_DEBIT])
def test_day_to_pay_gets_its_bank_days(bench, kind):
    facts = bench.facts(holds=(bench.hold(kind, until=date(2025, 4, 10)),))
    assert bench.decide(facts, date(2025, 4, 15)).stage == Stage.HELD
    assert bench.decide(facts, date(2025, 4, 15)).next_on == date(2025, 4, 16)
    assert bench.decide(facts, date(2025, 4, 16)).action == Action.REMIND


@pytest.mark.parametrize("kind", [kind for kind in HoldKind if kind.of_person])
def test_debtors_person_stops_with_the_laws_rule(bench, kind):
    rule = {"insolvency": "insolvent", "protected_identity": "protected"}.get(kind, kind)
    begins = bench.facts(holds=(bench.hold(kind, from_on=date(2025, 4, 8)),))
    assert bench.decide(begins, date(2025, 4, 7)).action == Action.REMIND
    held = bench.decide(begins, date(2025, 4, 8))
    assert (held.stage, held.next_on, held.reasons[0].rule) == (Stage.HELD, None, f"SE.collect.{rule}")


def test_ended_promise_wants_fresh_books(bench):
    promise = (bench.hold(HoldKind.PROMISE, until=date(2025, 4, 10)),)
    stale = bench.decide(bench.facts(holds=promise, postings_until=date(2025, 4, 14)), date(2025, 4, 16))
    fresh = bench.decide(bench.facts(holds=promise, postings_until=date(2025, 4, 15)), date(2025, 4, 16))
    assert (ids(stale)[-1], fresh.action) == ("books_not_fresh", Action.REMIND)


def test_hold_of_tomorrow_does_not_stop(bench):
    facts = bench.facts(holds=(bench.hold(from_on=date(2025, 4, 8)),))
    assert bench.decide(facts, date(2025, 4, 7)).action == Action.REMIND
    assert bench.decide(facts, date(2025, 4, 8)).stage == Stage.HELD


def test_endless_hold_never_changes_alone(bench):
    decision = bench.decide(bench.facts(holds=(bench.hold(),)), bench.remind_on)
    assert (decision.stage, decision.next_on, decision.blocked) == (Stage.HELD, None, True)


def test_part_dispute_stops_its_part_alone(bench):
    hold = bench.hold(HoldKind.DISPUTE, amount=Money(200_00, "SEK"))
    for decision in (
        bench.decide(bench.facts(holds=(hold,)), bench.remind_on),
        bench.decide(bench.reminded(holds=(hold,)), bench.handover_on),
    ):
        assert (decision.action is not None, decision.asks) == (True, Money(800_00, "SEK"))
        assert "part_disputed" in ids(decision)


def test_undisputed_invoice_is_asked_whole(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    assert (decision.asks, "part_disputed" in ids(decision)) == (Money(1000_00, "SEK"), False)


@pytest.mark.parametrize(("disputed", "stops"), [(700_00, False), (700_01, True)])
def test_undisputed_rest_below_minimum_stops(bench, disputed, stops):
    hold = bench.hold(HoldKind.DISPUTE, amount=Money(disputed, "SEK"))
    assert bench.decide(bench.reminded(holds=(hold,)), bench.handover_on).blocked == stops


@pytest.mark.parametrize(("kind", "today", "stops"), [
    (DebtorKind.CONSUMER, date(2028, 3, 1), False), (DebtorKind.CONSUMER, date(2028, 3, 2), True),
    (DebtorKind.BUSINESS, date(2035, 3, 1), False), (DebtorKind.BUSINESS, date(2035, 3, 2), True),
])  # fmt: skip
def test_time_barred_invoice_waits_for_a_person(bench, kind, today, stops):
    decision = bench.decide(bench.facts(kind_of_debtor=kind, postings_until=date(2036, 1, 1)), today)
    assert (decision.blocked, "time_barred" in ids(decision)) == (stops, stops)


@pytest.mark.parametrize(("channel", "by_post"), [("email", False), ("print", True)])
def test_step_chooses_the_channel(bench, channel, by_post):
    policy = load_policy(load_template("se-standard").replace('channel = "email"', f'channel = "{channel}"'), "x")
    assert bench.decide(bench.facts(), bench.remind_on, policy).by_post == by_post


def test_vendor_reminder_stops(bench):
    assert bench.decide(bench.facts(vendor_reminders=1, vendor_reminders_known=0), bench.remind_on).blocked


def test_paid_and_disputed_name_the_statute(bench):
    nothing = bench.decide(bench.facts(open=Money(0, "SEK")), bench.remind_on)
    disputed = bench.decide(bench.facts(holds=(bench.hold(HoldKind.DISPUTE),)), bench.remind_on)
    assert {decision.reasons[0].rule for decision in (nothing, disputed)} == {"SE.sequence.unfounded"}
    assert bench.decide(bench.facts(holds=(bench.hold(),)), bench.remind_on).reasons[0].rule == ""


def test_known_vendor_reminder_does_not_stop(bench):
    assert bench.decide(bench.facts(vendor_reminders=1, vendor_reminders_known=1), bench.remind_on).action == Action.REMIND


@pytest.mark.parametrize("why", ["unbooked", "unsent", "cancelled", "credited", "financed", "pledged", "autogiro_or_card", "not_completed"])
def test_left_alone_invoice_is_left(bench, why):
    decision = bench.decide(bench.facts(leave_alone=(why,)), bench.remind_on)
    assert (decision.stage, ids(decision)) == (Stage.LEFT_ALONE, [f"leave_{why}"])


@pytest.mark.parametrize("kind", [kind for kind in InvoiceKind if kind != InvoiceKind.INVOICE])
def test_other_documents_are_left(bench, kind):
    assert bench.decide(bench.facts(kind=kind), bench.remind_on).stage == Stage.LEFT_ALONE


def test_foreign_currency_is_left(bench):
    euro = Money(1000_00, "EUR")
    assert bench.decide(bench.facts(total=euro, open=euro), bench.remind_on).stage == Stage.LEFT_ALONE


@pytest.mark.parametrize(("country", "expected"), [("DK", Stage.LEFT_ALONE), ("SE", Stage.REMIND), ("", Stage.REMIND)])
def test_foreign_debtor_is_left(bench, country, expected):
    assert bench.decide(bench.facts(address=Address(country=country)), bench.remind_on).stage == expected


@pytest.mark.parametrize(
    "changes", [{"mandate_missing": ("contract",)}, {"agency": ""}, {"identity_no": ""}, {"kind_of_debtor": DebtorKind.PUBLIC}]
)
def test_handover_gate_spares_reminder(bench, changes):
    assert bench.decide(bench.reminded(**changes), bench.handover_on).action is None
    assert bench.decide(bench.facts(**changes), bench.remind_on).action == Action.REMIND


def test_open_booking_waits(bench):
    assert bench.decide(bench.facts(booking_open=True), bench.remind_on).action is None


def test_open_letter_waits(bench):
    letter = Sent(Action.REMIND, "open", None, date(2025, 4, 17))
    assert ids(bench.decide(bench.facts(sent=(letter,)), bench.remind_on)) == ["letter_under_way"]


@pytest.mark.parametrize("lifecycle", list(Lifecycle))
def test_claim_stops_everything_of_ours(bench, lifecycle):
    decision = bench.decide(bench.reminded(claim=ClaimFacts("c", "feed", lifecycle)), bench.handover_on)
    ended = lifecycle in (Lifecycle.CLOSED, Lifecycle.REJECTED, Lifecycle.WITHDRAWN)
    assert (decision.stage, decision.action) == (Stage.HELD if ended else Stage.HANDED_OVER, None)


def test_reopened_claim_goes_again(bench):
    claim = ClaimFacts("c", "feed", Lifecycle.REJECTED, reopen_reason="address corrected")
    assert bench.decide(bench.reminded(claim=claim), bench.handover_on).action == Action.HANDOVER


def test_cautious_asks_until_approved(bench):
    policy = load_policy(load_template("se-cautious"), "se-cautious")
    facts = bench.facts()
    asked = bench.decide(facts, bench.remind_on, policy)
    yes = bench.decide(bench.facts(approved=frozenset({asked.digest})), bench.remind_on, policy)
    assert (asked.action, asked.mode, yes.mode) == (Action.REMIND, Mode.ASK, Mode.AUTO)


def test_approval_of_other_amount_does_not_count(bench):
    policy = load_policy(load_template("se-cautious"), "se-cautious")
    old = approval_digest(Action.REMIND, ("1",), Money(999_00, "SEK"), "feed", "0 letters, no claim")
    assert bench.decide(bench.facts(approved=frozenset({old})), bench.remind_on, policy).mode == Mode.ASK


def test_digest_is_bound_to_each_part():
    base = approval_digest(Action.HANDOVER, ("1", "2"), Money(1, "SEK"), "feed", "1")
    assert base == approval_digest(Action.HANDOVER, ("2", "1"), Money(1, "SEK"), "feed", "1")
    others = [
        (Action.REMIND, ("1", "2"), 1, "feed", "1"), (Action.HANDOVER, ("1",), 1, "feed", "1"), (Action.HANDOVER, ("1", "2"), 2, "feed", "1"),
        (Action.HANDOVER, ("1", "2"), 1, "other", "1"), (Action.HANDOVER, ("1", "2"), 1, "feed", "2"),
    ]  # fmt: skip
    assert base not in {approval_digest(action, refs, Money(minor, "SEK"), agency, turn) for action, refs, minor, agency, turn in others}


def test_one_yes_lets_one_letter_go(bench):
    text = load_template("se-cautious")
    again = '[[step]]\naction = "remind"\nmode = "ask"\nafter_previous_days = 0\n'
    policy = load_policy(text.replace('[[step]]\naction = "handover"', again + '\n[[step]]\naction = "handover"'), "x")
    yes = frozenset({bench.decide(bench.facts(), bench.remind_on, policy).digest})
    assert bench.decide(bench.facts(approved=yes), bench.remind_on, policy).mode == Mode.AUTO
    second = bench.decide(bench.reminded(approved=yes), bench.handover_on, policy)
    assert (second.action, second.mode) == (Action.REMIND, Mode.ASK)


@pytest.mark.parametrize(("count", "fee"), [(None, 60_00), (0, 60_00), (1, 0)])
def test_vendors_reminder_counts_as_the_fee(bench, count, fee):
    decision = bench.decide(bench.facts(reminder_fee_agreed=True, vendor_reminders=count, vendor_reminders_known=1), bench.remind_on)
    assert decision.fee == Money(fee, "SEK")


@pytest.mark.parametrize("kind", list(DebtorKind))
def test_fee_needs_recorded_agreement(bench, kind):
    agreed = bench.decide(bench.facts(kind_of_debtor=kind, reminder_fee_agreed=True), bench.remind_on)
    assert (agreed.fee, bench.decide(bench.facts(kind_of_debtor=kind), bench.remind_on).fee) == (Money(60_00, "SEK"), Money(0, "SEK"))


@pytest.mark.parametrize(("agreed", "fee"), [("45.00", 45_00), ("60.00", 60_00), ("0.00", 0), ("99.00", 60_00)])
def test_agreed_fee_is_never_above_the_law(bench, agreed, fee):
    policy = load_policy(load_template("se-standard").replace('"statutory"', f'"{agreed}"'), "x")
    assert bench.decide(bench.facts(reminder_fee_agreed=True), bench.remind_on, policy).fee == Money(fee, "SEK")
    assert bench.decide(bench.facts(), bench.remind_on, policy).fee == Money(0, "SEK")


def test_unconfirmed_fee_is_not_asked_for(bench):
    weak = tuple(replace(row, confidence=Confidence.MEMORY_UNVERIFIED) if row.table == "fee" else row for row in bench.law.rows)
    assert stage(bench.facts(reminder_fee_agreed=True), bench.policy, replace(bench.law, rows=weak), bench.remind_on).fee == Money(0, "SEK")
