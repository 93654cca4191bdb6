"""The ledger of a simulated agreement: booked entries, drafts in journals, booking, and the matching of debtors' entries.

Booked entries are as a ledger has them: debit above 0, credit below. A booked entry is never changed; only what is left of a
debtor's entry (`remainder`) moves, by matching.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from simulators.economic_chart import CHART, RATES, periods_of
from simulators.economic_world import Json, ServiceRefusedError, World, day, money

PAYMENT, FINANCE, REMINDER, INVOICE, OPENING, MANUAL = 2, 5, 6, 1, 7, 10
ZERO = Decimal("0.00")


@dataclass
class Line:
    """One line to be posted; a debtor's line has its customer and is what can be matched."""

    account: int
    amount: Decimal
    customer: int | None = None
    invoice: int | None = None
    due: date | None = None


@dataclass
class Ledger:
    """Entries, periods, journals and drafts of one agreement."""

    world: World
    base_currency: str
    years: Iterable[int]
    entries: list[Json] = field(default_factory=list)
    pairs: list[Json] = field(default_factory=list)
    periods: list[Json] = field(default_factory=list)
    closed_years: set[str] = field(default_factory=set)
    journals: dict[int, Json] = field(default_factory=dict)
    drafts: dict[int, Json] = field(default_factory=dict)
    next_draft: int = 1
    next_voucher: int = 1

    def __post_init__(self) -> None:
        """Set up the years, and the journals every agreement has."""
        self.periods = [period for year in self.years for period in periods_of(year)]
        self.add_journal("Daglig kassekladde")
        self.add_journal("Faste posteringer", isStandingJournal=True)

    def add_journal(self, name: str, **more: Any) -> int:
        """Add a journal and return its number."""
        number = max(self.journals, default=0) + 1
        flags = dict.fromkeys(
            ("balancingBehavior", "autoApprove", "isStandingJournal", "requireAdminApproval", "lockVatCodes", "allowPartialBooking",
             "requireBalancePerVoucherId", "repeatText"), False,
        )  # fmt: skip
        limits = {"minimumVoucherNumber": number * 100_000, "maximumVoucherNumber": number * 100_000 + 99_999}
        self.journals[number] = {"number": number, "name": name, **flags, "allowedEntryType": 0, **limits, **more, "objectVersion": "v1"}
        return number

    def post(self, kind: int, on: date, text: str, lines: list[Line], *, currency: str = "", voucher: int | None = None) -> list[Json]:
        """Post a voucher whose lines add up to nothing, and return its entries."""
        assert sum((line.amount for line in lines), ZERO) == 0, f"{text} does not balance"
        self.check_open(on)
        number = voucher if voucher is not None else self._own_voucher()
        return self._numbered([self._entry(kind, on, text, line, currency or self.base_currency, number) for line in lines])

    def check_open(self, on: date) -> None:
        """Refuse a day whose year is missing or closed, or whose period is closed or barred."""
        period = next((one for one in self.periods if one["dateFrom"] <= on <= one["dateTo"]), None)
        if period is None:
            raise ServiceRefusedError("JournalEntryDateAccountingYearDoesNotExist", "The accounting year does not exist.", prop="date")
        if period["year"] in self.closed_years or period["isClosed"]:
            raise ServiceRefusedError("JournalEntryDateAccountingYearClosed", "The accounting year is closed.", prop="date")
        if period["isBarred"]:
            raise ServiceRefusedError("JournalEntryDateAccountingYearPeriodBarred", "The accounting period is barred.", prop="date")

    def entry(self, number: int) -> Json:
        """Return an entry by its number."""
        return self.entries[number - 1]

    def invoice_entry(self, invoice: int) -> Json:
        """Return the debtor's entry of an invoice."""
        return next(one for one in self.entries if one["customerInvoiceNumber"] == invoice and one["type"] == INVOICE and "open" in one)

    def match(self, numbers: Iterable[int]) -> None:
        """Match debtors' entries of one customer with each other, as far as they go."""
        found = [self.entry(number) for number in numbers]
        debits = [one for one in found if one["open"] > 0]
        for credit in [one for one in found if one["open"] < 0]:
            for debit in debits:
                amount = min(-credit["open"], debit["open"])
                if amount > 0:
                    self._pair(debit, credit, amount)

    def unmatch(self, number: int) -> None:
        """Undo every match of an entry, as a person can in the vendor's own pages."""
        for pair in [one for one in self.pairs if number in one["numbers"]]:
            debit, credit = (self.entry(one) for one in pair["numbers"])
            debit["open"] += pair["amount"]
            credit["open"] -= pair["amount"]
            self.pairs.remove(pair)

    def shown_pair(self, pair: Json) -> Json:
        """Return a pair as the service shows it."""
        switches = self.world.switches
        numbers = sorted(pair["numbers"], reverse=switches.matched_pair_from == "later")
        found: Json = {}
        for name, number in zip(("from", "to"), numbers, strict=True):
            entry = self.entry(number)
            sign = 1 if entry["amount"] > 0 else -1
            amount = entry["amount"] if switches.matched_pair_amounts == "entry" else sign * pair["amount"]
            base = money(amount * Decimal(RATES[entry["currencyCode"]]) / 100)
            found |= {
                f"{name}Entry": number,
                f"{name}EntryDate": entry["date"],
                f"{name}EntryAmount": amount,
                f"{name}EntryAmountDKK": base,
            }
        return found

    def shown_entry(self, entry: Json) -> Json:
        """Return a booked entry as the service shows it: what is left stands on debtors' lines alone."""
        row = {name: value for name, value in entry.items() if name != "open"}
        left = entry.get("open", ZERO if self.world.switches.contra_line_remainder else None)
        if not left and "open" in entry and self.world.switches.zero_remainder == "omitted":
            left = None
        return {**row, "remainder": left, "objectVersion": f"{entry['entryNumber']}-{entry.get('open')}"}

    def balance(self, account: int) -> Decimal:
        """Return an account's debit minus credit in the base currency."""
        return sum((one["amountInBaseCurrency"] for one in self.entries if one["accountNumber"] == account), ZERO)

    def customer_balance(self, customer: int) -> Decimal:
        """Return what a customer owes in the base currency."""
        own = [one for one in self.entries if one["customerNumber"] == customer and "open" in one]
        return sum((one["amountInBaseCurrency"] for one in own), ZERO)

    def add_draft(self, journal: int, raw: Json, *, receivable: int) -> int:
        """Store a draft that was checked, and return its number."""
        number, self.next_draft = self.next_draft, self.next_draft + 1
        voucher = raw.get("voucherNumber")
        row = {**raw, "voucherNumber": voucher if voucher is not None else self.next_voucher_number(journal), "entryNumber": number}
        if row["entryTypeNumber"] in (PAYMENT, MANUAL):
            row["accountNumber"] = receivable
        self.drafts[number] = {**row, "objectVersion": f"d{number}"}
        if self.world.switches.voucher_numbers_move == "draft":
            self._use_voucher(journal, row["voucherNumber"])
        return number

    def next_voucher_number(self, journal: int) -> int:
        """Return the voucher number that comes next in a journal."""
        kept = self.journals[journal]
        drafted = [one["voucherNumber"] for one in self.drafts.values() if one["journalNumber"] == journal]
        return int(max([kept["minimumVoucherNumber"], kept.get("used", 0) + 1, *(number + 1 for number in drafted)]))

    def shown_journal(self, number: int) -> Json:
        """Return a journal as the service shows it."""
        row = {name: value for name, value in self.journals[number].items() if name != "used"}
        if self.world.switches.next_voucher_number:
            used = self.journals[number].get("used", 0)
            row["nextVoucherNumber"] = max(row["minimumVoucherNumber"], used + 1)
        return row

    def book(self, journal: int, numbers: list[int]) -> None:
        """Book drafts of a journal, all of them or none."""
        rows = [self.drafts.get(number) for number in numbers]
        if not rows or any(row is None or row["journalNumber"] != journal for row in rows):
            raise ServiceRefusedError("JournalEntryDoesNotExist", "The journal entry does not exist.", 404, "entryNumbers")
        drafts = [row for row in rows if row is not None]
        for row in drafts:
            self.check_open(row["date"])
        _check_balance(drafts)
        for row in drafts:
            self._book_one(row)
            self._use_voucher(journal, row["voucherNumber"])
            if not self.journals[journal]["isStandingJournal"]:
                del self.drafts[row["entryNumber"]]

    def _book_one(self, row: Json) -> None:
        kind, text = row["entryTypeNumber"], row.get("text") or ""
        if self.world.switches.booked_text == "cut":
            text = text[:100]
        contra = row.get("contraAccountNumber")
        if kind == PAYMENT and not contra:
            contra = self.journals[row["journalNumber"]].get("customerContraAccount")
        invoice = int(row["customerInvoiceNumber"]) if row.get("customerInvoiceNumber") else None
        amount = -row["amount"] if kind == PAYMENT and self.world.switches.payment_sign == 1 else row["amount"]
        kept = invoice if kind != PAYMENT or self.world.switches.payment_keeps_invoice_number else None
        own = Line(row["accountNumber"], amount, row.get("customerNumber"), kept, row.get("dueDate"))
        lines = [own, *([Line(int(contra), -amount)] if contra else [])]
        made = [self._entry(kind, row["date"], text, line, row["currency"], row["voucherNumber"]) for line in lines]
        self._numbered(made)
        if kind == PAYMENT and invoice and self.world.switches.payments_match:
            found = [
                one
                for one in self.entries
                if one["customerInvoiceNumber"] == invoice and one["type"] in (INVOICE, MANUAL) and "open" in one
            ]
            self.match([*[one["entryNumber"] for one in found if one["customerNumber"] == own.customer][:1], made[0]["entryNumber"]])

    def _entry(self, kind: int, on: date, text: str, line: Line, currency: str, voucher: int) -> Json:
        number = len(self.entries) + 1
        row: Json = {
            "entryNumber": number, "accountNumber": line.account, "amount": line.amount,
            "amountInBaseCurrency": money(line.amount * Decimal(RATES[currency]) / 100), "currencyCode": currency, "date": on,
            "dueDate": line.due, "text": text, "type": kind, "voucherNumber": voucher, "customerNumber": line.customer,
            "customerInvoiceNumber": line.invoice,
        }  # fmt: skip
        if line.customer is not None:
            row["open"] = line.amount
        self.entries.append(row)
        return row

    def _numbered(self, made: list[Json]) -> list[Json]:
        """Let the other lines of a voucher bear a debtor's numbers, where that is so."""
        debtors = [one for one in made if "open" in one]
        for one in made if debtors and self.world.switches.contra_line_customer else []:
            one["customerNumber"], one["customerInvoiceNumber"] = debtors[0]["customerNumber"], debtors[0]["customerInvoiceNumber"]
        return made

    def _pair(self, debit: Json, credit: Json, amount: Decimal) -> None:
        debit["open"] -= amount
        credit["open"] += amount
        self.pairs.append({"numbers": (debit["entryNumber"], credit["entryNumber"]), "amount": amount})

    def _own_voucher(self) -> int:
        number, self.next_voucher = self.next_voucher, self.next_voucher + 1
        return number

    def _use_voucher(self, journal: int, number: int) -> None:
        kept = self.journals[journal]
        kept["used"] = max(kept.get("used", 0), number)


