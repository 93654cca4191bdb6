"""Real input: what Fortnox really answered seeds the simulator, and the main job runs on a company made from it."""

from datetime import timedelta

import pytest

from tests.story import START, org_no


@pytest.mark.specs
def test_recorded_company_is_read_whole(story, specs):
    counts = story.simulator.load_recorded(specs / "fixtures" / "fortnox" / "accodeing-vcr", 1001)
    (done,) = story.days(1)
    assert counts["invoices"] >= 34
    assert counts["customers"] >= 7
    assert done["letters_sent"] == 0  # every recorded invoice is unbooked and over nothing
    assert done["differences"] == 0


def change(detail):
    """Booked, sent, its balance its total, its dates moved: what makes a recorded invoice overdue here."""
    number = int(detail["DocumentNumber"])
    total = 1000 + 10 * number
    due = START + timedelta(days=number % 5)
    return {
        "Booked": True, "Sent": True, "Cancelled": False, "Total": total, "TotalToPay": total, "Balance": total, "Currency": "SEK",
        "InvoiceDate": str(due - timedelta(days=30)), "DueDate": str(due), "FinalPayDate": None, "InvoiceType": "INVOICE",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.specs
def test_main_job_on_a_company_made_from_it(story, specs):
    story.simulator.load_recorded(specs / "fixtures" / "fortnox" / "accodeing-vcr", 1001)
    made = story.simulator.derive_company(1001, 1002, change)
    story.simulator.consent("client", 1002)
    for serial, number in enumerate(made.customers):
        made.set_customer(number, OrganisationNumber=org_no(serial), Address1="Gatan 1", ZipCode="111 22", City="Umeå", CountryCode="SE")
        made.set_customer(number, Email=f"kund{number}@example.com", Type="COMPANY")
    story.books.company = made
    _move_tenant(story)
    done = story.days(45)
    assert sum(run["letters_sent"] for run in done) > 0
    assert sum(run["claims_handed_over"] for run in done) > 0
    claim = story.acknowledge()
    story.days(1)
    payment = story.pay_agency(claim, "P1", "100.00")
    story.settle(claim, [payment], principal="100.00", commission="5.00", vat="1.25")
    done = story.days(3)
    assert sum(run["payments_booked"] for run in done) == sum(run["vouchers_booked"] for run in done) == 1
    assert done[-1]["differences"] == 0


def _move_tenant(story):
    """Point the tenant at the made company."""
    url = story.url
    given = ("client_id=client", "tenant_id=1002", f"api_url={url}", f"apps_url={url}")
    settings = [part for one in given for part in ("--set", one)]
    story.type("connect", "fortnox", "--tenant", "t", "--org-no", "556677-8899", "--secret-file", str(story.home / "secret"), *settings)
