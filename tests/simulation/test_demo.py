"""The whole demo under faults and kills, and an auditor that looks at the simulators alone: what they saw and what they hold."""

from collections import Counter, defaultdict

import pytest

from commands.demo_story import COMPANIES
from tests.simulation import demo_law
from tests.simulation.evidence import DAYS, LAST, books_of, mails, minor, play, principal_by_payment, requests_of, state


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    return folder, play(folder, "--faults", "--days", str(DAYS))


@pytest.mark.slow
def test_figures_are_those_of_the_issue(evidence):
    figures = evidence[1]
    assert figures["days"] == DAYS
    assert figures["tenants"] == len(COMPANIES) >= 5
    assert figures["invoices_seen"] == sum(its["invoices_seen"] for its in figures["by_country"].values()) >= 90
    assert figures["differences"] == figures["uncertain"] == 0
    assert figures["ledger_balanced"]
    assert min(figures["faults_injected"], figures["crashes"], figures["claims_closed"], figures["payments_booked"]) > 0


@pytest.mark.slow
def test_one_claim_per_invoice(evidence):
    claims = state(evidence[0], "agency")["claims"]
    counted = Counter((claim["creditor"], line["invoice_ref"]) for claim in claims for line in claim["invoices"])
    assert counted
    assert set(counted.values()) == {1}


@pytest.mark.slow
def test_one_booking_per_payment(evidence):
    """Money in = money booked, payment by payment, told apart even where two are equal."""
    agency = state(evidence[0], "agency")
    for books in books_of(evidence[0]):
        wanted = Counter((invoice, amount) for (invoice, _), amount in principal_by_payment(agency, books.creditor).items())
        assert wanted
        assert Counter(books.collected) == wanted, books.story.tenant


@pytest.mark.slow
def test_one_voucher_per_settlement(evidence):
    agency = state(evidence[0], "agency")
    for books in books_of(evidence[0]):
        accepted = [row["settlement_id"] for row in agency["settlements"] if row["accepted"] and row["creditor"] == books.creditor]
        assert Counter(books.settlements) == Counter(accepted), books.story.tenant


@pytest.mark.slow
def test_clearing_is_what_is_on_its_way(evidence):
    """Clearing = what the agency collected, less what settlements took of it and what the bank has booked as paid out."""
    agency = state(evidence[0], "agency")
    assert agency["settlements"]
    for books in books_of(evidence[0]):
        collected = sum(principal_by_payment(agency, books.creditor).values())
        paid_out = {
            row["settlement_id"]: minor(row["paid_out"]["amount"])
            for row in agency["settlements"]
            if row["creditor"] == books.creditor and minor(row["paid_out"]["amount"]) and row["settled_on"] < LAST
        }
        assert Counter(books.banked) == Counter(paid_out.keys()), books.story.tenant
        stands = books.balance(books.clearing)
        assert stands == collected + books.settled(books.clearing) - sum(paid_out.values()), books.story.tenant
        assert stands == on_its_way(agency, books.creditor), books.story.tenant


def on_its_way(agency, creditor):
    """Principal in no settlement, or in one of the last evening, and what a settlement could not pay out and carries to the next."""
    settled = {row["settlement_id"]: row for row in agency["settlements"] if row["creditor"] == creditor and row["settled_on"] < LAST}
    waiting = [one for one in agency["payments"] if one["creditor"] == creditor and one["settlement_id"] not in settled]
    principal = sum(minor(p["amount"]["amount"]) for one in waiting for p in one["allocations"] if p["component"] == "principal")
    return principal + sum(minor(row["carried_in"]["amount"]) - minor(row["carried_out"]["amount"]) for row in settled.values())


@pytest.mark.slow
def test_rate_limit_is_kept_and_used(evidence):
    """No window of 5 seconds holds more than 25 requests of a company, logins counted; where work waits one holds 24 or more."""
    arrivals = defaultdict(list)
    for row in requests_of(evidence[0], "fortnox"):
        arrivals[row["tenant"]].append(row["t"])
    fullest = {
        tenant: max(sum(start <= t < start + 5 for t in times[at : at + 40]) for at, start in enumerate(times))
        for tenant, times in arrivals.items()
    }
    assert max(fullest.values()) <= 25
    assert min(fullest.values()) >= 24


@pytest.mark.slow
def test_letters_are_identical_and_lawful(evidence):
    """Every mail is one letter, sent at most twice with the same bytes; no Swedish one names court or enforcement."""
    copies = defaultdict(list)
    swedish = [company.domain for company in COMPANIES if company.country == "SE"]
    for mail in mails(evidence[0]):
        copies[mail.message_id].append(mail.raw)
        threats = ("kronofogden", "betalningsanmärkning", "domstol") if mail.domain in swedish else ()
        assert not any(word in mail.text.lower() for word in threats)
    assert copies
    assert all(len(found) <= 2 and len(set(found)) == 1 for found in copies.values())


@pytest.mark.slow
def test_no_letter_to_who_has_paid(evidence):
    """No mail names an invoice on which nothing was open the day before it was written."""
    ended = {books.story.domain: books.paid_on() for books in books_of(evidence[0])}
    checked = 0
    for mail in mails(evidence[0]):
        for number in mail.invoices:
            checked += number in ended[mail.domain]
            assert ended[mail.domain].get(number, "9999") >= str(mail.sent_on), (mail.domain, number)
    assert checked


@pytest.mark.slow
@pytest.mark.parametrize("country", ["DK", "NO"])
@pytest.mark.parametrize("check", ["notice_before_handover", "letters_speak", "letter_fees", "agency_costs", "books_agree"])
def test_law_is_kept_all_the_same(evidence, country, check):
    getattr(demo_law, f"check_{check}")(evidence[0], country)


@pytest.mark.slow
def test_agency_was_refused_nothing(evidence):
    assert state(evidence[0], "agency")["refused"] == []
