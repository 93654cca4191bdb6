"""A policy is tried on the past before it is switched on: backtest, diff and statistics over a company's own books."""

import json
from datetime import date, timedelta

import pytest

from tests.story import org_no

LONG_AGO = date(2025, 1, 20)
CSV = """number,debtor,debtor_kind,currency,total,issued_on,due_on,paid_on,paid
17,3,business,SEK,1250.00,2024-04-05,2024-05-06,2024-06-20,1250.00
18,3,business,SEK,900.00,2024-04-05,2024-05-06,2024-05-06,900.00
"""


def told(story, *arguments):
    return json.loads(story.type(*arguments, "--json"))


def backtest(story, *arguments):
    return told(story, "policy", "backtest", "--tenant", "t", *arguments)


def reads(story):
    return [row["path"] for row in story.simulator.log.rows if row["method"] == "GET"]


@pytest.fixture
def past(story):
    """One invoice paid in time, one paid forty days late, one never."""
    numbers = [story.invoice(due=LONG_AGO, org_no=org_no(serial)) for serial in range(3)]
    for number, late in zip(numbers, (0, 40), strict=False):
        story.company.pay_invoice(number, on=LONG_AGO + timedelta(days=late))
    return numbers


def test_backtest_replays_the_books(story, past):
    found = backtest(story)
    _, late, never = past
    assert [(event["action"], event["invoices"]) for event in found["events"]] == [
        ("remind", [late]), ("remind", [never]), ("handover", [late]), ("handover", [never]),
    ]  # fmt: skip
    assert (found["happened"]["due"]["count"], found["happened"]["late"]["count"], found["happened"]["still_open"]["count"]) == (3, 2, 1)


def test_backtest_prints_no_empty_month_and_no_broken_line(story, past):
    lines = story.type("policy", "backtest", "--tenant", "t", "--months", "12").splitlines()
    assert not [line for line in lines if line.endswith((",", ", "))]
    assert [line.split()[0] for line in lines if line.startswith("202")] == ["2025-01", "2025-02", "2025-03"]
    assert lines[-1] == "In months that are left out nothing was due, sent or overdue."
    assert len(backtest(story, "--months", "12")["months"]) == 12


def test_backtest_names_no_month_left_out_where_none_is(story, past):
    assert "left out" not in story.type("policy", "backtest", "--tenant", "t", "--months", "3")


def test_second_backtest_reads_nothing(story, past):
    first = backtest(story)
    before = len(reads(story))
    assert backtest(story) == first
    assert len(reads(story)) == before
    backtest(story, "--read-again")
    assert len(reads(story)) > before


def test_longer_past_is_read_anew(story, past):
    backtest(story, "--months", "3")
    before = len(reads(story))
    backtest(story, "--months", "6")
    assert len(reads(story)) > before


def test_backtest_sends_and_books_nothing(story, past):
    written = [row for row in story.simulator.log.rows if row["method"] != "GET" and "oauth" not in row["path"]]
    backtest(story)
    assert [row for row in story.simulator.log.rows if row["method"] != "GET" and "oauth" not in row["path"]] == written
    assert story.mailbox.mails == []


def test_another_policy_does_otherwise(story, past, tmp_path):
    file = tmp_path / "late.toml"
    file.write_text(story.type("policy", "show", "se-standard").replace("after_days = 7", "after_days = 30"))
    days = [min(event["on"] for event in backtest(story, name)["events"]) for name in ("current", str(file), "1", "se-standard")]
    assert days == ["2025-01-27", "2025-02-19", "2025-01-27", "2025-01-27"]


def test_override_is_replayed(story, past):
    story.run()
    story.type("policy", "override", "t", "--invoice", past[2], "--mode", "off")
    assert [event["invoices"] for event in backtest(story)["events"]] == [[past[1]], [past[1]]]


def test_chart_is_written(story, past, tmp_path):
    text = story.type("policy", "backtest", "--tenant", "t", "--chart", str(tmp_path / "chart.svg"))
    assert (tmp_path / "chart.svg").read_text().startswith("<svg")
    assert "This is an assumption, no finding." in text


def test_file_needs_no_tenant(monkeypatch, tmp_path, story):
    (tmp_path / "h.csv").write_text(CSV)
    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path / "nowhere"))
    found = told(story, "policy", "backtest", "se-standard", "--history", str(tmp_path / "h.csv"), "--fee-agreed")
    assert [(event["on"], event["fee"]) for event in found["events"]] == [("2024-05-13", "60.00"), ("2024-05-29", "0.00")]


