"""A tenant that changes its agency: what the first one has stays there, what was only meant for it goes nowhere."""

import json
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient

from commands.wiring import open_app
from portal.app import create_app
from tests.killing import run_killed
from tests.scenarios.test_once import handovers


def choose(story, agency):
    return story.type("tenants", "choose", "t", "--agency", agency)


def second_agency(story):
    """Add an agency, and return its hands on the feed."""
    story.type("agencies", "add", "syd", "--name", "Sydinkasso AB")
    key = json.loads(story.type("agencies", "key", "syd", "--json"))["key"]
    app = open_app()
    return TestClient(create_app(app.database, app.vault, app.clock), headers={"Authorization": f"Bearer {key}"})


def test_old_agency_is_told_and_heard(story):
    number, claim = story.handed_over()
    second_agency(story)
    assert "One claim stays with nord" in choose(story, "syd")
    story.company.pay_invoice(number, Decimal("2500.00"), on=story.today)
    story.pay_agency(claim, "P1", "5000.00")
    assert story.days(3)[-1]["differences"] == 0
    assert [part["amount"]["amount"] for part in story.claim()["direct_payments"]] == ["2500.00"]
    assert story.balance(number) == 5000
    assert "with nord" not in choose(story, "nord")


@pytest.mark.slow
def test_planned_handover_never_goes_elsewhere(story):
    number = story.invoice()
    story.until("letters_sent")
    for _ in range(40):
        story.morning()
        if run_killed("plan.after_commit"):
            break
    syd = second_agency(story)
    choose(story, "syd")
    story.days(2)
    assert handovers(story) == []
    story.agency = syd
    assert [claim["lines"][0]["invoice_no"] for claim in handovers(story)] == [number]
