"""The sweep while pages shift: nothing untrue is concluded, and the first quiet sweep knows every open invoice."""

from decimal import Decimal

import pytest

from commands.wiring import open_app
from connectors.fortnox import client
from core.store import books
from simulators import kit
from tests.scenarios.test_money_by_hand import paid_before, told
from tests.story import START


def held(story):
    with open_app().database.read() as connection:
        return {invoice.number: invoice for invoice in books.list_invoices(connection, "t", open_only=False)}


def truth(story):
    rows = story.company.state()["invoices"]
    return {row["DocumentNumber"]: (Decimal(str(row["Balance"])), row["DueDate"]) for row in rows}


def open_ones(found):
    return {number: values for number, values in found.items() if values[0]}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sweep_heals_shifted_pages(story, monkeypatch, seed):
    monkeypatch.setattr(client, "PAGE_SIZE", 2)
    for number in range(9):
        story.invoice(f"{1000 + number}.00", due=START.replace(month=8))
    story.simulator.faults = kit.Faults(seed=seed, rate=0.5, kinds=(*kit.PAGE_KINDS, *kit.PEOPLE_KINDS))
    for _ in range(4):
        story.days(1)
        now = truth(story)
        assert [number for number, invoice in held(story).items() if not invoice.open and now[number][0]] == []
    assert story.simulator.faults.injected > 5
    story.simulator.faults.rate = 0.0
    (done,) = story.days(1)
    seen = {number: (invoice.open.amount, invoice.due_on.isoformat()) for number, invoice in held(story).items()}
    assert open_ones(seen) == open_ones(truth(story))
    assert done["quarantined"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_booking_by_hand_counts_once_on_shifted_pages(story, monkeypatch, seed):
    for serial in range(5):
        story.invoice(f"{1000 + serial}.00", due=START.replace(month=8))
    number, claim = paid_before(story)
    monkeypatch.setattr(client, "PAGE_SIZE", 2)
    story.simulator.faults = kit.Faults(seed=seed, rate=0.5, kinds=kit.PAGE_KINDS)
    story.company.pay_invoice(number, Decimal("5000.00"), on=story.today, mode="KB")
    story.pay_agency(claim, "P1", "5000.00")
    story.days(3)
    assert story.simulator.faults.injected > 5
    story.simulator.faults.rate = 0.0
    assert story.days(1)[0]["differences"] == 0
    assert (len(story.company.state()["payments"]), story.balance(number), told(story)) == (2, 7400, ([], []))
    assert story.company.account_balance(1689) == 5100
