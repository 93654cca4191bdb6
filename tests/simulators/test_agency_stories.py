from decimal import Decimal

import pytest

from simulators.agency_stories import STORIES
from tests.simulators.test_agency_feed import feed, make_bench, make_claim, sek, served  # noqa: F401

LEGAL = {"allow_legal": True, "end_stage": "enforcement"}


@pytest.fixture
def play(make_bench, feed):  # noqa: F811
    def run(story, days=1, **changes):
        feed.submit(make_claim(**changes))
        bench = make_bench(story)
        bench.days(days)
        return bench

    return run


def phases(bench):
    return [row["phase"] for row in bench.data("phase_changed")]


def amounts(bench):
    return [row["amount"]["amount"] for row in bench.data("payment_received")]


def principal(bench):
    rows = [row for payment in bench.data("payment_received") for row in payment["allocations"]]
    return sum(Decimal(row["amount"]["amount"]) for row in rows if row["component"] == "principal")


def direct(amount, day="2025-04-20"):
    return [{"invoice_ref": "r1", "amount": sek(amount), "paid_on": day}]


@pytest.mark.parametrize("story", STORIES)
def test_every_story_plays(play, story):
    bench = play(story, 200, instructions=LEGAL)
    state = bench.agency.state()
    assert state["refused"] == []
    assert state["waiting"] == 0
    for payment in bench.data("payment_received"):
        assert sum(Decimal(row["amount"]["amount"]) for row in payment["allocations"]) == Decimal(payment["amount"]["amount"])


@pytest.mark.parametrize(("creditor", "story"), [("5560000001", "loss"), ("5560360793", "silent")])
def test_story_may_be_one_creditors(make_bench, feed, creditor, story):  # noqa: F811
    claim = make_claim()
    feed.submit(claim)
    bench = make_bench(stories={f"{creditor}/{claim['lines'][0]['invoice_no']}": "loss", "*": "silent"})
    bench.days(1)
    assert [row["story"] for row in bench.agency.state()["claims"]] == [story]


def test_demand_follows_next_working_day(play):
    bench = play("pays_in_full", 2)
    assert bench.data("demand_sent") == [{"kind": "demand_sent", "sent_on": "2025-04-16", "pay_by": "2025-04-26"}]
    assert bench.kinds() == ["ack", "demand_sent", "fee_charged", "phase_changed"]


def test_full_payment_closes(play):
    bench = play("pays_in_full", 20)
    assert principal(bench) == Decimal("12500.00")
    assert bench.kinds()[-2:] == ["closed", "settled"]
    assert bench.data("closed") == [{"kind": "closed", "reason": "paid", "money_recovered": True}]


def test_two_equal_payments_one_day(play):
    rows = play("pays_in_parts", 15).data("payment_received")
    assert rows[1]["received_on"] == rows[2]["received_on"]
    assert rows[1]["allocations"] == rows[2]["allocations"]
    assert rows[1]["payment_id"] != rows[2]["payment_id"]


def test_parts_add_up(play):
    bench = play("pays_in_parts", 60)
    assert amounts(bench)[1:3] == ["3125.00", "3125.00"]
    assert principal(bench) == Decimal("12500.00")


def test_instalments_follow_plan(play):
    bench = play("instalments", 150)
    plan = bench.data("plan_proposed")[0]["instalments"]
    paid = bench.data("payment_received")
    assert [row["due_on"] for row in plan] == [row["received_on"] for row in paid]
    assert [row["amount"] for row in plan][:-1] == [row["amount"] for row in paid][:-1]
    assert bench.case()["close_reason"] == "paid"


def test_upheld_dispute_brings_nothing(play):
    bench = play("disputes_upheld", 50)
    assert bench.data("dispute_raised") == [{"kind": "dispute_raised", "text": "Gäldenären bestrider kravet."}]
    assert bench.data("closed")[0] == {"kind": "closed", "reason": "dispute_upheld", "money_recovered": False}


def test_vain_dispute_is_paid(play):
    assert play("disputes_in_vain", 60).case()["close_reason"] == "paid"


