"""A company whose books are kept by hand: debtors, invoices, payments, vouchers that balance, and what its people do in them.

Amounts are `Decimal` in the company's currency, or the invoice's; days are `date`. Everything is plain JSON on its way out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from simulators import kit
from simulators.bankdays import working_day

Json = dict[str, Any]
ZERO: Final = Decimal("0.00")
ROLES: Final = (
    "receivable",
    "clearing",
    "bank",
    "interest",
    "fee",
    "cost",
    "input_vat",
    "rounding",
    "loss",
    "advance",
    "sales",
    "vat",
    "bank_fee",
)
CHARTS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "DK": {
        "receivable": ("5600", "Debitorer"), "clearing": ("5690", "Inkasso, mellemregning"), "bank": ("5820", "Bank"),
        "interest": ("4310", "Renteindtægter, debitorer"), "fee": ("1090", "Gebyrer og kompensation"), "cost": ("3670", "Inkassoomkostninger"),
        "input_vat": ("6904", "Købsmoms"), "rounding": ("3690", "Øredifferencer"), "loss": ("3680", "Tab på debitorer"),
        "advance": ("6850", "Forudbetalinger fra kunder"), "sales": ("1010", "Salg"), "vat": ("6902", "Salgsmoms"), "bank_fee": ("4410", "Bankgebyrer"),
    },
    "NO": {
        "receivable": ("1500", "Kundefordringer"), "clearing": ("1579", "Inkasso, mellomregning"), "bank": ("1920", "Bankinnskudd"),
        "interest": ("8055", "Renteinntekter, kunder"), "fee": ("3910", "Purregebyr og kompensasjon"), "cost": ("6795", "Inkassokostnader"),
        "input_vat": ("2710", "Inngående merverdiavgift"), "rounding": ("7798", "Øreavrunding"), "loss": ("7830", "Tap på fordringer"),
        "advance": ("2900", "Forskudd fra kunder"), "sales": ("3000", "Salgsinntekt"), "vat": ("2700", "Utgående merverdiavgift"), "bank_fee": ("7770", "Bankgebyr"),
    },
}  # fmt: skip
"""A small chart for each country, by what an account is for; the accounts are the company's own, like all charts there."""
WORDS: Final = {
    "DK": {"invoice": "Faktura", "paid": "Indbetaling faktura", "credit": "Kreditnota"},
    "NO": {"invoice": "Faktura", "paid": "Innbetaling faktura", "credit": "Kreditnota"},
}
VAT_PARTS: Final = 5
"""A fifth of what an invoice is with 25 % VAT is VAT."""


class RefusedError(Exception):
    """The books don't take this: a code for the program and a sentence for people."""

    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(text)


