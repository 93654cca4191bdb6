"""The companies, debtors and stories of `kravbro demo`: what each invoice will go through, and why it is there.

A story has a part in the books (what the debtor and the creditor do) and, where it gets that far, one at the agency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

__all__ = ["COMPANIES", "START", "STORIES", "CompanyStory", "InvoiceStory", "stories_of"]

START: Final = date(2025, 4, 15)
"""Where the law's rates are known; every due date is counted from here."""


@dataclass(frozen=True, slots=True)
class CompanyStory:
    """A simulated company.

    Attributes:
        number: its number in its system; every company has its own.
        system: where its books are.
        kind: what its system lets companies vary (`demo_systems`): how Fortnox is logged in to, which refresh token Visma gives, which
            sign a payment has in e-conomic.
        stories: which list of stories its invoices live through (STORIES).
        booking_mode: when principal is booked.
        accounts: the accounts its accountant chooses where none can be proposed.
        fees_agreed: where reminder fees were agreed; "" where they were not, and none is asked for.
        charges_on: the account on which fees and interest stand from when they are demanded; "" where they are booked when received.
        reminded_by: who writes its reminders, we or its own system.
        daily: whether it is run every day; the others are run from Monday to Friday.
    """

    tenant: str
    number: int
    name: str
    org_no: str
    domain: str
    system: Literal["fortnox", "visma", "economic"]
    kind: str
    country: Literal["SE", "DK", "NO"] = "SE"
    stories: str = "SE"
    booking_mode: Literal["on_event", "on_settlement"] = "on_event"
    accounts: Mapping[str, str] = field(default_factory=dict)
    fees_agreed: str = ""
    charges_on: str = ""
    reminded_by: Literal["own", "vendor"] = "own"
    daily: bool = False

    @property
    def policy(self) -> str:
        """The policy it follows."""
        return f"{self.country.lower()}-standard"

    @property
    def currency(self) -> str:
        """The currency of its books."""
        return {"SE": "SEK", "DK": "DKK", "NO": "NOK"}[self.country]


NORWEGIAN_ACCOUNTS: Final = {
    "receivable": "1500", "clearing": "1579", "interest": "8055", "fee": "3910", "cost": "6795", "input_vat": "2710", "rounding": "7798",
    "loss": "7830", "advance": "2900",
}  # fmt: skip
AGREED: Final = "terms of sale, § 6"
COMPANIES: Final = (
    CompanyStory("bageri", 1001, "Björks Bageri AB", "556677-8899", "bjorks.example", "fortnox", "tenant_id", daily=True),
    CompanyStory("akeri", 1002, "Norrlands Åkeri AB", "556036-0793", "akeri.example", "fortnox", "consent"),
    CompanyStory(
        "byra", 1003, "Studio Fyr AB", "556012-5790", "fyr.example", "fortnox", "refresh_token", booking_mode="on_settlement"
    ),
    CompanyStory(
        "verkstad", 2001, "Sundets Verkstad AB", "556710-1422", "sundets.example", "visma", "rotating", stories="SE short", fees_agreed=AGREED, daily=True,
    ),
    CompanyStory(
        "florist", 2002, "Flora på Torget AB", "556720-3574", "flora.example", "visma", "reusable", stories="SE short",
        booking_mode="on_settlement", reminded_by="vendor",
    ),
    CompanyStory(
        "snekker", 2003, "Fjord Snekkeri AS", "910000098", "snekker.example", "visma", "rotating", "NO", "NO", accounts=NORWEGIAN_ACCOUNTS,
        fees_agreed=AGREED,
    ),
    CompanyStory(
        "tomrer", 3001, "Fyns Tømrerfirma ApS", "10000092", "tomrer.example", "economic", "minus", "DK", "DK", fees_agreed=AGREED, charges_on="5620", daily=True,
    ),
    CompanyStory(
        "maler", 3002, "Malerne på Havnen ApS", "10000106", "maler.example", "economic", "plus", "DK", "DK short",
        booking_mode="on_settlement", fees_agreed=AGREED,
    ),
    CompanyStory("gartner", 3003, "Bakkens Gartneri ApS", "10000114", "gartner.example", "economic", "minus", "DK", "DK short", fees_agreed=AGREED),
)  # fmt: skip
"""Three a system; between them they have both booking modes, and everything else that a system lets vary."""


