"""The whole demo under faults and kills, and an auditor that looks at the simulators alone: what they saw and what they hold."""

import email
import json
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

DAYS = 120


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    command = [sys.executable, "-m", "cli", "demo", "--faults", "--days", str(DAYS), "--json", "--evidence", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


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


@pytest.mark.slow
def test_clearing_is_what_is_on_its_way(evidence):
    """Clearing = principal booked and not settled, and payouts the bank has not booked yet."""
    for company in state(evidence, "fortnox")["companies"].values():
        rows = [row for voucher in company["vouchers"] for row in voucher["VoucherRows"] if row["Account"] == 1689]
        left = sum(minor(row["Debit"]) - minor(row["Credit"]) for row in rows)
        assert 0 <= left < 200_000_00


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


@pytest.mark.slow
def test_no_letter_to_who_has_paid(evidence):
    """Every mail is one letter, sent at most twice with the same bytes, and never names court or enforcement."""
    copies = defaultdict(set)
    for path in (evidence[0] / "mail").glob("*.eml"):
        raw = path.read_bytes()
        message = email.message_from_bytes(raw)
        copies[message["Message-ID"]].add(raw)
        text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True).decode()
        assert not any(word in text.lower() for word in ("kronofogden", "betalningsanmärkning", "domstol"))
    assert copies
    assert all(len(found) == 1 for found in copies.values())


@pytest.mark.slow
def test_agency_was_refused_nothing(evidence):
    assert state(evidence, "agency")["refused"] == []
