"""Interest of a letter and of a claim: one figure, by the margin of the claim's own day, and none from what nobody confirmed."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from core.claim import ClaimLine
from core.engine.interest import claim_rule, letter_parts
from core.law import Confidence, DueBasis, load_law
from core.model import DebtorKind
from core.money import Money

LAW = load_law()


def unread(*codes):
    """The law with nothing to confirm but the rows of these codes."""
    rows = (replace(row, confidence=Confidence.MEMORY_UNVERIFIED if row.code in codes else Confidence.CONFIRMED) for row in LAW.rows)
    return replace(LAW, rows=tuple(rows))


def run(country, today, basis=DueBasis.AGREED, law=None):
    tenant = SimpleNamespace(basis_towards=lambda _: basis, interest_notice=True)
    return SimpleNamespace(law=law or unread(), tenant=tenant, policy=SimpleNamespace(country=country), today=today)


def line(due_on, currency):
    owed = Money(36_500_00, currency)
    return ClaimLine("1", "1", due_on - timedelta(days=30), due_on, owed, owed, interest_from=due_on)


def reckon(run, one):
    """What the claim claims, with the margin it names, and what the letter's parts come to."""
    rule = claim_rule(run, DebtorKind.BUSINESS, (one,), (one,), (), {})
    parts = letter_parts(run, DebtorKind.BUSINESS, (one,), {"1": []})
    return rule.claimed, rule.margin_pp, parts and Money.sum((part.amount for part in parts), one.open.currency)


@pytest.mark.parametrize(("due_on", "margin"), [(date(2013, 2, 28), "7.00"), (date(2013, 3, 1), "8.00")])
def test_danish_claim_keeps_the_margin_it_was_due_under(due_on, margin):
    claimed, told, in_letter = reckon(run("DK", due_on + timedelta(days=10)), line(due_on, "DKK"))
    assert (told, claimed) == (margin, in_letter)
    assert claimed == Money({"7.00": 72_00, "8.00": 82_00}[margin], "DKK")


@pytest.mark.parametrize(("basis", "sure"), [(DueBasis.UNILATERAL, False), (DueBasis.AGREED, True)])
def test_unconfirmed_day_gives_no_figure(basis, sure):
    """Only a bill's interest is reckoned from the 30 days of the law."""
    claimed, _, in_letter = reckon(run("SE", date(2025, 5, 31), basis, unread("interest_start_days")), line(date(2025, 4, 30), "SEK"))
    assert (claimed is not None, in_letter is not None) == (sure, sure)
