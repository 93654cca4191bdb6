"""Debtors abroad: whose law holds, what of it is not assumed, and which road to a title is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.law.rows import Rule
from core.law.tables import Law
from core.model import DebtorKind

__all__ = ["Governing", "european_order", "governing_law"]

EU_MEMBERS: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL",
        "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Governing:
    """Whose law holds between a creditor and a debtor; None where a person must say."""

    country: str | None
    rule: Rule
    fixed_amounts: bool


def governing_law(law: Law, creditor_country: str, debtor_country: str, debtor: DebtorKind) -> Governing:
    """Return whose law holds: a consumer's own, among others the seller's, whose fixed amounts are not assumed abroad.

    Args:
        law: the tables.
        creditor_country: the seller's.
        debtor_country: the debtor's, by ISO 3166.
        debtor: the kind of debtor.
    """
    if creditor_country == debtor_country:
        return Governing(creditor_country, law.rule(f"{creditor_country}.abroad.same"), fixed_amounts=True)
    if debtor is not DebtorKind.CONSUMER:
        return Governing(creditor_country, law.rule(f"{creditor_country}.abroad.creditor_law", abroad=debtor_country), fixed_amounts=False)
    if debtor_country in law.countries:
        return Governing(debtor_country, law.rule(f"{creditor_country}.abroad.home_law", abroad=debtor_country), fixed_amounts=True)
    return Governing(None, law.rule(f"{creditor_country}.abroad.no_tables", abroad=debtor_country), fixed_amounts=False)


def european_order(law: Law, creditor_country: str, debtor_country: str) -> tuple[bool, Rule]:
    """Tell whether a European order for payment is open: between two member states, neither of them Denmark."""
    members = {creditor_country, debtor_country} <= EU_MEMBERS - {"DK"}
    if members and creditor_country != debtor_country:
        return True, law.rule(f"{creditor_country}.abroad.european_order", abroad=debtor_country)
    return False, law.rule(f"{creditor_country}.abroad.no_european_order", home=creditor_country, abroad=debtor_country)
