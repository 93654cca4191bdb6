"""The general ledger of a simulated eAccounting company: years, a chart for each, bank accounts, vouchers that balance, locks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from simulators.visma_chart import SWEDISH, Chart
from simulators.visma_world import NOBODY, ZERO, Json, RefusedError, World, money

MANUAL, DEPOSIT, WITHDRAWAL, INVOICE, CREDIT, SPOT = 2, 10, 11, 14, 15, 29
"""Voucher types of the published model."""
SERIES = {MANUAL: "A", INVOICE: "B", CREDIT: "B", DEPOSIT: "C", WITHDRAWAL: "C"}
INVOICING, CASH = 0, 1
"""Bookkeeping methods of a fiscal year."""


@dataclass(frozen=True)
class Row:
    """One line of a voucher; above 0 is debit."""

    account: int
    amount: Decimal
    text: str = ""


@dataclass
class Books:
    """Chart, bank accounts and vouchers of one company."""

    world: World
    first_years: Iterable[int]
    method: int = INVOICING
    chart: Chart = SWEDISH
    locked_to: date | None = None
    years: list[Json] = field(default_factory=list)
    accounts: dict[str, dict[int, Json]] = field(default_factory=dict)
    bank_accounts: dict[str, Json] = field(default_factory=dict)
    transactions: dict[str, list[Json]] = field(default_factory=dict)
    """By bank account, what is matched; `unmatched` has what is not."""
    unmatched: dict[str, list[Json]] = field(default_factory=dict)
    vouchers: list[Json] = field(default_factory=list)
    attachments: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for year in self.first_years:
            self.add_year(year)
        for ledger, (name, kind, currency) in self.chart.banks.items():
            self.add_bank_account(name, ledger, kind, currency)

    def add_year(self, year: int) -> Json:
        """Add a calendar year with the standard chart."""
        made: Json = {
            "Id": self.world.guid("year", year), "StartDate": date(year, 1, 1), "EndDate": date(year, 12, 31),
            "IsLockedForAccounting": False, "BookkeepingMethod": self.method,
        }  # fmt: skip
        self.years.append(made)
        self.accounts[made["Id"]] = {number: self._account(number, name, made["Id"]) for number, name in self.chart.accounts.items()}
        return made

    def add_bank_account(self, name: str, ledger: int, kind: int = 2, currency: str = "", **fields: Any) -> Json:
        """Add a "bank account"; one of type 2 (cash) may stand for any ledger account."""
        if not any(ledger in accounts for accounts in self.accounts.values()):
            raise RefusedError(3002, f"Account {ledger} could not be found.")
        if any(one["Name"] == name for one in self.bank_accounts.values()):
            raise RefusedError(4000, "A bank account with the same name already exists.")
        made: Json = {
            "Id": self.world.guid("bank", name), "Bank": None, "BankAccountType": kind, "BankAccountTypeDescription": None,
            "Bban": None, "Iban": None, "Name": name, "NameEnglish": None, "IsActive": True, "LedgerAccountNumber": ledger,
            "HasActiveBankAgreement": False, "IsDefaultChequeAccount": ledger == self.chart.bank,
            "CurrencyCode": currency or self.chart.currency,
            "ModifiedUtc": self.world.stamp(self.world.now()), "BankAccountHolderName": None, **fields,
        }  # fmt: skip
        self.bank_accounts[made["Id"]] = made
        self.transactions[made["Id"]], self.unmatched[made["Id"]] = [], []
        return made

    def bank_of(self, ledger: int) -> Json:
        """Return the bank account tied to a ledger account."""
        return next(one for one in self.bank_accounts.values() if one["LedgerAccountNumber"] == ledger)

    def year_of(self, on: date) -> Json:
        """Return the fiscal year of a day, or refuse."""
        found = next((year for year in self.years if year["StartDate"] <= on <= year["EndDate"]), None)
        if found is None:
            raise RefusedError(3001, f"There is no fiscal year for {on}.")
        return found

    def check_open(self, on: date) -> Json:
        """Return the fiscal year of a day that may be posted to, or refuse."""
        year = self.year_of(on)
        if year["IsLockedForAccounting"]:
            raise RefusedError(4038, "The voucher date is in a locked fiscal year.")
        if self.locked_to is not None and on <= self.locked_to:
            raise RefusedError(4026, f"The voucher date is in a locked period, the accounting is locked to {self.locked_to}.")
        return year

    def post(
        self, on: date, kind: int, text: str, rows: list[Row], *, source: str | None = None, series: str = "", texts: Json | None = None
    ) -> Json:
        """Write a voucher after every check the vendor makes, and return it."""
        year = self.check_open(on)
        for row in rows:
            self._check_account(row.account, year["Id"], manual=kind == MANUAL)
        if sum((row.amount for row in rows), ZERO) != 0 or not rows:
            raise invalid("Rows", "The voucher does not balance.")
        letter = series or SERIES.get(kind, "A")
        number = 1 + sum(one["NumberSeries"] == letter and one["_year"] == year["Id"] for one in self.vouchers)
        now, ident = self.world.stamp(self.world.now()), self.world.guid("voucher", letter, number)
        made: Json = {
            "Id": ident, "VoucherDate": on, "VoucherText": text,
            "Rows": [self._row(row, year["Id"]) for row in rows], "NumberAndNumberSeries": f"{letter}{number}", "NumberSeries": letter,
            "ImportedVoucherNumber": None, "Attachments": {"DocumentId": ident, "DocumentType": 3, "AttachmentIds": []}, "ModifiedUtc": now, "VoucherType": kind, "SourceId": source,
            "CreatedUtc": now, "_year": year["Id"], **(texts or {}),
        }  # fmt: skip
        self.vouchers.append(made)
        return made

    def voucher(self, ident: str) -> Json | None:
        """Return a voucher by its id."""
        return next((one for one in self.vouchers if one["Id"] == ident.lower()), None)

    def reverse(self, voucher: Json, on: date) -> Json:
        """Write the opposite of a voucher, on the same origin."""
        rows = [Row(row["AccountNumber"], row["CreditAmount"] - row["DebitAmount"]) for row in voucher["Rows"]]
        text = f"{self.chart.words['back']} {voucher['NumberAndNumberSeries']}"
        return self.post(on, voucher["VoucherType"], text, rows, source=voucher["SourceId"])

    def balance(self, account: int) -> Decimal:
        """Return an account's debit minus credit over all years."""
        rows = (row for voucher in self.vouchers for row in voucher["Rows"] if row["AccountNumber"] == account)
        return sum((row["DebitAmount"] - row["CreditAmount"] for row in rows), ZERO)

    def set_account(self, number: int, **fields: Any) -> None:
        """Change an account in every year."""
        for accounts in self.accounts.values():
            accounts[number].update(fields)

    def _check_account(self, number: int, year_id: str, *, manual: bool) -> None:
        account = self.accounts[year_id].get(number)
        if account is None:
            raise RefusedError(3002, f"Account {number} could not be found.")
        if not account["IsActive"]:
            raise invalid("AccountNumber", f"Account {number} is not active.")
        if manual and account["IsBlockedForManualBooking"]:
            raise invalid("AccountNumber", f"Account {number} is blocked for manual booking.")

    def _row(self, row: Row, year_id: str) -> Json:
        return {
            "AccountNumber": row.account, "AccountDescription": self.accounts[year_id][row.account]["Name"],
            "DebitAmount": money(max(row.amount, ZERO)), "CreditAmount": money(max(-row.amount, ZERO)),
            "TransactionText": row.text or None, "CostCenterItemId1": None, "CostCenterItemId2": None, "CostCenterItemId3": None,
            "VatCodeId": None, "VatCodeAndPercent": None, "VatAmount": None, "ProjectId": None,
        }  # fmt: skip

    def _account(self, number: int, name: str, year_id: str) -> Json:
        vat = self.chart.vat_codes.get(number)
        return {
            "Name": name, "Number": str(number), "VatCodeId": NOBODY if vat else None, "VatCodeDescription": vat, "FiscalYearId": year_id,
            "ReferenceCode": None, "Type": number // 1000, "TypeDescription": "", "ModifiedUtc": self.world.stamp(self.world.now()),
            "IsActive": True, "IsProjectAllowed": False, "IsCostCenterAllowed": False, "IsBlockedForManualBooking": number in self.chart.blocked,
        }  # fmt: skip


def invalid(name: str, message: str) -> RefusedError:
    """Return the refusal of one field of a body."""
    return RefusedError(2000, message, 400, [{"Field": name, "ErrorCode": "Invalid", "Message": message, "Key": name}])