def test_until_beyond_the_history_is_refused(story, past):
    assert "the history ends on" in story.type("policy", "backtest", "--tenant", "t", "--until", "2026-01-01", code=2)


def test_policy_of_another_currency_is_refused(story, tmp_path):
    file = tmp_path / "eur.toml"
    file.write_text(story.type("policy", "show", "se-standard").replace('"SEK"', '"EUR"'))
    for command in (("backtest", str(file)), ("diff", "current", str(file))):
        assert "it is for EUR, and t has SEK" in story.type("policy", *command, "--tenant", "t", code=2)


def test_chart_that_cannot_be_written_is_told(story, past, tmp_path):
    assert "ends in .svg" in story.type("policy", "backtest", "--tenant", "t", "--chart", str(tmp_path / "c.png"), code=2)
    assert "it can't be written" in story.type("policy", "backtest", "--tenant", "t", "--chart", str(tmp_path / "no" / "c.svg"), code=2)


def test_unknown_version_is_refused(story):
    assert "there is no such version (there are 1 to 1)" in story.type("policy", "backtest", "7", "--tenant", "t", code=2)


def test_diff_tells_who_moves_and_why(story):
    story.type("policy", "use", "t", "se-cautious")
    number = story.invoice()
    story.days(10)
    (move,) = told(story, "policy", "diff", "1", "current", "--tenant", "t")["moves"]
    assert (move["invoice"], move["before"]["mode"], move["after"]["mode"]) == (number, "auto", "ask")
    text = story.type("policy", "diff", "1", "current", "--tenant", "t")
    assert "current: remind on 2025-04-25, a person is asked. A person is asked first." in text
    assert "\n1 of 1 open invoices move from 1 to current on 2025-04-25.\nWhat they say differently:\n" in text
    assert "\n  name: se-standard → se-cautious\n" in text and "\n  step remind.mode: auto → ask\n" in text


def test_diff_names_what_moves_no_invoice(story, tmp_path):
    file = tmp_path / "p.toml"
    file.write_text(story.type("policy", "show", "se-standard").replace('minimum = "300.00"', 'minimum = "400.00"'))
    told = story.type("policy", "diff", "se-standard", str(file), "--tenant", "t")
    assert told.endswith("What they say differently:\n  step handover.minimum: 300.00 → 400.00\n")
    assert told.startswith("0 of 0 open invoices")
    assert story.type("policy", "diff", "current", "se-standard", "--tenant", "t").endswith("Both say the same.\n")


def test_diff_of_the_same_moves_nobody(story):
    story.invoice()
    story.days(1)
    assert told(story, "policy", "diff", "current", "se-standard", "--tenant", "t")["moves"] == []


def test_stats_count_how_one_is_paid(story, past):
    found = told(story, "stats", "--tenant", "t", "--months", "6")
    assert (found["all"]["late"]["pct"], found["all"]["week_late"]["count"], found["all"]["unsettled"]["count"]) == ("66.7", 2, 1)
    assert list(found["by_month"]) == ["2025-01"]
    assert found["by_kind"].keys() == {"business"}
    assert found["collection"]["pct"] is None
    assert "DSO" in story.type("stats", "--tenant", "t", "--months", "6")


def test_dry_run_tells_what_would_go(story):
    story.type("policy", "use", "t", "se-cautious")
    numbers = [story.invoice(), story.invoice("900.00", org_no=org_no(8))]
    assert "Nothing would go on 2025-04-15 under current." in story.type("policy", "dry-run", "--tenant", "t")
    story.days(10)
    cautious, standard = (told(story, "policy", "dry-run", name, "--tenant", "t")["would_go"] for name in ("current", "se-standard"))
    assert [(one["action"], one["invoices"], one["asks"], one["asked"]) for one in standard] == [
        ("remind", [numbers[0]], "12500.00", False), ("remind", [numbers[1]], "900.00", False),
    ]  # fmt: skip
    assert [one["asked"] for one in cautious] == [True, True]
    text = story.type("policy", "dry-run", "--tenant", "t")
    assert f"remind: Kund 1 AB, invoice {numbers[0]}, asks for 12500.00 SEK (a person is asked first)" in text
    assert story.mailbox.mails == []


def test_dry_run_refuses_what_it_does_not_know(story):
    assert "it can't be read" in story.type("policy", "dry-run", "no.toml", "--tenant", "t", code=2)
    assert "there is no such version" in story.type("policy", "dry-run", "9", "--tenant", "t", code=2)
    assert "nobody" in story.type("policy", "dry-run", "--tenant", "nobody", code=2)
