"""`kravbro law`: what it prints, and the one sentence it refuses bad input with."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from click.testing import CliRunner

from commands.law import law
from commands.wiring import App
from core.clock import WallClock
from core.errors import ConfigError
from core.model import DebtorKind
from core.store.database import Database

BASE = ["--country", "SE", "--debtor", "business", "--principal", "12500.00", "--due", "2025-05-31", "--as-of", "2025-09-15"]
ROW = """
confirmed = ["SE.rate.statutory.2025-01-01"]
[[rate]]
country = "SE"
code = "statutory"
value = "9.50"
unit = "pct"
from = 2027-01-01
to = 2027-06-30
statute = "räntelag 9 §"
source = "riksbank.se"
confidence = "verified_primary"
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An operator's home of its own."""
    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KRAVBRO_LAW_ROWS", raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def run(*arguments):
    return CliRunner().invoke(law, arguments, catch_exceptions=False).output


def quote(*changes):
    """Run `law quote --json`; an option given again replaces the base's."""
    return json.loads(run("quote", *BASE, *changes, "--json"))


def test_quote_gives_every_figure():
    found = quote("--compensation")
    assert (found["interest"], found["compensation"], found["total"]) == ("376.71", "450.00", "13326.71")
    assert (found["open_principal"], found["fees"]) == ("12500.00", [])
    assert (found["convention"], found["confidence"]) == ("ACT_365F", "derived")
    assert [(one["from"], one["to"], one["days"], one["rate_pct"], one["interest"]) for one in found["segments"]] == [
        ("2025-06-01", "2025-06-30", 30, "11.00", "113.01"),
        ("2025-07-01", "2025-09-15", 77, "10.00", "263.70"),
    ]


def test_quote_names_statutes():
    found = quote("--compensation", "--reminder", "2025-06-12")
    assert {one["line"]: one["statute"] for one in found["rules"]}["compensation"] == "lag (1981:739) 4 a §"
    assert [(one["kind"], one["id"]) for one in found["not_claimable"]] == [("reminder", "SE.fee.reminder.not_agreed")]


def test_quote_takes_part_payments():
    found = quote("--payment", "2025-07-01=3000.00", "--credit", "2025-08-01=500")
    assert found["open_principal"] == "9000.00"
    assert [one["principal"] for one in found["segments"]] == ["12000.00", "12000.00", "9000.00"]


def test_sent_makes_consumer_date_unilateral():
    found = quote("--debtor", "consumer", "--sent", "2025-05-20")
    assert (found["interest_from"], found["assumptions"]) == ("2025-06-20", [])


def test_consumer_date_without_sent_is_said():
    found = quote("--debtor", "consumer")
    assert found["interest_from"] == "2025-06-01"
    assert "taken as agreed" in found["assumptions"][0]


def test_business_date_needs_no_word():
    assert quote()["assumptions"] == []


def test_missing_rate_is_null():
    found = quote("--due", "2026-12-15", "--as-of", "2027-02-15")
    assert (found["interest"], found["total"]) == (None, None)
    assert found["interest_rule"] == "statutory interest from 2026-12-16"
    assert found["missing"] == [{"from": "2027-01-01", "to": "2027-02-15"}]


def test_own_row_fills_the_gap(tmp_path):
    (tmp_path / "rows.toml").write_text(ROW, encoding="utf-8")
    found = quote("--due", "2026-12-31", "--as-of", "2027-02-15", "--rows", str(tmp_path / "rows.toml"))
    assert (found["interest"], found["unconfirmed"]) == ("149.66", [])


def test_text_says_what_and_why():
    text = run("quote", *BASE, "--reminder", "2025-06-12", "--demand", "2025-07-01", "--demand", "2025-08-01")
    assert "demand fee of 2025-07-01                180.00   lag (1981:739) 3 § 1, 4 § 2" in text
    assert "reminder fee of 2025-06-12: A reminder fee needs an agreement" in text
    assert "demand fee of 2025-08-01: The demand fee is charged once" in text
    assert "DERIVED from a rule, not read" in text


def test_text_names_what_confirms_its_weak_rows(home):
    text = run("quote", *BASE)
    named = re.search(r"`kravbro law (confirm [^`]+)`", text)[1].split()
    assert named[1:] == ["SE.rate.statutory.2025-01-01", "SE.rate.statutory.2025-07-01"]
    run(*named)
    text = run("quote", *BASE)
    assert "law confirm" not in text and "confirmed by you" in text


