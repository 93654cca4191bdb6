"""What goes together in one letter or claim, and what never does."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from commands.wiring import open_app
from core.policy import load_template
from core.store.tables import claims, intent_subjects
from tests.scenarios.test_one_claim import body_of
from tests.scenarios.test_post import print_letters
from tests.story import START, org_no

DUE = START + timedelta(days=2)
TWO_LETTERS = """name = "two-letters"
country = "SE"
currency = "SEK"
[[step]]
action = "remind"
after_days = 7
[[step]]
action = "remind"
after_days = 26
announces_collection = {announces}
channel = "{channel}"
[[step]]
action = "handover"
after_previous_days = 0
"""


def two_steps_on_one_day(story, **second):
    """One debtor, two invoices: on the day the later one gets its first reminder the earlier one gets its second."""
    (story.home / "policy.toml").write_text(TWO_LETTERS.format(**{"announces": "true", "channel": "email"} | second))
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    customer = story.company.add_customer("Kund 1 AB", "556036-0793", "kund@example.com")
    for due in (DUE, DUE + timedelta(days=19)):
        story.company.add_invoice(customer, 12500, due - timedelta(days=30), due)
    story.until("letters_sent")
    return story.until("letters_sent")["letters_sent"]


def test_two_steps_share_no_letter(story):
    assert two_steps_on_one_day(story) == 2
    _, second, first = [body_of(mail) for mail in story.mailbox.mails]
    if "inkasso" in first:
        first, second = second, first
    assert "inkasso" in second and "inkasso" not in first
    assert "faktura 1," in second and "faktura 2," in first


def test_step_by_post_takes_no_other_along(story):
    assert two_steps_on_one_day(story, channel="print") == 1
    assert len(story.mailbox.mails) == 2
    assert "One letter is" in print_letters(story)


def test_one_step_shares_a_letter(story):
    customer = story.company.add_customer("Kund 1 AB", "556036-0793", "kund@example.com")
    for _ in range(2):
        story.company.add_invoice(customer, 12500, DUE - timedelta(days=30), DUE)
    assert story.until("letters_sent")["letters_sent"] == 1
    assert "2 fakturor" in body_of(story.mailbox.mails[0]) or "fakturorna" in body_of(story.mailbox.mails[0])


@pytest.mark.parametrize(("is_open", "handed_over"), [(True, 0), (False, 1)])
def test_no_claim_beside_an_open_intent(story, is_open, handed_over):
    story.invoice()
    story.until("letters_sent")
    with open_app().database.write() as connection:  # as if a handover of this invoice were under way, its claim gone
        connection.execute(update(intent_subjects).values(kind="submit_claim", is_open=True) if is_open else select(intent_subjects))
    done = story.days(22)
    with open_app().database.read() as connection:
        assert len(connection.execute(select(claims)).all()) == handed_over
    assert sum(day["claims_handed_over"] for day in done) == handed_over


def test_every_account_of_the_creditor_is_named(story):
    accounts = {"plusgiro": "12 34 56-6", "iban": "SE3550000000054910000003", "bic": "ESSESESS"}
    change_company(story, bankgiro="", **accounts)
    story.invoice()
    story.until("letters_sent")
    assert "12 34 56-6" in body_of(story.mailbox.mails[0])
    story.until("claims_handed_over")
    creditor = story.claim()["creditor"]
    assert {name: creditor[name] for name in accounts} == accounts


def change_company(story, **changes):
    from dataclasses import replace

    from core.store import tenants

    with open_app().database.write() as connection:
        company = tenants.get_tenant(connection, "t").company
        tenants.change_tenant(connection, "t", company=replace(company, **changes))


def two_numbers(story, second="556036-0793", **given):
    """One invoice under each of two customer numbers."""
    story.invoice(due=DUE, **given)
    story.invoice(due=DUE, org_no=second)


def claims_of(story):
    with open_app().database.read() as connection:
        return connection.execute(select(claims.c.snapshot)).scalars().all()


def test_customer_numbers_of_one_debtor_share(story):
    two_numbers(story, email="")
    story.type("tenants", "fee", "t", "--agreement", "terms 2024", "--since", "2025-01-01")
    assert story.until("letters_sent")["letters_sent"] == 1
    assert len(story.mailbox.mails) == 1  # to the number that has an address
    assert "25 060,00" in body_of(story.mailbox.mails[0])  # one fee
    story.until("claims_handed_over")
    assert [snapshot.count('"invoice_no"') for snapshot in claims_of(story)] == [2]


@pytest.mark.parametrize(("since", "asked"), [("2025-03-18", "12 560,00"), ("2025-03-19", "12 500,00"), ("", "12 500,00")])
def test_fee_is_asked_on_bills_from_its_agreement_on(story, since, asked):
    """The bill is of 2025-03-18; unsaid, the agreement is of today (lag 1981:739 2 §: agreed no later than when the debt arose)."""
    story.invoice(due=START + timedelta(days=2))
    said = story.type("tenants", "fee", "t", "--agreement", "terms 2024", *(("--since", since) if since else ()))
    assert f"Bills from {since or START} on" in said
    assert story.until("letters_sent")["letters_sent"] == 1
    assert f"Att betala: {asked}" in " ".join(body_of(story.mailbox.mails[0]).split())


def test_fee_of_a_shared_letter_is_on_no_invoice_that_had_its_own(story):
    """The first letter is about invoice 1 alone, the second about both (lag 1981:739 4 §: once per debt)."""
    remind = '[[step]]\naction = "remind"\nafter_days = {}\nfee = "statutory"\npay_within_days = 1\n'
    text = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n[handover]\none_claim_per = "invoice"\n'
    text += remind.format(7) + 'when = { amount = { min = "1000.00" } }\n' + remind.format(16)
    (story.home / "policy.toml").write_text(text + '[[step]]\naction = "handover"\nafter_previous_days = 0\n')
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    story.type("tenants", "fee", "t", "--agreement", "terms 2024", "--since", "2025-01-01")
    for total in ("5000.00", "500.00"):
        story.invoice(total, due=DUE)
    asked = {}
    for _ in range(2):
        story.until("claims_handed_over")
        claim = story.claim()
        asked[claim["lines"][0]["invoice_no"]] = ([fee["amount"] for _, fee in claim["fees"]], len(claim["notices"]))
    assert asked == {"1": (["60.00"], 2), "2": (["60.00"], 2)}


def test_two_debtors_share_nothing(story):
    two_numbers(story, org_no(2))
    assert story.until("letters_sent")["letters_sent"] == 2
    assert story.until("claims_handed_over")["claims_handed_over"] == 2


def test_policy_may_say_one_each(story):
    text = load_template("se-standard").replace('one_claim_per = "debtor"', 'one_claim_per = "invoice"')
    (story.home / "policy.toml").write_text(text.replace("[handover]", 'one_letter_per = "invoice"\n[handover]', 1))
    story.type("policy", "use", "t", str(story.home / "policy.toml"))
    two_numbers(story)
    assert story.until("letters_sent")["letters_sent"] == 2
    assert story.until("claims_handed_over")["claims_handed_over"] == 2


def test_override_may_say_one_each(story):
    two_numbers(story)
    story.days(1)
    for number in ("1", "2"):
        story.type("policy", "override", "t", "--invoice", number, "--one-letter-per", "invoice")
    assert story.until("letters_sent")["letters_sent"] == 2
    assert story.until("claims_handed_over")["claims_handed_over"] == 1


def test_override_of_a_debtor_holds_at_all_its_customer_numbers(story):
    """One debtor is one identity number, for an override as for a stop."""
    one, two = (story.company.add_customer(name, "556036-0793", "kund@example.com") for name in ("Kund 1 AB", "Kund 1 AB Lager"))
    due = START + timedelta(days=2)
    for customer in (one, two):
        story.company.add_invoice(customer, Decimal(9900), due - timedelta(days=30), due)
    story.type("policy", "override", "t", "--debtor", str(one), "--mode", "ask")
    story.days(14)
    assert story.mailbox.mails == []
    story.type("policy", "override", "t", "--debtor", str(two), "--mode", "auto")
    story.days(2)
    assert len(story.mailbox.mails) == 1