def test_part_dispute_is_given_up(play):
    bench = play("disputes_part", 60)
    assert bench.data("dispute_raised")[0]["amount"] == bench.data("loss_proposed")[0]["amount"] == sek("3750.00")
    assert principal(bench) == Decimal("8750.00")
    assert bench.data("closed")[0]["reason"] == "paid_partial_settled"


def test_credited_part_closes_paid(play, feed):  # noqa: F811
    bench = play("disputes_part", 20)
    feed.change("claim-1", "claim.updated", credits=[{"invoice_ref": "r1", "amount": sek("3750.00"), "credited_on": "2025-05-05"}])
    bench.days(1)
    assert bench.data("closed")[0]["reason"] == "paid"


def test_unanswered_goes_to_court(play):
    bench = play("court", 90, instructions=LEGAL)
    assert phases(bench)[:4] == ["amicable", "pre_legal_notice", "legal_filed", "title_obtained"]
    fee = bench.data("fee_charged")[1]
    assert (fee["component"], fee["amount"], fee["payee"]) == ("legal_cost", sek("300.00"), "authority")


def test_court_is_left_where_not_allowed(play):
    bench = play("court", 200)
    assert set(phases(bench)) <= {"amicable", "pre_legal_notice", "surveillance"}
    assert bench.data("payment_received") == []


def test_end_stage_stops_enforcement(play):
    bench = play("court", 100, instructions={"allow_legal": True, "end_stage": "legal_filed"})
    assert phases(bench)[2:] == ["legal_filed", "surveillance"]


def test_court_fee_is_deducted_once(play):
    bench = play("court", 160, instructions=LEGAL)
    costs = [row["costs"]["amount"] for row in bench.data_of_settlements()]
    assert costs[0] == "300.00"
    assert set(costs[1:]) <= {"0.00"}


def test_loss_is_returned(play):
    bench = play("loss", 40)
    assert bench.data("loss_proposed")[0]["amount"] == sek("12500.00")
    assert bench.data("closed")[0] == {"kind": "closed", "reason": "returned_uncollectible", "money_recovered": False}


def test_rejection_names_fields(play, feed):  # noqa: F811
    bench = play("rejects", 5)
    assert bench.kinds() == ["reject"]
    assert feed.received[0][2]["fields"]
    assert not bench.case()["active"]


def test_corrected_claim_is_taken(play, feed):  # noqa: F811
    bench = play("rejects_then_takes", 1)
    feed.change("claim-1", "claim.submitted")
    bench.days(1)
    assert bench.kinds() == ["reject", "ack"]


def test_new_claim_after_rejection_is_taken(play, feed):  # noqa: F811
    bench = play("rejects_then_takes", 1)
    feed.submit(make_claim(claim_id="claim-1b"))
    bench.days(1)
    assert bench.kinds() == ["reject", "ack"]


def test_rejects_again_when_told(play, feed):  # noqa: F811
    bench = play("rejects", 1)
    feed.change("claim-1", "claim.submitted")
    bench.days(1)
    assert bench.kinds() == ["reject", "reject"]


def test_silent_only_acknowledges(play):
    assert play("silent", 60).kinds() == ["ack"]


def test_covered_principal_closes_paid(play, feed):  # noqa: F811
    bench = play("pays_direct", 5)
    feed.change("claim-1", "claim.direct_payment", direct_payments=direct("12500.00"))
    bench.days(1)
    assert bench.data("closed") == [{"kind": "closed", "reason": "paid", "money_recovered": True}]
    assert bench.case()["waived_minor"] > 18_000


def test_partial_direct_payment_stays_open(play, feed):  # noqa: F811
    bench = play("pays_direct", 5)
    feed.change("claim-1", "claim.direct_payment", direct_payments=direct("5000.00"))
    bench.days(1)
    assert bench.case()["active"]
    assert bench.data("phase_changed")[-1]["flags"] == ["direct_payment_seen"]


