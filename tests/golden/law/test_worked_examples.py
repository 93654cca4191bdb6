"""Every worked example of the fact sheet, to the minor unit: from its file, and written down here as well."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from core.law import Case, DayCount, DueBasis, claimable, interest, load_law
from core.model import DebtorKind
from core.money import Money

LAW = load_law()
BUSINESS = {"debtor": DebtorKind.BUSINESS, "basis": DueBasis.AGREED}
CASES = {
    "SE-1": {**BUSINESS, "due_on": date(2025, 5, 31), "compensation": True},
    "SE-2": {
        "debtor": DebtorKind.CONSUMER, "due_on": date(2025, 12, 15), "basis": DueBasis.AGREED, "reminder_fee_agreed": True,
        "reminders": (date(2025, 12, 29),), "demands": (date(2026, 1, 15),),
    },
    "SE-4": {
        "debtor": DebtorKind.BUSINESS, "due_on": date(2026, 1, 10), "basis": DueBasis.UNILATERAL,
        "sent_on": date(2026, 1, 10), "received_on": date(2026, 1, 12),
    },
    "DK-1": {**BUSINESS, "due_on": date(2025, 5, 31), "compensation": True, "reminders": (date(2025, 6, 12), date(2025, 6, 24))},
    "DK-3": {
        **BUSINESS, "due_on": date(2024, 12, 1), "compensation": True, "notices": (date(2024, 12, 10),),
        "agency_from": date(2024, 12, 28),
    },
    "NO-1": {**BUSINESS, "due_on": date(2026, 5, 31), "compensation": True},
    "FI-1": {**BUSINESS, "due_on": date(2025, 5, 31), "compensation": True},
    "EU-1": {**BUSINESS, "due_on": date(2025, 12, 1), "compensation": True},
}  # fmt: skip
CURRENCIES = {"SE": "SEK", "DK": "DKK", "NO": "NOK", "FI": "EUR", "EU": "EUR"}
PLAIN = "ACT/365F"
WRITTEN = [
    # In this order: the example, its figures, the segments, then what comes of them.
    ("SE-1", "12500", "2025-09-15", PLAIN, [(30, "11.00", "113.01"), (77, "10.00", "263.70")], "376.71", "450.00", "13326.71"),
    ("SE-1", "12500", "2025-09-15", "INCLUDE_DUE_DAY", [(31, "11.00", "116.78"), (77, "10.00", "263.70")], "380.48", "450.00", "13330.48"),
    ("SE-1", "12500", "2025-09-15", "ACT/ACT", [(30, "11.00", "113.01"), (77, "10.00", "263.70")], "376.71", "450.00", "13326.71"),
    ("SE-2", "2990", "2026-02-10", PLAIN, [(16, "10.00", "13.11"), (41, "10.00", "33.59")], "46.69", "240.00", "3276.69"),
    ("SE-2", "2990", "2026-02-10", "INCLUDE_DUE_DAY", [(17, "10.00", "13.93"), (41, "10.00", "33.59")], "47.51", "240.00", "3277.51"),
    ("SE-4", "40000", "2026-03-31", PLAIN, [(50, "10.00", "547.95")], "547.95", "0.00", "40547.95"),
    ("SE-4", "40000", "2026-03-31", "INCLUDE_DUE_DAY", [(51, "10.00", "558.90")], "558.90", "0.00", "40558.90"),
    ("DK-1", "25000", "2025-09-15", PLAIN, [(30, "10.75", "220.89"), (77, "9.75", "514.21")], "735.10", "510.00", "26245.10"),
    ("DK-1", "25000", "2025-09-15", "30E/360", [(30, "10.75", "223.96"), (75, "9.75", "507.81")], "731.77", "510.00", "26241.77"),
    ("DK-3", "80000", "2025-03-10", PLAIN, [(30, "11.50", "756.16"), (69, "10.75", "1625.75")], "2381.92", "3160.00", "85541.92"),
    ("DK-3", "80000", "2025-03-10", "30E/360", [(29, "11.50", "741.11"), (70, "10.75", "1672.22")], "2413.33", "3160.00", "85573.33"),
    ("NO-1", "30000", "2026-08-15", PLAIN, [(30, "12.00", "295.89"), (46, "12.25", "463.15")], "759.04", "430.00", "31189.04"),
    ("FI-1", "10000", "2025-09-15", PLAIN, [(30, "11.50", "94.52"), (77, "10.50", "221.51")], "316.03", "40.00", "10356.03"),
    ("EU-1", "8000", "2026-03-01", PLAIN, [(30, "10.15", "66.74"), (60, "10.15", "133.48")], "200.22", "40.00", "8240.22"),
]


def quote(example, principal, paid_on, convention=PLAIN):
    country = example[:2]
    case = Case(country, principal=Money.parse(principal, CURRENCIES[country]), day_count=DayCount.parse(convention), **CASES[example])
    return claimable(LAW, case, date.fromisoformat(paid_on))


def shown(segments):
    return [(one.days, str(one.rate_pct), one.interest.text()) for one in segments]


@pytest.mark.parametrize(("example", "principal", "paid", "convention", "segments", "interest_", "fees", "total"), WRITTEN)
def test_written_example_to_the_minor_unit(example, principal, paid, convention, segments, interest_, fees, total):
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


def test_thirty_norwegian_days():
    # Published by a vendor, who cuts it to 513 kroner.
    found = interest(LAW, Money.parse("50000", "NOK"), date(2025, 1, 31), date(2025, 3, 2), country="NO")
    assert found.rounded.text() == "513.70"


@pytest.fixture(scope="module")
def sheet():
    return json.loads((Path(os.environ["KRAVBRO_SPECS"]) / "data" / "law.json").read_text(encoding="utf-8"))


def example_of(sheet, example):
    return next(one for one in sheet["worked_examples"] if one["id"] == example)


@pytest.mark.specs
def test_sheet_has_no_other_example(sheet):
    assert {one["id"] for one in sheet["worked_examples"]} == {*CASES, "SE-7", "SE-9"}


@pytest.mark.specs
@pytest.mark.parametrize("example", CASES)
def test_sheet_example_to_the_minor_unit(sheet, example):
    given = example_of(sheet, example)
    found = quote(example, given["principal"], given["paid_on"])
    assert shown(found.interest.segments) == [(one["days"], one["rate_pct"], one["interest"]) for one in given["segments"]]
    assert found.interest.rounded.text() == given["interest"]
    assert (found.fees_total.text(), found.total.text()) == (given["fees_total"], given["total_due"])
    assert sorted(fee["amount"] for fee in given["fees"]) == sorted(
        line.amount.text() for line in (*found.fees, found.compensation) if line
    )  # fmt: skip
    assert str(found.runs_from) == given["interest_start_date_excluded"]


@pytest.mark.specs
@pytest.mark.parametrize("example", CASES)
def test_sheet_alternatives_to_the_minor_unit(sheet, example):
    given = example_of(sheet, example)
    for name, figures in given["alternatives"].items():
        found = quote(example, given["principal"], given["paid_on"], name).interest
        segments = figures.get("segments", [])
        days = sum(one["days360"] if "days360" in one else one["days"] for one in segments) or figures["days"]
        assert (found.rounded.text(), sum(one.days for one in found.segments)) == (figures["interest"], days)
        assert not segments or [one.interest.text() for one in found.segments] == [one["interest"] for one in segments]


@pytest.mark.specs
def test_sheet_published_example(sheet):
    given = example_of(sheet, "SE-7")
    first, last = (date.fromisoformat(given["segments"][0][key]) for key in ("from", "to"))
    found = interest(LAW, Money.parse(given["principal"], "SEK"), first, last, day_count=DayCount.ACT_365F_DUE_DAY)
    assert (found.rounded.text(), found.segments[0].days) == (given["interest"], given["segments"][0]["days"])


@pytest.mark.specs
@pytest.mark.parametrize("country", CURRENCIES)
def test_sheet_rates_are_ours(sheet, country):
    theirs = [
        (one["effective_from"], one["effective_to"], one["late_rate_pct"], one["margin_pp"], one["confidence"])
        for one in sheet["reference_rates"]
        if one["country"] == country and one["late_rate_pct"]
    ]
    ours = [
        (str(row.since), str(row.until), str(row.value), str(row.margin), row.confidence.value)
        for row in LAW.named(f"{country}.rate.statutory")
    ]
    assert sorted(ours) == sorted(theirs)


@pytest.mark.specs
@pytest.mark.parametrize("country", ["SE", "DK", "FI"])
def test_sheet_references_are_ours(sheet, country):
    theirs = {(one["effective_from"], one["reference_rate_pct"]) for one in sheet["reference_rates"] if one["country"] == country}
    ours = {(str(row.since), str(row.reference)) for row in LAW.named(f"{country}.rate.statutory")}
    assert ours == {(since, reference) for since, reference in theirs if reference}


NAMES = {
    "paminnelseavgift": "reminder", "paminnelseavgift_old": "reminder", "inkassokrav": "demand", "inkassokrav_old": "demand",
    "amorteringsplan": "plan", "amorteringsplan_old": "plan", "kfm_betalningsforelaggande": "payment_order",
    "kfm_ombud_eget_arbete": "payment_order_work", "kfm_grundavgift_utmatning": "attachment", "rykkergebyr": "reminder",
    "inkassogebyr": "handover", "fremmedinkasso_cap": "agency_cost", "purregebyr": "reminder", "egen_betalingsoppfordring": "demand",
    "maksumuistutus_b2c": "reminder", "maksuvaatimus_b2c": "demand", "maksusuunnitelma_b2c": "plan", "maksuajan_pidennys_b2c": "extension",
    "kokonaiskuluvastuu_b2c": "total_cap", "maksumuistutus_b2b": "reminder", "maksuvaatimus_b2b": "demand",
    "forseningsersattning": "compensation", "kompensationsbeloeb": "compensation", "vakiokorvaus_b2b": "compensation",
    "fixed_compensation": "compensation",
}  # fmt: skip


@pytest.mark.specs
def test_sheet_fees_are_ours(sheet):
    ours = {(row.country, row.code, str(row.value)) for row in LAW.rows if row.table == "fee"}
    for one in sheet["fees"]:
        if one["code"] in NAMES:
            amount = one["amount"].partition("+")[0].partition("-")[0]
            assert (one["country"], NAMES[one["code"]], amount) in ours
        elif one["code"] == "lett_salar_multiple":
            assert {amount for country, code, amount in ours if (country, code) == ("NO", "agency_cost")} & {
                one["amount_2026_nok"].removesuffix(".00")
            }
