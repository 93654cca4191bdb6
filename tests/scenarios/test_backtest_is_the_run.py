"""A backtest says what the engine did: the same book lived day by day and replayed, letter for letter, claim for claim and fee for fee."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from commands.past import past_of_tenant
from commands.wiring import open_app
from core.engine.facts import gather
from core.law import is_bank_day
from core.policy import load_template
from tests.scenarios.test_post import print_letters
from tests.story import START, org_no

STANDARD = load_template("se-standard")
COOLING = STANDARD.replace("after_previous_days = 0", "after_previous_days = 0\ncooling_off_days = 4")
LIMITED = STANDARD.replace("letters = 200", "letters = 2").replace("handovers = 50", "handovers = 1")
SLOW = """
[[step]]
after_days = 4
action = "remind"
mode = "auto"
pay_within_days = 10
channel = "email"
fee = "statutory"
[step.when]
unpaid_invoices = { min = 2 }

[[step]]
after_days = 14
action = "remind"
mode = "auto"
pay_within_days = 10
channel = "email"
announces_collection = true
fee = "statutory"

[[step]]
after_previous_days = 0
action = "handover"
mode = "auto"
[step.when]
mean_days_late = { min = 3 }
if_unknown = "no"
"""
CONDITIONS = STANDARD.split("[[step]]", maxsplit=1)[0] + SLOW
BOOK = (
    # debtor, days to the due day, öre in kronor, days from the due day to payments
    (1, 3, "1000.00", {}), (1, 5, "2000.00", {}), (1, 12, "900.00", {30: "400.00"}), (2, 4, "4000.00", {6: "4000.00"}), (2, 9, "700.00", {}),
    (3, 4, "5000.00", {15: "5000.00"}), (3, 8, "300.00", {21: "300.00"}), (4, 4, "800.00", {22: "900.00"}), (4, 6, "600.00", {}),
    (5, 20, "1500.00", {-2: "500.00"}), (5, 21, "1500.00", {}), (6, 3, "50.00", {}),
)  # fmt: skip
DAYS = 75


def live(story, document):
    """Live the book day by day; a person says yes on the bank day after something was asked, to what is asked about then, and runs again."""
    (story.home / "policy.toml").write_text(document)
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    story.type("tenants", "fee", "t", "--agreement", "General terms 2025, § 7", "--since", "2025-01-01")
    customers = {one: story.company.add_customer(f"Kund {one} AB", org_no(one), f"k{one}@example.com") for one, *_ in BOOK}
    payments = []
    for debtor, ahead, total, paid in BOOK:
        due = START + timedelta(days=ahead)
        number = story.company.add_invoice(customers[debtor], Decimal(total), due - timedelta(days=30), due)
        payments += [(due + timedelta(days=late), number, amount) for late, amount in paid.items()]
    asked = False
    for _ in range(DAYS):
        story.morning()
        story.run()
        questions = json.loads(story.type("claims", "approve", "--tenant", "t", "--list", "--json"))["questions"]
        if asked and questions and is_bank_day("SE", story.today):
            for question in questions:
                story.type("claims", "approve", question["id"], "--tenant", "t")
            story.run()
            questions = []
        asked = bool(questions)
        for on, number, amount in payments:
            if on == story.today:
                story.company.pay_invoice(number, Decimal(amount), on=on)


def of_the_engine():
    """What became of every invoice: its letters (day, kind, fee), and the day it was handed over."""
    app = open_app()
    run = app.look("t", date.max - timedelta(days=40000))
    with app.database.read() as connection:
        sent = gather(run, connection).sent
    letters = {
        ref: [(str(one.sent_on), str(one.action), one.fee.text()) for one in found if one.fee is not None] for ref, found in sent.items()
    }
    _, past = past_of_tenant(app, "t", 6, read_again=True, quiet=True)
    return {one.number: (letters.get(one.source_ref, []), one.handed_over_on and str(one.handed_over_on)) for one in past}


def of_the_backtest(story):
    found = json.loads(story.type("policy", "backtest", "--tenant", "t", "--months", "6", "--json"))
    done = {number: ([], None) for number in of_the_engine()}
    for event in found["events"]:
        for number in event["invoices"]:
            letters, on = done[number]
            if event["action"] == "handover":
                done[number] = (letters, event["on"])
            else:
                done[number] = ([*letters, (event["on"], event["action"], event["fee"])], on)
    return done


@pytest.mark.parametrize("document", [STANDARD, COOLING, LIMITED, CONDITIONS], ids=["standard", "cooling_off", "limits", "conditions"])
def test_backtest_is_what_the_engine_did(story, document):
    live(story, document)
    done = of_the_engine()
    assert sum(len(letters) for letters, _ in done.values()) >= 7
    assert any(on for _, on in done.values())
    assert of_the_backtest(story) == done


def test_backtest_of_letters_by_post_is_what_the_engine_did(story, monkeypatch):
    """Each is printed on the day on which it was written."""
    run, printed = story.run, []

    def run_and_print():
        done = run()
        if done["to_print"]:
            printed.append(print_letters(story, f"{len(printed)}.pdf"))
        return done

    monkeypatch.setattr(story, "run", run_and_print)
    monkeypatch.setattr("tests.scenarios.test_backtest_is_the_run.DAYS", 45)
    live(story, STANDARD.replace('channel = "email"', 'channel = "print"'))
    assert printed
    assert of_the_backtest(story) == of_the_engine()
