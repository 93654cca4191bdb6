"""Every Swedish worked example of the fact sheet, to the öre: from its file, and written down here as well."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from core.law import Case, DayCount, DueBasis, claimable, interest, load_law
from core.model import DebtorKind
from core.money import Money

LAW = load_law()
CASES = {
    "SE-1": {"debtor": DebtorKind.BUSINESS, "due_on": date(2025, 5, 31), "basis": DueBasis.AGREED, "compensation": True},
    "SE-2": {
        "debtor": DebtorKind.CONSUMER, "due_on": date(2025, 12, 15), "basis": DueBasis.AGREED, "reminder_fee_agreed": True,
        "reminders": (date(2025, 12, 29),), "demands": (date(2026, 1, 15),),
    },
    "SE-4": {
        "debtor": DebtorKind.BUSINESS, "due_on": date(2026, 1, 10), "basis": DueBasis.UNILATERAL,
        "sent_on": date(2026, 1, 10), "received_on": date(2026, 1, 12),
    },
}  # fmt: skip
CONVENTIONS = {"ACT_365F": DayCount.ACT_365F, "INCLUDE_DUE_DAY": DayCount.ACT_365F_DUE_DAY, "ACT/ACT": DayCount.ACT_ACT}
WRITTEN = [
    # In this order: the example, its figures, the segments, then what comes of them.
    ("SE-1", "12500", "2025-09-15", "ACT_365F", [(30, "11.00", "113.01"), (77, "10.00", "263.70")], "376.71", "450.00", "13326.71"),
    ("SE-1", "12500", "2025-09-15", "INCLUDE_DUE_DAY", [(31, "11.00", "116.78"), (77, "10.00", "263.70")], "380.48", "450.00", "13330.48"),
    ("SE-1", "12500", "2025-09-15", "ACT/ACT", [(30, "11.00", "113.01"), (77, "10.00", "263.70")], "376.71", "450.00", "13326.71"),
    ("SE-2", "2990", "2026-02-10", "ACT_365F", [(16, "10.00", "13.11"), (41, "10.00", "33.59")], "46.69", "240.00", "3276.69"),
    ("SE-2", "2990", "2026-02-10", "INCLUDE_DUE_DAY", [(17, "10.00", "13.93"), (41, "10.00", "33.59")], "47.51", "240.00", "3277.51"),
    ("SE-4", "40000", "2026-03-31", "ACT_365F", [(50, "10.00", "547.95")], "547.95", "0.00", "40547.95"),
    ("SE-4", "40000", "2026-03-31", "INCLUDE_DUE_DAY", [(51, "10.00", "558.90")], "558.90", "0.00", "40558.90"),
]


def quote(example, principal, paid_on, convention="ACT_365F"):
    case = Case("SE", principal=Money.parse(principal, "SEK"), day_count=CONVENTIONS[convention], **CASES[example])
    return claimable(LAW, case, date.fromisoformat(paid_on))


def shown(segments):
    return [(one.days, str(one.rate_pct), one.interest.text()) for one in segments]


@pytest.mark.parametrize(("example", "principal", "paid", "convention", "segments", "interest_", "fees", "total"), WRITTEN)
def test_written_example_to_the_ore(example, principal, paid, convention, segments, interest_, fees, total):
    found = quote(example, principal, paid, convention)
    assert shown(found.interest.segments) == segments
    assert (found.interest.rounded.text(), found.fees_total.text(), found.total.text()) == (interest_, fees, total)


def test_enforcement_authority_counts_both_ends():
    # SE-7, published by lawline.se with Kronofogden's calculator: 163 kronor.
    principal, start, end = Money.parse("6780", "SEK"), date(2021, 1, 1), date(2021, 4, 20)
    assert interest(LAW, principal, start, end, day_count=DayCount.ACT_365F_DUE_DAY).rounded.text() == "163.46"
    assert interest(LAW, principal, start, end).rounded.text() == "161.98"


def test_thirty_days_at_ten_per_cent():
    # SE-9, published by a vendor: about 411 kronor.
    assert interest(LAW, Money.parse("50000", "SEK"), date(2025, 6, 30), date(2025, 7, 30)).rounded.text() == "410.96"


@pytest.fixture(scope="module")
def sheet():
    folder = os.environ.get("KRAVBRO_SPECS")
    if not folder:
        pytest.skip("KRAVBRO_SPECS is not set")
    return json.loads((Path(folder) / "data" / "law.json").read_text(encoding="utf-8"))


@pytest.mark.specs
def test_sheet_has_no_other_example(sheet):
    assert {one["id"] for one in sheet["worked_examples"] if one["country"] == "SE"} == {*CASES, "SE-7", "SE-9"}


@pytest.mark.specs
@pytest.mark.parametrize("example", CASES)
def test_sheet_example_to_the_ore(sheet, example):
    given = next(one for one in sheet["worked_examples"] if one["id"] == example)
    found = quote(example, given["principal"], given["paid_on"])
    assert shown(found.interest.segments) == [(one["days"], one["rate_pct"], one["interest"]) for one in given["segments"]]
    assert found.interest.rounded.text() == given["interest"]
    assert (found.fees_total.text(), found.total.text()) == (given["fees_total"], given["total_due"])
    assert str(found.runs_from) == given["interest_start_date_excluded"]


@pytest.mark.specs
@pytest.mark.parametrize("example", CASES)
def test_sheet_alternatives_to_the_ore(sheet, example):
    given = next(one for one in sheet["worked_examples"] if one["id"] == example)
    for name, figures in given["alternatives"].items():
        found = quote(example, given["principal"], given["paid_on"], name).interest
        assert found.rounded.text() == figures["interest"]
        assert sum(one.days for one in found.segments) == figures.get("days", given["days"])


@pytest.mark.specs
def test_sheet_published_example(sheet):
    given = next(one for one in sheet["worked_examples"] if one["id"] == "SE-7")
    first, last = (date.fromisoformat(given["segments"][0][key]) for key in ("from", "to"))
    found = interest(LAW, Money.parse(given["principal"], "SEK"), first, last, day_count=DayCount.ACT_365F_DUE_DAY)
    assert (found.rounded.text(), found.segments[0].days) == (given["interest"], given["segments"][0]["days"])


@pytest.mark.specs
def test_sheet_rates_are_ours(sheet):
    theirs = [
        (one["effective_from"], one["effective_to"], one["late_rate_pct"], one["reference_rate_pct"], one["confidence"])
        for one in sheet["reference_rates"]
        if one["country"] == "SE"
    ]
    ours = [row for row in LAW.rows if row.country == "SE" and row.table == "rate"]
    assert [(str(row.since), str(row.until), str(row.value), str(row.reference), row.confidence.value) for row in ours] == theirs
