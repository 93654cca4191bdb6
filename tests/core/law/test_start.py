"""When interest starts outside Sweden."""

from datetime import date, timedelta

import pytest

from core.law import Confidence, DueBasis, interest_start, load_law
from core.model import DebtorKind
from tests.core.law.words import plain

LAW = load_law()
DUE = date(2026, 3, 2)
SENT = date(2026, 2, 20)
ALL = ["SE", "DK", "NO", "FI", "EU"]


def start(country, due_on=DUE, **changes):
    found = interest_start(LAW, due_on, country=country, **changes)
    plain([found.rule])
    return (found.runs_from, found.rule.id.partition(".interest.")[2])


@pytest.mark.parametrize("country", ALL)
def test_agreed_date_starts_it(country):
    assert start(country) == (DUE, "from_due")


@pytest.mark.parametrize("country", ALL)
def test_bill_starts_it_after_30_days(country):
    assert start(country, basis=DueBasis.UNILATERAL, sent_on=SENT) == (SENT + timedelta(days=30), "from_bill")


@pytest.mark.parametrize("country", ["DK", "NO", "FI"])
def test_consumer_date_is_presumed_unilateral(country):
    assert start(country, sent_on=SENT, debtor=DebtorKind.CONSUMER) == (SENT + timedelta(days=30), "from_bill")


@pytest.mark.parametrize("country", ["DK", "NO", "FI"])
def test_only_swedish_bills_must_mention_interest(country):
    silent = {"sent_on": SENT, "debtor": DebtorKind.CONSUMER, "interest_notice": False}
    assert start(country, **silent)[1] == "from_bill"
    assert start("SE", **silent) == (None, "no_notice")


def test_electronic_demand_must_be_accepted_in_norway():
    mailed = {"basis": DueBasis.UNILATERAL, "sent_on": SENT, "electronic_only": True}
    assert start("NO", **mailed) == (None, "electronic")
    assert start("SE", **mailed)[1] == "from_bill"
    assert start("NO", electronic_only=True) == (DUE, "from_due")


@pytest.mark.parametrize(("days", "extra"), [(-1, 0), (0, 0), (5, 5)])
def test_debtor_must_be_able_to_judge(days, extra):
    found = start("DK", basis=DueBasis.UNILATERAL, sent_on=SENT, assessable_on=SENT + timedelta(days=days))
    assert found[0] == SENT + timedelta(days=30 + extra)


def test_floor_is_not_for_consumers():
    found = interest_start(LAW, DUE, country="EU", debtor=DebtorKind.CONSUMER, basis=DueBasis.AGREED)
    assert (found.runs_from, found.rule.sentence) == (None, "This law gives no late interest against this kind of debtor (consumer).")


@pytest.mark.parametrize(("country", "days"), [("SE", 30), ("DK", 30), ("NO", 60), ("FI", 60), ("EU", 60)])
def test_public_terms_have_a_longest(country, days):
    longest = DUE - timedelta(days=days)
    public = {"debtor": DebtorKind.PUBLIC, "country": country}
    assert interest_start(LAW, DUE, sent_on=longest, **public).rule.id == f"{country}.interest.from_due"
    longer = interest_start(LAW, DUE, sent_on=longest - timedelta(days=1), **public)
    assert (longer.runs_from, longer.rule.id) == (DUE - timedelta(days=1), f"{country}.interest.public_term")
    assert (plain([longer.rule]), [row.code for row in longer.rows]) == ((longer.rule,), ["public_term_max_days"])


def test_start_names_the_row_it_rests_on():
    found = interest_start(LAW, DUE, basis=DueBasis.UNILATERAL, sent_on=SENT, country="FI")
    assert [(row.key, row.confidence) for row in found.rows] == [("FI.deadline.interest_start_days", Confidence.MEMORY_UNVERIFIED)]
    assert interest_start(LAW, DUE, country="FI").rows == ()
