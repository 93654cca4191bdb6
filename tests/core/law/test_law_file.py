"""`kravbro law confirm` and `law add`: what they write, what they leave as it is, and what they refuse."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from commands.law import law
from core.errors import ConfigError

WEAK = "SE.rate.statutory.2025-01-01"
PUBLISHED = ["add", "DK.rate.statutory", "--reference", "1.60", "--from", "2026-07-01", "--source", "nationalbanken.dk"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An operator's home of its own."""
    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KRAVBRO_LAW_ROWS", raising=False)
    return tmp_path / "home"


def run(*arguments):
    return CliRunner().invoke(law, arguments, catch_exceptions=False).output


def row(key):
    return next(one for one in json.loads(run("rows", "--json"))["rows"] if one["key"] == key)


def test_confirmed_row_is_confirmed(home):
    assert run("confirm", WEAK) == f"{WEAK} 11.00 pct: confirmed in {home / 'law.toml'}.\n"
    assert row(WEAK)["confidence"] == "confirmed"


def test_unconfirmed_row_says_so():
    assert row(WEAK)["confidence"] == "derived"
    assert f"not confirmed: {WEAK}" in run("check", "--country", "SE", "--as-of", "2025-01-01")


def test_confirming_twice_writes_once(home):
    run("confirm", WEAK, WEAK, "--source", 'the "Riksbank"')
    assert "needs no confirmation" in run("confirm", WEAK)
    text = (home / "law.toml").read_text(encoding="utf-8")
    assert text.count("[[confirmation]]") == 1
    assert 'source = "the \\"Riksbank\\""' in text


def test_sure_row_writes_nothing(home):
    assert "needs no confirmation" in run("confirm", "SE.rate.statutory.2024-01-01")
    assert not (home / "law.toml").exists()


@pytest.mark.parametrize(("key", "wrong"), [("SE.rate.x", "no row of this name"), ("NO.fee.notice.new_act", "not in force")])
def test_confirming_nothing_is_refused(key, wrong):
    with pytest.raises(ConfigError, match=wrong):
        run("confirm", key)


def test_operators_own_text_stays(home):
    home.mkdir()
    (home / "law.toml").write_text(f'# mine\nconfirmed = ["{WEAK}"]', encoding="utf-8")
    run("confirm", "SE.rate.statutory.2025-07-01")
    assert (home / "law.toml").read_text(encoding="utf-8").startswith(f'# mine\nconfirmed = ["{WEAK}"]\n\n[[confirmation]]\n')
    assert {row(WEAK)["confidence"], row("SE.rate.statutory.2025-07-01")["confidence"]} == {"confirmed"}


def test_named_file_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("KRAVBRO_LAW_ROWS", str(tmp_path / "mine.toml"))
    (tmp_path / "mine.toml").write_text("", encoding="utf-8")
    run("confirm", WEAK)
    assert WEAK in (tmp_path / "mine.toml").read_text(encoding="utf-8")


def test_reference_makes_a_rate():
    assert run(*PUBLISHED).startswith("DK.rate.statutory.2026-07-01 9.60 pct from 2026-07-01 to 2026-12-31: added in ")
    added = row("DK.rate.statutory.2026-07-01")
    assert (added["value"], added["statute"], added["source"]) == ("9.60", "renteloven § 5", "nationalbanken.dk")
    assert added["confidence"] == "confirmed"


def test_added_rate_is_computed_with():
    ask = [
        "quote",
        "--country",
        "DK",
        "--debtor",
        "business",
        "--principal",
        "36500",
        "--due",
        "2026-07-01",
        "--as-of",
        "2026-07-11",
        "--json",
    ]
    assert json.loads(run(*ask))["interest"] is None
    run(*PUBLISHED)
    found = json.loads(run(*ask))
    assert (found["interest"], found["unconfirmed"]) == ("96.00", [])