def test_text_without_refusal_has_no_such_block():
    assert "May not be claimed" not in run("quote", *BASE)


def test_text_gives_no_figure_without_rate():
    text = run("quote", *BASE, "--due", "2026-12-15", "--as-of", "2027-02-15")
    assert "no figure" in text
    assert "Statutory interest from 2026-12-16" in text


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        (["--principal", "-5"], "--principal: -5 is not above zero"),
        (["--principal", "1.005"], "more digits"),
        (["--principal", "12500,00"], "is not an amount"),
        (["--as-of", "2025-05-30"], "is before the due date"),
        (["--as-of", "20250915"], "is no day"),
        (["--as-of", "9999-12-31"], "--as-of: 9999-12-31 is no day to reckon with. Give one of the years 1900 to 2999."),
        (["--due", "0001-01-01"], "--due: 0001-01-01 is no day to reckon with"),
        (["--due", "31/5"], "is no day"),
        (["--sent", "2025-06-01"], "--sent: 2025-06-01 is after the due date"),
        (["--sent", "2025-05-02", "--received", "2025-05-01"], "--received"),
        (["--payment", "2025-09-16=1"], "--payment: 2025-09-16 is after --as-of"),
        (["--sent", "2025-05-02", "--payment", "2025-05-01=1"], "is before the bill was sent"),
        (["--payment", "2025-07-01=12500.01"], "was paid or credited on a principal"),
        (["--payment", "2025-07-01"], "has no amount"),
        (["--reminder", "2025-10-01"], "--reminder: 2025-10-01 is after --as-of"),
        (["--demand", "2025-10-01"], "--demand"),
        (["--plan", "2025-10-01"], "--plan"),
        (["--day-count", "ACT/364"], "is no day count"),
        (["--debtor", "friend"], "--debtor: 'friend' is not known. Use one of business,"),
        (["--due-basis", "hoped"], "--due-basis"),
        (["--due-basis", "unilateral"], "Add --sent DATE."),
        (["--country", "XX"], "no tables for its law"),
        (["--rows", "/nowhere.toml"], "can't be read"),
    ],
)
def test_bad_input_is_one_sentence(changes, wrong):
    with pytest.raises(ConfigError) as caught:
        quote(*changes)
    assert wrong in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_rows_file_is_refused(tmp_path):
    (tmp_path / "rows.toml").write_text("= =", encoding="utf-8")
    with pytest.raises(ConfigError, match="is no TOML"):
        quote("--rows", str(tmp_path / "rows.toml"))


def test_check_finds_missing_half_year():
    found = json.loads(run("check", "--country", "SE", "--as-of", "2026-11-24", "--json"))
    assert found["ok"] is False
    assert found["countries"][0]["missing"] == [{"code": "statutory", "row": "SE.rate.statutory", "from": "2027-01-01", "to": "2027-05-27"}]
    assert "no SE.rate.statutory from 2027-01-01" in run("check", "--country", "SE", "--as-of", "2026-11-24")


def test_check_tells_the_half_year_to_add():
    text = run("check", "--country", "DK", "--as-of", "2026-11-24")
    assert "no DK.rate.statutory from 2026-11-24 to 2027-05-27: add it as published from 2026-07-01" in text
    assert "add it as published from 2027-01-01" in run("check", "--country", "NO", "--as-of", "2027-02-01")


def test_check_finds_nothing_when_complete():
    found = json.loads(run("check", "--country", "SE", "--as-of", "2023-01-01", "--json"))
    assert (found["ok"], found["countries"][0]["missing"]) == (True, [])


def test_check_starts_today_by_itself():
    assert "from" in run("check")


def test_rows_lists_statutes():
    found = json.loads(run("rows", "--country", "SE", "--table", "fee", "--json"))["rows"]
    assert {"SE.fee.reminder.2013-03-16", "SE.fee.compensation.2013-03-17"} <= {one["key"] for one in found}
    assert all(one["statute"] for one in found)


def test_rows_text_is_a_line_each():
    assert "SE.rate.statutory.2026-07-01" in run("rows", "--table", "rate")


def confidences():
    return {one["key"]: one["confidence"] for one in json.loads(run("rows", "--table", "rate", "--json"))["rows"]}


@pytest.mark.parametrize("arguments", [("rows", "--country", "XX"), ("check", "--as-of", "9999-12-31")])
def test_what_has_no_rows_is_refused(arguments):
    with pytest.raises(ConfigError, match=r"no tables for its law|no day to reckon with"):
        run(*arguments)


