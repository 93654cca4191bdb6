"""The whole demo under faults and kills, and an auditor that looks at the simulators alone: what they saw and what they hold."""

import email
import email.utils
import json
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from commands.demo_story import COMPANIES, START

DAYS = 120
LAST = str(START + timedelta(days=DAYS + 2))
"""What the agency settles on the evening of the last day nobody reads any more."""


def play(folder, *arguments):
    """Run the demo in a process of its own; return its figures."""
    command = [sys.executable, "-m", "cli", "demo", "--json", "--evidence", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    return folder, play(folder, "--faults", "--days", str(DAYS))


def state(evidence, name):
    return json.loads((evidence[0] / name / "state.json").read_text())


def requests_of(evidence, name):
    return [json.loads(line) for line in (evidence[0] / name / "requests.jsonl").read_text().splitlines()]


def minor(amount):
    return int((Decimal(str(amount)) * 100).to_integral_exact())


def principal_by_payment(agency):
    """What each payment at the agency pays of each invoice."""
    found = defaultdict(int)
    for payment in agency["payments"]:
        for part in payment["allocations"]:
            if part["component"] == "principal":
                found[payment["creditor"], part["invoice_ref"], payment["payment_id"]] += minor(part["amount"]["amount"])
    return found


@pytest.mark.slow
def test_figures_are_those_of_the_issue(evidence):
    figures = evidence[1]
    assert figures["days"] == DAYS
    assert figures["tenants"] >= 3
    assert figures["invoices_seen"] >= 60
    assert figures["differences"] == figures["uncertain"] == 0
    assert figures["ledger_balanced"]
    assert min(figures["faults_injected"], figures["crashes"], figures["claims_closed"], figures["payments_booked"]) > 0


@pytest.mark.slow
def test_nothing_differs_without_faults(tmp_path):
    figures = play(tmp_path, "--days", "30")
    assert figures["differences"] == figures["uncertain"] == figures["rate_limited"] == figures["faults_injected"] == 0
    assert figures["ledger_balanced"]


@pytest.mark.slow
def test_one_claim_per_invoice(evidence):
    claims = state(evidence, "agency")["claims"]
    counted = Counter((claim["creditor"], line["invoice_ref"]) for claim in claims for line in claim["invoices"])
    assert counted
    assert set(counted.values()) == {1}


@pytest.mark.slow
def test_one_booking_per_payment(evidence):
    """Money in = money booked, payment by payment, told apart even where two are equal."""
    agency, fortnox = state(evidence, "agency"), state(evidence, "fortnox")
    wanted = Counter((invoice, amount) for (_, invoice, _), amount in principal_by_payment(agency).items())
    booked = Counter(
        (str(payment["InvoiceNumber"]), minor(payment["Amount"]))
        for company in fortnox["companies"].values()
        for payment in company["payments"]
        if payment["ModeOfPayment"] == "KB"
    )
    assert wanted
    assert booked == wanted


@pytest.mark.slow
def test_one_voucher_per_settlement(evidence):
    agency, fortnox = state(evidence, "agency"), state(evidence, "fortnox")
    texts = Counter(
        voucher["Description"].split()[1]
        for company in fortnox["companies"].values()
        for voucher in company["vouchers"]
        if voucher["VoucherSeries"] == "A" and voucher["Description"].startswith("Avräkning")
    )
    assert texts == Counter(row["settlement_id"] for row in agency["settlements"] if row["accepted"])


def clearing_rows(company, of):
    """What vouchers of one kind put on the clearing account."""
    vouchers = [voucher for voucher in company["vouchers"] if of(voucher["Description"])]
    rows = [row for voucher in vouchers for row in voucher["VoucherRows"] if row["Account"] == 1689]
    return sum(minor(row["Debit"]) - minor(row["Credit"]) for row in rows)


@pytest.mark.slow
def test_clearing_is_what_is_on_its_way(evidence):
    """Clearing = what the agency collected, less what settlements took of it and what the bank has booked as paid out."""
    agency, fortnox = state(evidence, "agency"), state(evidence, "fortnox")
    assert agency["settlements"]
    for number, company in fortnox["companies"].items():
        creditor = next(story.org_no.replace("-", "") for story in COMPANIES if str(story.database_number) == str(number))
        collected = sum(amount for (owner, _, _), amount in principal_by_payment(agency).items() if owner == creditor)
        paid_out = {
            f"Utbetalning {row['settlement_id']}": minor(row["paid_out"]["amount"])
            for row in agency["settlements"]
            if row["creditor"] == creditor and minor(row["paid_out"]["amount"]) and row["settled_on"] < LAST
        }
        banked = [voucher["Description"] for voucher in company["vouchers"] if voucher["Description"] in paid_out]
        assert Counter(banked) == Counter(paid_out.keys()), number
        settled = clearing_rows(company, lambda text: text.startswith("Avräkning"))
        assert clearing_rows(company, lambda _: True) == collected + settled - sum(paid_out.values()), number
        assert clearing_rows(company, lambda _: True) == on_its_way(agency, creditor), number


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
    for row in requests_of(evidence, "fortnox"):
        arrivals[row["tenant"]].append(row["t"])
    fullest = {
        tenant: max(sum(start <= t < start + 5 for t in times[at : at + 40]) for at, start in enumerate(times))
        for tenant, times in arrivals.items()
    }
    assert max(fullest.values()) <= 25
    assert min(fullest.values()) >= 24


def mails(evidence):
    return [(raw := path.read_bytes(), email.message_from_bytes(raw)) for path in sorted((evidence[0] / "mail").glob("*.eml"))]


def text_of(message):
    return next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True).decode()


@pytest.mark.slow
def test_letters_are_identical_and_lawful(evidence):
    """Every mail is one letter, sent at most twice with the same bytes, and never names court or enforcement."""
    copies = defaultdict(list)
    for raw, message in mails(evidence):
        copies[message["Message-ID"]].append(raw)
        assert not any(word in text_of(message).lower() for word in ("kronofogden", "betalningsanmärkning", "domstol"))
    assert copies
    assert all(len(found) <= 2 and len(set(found)) == 1 for found in copies.values())


def paid_on(company):
    """The day from which nothing was open on each invoice, by the payments and credits in the books."""
    left = {str(row["DocumentNumber"]): minor(row["Total"]) for row in company["invoices"]}
    ended = {}
    for payment in sorted(company["payments"], key=lambda row: row["PaymentDate"]):
        number = str(payment["InvoiceNumber"])
        left[number] = left.get(number, 0) - minor(payment["Amount"]) * payment["Booked"]
        if left[number] <= 0:
            ended.setdefault(number, payment["PaymentDate"])
    return ended


@pytest.mark.slow
def test_no_letter_to_who_has_paid(evidence):
    """No mail names an invoice on which nothing was open the day before it was written."""
    fortnox = state(evidence, "fortnox")
    ended = {story.domain: paid_on(fortnox["companies"][str(story.database_number)]) for story in COMPANIES}
    checked = 0
    for _, message in mails(evidence):
        sent_on = email.utils.parsedate_to_datetime(message["Date"]).date().isoformat()
        domain = message["From"].rpartition("@")[2].rstrip(">")
        named = [part.get_filename().removeprefix("Faktura ").removesuffix(".pdf") for part in message.walk() if part.get_filename()]
        for number in named:
            checked += number in ended[domain]
            assert ended[domain].get(number, "9999") >= sent_on, (domain, number)
    assert checked


@pytest.mark.slow
def test_agency_was_refused_nothing(evidence):
    assert state(evidence, "agency")["refused"] == []
