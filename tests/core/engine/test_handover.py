"""What a claim must carry, or it does not leave."""

from dataclasses import replace
from datetime import date

import pytest

from core.claim import ClaimLine, DebtorParty, DocumentRef, Instructions, InterestRule, Lifecycle, Notice, Party, Snapshot
from core.engine.handover import missing_parts
from core.model import Address, DebtorKind
from core.money import Money

DAY = date(2025, 4, 1)
WHERE = Address("Storgatan 1", "", "11122", "Stockholm", "SE")


def pdf(kind, name):
    return DocumentRef(name, kind, "application/pdf", "00", 1, name)


WHOLE = Snapshot(
    "c", 1, Lifecycle.DRAFT, Party("Björks Bageri AB", "5566778899", WHERE),
    (DebtorParty("Kund AB", DebtorKind.BUSINESS, "5560360793", WHERE),), "SEK",
    (ClaimLine("1", "1", DAY, DAY, Money(100, "SEK"), Money(100, "SEK")),), InterestRule("statutory", "räntelag", "8.00"),
    notices=(Notice("reminder", DAY, "email", Money(0, "SEK")),), documents=(pdf("invoice", "Faktura 1.pdf"), pdf("letter", "brev.pdf")),
)  # fmt: skip


def test_whole_claim_lacks_nothing():
    assert missing_parts(WHOLE, noticed=True) == []


def test_another_invoices_pdf_is_not_its_own():
    other = replace(WHOLE, documents=(pdf("invoice", "Faktura 10.pdf"), pdf("letter", "brev.pdf")))
    assert missing_parts(other, noticed=True) == ["documents.invoice"]


@pytest.mark.parametrize(("noticed", "ordered", "missing"), [(True, False, ["notices"]), (True, True, []), (False, False, [])])
def test_claim_before_any_letter_is_whole_where_the_law_wants_none(noticed, ordered, missing):
    unlettered = replace(WHOLE, notices=(), documents=WHOLE.documents[:1], instructions=Instructions(send_notice_first=ordered))
    assert missing_parts(unlettered, noticed=noticed) == missing


@pytest.mark.parametrize("noticed", [True, False])
def test_letter_that_went_comes_with_its_pdf(noticed):
    assert missing_parts(replace(WHOLE, documents=WHOLE.documents[:1]), noticed=noticed) == ["documents.letter"]