@pytest.mark.parametrize(("table", "listed"), [("nonsense", False), ("rate", True)])
def test_table_is_one_of_the_laws(table, listed):
    assert ("SE.rate.statutory.2025-01-01" in run("rows", "--country", "SE", "--table", table)) == listed


def test_days_that_are_far_are_answered():
    assert quote("--due", "2999-06-01", "--as-of", "2999-12-31")["interest"] is None
    assert quote("--due", "1900-01-01", "--as-of", "2025-09-15")["interest"] is None


def test_every_command_reads_the_law_file(home):
    (home / "law.toml").write_text(ROW, encoding="utf-8")
    assert confidences()["SE.rate.statutory.2025-01-01"] == "confirmed"
    assert json.loads(run("check", "--country", "SE", "--as-of", "2026-11-24", "--json"))["ok"] is True
    assert quote("--due", "2027-01-10", "--as-of", "2027-01-20")["interest"] == "32.53"


def test_no_law_file_is_the_package(home):
    assert not list(home.iterdir())
    assert confidences()["SE.rate.statutory.2025-01-01"] == "derived"


def test_variable_takes_the_files_place(home, monkeypatch):
    (home / "law.toml").write_text("= =", encoding="utf-8")
    (home / "other.toml").write_text(ROW, encoding="utf-8")
    monkeypatch.setenv("KRAVBRO_LAW_ROWS", str(home / "other.toml"))
    assert confidences()["SE.rate.statutory.2025-01-01"] == "confirmed"


