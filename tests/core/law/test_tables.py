"""The tables: complete, continuous, sourced; and what an operator adds to them."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from core.errors import ConfigError, InvariantBrokenError
from core.law import Confidence, load_law, parse_rows, tables
from core.model import DebtorKind

LAW = load_law()
RATES = sorted((row for row in LAW.rows if row.table == "rate" and row.country == "SE"), key=lambda row: row.since)
ADDED = """
[[rate]]
country = "SE"
code = "statutory"
value = "9.50"
unit = "pct"
from = 2027-01-01
to = 2027-06-30
statute = "räntelag (1975:635) 6, 9 §§"
source = "riksbank.se"
confidence = "verified_primary"
"""


def parsed(text):
    return parse_rows(tomllib.loads(text), "mine.toml")


def rate(law, day):
    return law.rate("SE", DebtorKind.BUSINESS, day)


def test_swedish_rates_have_no_gap():
    assert (RATES[0].since, RATES[-1].until) == (date(2015, 1, 1), date(2026, 12, 31))
    assert all(one.until + timedelta(days=1) == two.since for one, two in pairwise(RATES))


def test_rate_is_reference_plus_margin():
    assert all(row.value == row.reference + row.margin for row in RATES)


def test_every_row_has_a_source():
    assert all(row.statute and row.source and row.unit for row in LAW.rows)


def test_row_keys_are_unique():
    assert len({row.key for row in LAW.rows}) == len(LAW.rows)


def test_every_rule_has_a_statute():
    assert all(rule.statute and rule.text for rule in LAW.rules.values())


def test_unknown_rule_is_our_bug():
    with pytest.raises(InvariantBrokenError, match=r"no rule SE\.nonsense"):
        LAW.rule("SE.nonsense")


def test_unknown_country_is_refused():
    with pytest.raises(ConfigError, match="no tables"):
        LAW.country("XX")


def test_added_row_is_used():
    assert rate(load_law(parsed(ADDED)), date(2027, 1, 1)).value == Decimal("9.50")


def test_added_row_does_not_stay():
    load_law(parsed(ADDED))
    assert rate(load_law(), date(2027, 1, 1)) is None


def test_later_decision_replaces_earlier():
    changed = parsed(ADDED.replace("2027-01-01", "2026-08-01").replace("2027-06-30", "2026-08-31"))
    law = load_law(changed)
    assert [rate(law, day).value for day in (date(2026, 7, 31), date(2026, 8, 1), date(2026, 9, 1))] == [10, Decimal("9.50"), 10]
    assert law.rate_holds_until("SE", DebtorKind.BUSINESS, date(2026, 7, 1)) == date(2026, 7, 31)


def test_confirmation_makes_row_strong():
    assert rate(load_law(confirmed=["SE.rate.statutory.2025-01-01"]), date(2025, 1, 1)).confidence is Confidence.CONFIRMED


def test_confirmation_does_not_weaken():
    assert rate(load_law(confirmed=["SE.rate.statutory.2024-01-01"]), date(2024, 1, 1)).confidence is Confidence.VERIFIED_PRIMARY


def test_unknown_confirmation_is_refused():
    with pytest.raises(ConfigError) as caught:
        load_law(confirmed=["SE.rate.statutory.1999-01-01"])
    assert str(caught.value) == "confirmed: there is no row 'SE.rate.statutory.1999-01-01'. List the rows with `kravbro law rows`."


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('value = "9.50"', "value = 9.5", "in quotes"),
        ('value = "9.50"', 'value = "NaN"', "no number"),
        ('value = "9.50"', 'value = "nine"', "'nine' is no number"),
        ('value = "9.50"', "", "'value' is missing"),
        ('country = "SE"', "", "country is not said"),
        ('country = "SE"', 'country = "SE"\ncolour = "red"', "unknown key 'colour'"),
        ("from = 2027-01-01", 'from = "2027-01-01"', "without quotes"),
        ("to = 2027-06-30", "to = 2026-06-30", "before it starts"),
        ("verified_primary", "quite_sure", "'quite_sure' is none of verified_primary, "),
        ('code = "statutory"', 'code = "statutory"\ndebtors = ["bank"]', "'bank' is none of business, "),
    ],
)
def test_bad_row_is_refused(old, new, wrong):
    with pytest.raises(ConfigError, match=wrong) as caught:
        parsed(ADDED.replace(old, new))
    assert "mine.toml, [[rate]] number 1" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('value = "9.50"', "", "'value' is missing. Add it."),
        ('value = "9.50"', "value = 9.5", "a value can't be read (9.5 is a number; write it as text, in quotes). Correct it."),
        ('country = "SE"', "", 'its country is not said. Add country = "SE", or a [country] table.'),
        ("to = 2027-06-30", "to = 2026-06-30", "it ends 2026-06-30, before it starts 2027-01-01. Correct the dates."),
        ('value = "9.50"', 'value = "NaN"', "a value can't be read ('NaN' is no number). Correct it."),
        ("from = 2027-01-01", "from = 5", "a value can't be read (from must be a day like 2025-01-01, without quotes). Correct it."),
    ],
)
def test_bad_row_is_told_in_one_sentence(old, new, sentence):
    with pytest.raises(ConfigError) as caught:
        parsed(ADDED.replace(old, new))
    assert str(caught.value) == f"mine.toml, [[rate]] number 1: {sentence}"


def test_unknown_key_is_told_with_the_known():
    with pytest.raises(ConfigError, match="Use code, confidence, count_max, counted_with, country, debtors,"):
        parsed(ADDED + 'colour = "red"')


def test_row_of_one_day_is_read():
    assert parsed(ADDED.replace("to = 2027-06-30", "to = 2027-01-01"))[0].until == date(2027, 1, 1)


def test_row_of_unknown_country_is_refused():
    with pytest.raises(ConfigError, match="no tables"):
        load_law(parsed(ADDED.replace('"SE"', '"XX"')))


def test_margin_outlives_its_rate():
    assert rate(LAW, date(2027, 1, 1)) is None
    assert LAW.margin("SE", DebtorKind.BUSINESS, date(2027, 1, 1)) == Decimal("8.00")


def test_margin_passes_rows_without_one():
    assert load_law(parsed(ADDED)).margin("SE", DebtorKind.BUSINESS, date(2027, 1, 1)) == Decimal("8.00")


COUNTRIES = ["SE", "DK", "NO", "FI", "EU"]
GAPLESS = {"SE": "2026-12-31", "DK": "2026-06-30", "NO": "2026-12-31", "FI": "2026-06-30", "EU": "2026-06-30"}


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("debtor", list(DebtorKind))
def test_rates_have_no_gap(country, debtor):
    rows = sorted((row for row in LAW.named(f"{country}.rate.statutory") if row.concerns(debtor)), key=lambda row: row.since)
    assert not rows or rows[-1].until == date.fromisoformat(GAPLESS[country])
    assert all(one.until + timedelta(days=1) == two.since for one, two in pairwise(rows))


def test_every_country_has_every_sentence():
    names = {country: {rule.partition(".")[2] for rule in LAW.rules if rule.startswith(f"{country}.")} for country in COUNTRIES}
    assert all(names["FI"] <= names[country] for country in COUNTRIES)


def test_tables_read_anew_are_the_same():
    tables._packaged.cache_clear()
    assert load_law() == LAW


def test_own_sentence_beats_the_shared_one():
    assert LAW.rule("EU.interest.statutory").text.startswith("The directive's least")
    assert LAW.rule("FI.interest.statutory").text.startswith("Simple late interest")


def test_shared_sentence_stands_under_own_statute():
    assert LAW.rule("DK.fee.spacing").statute == "renteloven § 9 b stk. 2"
    assert LAW.rule("DK.fee.paid").statute == "renteloven §§ 9 a, 9 b"
    assert LAW.rule("SE.fee.paid").statute == "lag (1981:739) 4 § 1 st"


def test_adopted_act_is_switched_off():
    new = [row for row in LAW.rows if not row.in_force]
    assert {row.key for row in new} == {f"NO.fee.{kind}.new_act" for kind in ("reminder", "notice", "demand")}
    assert all(row.since is None and row.until is None for row in new)
    assert LAW.fee("NO", "notice", date(2027, 6, 1), DebtorKind.CONSUMER).value == 38


def test_adopted_act_is_used_once_in_force():
    law = replace(LAW, rows=tuple(replace(row, in_force=True) for row in LAW.rows))
    assert law.fee("NO", "notice", date(2027, 6, 1), DebtorKind.CONSUMER).value == 0


@pytest.mark.parametrize(("amount", "value"), [("0", 14), ("100", 14), ("100.01", 24)])
def test_band_is_told_by_the_amount(amount, value):
    assert LAW.fee("FI", "demand", date(2026, 1, 1), DebtorKind.CONSUMER, Decimal(amount)).value == value


def test_missing_deadline_is_our_bug():
    assert LAW.find_deadline("SE", "notice_min_days") is None
    with pytest.raises(InvariantBrokenError, match="has no deadline notice_min_days"):
        LAW.deadline("SE", "notice_min_days")


def test_country_without_own_consumer_limitation_uses_its_general():
    assert LAW.limitation("DK", "consumer").key == "DK.limitation.general"
    assert LAW.find_limitation("SE", "recognised") is None


def test_limit_holds_from_its_day():
    assert LAW.limit("DK", "simple_procedure", date(2011, 9, 30)) is None
    assert LAW.limit("DK", "simple_procedure", date(2011, 10, 1)).value == 100_000


def test_margin_is_known_everywhere():
    margins = {country: str(LAW.margin(country, DebtorKind.BUSINESS, date(2027, 1, 1))) for country in COUNTRIES}
    assert margins == dict.fromkeys(COUNTRIES, "8.00")
    assert LAW.margin("FI", DebtorKind.CONSUMER, date(2027, 1, 1)) == 7


def test_wrong_start_of_limitation_is_refused():
    with pytest.raises(ConfigError, match="'birth' is none of origin, due"):
        parsed(ADDED + 'runs_from = "birth"\n')


def test_terms_are_read():
    row = parsed(ADDED + 'count_max = 3\ncounted_with = ["notice"]\nlater_factor = "0.5"\nvariant = "x"\nover = "5"\nup_to = "9"\n')[0]
    assert (row.terms.count_max, row.terms.counted_with, row.terms.later_factor) == (3, ("notice",), Decimal("0.5"))
    assert (row.key, row.over, row.up_to) == ("SE.rate.statutory.x.2027-01-01", 5, 9)


def test_margin_is_known_from_the_first_day():
    assert LAW.margin("SE", DebtorKind.BUSINESS, date(2015, 1, 1)) == 8
    with pytest.raises(InvariantBrokenError, match="no margin of late interest for SE on 2014-12-31"):
        LAW.margin("SE", DebtorKind.BUSINESS, date(2014, 12, 31))


def test_newest_margin_is_by_day():
    older = parsed(ADDED.replace("2027", "2016") + 'margin = "5.00"\n')
    assert load_law(older).margin("SE", DebtorKind.BUSINESS, date(2027, 1, 1)) == 8
    assert load_law(older).margin("SE", DebtorKind.BUSINESS, date(2016, 1, 1)) == 5


def test_days_of_decision_are_read():
    row = parsed(ADDED + "decided = 2026-12-18\nverified = 2026-12-19\n")[0]
    assert (row.decided_on, row.verified_on) == (date(2026, 12, 18), date(2026, 12, 19))