def check_draft(raw: Json, journal: Json, receivable: int | None) -> Json:
    """Return a draft with its values in our types, or refuse it as the vendor does."""
    for name in ("entryTypeNumber", "journalNumber", "date", "amount", "currency"):
        if raw.get(name) is None:
            raise ServiceRefusedError("RequiredPropertyMissing", f"The {name} field is required.", prop=name)
    if None in raw.values():
        raise ServiceRefusedError("NullNotAllowed", "null is not a valid value.")
    _check_kind(raw, journal, receivable)
    _check_values(raw, journal)
    due = {"dueDate": day(raw["dueDate"])} if raw.get("dueDate") else {}
    return {**raw, "amount": money(raw["amount"]), "date": day(raw["date"]), **due}


def _check_kind(raw: Json, journal: Json, receivable: int | None) -> None:
    """Refuse a kind of entry that the journal does not take, or one without what it needs."""
    kind = raw["entryTypeNumber"]
    if kind not in (PAYMENT, 3, 4, FINANCE, MANUAL) or journal["allowedEntryType"] not in (0, kind):
        raise ServiceRefusedError("JournalEntryTypeNotCorrect", "The entry type is not correct.", prop="entryTypeNumber")
    if kind in (PAYMENT, MANUAL) and receivable is None:
        raise ServiceRefusedError("JournalEntryCustomerNotFound", "The customer was not found.", prop="customerNumber")
    if kind == FINANCE and "accountNumber" not in raw and "contraAccountNumber" not in raw:
        raise ServiceRefusedError("JournalEntryAccountAndContraAccountNotSet", "Account and contra account are not set.")
    for name in ("accountNumber", "contraAccountNumber"):
        if name in raw and not (name == "accountNumber" and kind in (PAYMENT, MANUAL)):
            check_account(int(raw[name]), name)