def test_run_reads_the_same_file(home):
    (home / "law.toml").write_text(ROW, encoding="utf-8")
    app = App(home, Database("sqlite://"), WallClock())
    assert app.law.rate("SE", DebtorKind.BUSINESS, date(2027, 1, 1)).value == Decimal("9.50")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[rates]]", "unknown key 'rates'"), ("rate = 5", "rate is no table of rows"), ('confirmed = "SE.rate"', "confirmed is no list"),
        ('confirmed = ["SE.rate.x"]', "there is no row 'SE.rate.x'"), ("= =", "is no TOML"),
    ],
)  # fmt: skip
def test_wrong_law_file_is_refused(home, text, wrong):
    (home / "law.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=wrong):
        quote()


COUNTRIES = ["SE", "DK", "NO", "FI", "EU"]


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("debtor", list(DebtorKind))
def test_quote_answers_for_everybody(country, debtor):
    found = quote("--country", country, "--debtor", debtor.value, "--reminder", "2025-07-01", "--compensation")
    assert (found["country"], found["debtor"], found["open_principal"]) == (country, debtor.value, "12500.00")
    assert found["total"] and found["collectable"]
    assert all(one["statute"] for one in (*found["rules"], *found["not_claimable"]))


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("debtor", list(DebtorKind))
def test_text_answers_for_everybody(country, debtor):
    text = run("quote", *BASE, "--country", country, "--debtor", debtor.value, "--reminder", "2025-07-01", "--compensation")
    assert f"debtor of kind {debtor} ({country}" in text
    assert ("compensation  " in text) is (debtor is not DebtorKind.CONSUMER)


def test_quote_lists_what_stands_against_it():
    found = quote("--minor", "--protected-identity", "--disputed", "2500", "--originated", "2025-05-01")
    assert found["collectable"] is False
    assert [(one["id"], one["forbids"]) for one in found["bars"]] == [
        ("SE.collect.disputed", False), ("SE.collect.minor", True), ("SE.collect.protected", False),
    ]  # fmt: skip
    assert found["open_principal"] == "10000.00"


def test_creditors_delay_is_asked_about():
    assert [one["id"] for one in quote("--creditor-delay")["not_claimable"]] == ["SE.interest.creditor_delay"]


def test_text_lists_it_too():
    text = run("quote", *BASE, "--deceased", "--insolvent", "--stop-asked")
    assert "Stands against collecting\n  - The debtor is dead" in text
    assert "Stands against collecting" not in run("quote", *BASE)


def test_limitation_is_looked_at_when_asked():
    old = ["--originated", "2014-05-01"]
    assert [one["id"] for one in quote(*old)["bars"]] == ["SE.limitation.passed"]
    assert quote(*old, "--interrupted", "demand:proved=2024-05-01", "--interrupted", "payment=2023-05-01")["bars"] == []
    assert quote(*old, "--interrupted", "demand=2024-05-01")["bars"] != []


def test_agreed_rate_is_quoted():
    found = quote("--agreed-rate", "24")
    assert (found["interest"], found["interest_rule"]) == ("879.45", "agreed interest of 24 % from 2025-06-01")
    assert quote("--agreed-rate", "24", "--rate-on-invoice-only")["interest"] == "376.71"


def test_danish_case_is_quoted_whole():
    letters = ["--notice", "2025-06-10", "--reminder", "2025-06-10", "--handover-fee", "2025-06-25", "--agency", "2025-06-25"]
    found = quote("--country", "DK", "--compensation", *letters)
    assert [(fee["kind"], fee["amount"]) for fee in found["fees"]] == [
        ("reminder", "100.00"), ("handover", "100.00"), ("agency_cost", "1700.00"),
    ]  # fmt: skip
    assert found["compensation"] == "310.00"


def test_norwegian_compensation_has_its_day():
    found = ["--country", "NO", "--due", "2026-05-31", "--as-of", "2026-08-15", "--compensation"]
    assert (quote(*found)["compensation"], quote(*found, "--claimed", "2026-06-30")["compensation"]) == ("430.00", "460.00")


def test_finnish_consumer_is_quoted():
    options = [
        "--country",
        "FI",
        "--debtor",
        "consumer",
        "--extension",
        "2025-07-01",
        "--plan",
        "2025-08-01",
        "--plan-broken",
        "2025-09-01",
    ]
    found = quote(*options, "--enforceable", "--demand", "2025-06-20")
    assert [fee["amount"] for fee in found["fees"]] == ["14.00", "5.00", "20.00"]
    assert "FI.fee.total_cap.consumer_over_1000" in found["unconfirmed"]


def test_other_currency_is_quoted():
    found = quote("--currency", "EUR", "--demand", "2025-07-01")
    assert (found["currency"], [one["id"] for one in found["not_claimable"]]) == ("EUR", ["SE.fee.currency"])


def test_trader_abroad_owes_no_fixed_amount():
    assert [one["id"] for one in quote("--debtor-country", "DE", "--demand", "2025-07-01")["not_claimable"]] == ["SE.fee.foreign"]
    assert quote("--debtor-country", "SE", "--demand", "2025-07-01")["not_claimable"] == []


def test_electronic_bill_is_asked_about_in_norway():
    bill = ["--due-basis", "unilateral", "--sent", "2025-05-20", "--electronic-only"]
    assert [one["id"] for one in quote("--country", "NO", *bill)["not_claimable"]] == ["NO.interest.electronic"]
    assert quote("--country", "DK", *bill, "--assessable", "2025-06-01")["interest_from"] == "2025-07-02"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        (["--debtor", "consumer", "--debtor-country", "DK"], "Ask with --country DK."),
        (["--debtor", "consumer", "--debtor-country", "DE"], "Ask somebody who knows it."),
        (["--debtor-country", "Denmark"], "--debtor-country: 'Denmark' is no country"),
        (["--debtor-country", "dk"], "'dk' is no country"),
        (["--agreed-rate", "much"], "--agreed-rate: 'much' is no number"),
        (["--agreed-rate", "-1"], "is no rate of interest"),
        (["--agreed-rate", "1e400"], "is no rate of interest"),
        (["--originated", "9999-01-01"], "is no day to reckon with"),
        (["--originated", "2025-09-16"], "--originated: 2025-09-16 is after --as-of 2025-09-15"),
        (["--originated", "2025-05-01", "--interrupted", "payment=2025-09-16"], "--interrupted: 2025-09-16 is after --as-of"),
        (["--disputed", "12500.01"], "--disputed: 12500.01 SEK is more than the principal"),
        (["--interrupted", "payment"], "has no day"),
        (["--interrupted", "hope=2025-01-01"], "'hope' is not known"),
        (["--interrupted", "demand:seen=2025-01-01"], "'seen' is no proof"),
        (["--notice", "2025-10-01"], "--notice: 2025-10-01 is after --as-of"),
        (["--extension", "2025-10-01"], "--extension"),
        (["--handover-fee", "2025-10-01"], "--handover-fee"),
        (["--agency", "2025-10-01"], "--agency"),
        (["--plan-broken", "2025-10-01"], "--plan-broken"),
        (["--claimed", "2025-10-01"], "--claimed"),
        (["--currency", "XYZ"], "XYZ"),
    ],
)
def test_bad_circumstances_are_one_sentence(changes, wrong):
    with pytest.raises(ConfigError) as caught:
        quote(*changes)
    assert wrong in str(caught.value)
    assert "\n" not in str(caught.value)
