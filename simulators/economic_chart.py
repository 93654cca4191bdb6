"""The standard chart of accounts of a Danish agreement, as far as sales and collection need it, and its other registers."""

from __future__ import annotations

from datetime import date
from typing import Any

from simulators.economic_world import REST, Json

PROFIT, STATUS, HEADING, SUM = "profitAndLoss", "status", "heading", "sumInterval"

SALES, VAT_OUT, DEBTORS, BANK, FEE_INCOME, BANK_FEES = 1010, 6902, 5600, 5820, 1120, 2220

CHART: tuple[tuple[int, str, str, Json], ...] = (
    (1000, "RESULTATOPGØRELSE", HEADING, {}),
    (SALES, "Salg af varer/ydelser m/moms", PROFIT, {"vatAccount": "U25"}),
    (1050, "Salg af varer/ydelser u/moms", PROFIT, {}),
    (FEE_INCOME, "Rykkergebyrer", PROFIT, {}),
    (BANK_FEES, "Bankgebyrer", PROFIT, {}),
    (2230, "Inkassoomkostninger", PROFIT, {}),
    (2240, "Advokat", PROFIT, {"vatAccount": "I25"}),
    (2700, "Tab på debitorer", PROFIT, {}),
    (2710, "Hensat til tab på debitorer", PROFIT, {}),
    (2790, "Øreafrunding", PROFIT, {}),
    (4310, "Renteindtægter, debitorer", PROFIT, {}),
    (4320, "Renteindtægter, bank", PROFIT, {"barred": True}),
    (4999, "Resultat i alt", SUM, {}),
    (5000, "BALANCE", HEADING, {}),
    (DEBTORS, "Debitorer", STATUS, {"blockDirectEntries": True}),
    (5610, "Debitorer, udland", STATUS, {"blockDirectEntries": True}),
    (5620, "Tilgodehavende gebyrer og renter", STATUS, {}),
    (5690, "Mellemregning inkasso", STATUS, {}),
    (5810, "Kasse", STATUS, {}),
    (BANK, "Bank", STATUS, {}),
    (6810, "Forudbetalinger fra kunder", STATUS, {}),
    (VAT_OUT, "Salgsmoms", STATUS, {}),
    (6904, "Købsmoms", STATUS, {}),
)
"""Number, name, type and what is out of the ordinary."""

TERMS: dict[str, tuple[int, int, str]] = {
    "net": (1, 14, "Netto 14 dage"),
    "invoiceMonth": (2, 14, "Lb. md. 14 dage"),
    "paidInCash": (3, 0, "Kontant"),
    "prepaid": (4, 0, "Forudbetaling"),
    "dueDate": (5, 0, "Forfaldsdato"),
    "factoring": (6, 30, "Factoring"),
    "creditcard": (7, 0, "Betalingskort"),
    "invoiceWeekStartingMonday": (8, 7, "Lb. uge 7 dage"),
}
"""By type: number, days and name."""

RATES = {"DKK": "100.000000", "EUR": "745.930000", "SEK": "65.410000", "NOK": "63.120000", "USD": "688.020000"}
"""Base currency for 100 units."""

GROUPS = {1: ("Danmark", DEBTORS), 2: ("Udland", 5610)}
ZONES = {1: "Domestic", 2: "EU", 3: "Abroad"}


def link(*parts: object) -> str:
    """Return the vendor's address of a resource of the old host."""
    return REST + "/" + "/".join(str(part) for part in parts)


def account_row(number: int, name: str, kind: str, more: Json, balance: Any) -> Json:
    """Return an account as the old host lists it: `barred` only where it is true."""
    row: Json = {
        "accountNumber": number,
        "accountType": kind,
        "balance": balance,
        "blockDirectEntries": bool(more.get("blockDirectEntries")),
    }
    row |= {"debitCredit": "debit", "name": name, "accountingYears": link("accounts", number, "accounting-years")}
    if more.get("barred"):
        row["barred"] = True
    if more.get("vatAccount"):
        row["vatAccount"] = {"vatCode": more["vatAccount"], "self": link("vat-accounts", more["vatAccount"])}
    return {**row, "self": link("accounts", number)}


def group_row(number: int) -> Json:
    """Return a customer group with its collective account."""
    name, account = GROUPS[number]
    return {
        "customerGroupNumber": number, "name": name, "account": {"accountNumber": account, "self": link("accounts", account)},
        "customers": link("customer-groups", number, "customers"), "self": link("customer-groups", number),
    }  # fmt: skip


def terms_row(kind: str) -> Json:
    """Return payment terms as an invoice carries them."""
    number, days, name = TERMS[kind]
    return {
        "paymentTermsNumber": number, "daysOfCredit": days, "name": name, "paymentTermsType": kind, "self": link("payment-terms", number),
    }  # fmt: skip


def periods_of(year: int) -> list[Json]:
    """Return the twelve periods of a calendar year."""
    days = [date(year, month, 1) for month in range(1, 13)] + [date(year + 1, 1, 1)]
    return [
        {
            "periodNumber": (year - 2000) * 12 + index, "year": str(year), "dateFrom": days[index], "dateTo": date.fromordinal(days[index + 1].toordinal() - 1),
            "isClosed": False, "isBarred": False,
        }
        for index in range(12)
    ]  # fmt: skip