def test_full_credit_closes_credited(play, feed):  # noqa: F811
    bench = play("silent", 1)
    feed.change("claim-1", "claim.updated", credits=[{"invoice_ref": "r1", "amount": sek("12500.00"), "credited_on": "2025-04-16"}])
    bench.days(1)
    assert bench.data("closed")[0] == {"kind": "closed", "reason": "credited", "money_recovered": False}


@pytest.mark.parametrize("story", [name for name in STORIES if not name.startswith("rejects")])
def test_withdrawal_ends_every_story(play, feed, story):  # noqa: F811
    bench = play(story, 4)
    feed.change("claim-1", "claim.withdrawn")
    bench.days(120)
    assert bench.data("closed")[0] == {"kind": "closed", "reason": "withdrawn", "money_recovered": False}
    assert bench.kinds()[-1] == "closed"


def test_withdrawn_and_submitted_starts_again(play, feed):  # noqa: F811
    bench = play("silent", 1)
    feed.change("claim-1", "claim.withdrawn")
    feed.change("claim-1", "claim.submitted")
    bench.days(2)
    assert bench.kinds() == ["ack", "closed", "ack"]
    assert [row["active"] for row in bench.agency.state()["claims"]] == [False, True]


def test_pause_stops_work(play, feed):  # noqa: F811
    bench = play("pays_in_full", 3)
    feed.change("claim-1", "claim.paused")
    bench.days(30)
    assert bench.data("payment_received") == []


def test_resume_moves_story(play, feed):  # noqa: F811
    plain = play("pays_in_full", 3)
    due = plain.agency.cases["claim-1"].steps[0].offset
    feed.change("claim-1", "claim.paused")
    plain.days(28)
    feed.change("claim-1", "claim.resumed")
    plain.days(due)
    assert plain.case()["close_reason"] == "paid"
    assert plain.agency.cases["claim-1"].shift == 28


def test_question_waits_for_its_answer(play, feed):  # noqa: F811
    bench = play("asks", 10)
    assert bench.kinds() == ["ack", "info_requested"]
    (asked,) = bench.data("info_requested")
    assert (asked["documents"], asked["reply_by"]) == (["contract"], "2025-04-30")
    feed.change("claim-1", "claim.answered", questions=[{"question_id": asked["question_id"], "answer": ""}])
    bench.days(5)
    assert bench.kinds() == ["ack", "info_requested"]
    feed.change("claim-1", "claim.answered", questions=[{"question_id": asked["question_id"], "answer": "It is enclosed."}])
    bench.days(20)
    assert bench.kinds()[2] == "demand_sent"
    assert bench.case()["close_reason"] == "paid"


def test_creditors_dispute_holds(play, feed):  # noqa: F811
    bench = play("pays_in_full", 3)
    feed.change("claim-1", "claim.updated", disputed=sek("12500.00"))
    bench.days(30)
    assert bench.case()["held"]
    assert bench.data("payment_received") == []


def test_credit_lowers_later_payment(play, feed):  # noqa: F811
    bench = play("pays_in_full", 2)
    feed.change("claim-1", "claim.updated", credits=[{"invoice_ref": "r1", "amount": sek("2500.00"), "credited_on": "2025-04-16"}])
    bench.days(20)
    assert principal(bench) == Decimal("10000.00")


def test_payout_comes_on_friday(play):
    bench = play("pays_in_full", 25)
    settlement = bench.agency.state()["settlements"][0]
    assert settlement["settled_on"] in ("2025-04-25", "2025-05-02")
    assert settlement["accepted"]
    assert [row["amount"]["amount"] for row in settlement["lines"]] == amounts(bench)


def test_payout_names_one_creditor(play, feed):  # noqa: F811
    feed.submit(make_claim("2", creditor={"org_no": "5560000003"}))
    bench = play("pays_in_full", 25)
    owners = {row["claim_id"]: row["creditor"] for row in bench.agency.state()["payments"]}
    for settlement in bench.agency.state()["settlements"]:
        assert {owners[line["claim_id"]] for line in settlement["lines"]} == {settlement["creditor"]}


def test_no_payout_without_payments(play):
    assert play("loss", 40).agency.state()["settlements"] == []
