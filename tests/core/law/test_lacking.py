"""What the tables lack."""

from datetime import date

import pytest

from core.law import Period, lacking, load_law, missing_rates
from core.model import DebtorKind

LAW = load_law()
FIRST, LAST = date(2026, 7, 1), date(2027, 1, 10)
NEXT = Period(date(2027, 1, 1), LAST)


@pytest.mark.parametrize(
    ("country", "lacks"),
    [
        ("SE", (("SE.rate.statutory", NEXT),)),
        ("DK", (("DK.rate.statutory", Period(FIRST, LAST)),)),
        ("NO", (("NO.rate.statutory", NEXT), ("NO.fee.compensation", NEXT))),
        ("FI", (("FI.rate.statutory", Period(FIRST, LAST)),)),
        ("EU", (("EU.rate.statutory", Period(FIRST, LAST)),)),
    ],
)
def test_what_is_not_published_is_lacking(country, lacks):
    assert lacking(LAW, country, FIRST, LAST) == lacks


@pytest.mark.parametrize("country", ["SE", "DK", "NO", "FI", "EU"])
def test_nothing_is_lacking_in_known_days(country):
    assert lacking(LAW, country, date(2026, 1, 1), date(2026, 6, 30)) == ()


def test_gaps_between_amounts_are_two():
    found = lacking(LAW, "NO", date(2020, 12, 31), date(2022, 7, 1))
    fees = [period for name, period in found if name == "NO.fee.compensation"]
    assert fees == [Period(date(2021, 1, 1), date(2021, 6, 30)), Period(date(2022, 1, 1), date(2022, 6, 30))]


def test_who_never_owes_it_lacks_nothing():
    assert missing_rates(LAW, FIRST, LAST, country="EU", debtor=DebtorKind.CONSUMER) == ()
