"""The whole demo under faults and kills, and an auditor that looks at the simulators alone: what they saw and what they hold."""

from collections import Counter, defaultdict, deque
from datetime import UTC, datetime

import pytest

from commands.demo_story import COMPANIES
from simulators import economic
from tests.simulation import demo_law
from tests.simulation.demo_money import check_books_agree
from tests.simulation.evidence import agency_of, booked_by_now, books_of, mails, minor, play, requests_of, settlements_of, state

TENANTS = [company.tenant for company in COMPANIES]

DAYS = 120


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    return folder, play(folder, "--faults", "--days", str(DAYS))


@pytest.mark.slow
def test_figures_are_those_of_the_issue(evidence):
    figures = evidence[1]
    assert figures["days"] == DAYS
    assert figures["tenants"] == len(COMPANIES) == 9
    assert figures["differences"] == figures["uncertain"] == figures["rate_limited"] == 0
    assert figures["ledger_balanced"]
    assert min(figures["faults_injected"], figures["crashes"], figures["claims_closed"], figures["payments_booked"]) > 0


@pytest.mark.slow
def test_figures_are_told_by_country_and_system(evidence):
    figures = evidence[1]
    assert {system: its["tenants"] for system, its in figures["by_system"].items()} == {"fortnox": 3, "visma": 3, "economic": 3}
    assert {country: its["tenants"] for country, its in figures["by_country"].items()} == {"SE": 5, "NO": 1, "DK": 3}
    for name in figures["by_system"]["fortnox"]:
        of_systems = [its[name] for its in figures["by_system"].values()]
        assert sum(of_systems) == sum(its[name] for its in figures["by_country"].values()) == figures[name]
        assert name in ("differences", "uncertain") or min(of_systems) > 0
    assert figures["invoices_seen"] >= 140


@pytest.mark.slow
def test_one_claim_per_invoice(evidence):
    claims = state(evidence[0], "agency")["claims"]
    counted = Counter((claim["creditor"], line["invoice_ref"]) for claim in claims for line in claim["invoices"])
    assert counted
    assert set(counted.values()) == {1}


@pytest.mark.slow
def test_one_booking_per_payment(evidence):
    """Money in = money booked, payment by payment, told apart even where two are equal."""
    agency = agency_of(evidence[0])
    for books in books_of(evidence[0]):
        wanted = Counter((invoice, amount) for (invoice, _), amount in booked_by_now(agency, books).items())
        assert wanted, books.story.tenant
        assert Counter(books.collected) == wanted, books.story.tenant


@pytest.mark.slow
def test_payments_are_counted_as_the_books_have_them(evidence):
    booked = Counter()
    for books in books_of(evidence[0]):
        booked[books.story.system] += len(books.collected)
    assert {system: its["payments_booked"] for system, its in evidence[1]["by_system"].items()} == booked


@pytest.mark.slow
def test_one_voucher_per_settlement(evidence):
    agency = agency_of(evidence[0])
    for books in books_of(evidence[0]):
        accepted = [row["settlement_id"] for row in settlements_of(agency, books) if row["accepted"]]
        assert Counter(books.settlements) == Counter(accepted), books.story.tenant


@pytest.mark.slow
def test_clearing_is_what_is_on_its_way(evidence):
    """Clearing = what the agency collected, less what settlements took of it and what the bank has booked as paid out."""
    agency = agency_of(evidence[0])
    for books in books_of(evidence[0]):
        collected = sum(booked_by_now(agency, books).values())
        paid_out = {
            row["settlement_id"]: minor(row["paid_out"]["amount"])
            for row in settlements_of(agency, books)
            if minor(row["paid_out"]["amount"])
        }
        assert Counter(books.banked) == Counter(paid_out.keys()), books.story.tenant
        stands = books.balance(books.clearing)
        assert stands == collected + books.settled(books.clearing) - sum(paid_out.values()), books.story.tenant
        assert stands == on_its_way(agency, books), books.story.tenant