def test_reference_makes_both_finnish_rates():
    run("add", "FI.rate.statutory", "--reference", "2.50", "--from", "2026-07-01", "--source", "FOR-1")
    assert (row("FI.rate.statutory.consumer.2026-07-01")["value"], row("FI.rate.statutory.2026-07-01")["value"]) == ("9.50", "10.50")
    assert json.loads(run("check", "--country", "FI", "--as-of", "2026-07-01", "--json"))["countries"][0]["missing"] == [
        {"code": "statutory", "row": "FI.rate.statutory", "from": "2027-01-01", "to": "2027-01-01"}
    ]


def test_rate_itself_makes_a_row():
    run("add", "NO.rate.statutory", "--value", "12.50", "--from", "2027-01-01", "--source", "FOR-1")
    assert (row("NO.rate.statutory.2027-01-01")["value"], row("NO.rate.statutory.2027-01-01")["to"]) == ("12.50", "2027-06-30")


def test_amount_makes_a_row():
    run("add", "NO.fee.compensation", "--value", "440", "--from", "2027-01-01", "--source", "FOR-1", "--statute", "FOR-1 § 2")
    added = row("NO.fee.compensation.2027-01-01")
    assert (added["value"], added["statute"], added["debtors"]) == ("440", "FOR-1 § 2", ["business", "sole_trader", "public"])


def test_terms_and_band_are_copied():
    run("add", "FI.fee.demand", "--variant", "over_500", "--value", "75", "--from", "2027-01-01", "--source", "FOR-1")
    assert row("FI.fee.demand.over_500.2027-01-01")["to"] is None
    assert (row("FI.fee.demand.over_500.2027-01-01")["over"], row("FI.fee.demand.over_500.2027-01-01")["up_to"]) == ("500", "2500")
    ask = ["--principal", "600", "--due", "2027-01-02", "--as-of", "2027-06-30", "--demand", "2027-02-01", "--demand", "2027-03-01"]
    found = json.loads(run("quote", "--country", "FI", "--debtor", "business", *ask, "--json"))
    assert [fee["amount"] for fee in found["fees"]] == ["75.00", "37.50"]


def test_amount_without_end_is_followed():
    run("add", "FI.fee.demand", "--variant", "over_500", "--value", "75", "--from", "2027-01-01", "--to", "2027-12-31", "--source", "FOR-1")
    for since in ("2022-05-01", "2027-12-31"):
        with pytest.raises(ConfigError, match="is in the tables for these days"):
            run("add", "FI.fee.demand", "--variant", "over_500", "--value", "80", "--from", since, "--source", "FOR-1")


@pytest.mark.parametrize(("name", "ends"), [("SE.fee.reminder", None), ("NO.fee.compensation", "2027-06-30")])
def test_only_what_is_published_anew_ends_by_itself(name, ends):
    run("add", name, "--value", "70", "--from", "2026-01-01", "--to", "2026-06-30", "--source", "SFS 2025:1", "--replace")
    run("add", name, "--value", "180", "--from", "2027-01-01", "--source", "SFS 2026:1")
    added = row(f"{name}.2027-01-01")
    assert (added["to"], "repealed" in added["statute"]) == (ends, False)


@pytest.mark.parametrize("words", ["", "x"])
def test_source_names_something(home, words):
    assert "names nothing" in run(*PUBLISHED, "--source", words)
    assert "names nothing" in run("confirm", WEAK, "--source", words)
    assert not home.exists()


def test_amount_without_end_takes_no_later_rows_place():
    later = ["add", "SE.fee.reminder", "--value", "80", "--from", "2028-01-01", "--source", "SFS 2027:1"]
    run(*later)
    with pytest.raises(ConfigError, match="2028-01-01 is in the tables for these days"):
        run("add", "SE.fee.reminder", "--value", "70", "--from", "2027-01-01", "--source", "SFS 2026:1")


@pytest.mark.parametrize(
    ("days", "wrong"),
    [('value = "1e400"', "is no number"), ('value = "0.5"', "no whole number"), ('value = "9"\nfrom = 2030-01-01', "at all times")],
)
def test_period_by_hand_is_whole_and_always(home, days, wrong):
    home.mkdir()
    row_ = '[[deadline]]\ncountry = "SE"\ncode = "demand_min_days"\nunit = "days"\nstatute = "s"\nsource = "s"\nconfidence = "confirmed"\n'
    (home / "law.toml").write_text(row_ + 'value = "9"', encoding="utf-8")
    assert row("SE.deadline.demand_min_days")
    (home / "law.toml").write_text(row_ + days, encoding="utf-8")
    with pytest.raises(ConfigError, match=wrong):
        run("rows")


