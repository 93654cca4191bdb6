"""Late interest as letters and claims carry it: the law's day, the operator's rates, and no figure where one is missing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from commands import wiring
from core.law import Confidence
from tests.scenarios.test_one_claim import body_of
from tests.story import START, moment, sek

CONFIRMED = 'confirmed = ["SE.rate.statutory.2025-01-01"]\n'
ISSUED = START - timedelta(days=8)
DUE = START + timedelta(days=2)


def confirm_rates(story):
    (story.home / "law.toml").write_text(CONFIRMED)


def invoice(story, issued=ISSUED, total="12500.00", **customer):
    known = {"name": "Anna Ek", "org_no": "811218-9876", "email": "anna@example.com", "type": "PRIVATE"} | customer
    return story.company.add_invoice(story.company.add_customer(**known), Decimal(total), issued, DUE)


def handed_over(story):
    story.until("claims_handed_over")
    return story.claim()


def test_consumer_owes_from_the_bill_that_said_so(story):
    assert "Bills to consumers say" in story.type("tenants", "due-basis", "t", "--interest-notice")
    invoice(story)
    story.until("letters_sent")
    assert "från den 7 maj 2025" in body_of(story.mailbox.mails[0])
    claim = handed_over(story)
    assert claim["lines"][0]["interest_from"] == str(ISSUED + timedelta(days=30)) == "2025-05-07"
    assert (claim["interest"]["kind"], claim["interest"]["margin_pp"]) == ("statutory", "8.00")
    assert any("räntelag (1975:635) 4 §" in why and "bill's own date 2025-04-07" in why for why in claim["interest"]["why"])


@pytest.mark.parametrize("said", [(), ("--interest-notice", "--no-interest-notice")], ids=["unsaid", "taken back"])
def test_consumer_owes_nothing_while_nobody_says_that_the_bill_did(story, said):
    for option in said:
        story.type("tenants", "due-basis", "t", option)
    invoice(story)
    story.until("letters_sent")
    assert "ränta" not in body_of(story.mailbox.mails[0]).lower()
    claim = handed_over(story)
    assert claim["lines"][0]["interest_from"] is None and claim["interest"]["claimed"] == sek("0.00")
    assert any("does not say that non-payment costs interest" in why and "4 §" in why for why in claim["interest"]["why"])


def test_business_owes_from_the_due_date(story):
    story.invoice()
    claim = handed_over(story)
    assert claim["lines"][0]["interest_from"] == str(DUE)
    assert any("räntelag (1975:635) 3 §" in why for why in claim["interest"]["why"])


def test_tenant_says_how_due_dates_come_about(story):
    said = story.type("tenants", "due-basis", "t", "--business", "unilateral", "--consumer", "agreed")
    assert "do not say that paying late costs interest" in said
    assert "business     unilateral\n" in said and "public       agreed (presumed)" in said
    invoice(story)
    invoice(story, name="Kund AB", org_no="556036-0793", type="COMPANY")
    story.until("claims_handed_over")
    events = story.agency.get("/v1/events").json()["events"]
    claims = [story.agency.get(f"/v1/claims/{event['claim_id']}").json() for event in events]
    days = {claim["debtors"][0]["kind"]: claim["lines"][0]["interest_from"] for claim in claims}
    assert days == {"consumer": str(DUE), "business": "2025-05-07"}


def test_unconfirmed_rate_gives_no_figure(story):
    story.invoice()
    interest = handed_over(story)["interest"]
    assert (interest["claimed"], interest["claimed_until"]) == (None, None)
    assert any("nobody has confirmed SE.rate.statutory.2025-01-01" in why for why in interest["why"])


def test_confirmed_rates_bring_the_figure(story):
    confirm_rates(story)
    story.invoice()
    interest = handed_over(story)["interest"]
    days = (story.today - DUE).days
    exact = Decimal(12500) * 11 * days / 36500
    assert interest["claimed"] == sek(str(exact.quantize(Decimal("0.01"))))
    assert interest["claimed_until"] == str(story.today)


def test_claimed_interest_is_posted_once(story):
    confirm_rates(story)
    number = story.invoice()
    figure = handed_over(story)["interest"]["claimed"]["amount"]
    claim = story.acknowledge()
    story.days(1)
    story.pay_agency(claim, "P1", "12500.00", figure, "180.00")
    assert story.days(2)[-1]["differences"] == 0
    assert story.balance(number) == 0
    assert interest_owed(story) == (figure, "0.00")


def test_later_interest_adds_what_exceeds_it(story):
    confirm_rates(story)
    story.invoice()
    figure = Decimal(handed_over(story)["interest"]["claimed"]["amount"])
    claim = story.acknowledge()
    story.days(1)
    story.pay_agency(claim, "P1", "12500.00", str(figure + 10))
    story.days(2)
    assert interest_owed(story) == (str(figure + 10), "0.00")


def test_credit_restates_claimed_interest(story):
    confirm_rates(story)
    number = story.invoice()
    before = Decimal(handed_over(story)["interest"]["claimed"]["amount"])
    story.acknowledge()
    story.days(1)
    story.company.credit_invoice(number, Decimal("6250.00"), on=story.today)
    assert story.days(2)[-1]["differences"] == 0
    after = Decimal(story.claim()["interest"]["claimed"]["amount"])
    assert abs(after - before / 2) <= Decimal("0.01")
    assert interest_owed(story) == (str(after), str(after))


def test_credit_leaves_a_rule_alone(story):
    number = story.invoice()
    handed_over(story)
    story.acknowledge()
    story.days(1)
    story.company.credit_invoice(number, Decimal("6250.00"), on=story.today)
    story.days(2)
    assert story.claim()["interest"]["claimed"] is None
    assert interest_owed(story) == ("0.00", "0.00")


def test_missing_half_year_stops_no_handover(story):
    story.company.books.add_year(2027)
    story.today = date(2026, 12, 14)
    story.clock.advance_to(moment(story.today, 5).timestamp())
    (story.home / "law.toml").write_text('confirmed = ["SE.rate.statutory.2025-07-01", "SE.rate.statutory.2026-01-01"]\n')
    story.invoice(due=story.today + timedelta(days=2))
    claim = handed_over(story)
    assert story.today.year == 2027
    assert (claim["interest"]["claimed"], claim["interest"]["margin_pp"]) == (None, "8.00")
    assert any("the rate for 2027-01-01.." in why for why in claim["interest"]["why"])
    assert claim["lines"][0]["interest_from"] == "2026-12-16"


def test_broken_law_file_stops_the_run(story):
    (story.home / "law.toml").write_text("[[rates]]\n")
    assert "law.toml: unknown key 'rates'" in story.type("run", "--tenant", "t", code=2)


def interest_owed(story):
    """What was claimed of interest in all, and what of it is unpaid."""
    from commands.wiring import open_app
    from core.claim import Component
    from core.ledger import LedgerAccount, balance
    from core.store import claims

    with open_app().database.read() as connection:
        entries = claims.list_entries(connection, tenant="t")
    creditor = balance(entries, LedgerAccount.CREDITOR, "SEK", Component.INTEREST)
    return (-creditor).text(), balance(entries, LedgerAccount.DEBTOR, "SEK", Component.INTEREST).text()


@pytest.mark.parametrize(("of", "weak"), [("PRIVATE", True), ("COMPANY", False)])
def test_unconfirmed_start_gives_no_figure(story, monkeypatch, of, weak):
    """The 30 days of a bill are a row as a rate is; where the due date was agreed nothing is reckoned from them."""
    confirm_rates(story)
    story.type("tenants", "due-basis", "t", "--interest-notice")
    read = wiring.read_law

    def unread(home):
        rows = (
            replace(row, confidence=Confidence.MEMORY_UNVERIFIED) if row.code == "interest_start_days" else row for row in read(home).rows
        )
        return replace(read(home), rows=tuple(rows))

    monkeypatch.setattr(wiring, "read_law", unread)
    invoice(story, **({} if of == "PRIVATE" else {"name": "Kund AB", "org_no": "556036-0793", "type": "COMPANY"}))
    interest = handed_over(story)["interest"]
    assert (interest["claimed"] is None) == weak
    assert any("nobody has confirmed SE.deadline.interest_start_days" in why for why in interest["why"]) == weak