def on_its_way(agency, books):
    """What a settlement could not pay out and carries to the next, and booked principal in no settlement, or in one of the last evening."""
    settled = {row["settlement_id"]: row for row in settlements_of(agency, books)}
    by_payment = {one["payment_id"]: one["settlement_id"] for one in agency["payments"]}
    waiting = sum(amount for (_, one), amount in booked_by_now(agency, books).items() if by_payment[one] not in settled)
    return waiting + sum(minor(row["carried_in"]["amount"]) - minor(row["carried_out"]["amount"]) for row in settled.values())


def fullest(rows, seconds, weight=lambda row: 1):
    """By company, or what the rows are grouped by: the most that any window of so many seconds holds."""
    found = {}
    for group, arrived in rows.items():
        window, most, held = deque(), 0, 0
        for row in sorted(arrived, key=lambda one: one["t"]):
            window.append(row)
            held += weight(row)
            while window[0]["t"] <= row["t"] - seconds:
                held -= weight(window.popleft())
            most = max(most, held)
        found[group] = most
    return found


def grouped(rows, group):
    found = defaultdict(list)
    for row in rows:
        found[group(row)].append(row)
    return found


@pytest.mark.slow
def test_fortnox_limit_is_kept_and_used(evidence):
    """No window of 5 seconds holds more than 25 requests of a company, logins counted; where work waits one holds 24 or more."""
    rows = [row for row in requests_of(evidence[0], "fortnox") if row["tenant"]]  # on a consent page no company is chosen yet
    found = fullest(grouped(rows, lambda row: row["tenant"]), 5)
    assert len(found) == 3
    assert max(found.values()) <= 25
    assert min(found.values()) >= 24


@pytest.mark.slow
def test_visma_limit_is_kept(evidence):
    """No minute holds more than 600 requests of a client to one resource, whichever of its companies asks."""
    kinds = {f"C{company.number}": company.kind for company in COMPANIES if company.system == "visma"}
    rows = grouped(requests_of(evidence[0], "visma"), lambda row: (kinds.get(row["tenant"]), row["path"].partition("?")[0].split("/")[2]))
    assert {client for client, _ in rows} >= set(kinds.values())
    assert max(fullest(rows, 60).values()) <= 600


@pytest.mark.slow
def test_economic_bucket_is_kept(evidence):
    """No minute holds calls of an agreement for more than 10,000, by what each costs, and no day more than 50,000 calls."""
    costs = [(method, pattern, cost) for method, pattern, _, cost, _ in economic.ROUTES]

    def cost_of(row):
        path = row["path"].partition("?")[0].rstrip("/")
        return next(cost for method, pattern, cost in costs if method == row["method"] and pattern.fullmatch(path))

    rows = grouped((row for row in requests_of(evidence[0], "economic") if row["tenant"]), lambda row: row["tenant"])
    assert len(rows) == 3
    assert 100 < max(fullest(rows, 60, cost_of).values()) <= 10_000
    assert max(fullest(rows, 86_400).values()) <= 50_000


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
def test_vendor_reminds_once_and_nobody_who_has_paid(evidence):
    """Where its own system writes the reminders, each invoice has one at most, however many answers were lost, and never after its payment."""
    (books,) = [books for books in books_of(evidence[0]) if books.story.reminded_by == "vendor"]
    ended, company = books.paid_on(), state(evidence[0], "visma")["companies"][f"C{books.story.number}"]
    sent = [one for one in company["sent"] if one["kind"] == "reminder"]
    assert len(sent) >= 5
    assert max(Counter(one["invoice"] for one in sent).values()) == 1
    for one in sent:
        assert ended.get(books.numbers[one["invoice"]], "9999") >= str(datetime.fromtimestamp(one["t"], UTC).date())


@pytest.mark.slow
@pytest.mark.parametrize("tenant", TENANTS)
def test_books_and_agency_agree(evidence, tenant):
    check_books_agree(evidence[0], next(books for books in books_of(evidence[0]) if books.story.tenant == tenant))


@pytest.mark.slow
@pytest.mark.parametrize("country", ["DK", "NO"])
@pytest.mark.parametrize("check", ["notice_before_handover", "letters_speak", "letter_fees", "agency_costs"])
def test_law_is_kept_all_the_same(evidence, country, check):
    getattr(demo_law, f"check_{check}")(evidence[0], country)


@pytest.mark.slow
def test_agency_was_refused_nothing(evidence):
    assert state(evidence[0], "agency")["refused"] == []