def test_newer_decision_takes_the_place(home):
    run("add", "SE.rate.statutory", "--value", "10.50", "--from", "2026-07-01", "--source", "FOR-1", "--replace")
    with pytest.raises(ConfigError, match="is in the tables for these days"):
        run("add", "SE.rate.statutory", "--value", "11", "--from", "2026-07-01", "--source", "FOR-1")
    ask = ["--principal", "36500", "--due", "2026-07-01", "--as-of", "2026-07-11"]
    assert json.loads(run("quote", "--country", "SE", "--debtor", "business", *ask, "--json"))["interest"] == "105.00"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        (["--to", "2027-06-30"], "is published anew"),
        (["--from", "2026-08-01"], "is no first day of a half-year"),
        (["--to", "2026-06-30"], "is before --from"),
        (["--value", "9.60"], "give either it or --reference"),
        (["--reference", "96"], "104.00 % a year is no likely late rate"),
        (["--reference", "-8"], "is no likely late rate"),
        (["--reference", "32"], "40.00 % a year is no likely"),
        (["--reference", "one"], "'one' is no number"),
        (["--reference", "NaN"], "'NaN' is no number"),
        (["--variant", "consumer"], "has no 'consumer'"),
        (["--from", "soon"], "is no day"),
        (["--from", "2026-01-01"], "is in the tables for these days"),
    ],
)
def test_bad_publication_is_one_sentence(home, changes, wrong):
    with pytest.raises(ConfigError, match=wrong) as caught:
        run(*PUBLISHED, *changes)
    assert "\n" not in str(caught.value)
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["DK.rate.statutory"], "give either it or --reference"),
        (["DK.rate.x", "--value", "1"], "no rows of this name"),
        (["FI.rate.statutory", "--value", "10"], "has 2 kinds of rows"),
        (["NO.fee.compensation", "--reference", "10"], "needs an amount"),
        (["NO.fee.compensation", "--value", "-1"], "needs an amount"),
        (["SE.fee.reminder", "--value", "180.01"], "is no likely amount after SE.fee.reminder.2013-03-16, 60"),
        (["SE.deadline.demand_min_days", "--value", "9"], "holds at all times"),
        (["SE.limitation.consumer", "--value", "5"], "holds at all times"),
    ],
)
def test_wrong_kind_of_row_is_refused(arguments, wrong):
    with pytest.raises(ConfigError, match=wrong):
        run("add", *arguments, "--from", "2027-01-01", "--source", "FOR-1")


def test_unreadable_file_is_left_alone(home):
    home.mkdir()
    (home / "law.toml").write_text("[[rates]]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown key 'rates'"):
        run("confirm", WEAK)
    assert (home / "law.toml").read_text(encoding="utf-8") == "[[rates]]\n"


def test_folder_without_right_is_told(home):
    home.parent.joinpath("home").write_text("a file, no folder", encoding="utf-8")
    with pytest.raises(ConfigError, match="can't be"):
        run("confirm", WEAK)


@pytest.mark.parametrize("text", ["confirmation = 5", "[[confirmation]]\non = 2026-01-01"])
def test_confirmation_of_nothing_is_refused(home, text):
    home.mkdir()
    (home / "law.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="a confirmation names no row"):
        run("rows")


def test_confirmation_has_its_day(home):
    run("confirm", WEAK)
    line = next(line for line in (home / "law.toml").read_text(encoding="utf-8").splitlines() if line.startswith("on = "))
    assert date.fromisoformat(line.removeprefix("on = "))


def test_adopted_act_is_listed():
    assert "adopted, not in force: NO.fee.notice.new_act" in run("check", "--country", "NO", "--as-of", "2026-01-01")
    assert "not in force" in run("rows", "--country", "NO", "--table", "fee")
