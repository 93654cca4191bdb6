"""The agency in Denmark and Norway: what its demand costs, what it calls its steps, and its days; figures from the statutes, by hand."""

from datetime import date

import pytest

from simulators.agency_cases import Case
from simulators.agency_law import COUNTRIES
from simulators.agency_money import interest
from simulators.bankdays import working_day
from tests.simulators.test_agency_feed import feed, make_bench, make_claim, served  # noqa: F401

LEGAL = {"allow_legal": True, "end_stage": "enforcement"}
CURRENCIES = {"DK": "DKK", "NO": "NOK"}


def claim_in(country, amount="16500.00", kind="business", **changes):
    """A claim of a creditor in a country."""
    money = {"amount": amount, "currency": CURRENCIES[country]}
    line = {"invoice_ref": "r1", "invoice_no": "1", "issued_on": "2025-01-31", "due_on": "2025-03-02", "original": money, "open": money}
    debtor = {"name": "Kunde", "identity_no": "10000017", "kind": kind, "address": {}}
    creditor = {"name": "Firma", "org_no": "10000009", "address": {"country": country}}
    return make_claim(currency=money["currency"], creditor=creditor, debtors=[debtor], lines=[line]) | changes


@pytest.fixture
def play(make_bench, feed):  # noqa: F811
    def run(story, days, claim):
        feed.submit(claim)
        bench = make_bench(story)
        bench.days(days)
        return bench

    return run


def charges(country, amount, kind="business"):
    case = Case.from_snapshot(claim_in(country, amount, kind), "A-1")
    return [(component, minor / 100, payee) for component, minor, payee in case.demand_charges()]


@pytest.mark.parametrize(
    ("amount", "cost"),
    [("1000.00", 400), ("1000.01", 700), ("10000.00", 1_300), ("16500.00", 1_700), ("100000.00", 2_850), ("250000.01", 6_400)],
)
def test_danish_costs_follow_the_table(amount, cost):
    fixed = [("collection_cost", 100, "creditor"), ("compensation", 310, "creditor")]
    assert charges("DK", amount) == [("collection_cost", cost, "agency"), *fixed]


def test_danish_consumer_owes_no_compensation():
    assert [component for component, _, _ in charges("DK", "5000.00", "consumer")] == ["collection_cost", "collection_cost"]


@pytest.mark.parametrize(
    ("amount", "kind", "cost"),
    [
        ("500.00", "consumer", 175),
        ("500.01", "consumer", 245),
        ("10000.00", "consumer", 560),
        ("10000.00", "business", 840),
        ("50000.00", "business", 1_680),
    ],
)
def test_norwegian_costs_follow_the_table(amount, kind, cost):
    assert charges("NO", amount, kind) == [("collection_cost", cost, "agency")]


def test_other_currency_bears_no_fixed_cost():
    money = {"amount": "100.00", "currency": "EUR"}
    line = claim_in("DK")["lines"][0] | {"original": money, "open": money}
    assert Case.from_snapshot(claim_in("DK", currency="EUR", lines=[line]), "A-1").demand_charges() == []


def test_norwegian_late_payer_is_charged_once_more(play):
    bench = play("pays_direct", 60, claim_in("NO", "2000.00", "consumer"))
    fees = [(row["charged_on"], row["amount"]["amount"]) for row in bench.data("fee_charged")]
    assert fees == [("2025-04-16", "280.00"), ("2025-05-29", "280.00")]


def test_danish_late_payer_is_not(play):
    assert len(play("pays_direct", 60, claim_in("DK")).data("fee_charged")) == 3


def test_demand_gives_the_days_of_the_country(play):
    assert play("pays_direct", 2, claim_in("NO")).data("demand_sent")[0]["pay_by"] == "2025-04-30"


@pytest.mark.parametrize(
    ("country", "codes"),
    [
        ("DK", ["INKASSOKRAV", "VARSEL-RETSLIG", "BETALINGSPAAKRAV", "PAATEGNING", "FOGEDRET"]),
        ("NO", ["BETALINGSOPPFORDRING", "VARSEL-RETTSLIG", "FORLIKSKLAGE", "FORLIKSRAD-DOM", "NAMSMANN"]),
    ],
)
def test_court_is_the_countrys(play, country, codes):
    bench = play("court", 100, claim_in(country, instructions=LEGAL))
    assert [row["raw_code"] for row in bench.data("phase_changed")][:5] == codes


def test_large_danish_claim_is_not_filed(play):
    bench = play("court", 60, claim_in("DK", "100000.01", instructions=LEGAL))
    assert [row["phase"] for row in bench.data("phase_changed")] == ["amicable", "pre_legal_notice", "surveillance"]


@pytest.mark.parametrize(("country", "demanded"), [("DK", "2025-04-28"), ("NO", "2025-04-30")])
def test_ordered_notice_goes_first_and_costs_nothing(play, country, demanded):
    bench = play("pays_direct", 30, claim_in(country, instructions={**LEGAL, "send_notice_first": True}))
    assert bench.kinds()[:3] == ["ack", "phase_changed", "demand_sent"]
    assert bench.data("phase_changed")[0]["phase"] == "notice"
    assert bench.data("demand_sent")[0]["sent_on"] == demanded
    assert min(row["charged_on"] for row in bench.data("fee_charged")) == demanded


def test_interest_is_that_of_the_published_examples():
    # DK: 25,000 due 2025-05-31, paid 2025-09-15: 220.89 + 514.21. NO: 50,000 for 30 days at 12.50 %.
    danish = interest(2_500_000, (), first_day=date(2025, 6, 1), until=date(2025, 9, 15), currency="DKK", margin=800)
    assert danish == 735_10
    assert interest(5_000_000, (), first_day=date(2025, 1, 1), until=date(2025, 1, 30), currency="NOK", margin=800) == 513_70


@pytest.mark.parametrize(
    ("country", "day", "opened"),
    [
        ("DK", date(2025, 4, 17), "2025-04-22"),
        ("DK", date(2025, 5, 30), "2025-06-02"),
        ("DK", date(2025, 6, 5), "2025-06-06"),
        ("NO", date(2025, 5, 17), "2025-05-19"),
    ],
)
def test_banks_close_on_their_own_days(country, day, opened):
    assert str(working_day(day, country)) == opened


def test_every_country_has_every_text():
    assert len({frozenset(country.texts) for country in COUNTRIES.values()}) == 1