def _check_values(raw: Json, journal: Json) -> None:
    voucher, invoice, amount = raw.get("voucherNumber"), str(raw.get("customerInvoiceNumber", "")), Decimal(raw["amount"])
    wrong = {
        ("JournalEntryTextTooLong", "text"): len(raw.get("text", "")) > 250,
        ("Customer_Invoice_Is_Not_Numeric", "customerInvoiceNumber"): bool(invoice) and not invoice.isdecimal(),
        ("JournalEntryCurrencyNotFound", "currency"): str(raw["currency"]) not in RATES,
        ("JournalEntryAmountExceedsDigitLimit", "amount"): amount != money(amount),
        ("JournalEntryVoucherNumberNotWithinBoundaries", "voucherNumber"): voucher is not None
        and not journal["minimumVoucherNumber"] <= voucher <= journal["maximumVoucherNumber"],
    }
    for (code, prop), holds in wrong.items():
        if holds:
            raise ServiceRefusedError(code, f"The {prop} is not valid.", prop=prop)


def check_account(number: int, prop: str) -> None:
    """Refuse an account that is not there, or that takes no entries."""
    known = {one[0]: one for one in CHART}
    contra = "Contra" if prop.startswith("contra") else ""
    if number not in known:
        raise ServiceRefusedError(f"JournalEntry{contra}AccountNotFound", "The account was not found.", prop=prop)
    _, _, kind, more = known[number]
    if kind not in ("profitAndLoss", "status"):
        raise ServiceRefusedError(f"JournalEntryWrong{contra}AccountType", "The account is of the wrong type.", prop=prop)
    if more.get("barred"):
        raise ServiceRefusedError(f"JournalEntry{contra}AccountNotAccessible", "The account is barred.", prop=prop)
    if more.get("blockDirectEntries"):
        raise ServiceRefusedError(f"JournalEntry{contra}AccountIsBlockedForDirectEntries", "The account is blocked.", prop=prop)


def _check_balance(drafts: list[Json]) -> None:
    """Refuse vouchers whose entries without a contra account do not add up to nothing."""
    sums: dict[int, Decimal] = {}
    for row in drafts:
        if row["entryTypeNumber"] == FINANCE and not row.get("contraAccountNumber"):
            sums[row["voucherNumber"]] = sums.get(row["voucherNumber"], ZERO) + row["amount"]
    if any(sums.values()):
        # No code that is listed says so; this is the most general one (SPEC, DraftEntries).
        raise ServiceRefusedError("JournalVoucherDataIntegrityError", "The voucher is not in balance.", prop="entryNumbers")
