"""The general ledger of a simulated Fortnox company: years, chart, voucher series, vouchers that balance, locked periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from simulators import fortnox_chart as chart
from simulators.fortnox_wire import url
from simulators.fortnox_world import Json, RefusedError, World, money

# The vendor publishes no code for these refusals. Numbers outside its range keep a connector from leaning on them.
NOT_BALANCED, SERIES_NOT_MANUAL, TOO_FEW_ROWS, DATE_OUTSIDE_YEAR = 2999006, 2999007, 2999009, 2999012
COST_CENTER_MISSING = 2999010
ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    """One line of a voucher, in SEK."""

    account: int
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    text: str = ""
    information: str = ""
    cost_center: str = ""
    project: str = ""


def entry(account: int, amount: Decimal, text: str = "") -> Row:
    """Return a row that debits a positive amount and credits a negative one."""
    return Row(account, debit=max(amount, ZERO), credit=max(-amount, ZERO), text=text)


class Books:
    """Chart, series and vouchers of one company."""

    def __init__(self, world: World, years: Iterable[int], accounting_method: str) -> None:
        self.world = world
        self.accounting_method = accounting_method
        self.locked_until: date | None = None
        self.years: list[Json] = []
        self.accounts: dict[int, dict[int, Json]] = {}
        self.series = {code: _series(code, text, manual=manual) for code, (text, manual) in chart.SERIES.items()}
        self.predefined = dict(chart.PREDEFINED_ACCOUNTS)
        self.predefined_series = dict(chart.PREDEFINED_SERIES)
        self.modes = {code: _mode(code, *rest) for code, rest in chart.MODES_OF_PAYMENT.items()}
        self.vouchers: list[Json] = []
        self.voucher_times: list[float] = []
        for year in years:
            self.add_year(year)

    def add_year(self, year: int) -> int:
        """Add a calendar year with the standard chart and return its id."""
        number = len(self.years) + 1
        self.years.append(
            {
                "@url": url("financialyears", number),
                "Id": number,
                "FromDate": f"{year}-01-01",
                "ToDate": f"{year}-12-31",
                "AccountChartType": "BAS 2024",
                "AccountingMethod": self.accounting_method,
            }
        )
        self.accounts[number] = {account: _account(account, text, number) for account, text in chart.ACCOUNTS.items()}
        return number

    def year_of(self, on: date) -> Json | None:
        """Return the financial year that holds the date."""
        return next((year for year in self.years if year["FromDate"] <= on.isoformat() <= year["ToDate"]), None)

    def year_id(self, on: date) -> int:
        """Return the id of the date's year, or refuse: a missing year blocks bookkeeping."""
        year = self.year_of(on)
        if year is None:
            raise RefusedError(DATE_OUTSIDE_YEAR, "Det finns inget räkenskapsår för datumet.")
        return int(year["Id"])

    def preselected_year(self) -> int:
        """Return the id that calls without `financialyear` get: the year of today, else the last one."""
        year = self.year_of(self.world.today()) or self.years[-1]
        return int(year["Id"])

    def check_open(self, on: date) -> None:
        """Refuse a date in the locked period."""
        if self.locked_until is not None and on <= self.locked_until:
            raise RefusedError(2000401, f"Bokföringsperioden är låst till och med {self.locked_until.isoformat()}.")

    def check_account(self, number: int, year_id: int) -> Json:
        """Return an account of the year that may be posted to, or refuse."""
        account = self.accounts[year_id].get(number)
        if account is None:
            raise RefusedError(2000423, "Kan inte hitta kontot.")
        if not account["Active"]:
            raise RefusedError(2000550, f"Kontot {number} är inte aktivt.")
        return account

    def post(
        self,
        on: date,
        series: str,
        text: str,
        rows: list[Row],
        *,
        reference: tuple[str, str] = ("MANUAL", ""),
        year_id: int | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> Json:
        """Write a voucher after every check the vendor makes, and return it."""
        if year_id is None:
            year_id = self.year_id(on)
        self.check_open(on)
        year = self.years[year_id - 1]
        if not year["FromDate"] <= on.isoformat() <= year["ToDate"]:
            raise RefusedError(DATE_OUTSIDE_YEAR, "Datumet ligger utanför räkenskapsåret.")
        self._check_rows(rows, year_id)
        number, given = self.next_number(series, year_id), texts or {}
        voucher = {
            "@url": f"{url('vouchers', series, number)}?financialyear={year_id}",
            "ApprovalState": 0,
            "Comments": given.get("Comments", ""),
            "CostCenter": given.get("CostCenter", ""),
            "Description": text,
            "Project": given.get("Project", ""),
            "ReferenceNumber": reference[1],
            "ReferenceType": reference[0],
            "TransactionDate": on.isoformat(),
            "VoucherNumber": number,
            "VoucherRows": [self._wire_row(row, year_id) for row in rows],
            "VoucherSeries": series,
            "Year": year_id,
        }
        self.vouchers.append(voucher)
        self.voucher_times.append(self.world.now())
        return voucher

    def reverse(self, voucher: Json, on: date, text: str) -> Json:
        """Write the voucher's opposite: vouchers are never changed or deleted."""
        rows = [Row(row["Account"], row["Credit"], row["Debit"], text) for row in voucher["VoucherRows"]]
        reference = (voucher["ReferenceType"], voucher["ReferenceNumber"])
        return self.post(on, voucher["VoucherSeries"], text, rows, reference=reference)

    def find_voucher(self, series: str, number: int, year_id: int) -> Json | None:
        """Return a voucher by its threefold key."""
        return next((v for v in self._of_series(series, year_id) if v["VoucherNumber"] == number), None)

    def next_number(self, series: str, year_id: int) -> int:
        """Return the number the series' next voucher gets."""
        return 1 + max((voucher["VoucherNumber"] for voucher in self._of_series(series, year_id)), default=0)

    def balance(self, account: int) -> Decimal:
        """Return an account's debit minus credit over all years."""
        rows = (row for voucher in self.vouchers for row in voucher["VoucherRows"] if row["Account"] == account)
        return sum((row["Debit"] - row["Credit"] for row in rows), ZERO)

    def _of_series(self, series: str, year_id: int) -> list[Json]:
        return [v for v in self.vouchers if v["VoucherSeries"] == series and v["Year"] == year_id]

    def _check_rows(self, rows: list[Row], year_id: int) -> None:
        if len(rows) < 2:
            raise RefusedError(TOO_FEW_ROWS, "Verifikatet måste ha minst två rader.")
        for row in rows:
            account = self.check_account(row.account, year_id)
            if account["CostCenterSettings"] == "MANDATORY" and not row.cost_center:
                raise RefusedError(COST_CENTER_MISSING, f"Kontot {row.account} kräver kostnadsställe.")
        if sum(row.debit for row in rows) != sum(row.credit for row in rows):
            raise RefusedError(NOT_BALANCED, "Verifikatet balanserar inte.")

    def _wire_row(self, row: Row, year_id: int) -> Json:
        return {
            "Account": row.account,
            "CostCenter": row.cost_center,
            "Credit": money(row.credit),
            "Debit": money(row.debit),
            "Description": row.text or self.accounts[year_id][row.account]["Description"],
            "Project": row.project,
            "Quantity": 0,
            "Removed": False,
            "TransactionInformation": row.information,
        }


def _series(code: str, description: str, *, manual: bool) -> Json:
    return {"@url": url("voucherseries", code), "Code": code, "Description": description, "Manual": manual}


def _mode(code: str, description: str, account: int) -> Json:
    # The account is text here and a whole number on the payment (SPEC ModeOfPayment, InvoicePayment).
    return {
        "@url": url("modesofpayments", code),
        "Code": code,
        "Description": description,
        "AccountNumber": str(account),
    }


def _account(number: int, description: str, year_id: int) -> Json:
    settings: dict[str, Any] = dict.fromkeys(("CostCenterSettings", "ProjectSettings"), "ALLOWED")
    return {
        "@url": f"{url('accounts', number)}?financialyear={year_id}",
        "Active": True,
        "BalanceBroughtForward": 0,
        "CostCenter": "",
        **settings,
        "Description": description,
        "Number": number,
        "Project": "",
        "SRU": 0,
        "VATCode": chart.VAT_CODES.get(number, ""),
        "Year": year_id,
    }
