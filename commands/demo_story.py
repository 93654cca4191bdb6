"""The companies, debtors and stories of `kravbro demo`: what each invoice will go through, and why it is there.

A story has a part in the books (what the debtor and the creditor do) and, where it gets that far, one at the agency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

__all__ = ["COMPANIES", "START", "STORIES", "CompanyStory", "InvoiceStory", "stories_of"]

START: Final = date(2025, 4, 15)
"""Where the law's rates are known; every due date is counted from here."""


@dataclass(frozen=True, slots=True)
class CompanyStory:
    """A simulated company."""

    tenant: str
    database_number: int
    name: str
    org_no: str
    domain: str
    policy: str


COMPANIES: Final = (
    CompanyStory("bageri", 1001, "Björks Bageri AB", "556677-8899", "bjorks.example", "se-standard"),
    CompanyStory("akeri", 1002, "Norrlands Åkeri AB", "556036-0793", "akeri.example", "se-standard"),
    CompanyStory("byra", 1003, "Studio Fyr AB", "556012-5790", "fyr.example", "se-standard"),
)


@dataclass(frozen=True, slots=True)
class InvoiceStory:
    """One kind of story.

    Attributes:
        name: what happens, as the account at the end calls it.
        due_after: days from the start to the due date.
        amount: in kronor.
        in_books: (days after the due date, what happens) in the creditor's books or at the creditor's desk.
        at_agency: the story the agency's simulator plays, if it comes to that.
    """

    name: str
    due_after: int
    amount: Decimal
    in_books: tuple[tuple[int, str], ...] = ()
    at_agency: str = ""
    consumer: bool = False
    by_post: bool = False


STORIES: Final = (
    InvoiceStory("paid in time", 6, Decimal("4200.00"), ((-2, "pay"),)),
    InvoiceStory("paid in time", 20, Decimal("860.50"), ((-1, "pay"),), consumer=True),
    InvoiceStory("paid in time", 41, Decimal("15300.00"), ((0, "pay"),)),
    InvoiceStory("paid in time", 60, Decimal("2999.00"), ((-5, "pay"),)),
    InvoiceStory("paid a few days late", 9, Decimal("7100.00"), ((4, "pay"),)),
    InvoiceStory("paid after the reminder", 3, Decimal("12500.00"), ((16, "pay"),)),
    InvoiceStory("paid after the reminder", 14, Decimal("1495.00"), ((14, "pay"),), consumer=True),
    InvoiceStory("paid after the reminder", 28, Decimal("6240.75"), ((18, "pay"),), by_post=True),
    InvoiceStory("disputed at the creditor", 5, Decimal("18900.00"), ((9, "dispute"),)),
    InvoiceStory("credited", 11, Decimal("3300.00"), ((12, "credit"),)),
    InvoiceStory("held, then let go and paid", 8, Decimal("5400.00"), ((6, "hold"), (40, "release"), (48, "pay"))),
    InvoiceStory("part-paid, the rest collected", 4, Decimal("22000.00"), ((12, "pay_half"),), "pays_in_full"),
    InvoiceStory("paid directly to the creditor after handover", 7, Decimal("9800.00"), ((40, "pay"),), "pays_direct"),
    InvoiceStory("credited in part after handover", 6, Decimal("14000.00"), ((26, "credit_half"),), "pays_in_full"),
    InvoiceStory("collected in full", 2, Decimal("12500.00"), (), "pays_in_full"),
    InvoiceStory("collected in full", 16, Decimal("3450.00"), (), "pays_in_full", consumer=True),
    InvoiceStory("collected in two equal parts on one day, then the rest", 10, Decimal("8000.00"), (), "pays_in_parts"),
    InvoiceStory("collected in instalments", 1, Decimal("6000.00"), (), "instalments", consumer=True),
    InvoiceStory("gone to Kronofogden", 3, Decimal("31000.00"), (), "kronofogden"),
    InvoiceStory("returned as a proposed loss", 5, Decimal("2750.00"), (), "loss"),
    InvoiceStory("disputed at the agency", 12, Decimal("16400.00"), (), "disputes"),
    InvoiceStory("rejected by the agency", 13, Decimal("4100.00"), (), "rejects"),
    InvoiceStory("not due yet", 150, Decimal("5000.00")),
)


def stories_of(company: CompanyStory) -> list[tuple[InvoiceStory, date]]:
    """Return a company's stories with their due dates; companies run a few days apart."""
    shift = timedelta(days=COMPANIES.index(company) * 2)
    return [(story, START + timedelta(days=story.due_after) + shift) for story in STORIES]