@dataclass(frozen=True, slots=True)
class InvoiceStory:
    """One kind of story.

    Attributes:
        name: what happens, as the account at the end calls it.
        due_after: days from the start to the due date.
        amount: in the company's currency.
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


SWEDISH: Final = (
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
    InvoiceStory("gone to Kronofogden", 3, Decimal("31000.00"), (), "court"),
    InvoiceStory("returned as a proposed loss", 5, Decimal("2750.00"), (), "loss"),
    InvoiceStory("disputed at the agency", 12, Decimal("16400.00"), (), "disputes"),
    InvoiceStory("rejected by the agency", 13, Decimal("4100.00"), (), "rejects"),
    InvoiceStory("not due yet", 150, Decimal("5000.00")),
)


def _two_letters(reminder: str, notice: str, authority: str, *, reminded: int, noticed: int, handed_over: int) -> tuple[InvoiceStory, ...]:
    """Return the stories of a company where a notice follows the reminder.

    The words are what its country calls the two letters, and where a claim goes that nobody answers; the numbers are the days after the due
    date by which the two letters and the handover have surely gone.
    """
    return (
        InvoiceStory("paid in time", 4, Decimal("5600.00"), ((-3, "pay"),)),
        InvoiceStory("paid in time", 33, Decimal("1240.50"), ((0, "pay"),), consumer=True),
        InvoiceStory("paid a few days late", 8, Decimal("9300.00"), ((3, "pay"),)),
        InvoiceStory(f"paid after the {reminder}", 3, Decimal("14500.00"), ((reminded, "pay"),)),
        InvoiceStory(f"paid after the {notice}", 12, Decimal("2395.00"), ((noticed, "pay"),), consumer=True),
        InvoiceStory(f"paid after the {notice}, by post", 6, Decimal("7740.25"), ((noticed + 3, "pay"),), by_post=True),
        InvoiceStory("disputed at the creditor", 5, Decimal("21900.00"), ((9, "dispute"),)),
        InvoiceStory("credited", 10, Decimal("4300.00"), ((12, "credit"),)),
        InvoiceStory("held, then let go and paid", 7, Decimal("6400.00"), ((6, "hold"), (40, "release"), (45, "pay"))),
        InvoiceStory("part-paid, the rest collected", 2, Decimal("26000.00"), ((12, "pay_half"),), "pays_in_full"),
        InvoiceStory("paid directly to the creditor after handover", 5, Decimal("11800.00"), ((handed_over + 12, "pay"),), "pays_direct"),
        InvoiceStory("collected in full", 1, Decimal("16500.00"), (), "pays_in_full"),
        InvoiceStory("collected in full", 9, Decimal("3850.00"), (), "pays_in_full", consumer=True),
        InvoiceStory("collected in two equal parts on one day, then the rest", 3, Decimal("9200.00"), (), "pays_in_parts"),
        InvoiceStory(f"gone to {authority}", 2, Decimal("34000.00"), (), "court"),
        InvoiceStory("returned as a proposed loss", 6, Decimal("2950.00"), (), "loss"),
        InvoiceStory("not due yet", 150, Decimal("6000.00")),
    )


def _short(letter: str, authority: str, *, written: int, handed_over: int) -> tuple[InvoiceStory, ...]:
    """Return one story for each kind of event.

    The words are what the last letter before the handover is called, and where a claim goes that nobody answers; the numbers are the days
    after the due date by which that letter and the handover have surely gone.
    """
    return (
        InvoiceStory("paid in time", 5, Decimal("4700.00"), ((-2, "pay"),)),
        InvoiceStory(f"paid after the {letter}", 4, Decimal("1890.00"), ((written, "pay"),), consumer=True),
        InvoiceStory(f"paid after the {letter}, by post", 9, Decimal("8260.50"), ((written + 4, "pay"),), by_post=True),
        InvoiceStory("part-paid, the rest collected", 3, Decimal("24000.00"), ((11, "pay_half"),), "pays_in_full"),
        InvoiceStory("paid directly to the creditor after handover", 6, Decimal("10400.00"), ((handed_over + 12, "pay"),), "pays_direct"),
        InvoiceStory(
            "disputed at the agency, half of it credited", 7, Decimal("13000.00"), ((handed_over + 16, "credit_half"),), "disputes_in_vain"
        ),
        InvoiceStory("collected in full", 8, Decimal("2980.00"), (), "pays_in_full", consumer=True),
        InvoiceStory("collected in two equal parts on one day, then the rest", 2, Decimal("7600.00"), (), "pays_in_parts"),
        InvoiceStory(f"gone to {authority}", 1, Decimal("27500.00"), (), "court"),
        InvoiceStory("returned as a proposed loss", 5, Decimal("3150.00"), (), "loss"),
    )


STORIES: Final[Mapping[str, tuple[InvoiceStory, ...]]] = {
    "SE": SWEDISH,
    "SE short": _short("reminder", "Kronofogden", written=14, handed_over=24),
    "DK": _two_letters("rykker", "§ 10 letter", "the court", reminded=17, noticed=31, handed_over=40),
    "DK short": _short("§ 10 letter", "the court", written=31, handed_over=40),
    "NO": _two_letters("purring", "inkassovarsel", "the forliksråd", reminded=24, noticed=42, handed_over=55),
}
"""By country, and for most companies a short list; each follows from the days that the country's policy gives."""


def stories_of(company: CompanyStory) -> list[tuple[InvoiceStory, date]]:
    """Return a company's stories with their due dates; companies run a few days apart."""
    shift = timedelta(days=COMPANIES.index(company) * 2 % len(COMPANIES))
    return [(story, START + timedelta(days=story.due_after) + shift) for story in STORIES[company.stories]]