@dataclass
class PaperCompany:
    """One company's books. `locked_until`, `takes_writes` and `bank_daily` are what its people set; `bank_until` moves with what they book."""

    clock: kit.Clock
    name: str
    org_no: str
    country: str
    currency: str
    details: Json = field(default_factory=dict)
    debtors: dict[str, Json] = field(default_factory=dict)
    invoices: dict[str, Json] = field(default_factory=dict)
    payments: dict[str, Json] = field(default_factory=dict)
    vouchers: list[Json] = field(default_factory=list)
    files: dict[str, Json] = field(default_factory=dict)
    modes: dict[str, Json] = field(default_factory=dict)
    writes: dict[str, Json] = field(default_factory=dict)
    locked_until: date | None = None
    bank_until: date | None = None
    takes_writes: bool = True
    first_invoice: int = 1
    entered: int = 0
    bank_daily: bool = False

    @property
    def chart(self) -> dict[str, tuple[str, str]]:
        """Its accounts, by what they are for."""
        return CHARTS[self.country]

    def account(self, role: str) -> str:
        """Return the number of the account for something."""
        return self.chart[role][0]

    # What its people do

    def add_debtor(self, name: str, identity_no: str, email: str = "", **more: Any) -> str:
        """Enter a debtor; `more` is its `kind` and address."""
        number = str(len(self.debtors) + 1)
        base = {"kind": "business", "line1": "", "postcode": "", "city": "", "country": self.country, "phone": "", "e_invoice": False}
        self.debtors[number] = {"no": number, "name": name, "identity_no": identity_no, "email": email, "active": True, **base, **more}
        return number

    def add_invoice(
        self,
        debtor: str,
        total: Decimal | str,
        issued_on: date,
        due_on: date,
        *,
        reference: str = "",
        currency: str = "",
        booked: bool = True,
    ) -> str:
        """Enter an invoice; one that is not booked is a draft."""
        number = str(self.first_invoice + len(self.invoices))
        amount = Decimal(total)
        self._enter(number, "invoice", debtor, amount, issued_on, due_on, reference, currency or self.currency, booked=booked)
        if booked and (currency or self.currency) == self.currency:
            vat = (amount / VAT_PARTS).quantize(ZERO)
            rows = (("receivable", amount), ("vat", -vat), ("sales", vat - amount))
            self._post("F", issued_on, f"{self._word('invoice')} {number}", [(self.account(role), part) for role, part in rows])
        return number

    def _enter(
        self,
        number: str,
        kind: str,
        debtor: str,
        total: Decimal,
        issued_on: date,
        due_on: date,
        reference: str,
        currency: str,
        *,
        booked: bool,
    ) -> None:
        self.invoices[number] = {
            "no": number, "kind": kind, "debtor": debtor, "debtor_name": self.debtors[debtor]["name"], "total": total, "currency": currency,
            "issued_on": str(issued_on), "due_on": str(due_on), "reference": reference, "booked": booked, "reminders": 0, "reminded_on": "",
            "credited_by": "", "mark": "", "changed_at": self.clock.now(),
        }  # fmt: skip

    def pay_invoice(self, number: str, amount: Decimal | str | None = None, *, on: date) -> str:
        """Book money that came to the company's own bank."""
        part = self.open_of(number) if amount is None else Decimal(amount)
        self._know_bank(on)
        return self.enter_payment(number, part, on, "BANK", self.account("bank"), source="bank", booked=True)

    def delete_payment(self, number: str) -> None:
        """Cross a payment out."""
        self._changed(self.payments.pop(number)["invoice"])

    def credit_invoice(self, number: str, amount: Decimal | str | None = None, *, on: date) -> str:
        """Write a credit note and set it off against its invoice."""
        invoice = self.invoices[number]
        part = self.open_of(number) if amount is None else Decimal(amount)
        note = str(self.first_invoice + len(self.invoices))
        self._enter(note, "credit", invoice["debtor"], -part, on, on, "", invoice["currency"], booked=True)
        vat = (part / VAT_PARTS).quantize(ZERO)
        rows = (("receivable", -part), ("vat", vat), ("sales", part - vat))
        self._post("F", on, f"{self._word('credit')} {note}", [(self.account(role), one) for role, one in rows])
        self._pay(number, part, on, "", "", source="credit", booked=True)
        self._pay(note, -part, on, "", "", source="credit", booked=True)
        if part == invoice["total"]:
            invoice["credited_by"] = note
        return note

    def remind(self, number: str, on: date) -> int:
        """Write a reminder by hand, and return how many that makes."""
        invoice = self.invoices[number]
        invoice["reminders"], invoice["reminded_on"] = invoice["reminders"] + 1, str(on)
        self._changed(number)
        return int(invoice["reminders"])

    def book_bank(self, on: date, text: str, amount: Decimal, account: str) -> str:
        """Book a row of the bank statement; money out is negative."""
        self._know_bank(on)
        return self._post("B", on, text, [(self.account("bank"), amount), (account, -amount)])

    def keep_bank(self) -> None:
        """Book the bank of every day that is over where its people do so each morning."""
        yesterday = datetime.fromtimestamp(self.clock.now(), UTC).date() - timedelta(days=1)
        while self.bank_daily and self.bank_until and (day := working_day(self.bank_until + timedelta(days=1), self.country)) <= yesterday:
            self.book_bank(day, "Bank", Decimal("-2.00"), self.account("bank_fee"))

    def set_invoice(self, number: str, **fields: Any) -> None:
        """Write something else into an invoice."""
        self.invoices[number] |= fields
        self._changed(number)

    # What the program may do

    def enter_payment(
        self, number: str, amount: Decimal, on: date, mode: str, account: str, *, source: str, booked: bool, **written_off: Any
    ) -> str:
        """Enter a payment; only booking it lowers what is open."""
        self._check_day(on)
        rest = Decimal(written_off.get("written_off") or 0)
        if number not in self.invoices:
            raise RefusedError("no_invoice", "there is no such invoice")
        if amount < 0 or rest < 0 or not ZERO < amount + rest <= self.open_of(number):
            raise RefusedError("more_than_open", "it is more than is open on the invoice, or nothing")
        if rest and not self._has_account(str(written_off["write_off_account"])):
            raise RefusedError("no_account", "there is no such account")
        ref = self._pay(number, amount, on, mode, account, source=source, booked=False, **written_off)
        if booked:
            self.book_payment(ref)
        return ref

    def book_payment(self, ref: str) -> None:
        """Book a payment that was entered."""
        payment = self.payments.get(ref)
        if payment is None or payment["booked"]:
            raise RefusedError("not_entered", "no such payment waits to be booked")
        on, rest = date.fromisoformat(payment["paid_on"]), payment["written_off"] or ZERO
        self._check_day(on)
        if payment["amount"] + rest > self.open_of(payment["invoice"]):
            raise RefusedError("more_than_open", "it is more than is open on the invoice")
        payment["booked"] = True
        self._changed(payment["invoice"])
        if payment["currency"] == self.currency:
            rows = [(payment["account"], payment["amount"]), (self.account("receivable"), -payment["amount"] - rest)]
            rows += [(payment["write_off_account"], rest)] if rest else []
            self._post("P", on, f"{self._word('paid')} {payment['invoice']}", rows)

    def _pay(
        self, number: str, amount: Decimal, on: date, mode: str, account: str, *, source: str, booked: bool, **written_off: Any
    ) -> str:
        self.entered += 1  # no number comes twice, not even that of a payment which was crossed out
        ref = f"P{self.entered}"
        self.payments[ref] = {
            "no": ref, "invoice": number, "amount": amount, "currency": self.invoices[number]["currency"], "paid_on": str(on), "mode": mode,
            "account": account, "source": source, "booked": booked, "written_off": None, "write_off_account": "", "entered_at": self.clock.now(),
        } | written_off  # fmt: skip
        self._changed(number)
        return ref

    def book_voucher(self, series: str, on: date, text: str, rows: list[tuple[str, Decimal]]) -> str:
        """Book a voucher of the program's; rows are (account, amount), debit above nothing."""
        self._check_day(on)
        if not rows or sum((amount for _, amount in rows), ZERO):
            raise RefusedError("not_balanced", "debit and credit differ")
        if any(not self._has_account(account) for account, _ in rows):
            raise RefusedError("no_account", "there is no such account")
        return self._post(series, on, text, rows)

    def check_open(self) -> None:
        """Refuse everything while the people want nothing written."""
        if not self.takes_writes:
            raise RefusedError("closed", "the books take nothing now")

    def _has_account(self, number: str) -> bool:
        return number in {number for number, _ in self.chart.values()}

    def _check_day(self, on: date) -> None:
        if self.locked_until and on <= self.locked_until:
            raise RefusedError("period_locked", f"the books are closed until {self.locked_until}")

    def _post(self, series: str, on: date, text: str, rows: list[tuple[str, Decimal]]) -> str:
        number = f"{series}{sum(row['series'] == series for row in self.vouchers) + 1}"
        assert not sum((amount for _, amount in rows), ZERO), "a voucher balances"
        parts = [{"account": account, "amount": amount} for account, amount in rows]
        self.vouchers.append({"no": number, "series": series, "date": str(on), "text": text, "rows": parts, "files": []})
        return number

    def _know_bank(self, on: date) -> None:
        self.bank_until = max(on, self.bank_until or on)

    def _changed(self, number: str) -> None:
        self.invoices[number]["changed_at"] = self.clock.now()

    def _word(self, name: str) -> str:
        return WORDS[self.country][name]

    # What is seen

    def open_of(self, number: str) -> Decimal:
        """Return what is open on an invoice: its total less what is booked as paid, credited or written off."""
        booked = [one for one in self.payments.values() if one["invoice"] == number and one["booked"]]
        gone = sum((one["amount"] + (one["written_off"] or ZERO) for one in booked), ZERO)
        return Decimal(self.invoices[number]["total"]) - gone

    def row(self, number: str) -> Json:
        """Return an invoice as the books show it."""
        return self.invoices[number] | {"open": self.open_of(number)}

    def balance(self, account: str) -> Decimal:
        """Return what stands on an account."""
        return sum((Decimal(row["amount"]) for voucher in self.vouchers for row in voucher["rows"] if row["account"] == account), ZERO)

    def state(self) -> Json:
        """Return everything an auditor compares; no names and no identity numbers."""
        private = ("debtor_name",)
        return {
            "name": self.name, "org_no": self.org_no, "country": self.country, "currency": self.currency,
            "accounts": {role: self.account(role) for role in ROLES},
            "invoices": [{name: value for name, value in self.row(number).items() if name not in private} for number in self.invoices],
            "payments": list(self.payments.values()), "vouchers": self.vouchers, "writes": len(self.writes),
        }  # fmt: skip
