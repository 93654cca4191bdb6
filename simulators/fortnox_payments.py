"""The payments of a simulated Fortnox company: unbooked they change nothing, booked they move Balance and the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from simulators import fortnox_chart as chart
from simulators.fortnox_books import ZERO, Books, Row, entry
from simulators.fortnox_fields import WRITE_OFF, checked_rows
from simulators.fortnox_invoicing import InvoiceRecord, Invoicing
from simulators.fortnox_wire import url
from simulators.fortnox_world import Json, RefusedError, World, day, money, words

INVOICE_NOT_BOOKED, BEFORE_INVOICE_DATE, WRONG_CURRENCY = 2999001, 2999002, 2999003
TOO_MUCH, PAYMENT_BOOKED, NOTHING_TO_BOOK, NO_MODE_OF_PAYMENT = 2999004, 2999005, 2999016, 2999017
LIST_KEYS = words("@url Amount Booked Currency CurrencyRate CurrencyUnit InvoiceNumber Number PaymentDate Source")


@dataclass
class PaymentRecord:
    """One payment: its detail, the invoice it belongs to, its amount in the invoice's currency, and when it changed."""

    detail: Json
    invoice: InvoiceRecord
    paid: Decimal
    modified: float
    voucher: Json | None = None

    def row(self) -> Json:
        """Return the list row, which is poor: no mode, no voucher, no references."""
        return {**{name: self.detail[name] for name in LIST_KEYS}, "WriteOffExist": bool(self.detail["WriteOffs"])}


class Payments:
    """The invoice payments of one company."""

    def __init__(self, world: World, books: Books, invoicing: Invoicing) -> None:
        self.world, self.books, self.invoicing = world, books, invoicing
        self.records: dict[str, PaymentRecord] = {}
        self._last_number = 0

    def find(self, number: str) -> PaymentRecord:
        """Return a payment or refuse."""
        record = self.records.get(number)
        if record is None:
            raise RefusedError(2000434, "Kan inte hitta inbetalningen.", 404)
        return record

    def create(self, fields: Json, source: str = "direct", *, trusted: bool = False) -> PaymentRecord:
        """Register an unbooked payment; only InvoiceNumber is required, the rest gets the vendor's defaults."""
        invoice = self.invoicing.find(str(fields["InvoiceNumber"]), 400)
        detail = self._empty(invoice, source)
        record = PaymentRecord(detail, invoice, ZERO, self.world.now())
        self._apply(record, fields)
        self._check(record, trusted=trusted)
        self._last_number += 1
        number = str(self._last_number)
        detail.update({"@url": url("invoicepayments", number), "Number": number})
        self.records[number] = record
        return record

    def change(self, record: PaymentRecord, fields: Json) -> None:
        """Change an unbooked payment; a booked one is immutable."""
        if record.detail["Booked"]:
            raise RefusedError(PAYMENT_BOOKED, "En bokförd inbetalning kan inte ändras.")
        tried = PaymentRecord(dict(record.detail), record.invoice, record.paid, self.world.now())
        self._apply(tried, fields)
        self._check(tried, trusted=False)
        record.detail.update(tried.detail)
        record.paid, record.modified = tried.paid, tried.modified

    def book(self, record: PaymentRecord, *, trusted: bool = False) -> None:
        """Book a payment: voucher, Balance and, when nothing is left, FinalPayDate."""
        detail, invoice = record.detail, record.invoice
        if detail["Booked"]:
            raise RefusedError(PAYMENT_BOOKED, "Inbetalningen är redan bokförd.")
        if record.paid and (not detail["ModeOfPayment"] or not detail["ModeOfPaymentAccount"]):
            raise RefusedError(NO_MODE_OF_PAYMENT, "Betalningssätt och konto saknas.")
        self._check(record, trusted=trusted)
        on = day(detail["PaymentDate"])
        text = f"Inbetalning faktura {invoice.number} {invoice.detail['CustomerName']}"[:200]
        series = self.books.predefined_series["INVOICEPAYMENT"]
        record.voucher = self.books.post(on, series, text, self._rows(record), reference=("INVOICEPAYMENT", detail["Number"]))
        keys = {
            "VoucherNumber": record.voucher["VoucherNumber"],
            "VoucherSeries": series,
            "VoucherYear": record.voucher["Year"],
        }
        detail.update({"Booked": True, **keys})
        record.modified = self.world.now()
        self.invoicing.reduce(invoice, record.paid + self._written_off(detail), on, touch=self.world.switches.payment_touches_invoice)

    def delete(self, record: PaymentRecord, *, forced: bool = False) -> None:
        """Delete a payment; a booked one only where the switch or the vendor's own pages allow it."""
        if record.detail["Booked"]:
            if not (forced or self.world.switches.delete_booked_payment):
                raise RefusedError(PAYMENT_BOOKED, "En bokförd inbetalning kan inte tas bort.")
            on = day(record.detail["PaymentDate"])
            if record.voucher is not None:
                self.books.reverse(record.voucher, on, f"Återföring inbetalning {record.detail['Number']}")
            self.invoicing.reduce(record.invoice, -record.paid - self._written_off(record.detail), on)
        del self.records[record.detail["Number"]]

    def settle(self) -> None:
        """Turn new matches of credit notes into booked rows of source `settle` on both documents."""
        while self.invoicing.settlements:
            invoice, note, amount, on = self.invoicing.settlements.pop(0)
            for owner, paid in ((invoice, amount), (note, -amount)):
                self._last_number += 1
                number = str(self._last_number)
                detail = self._empty(owner, "settle")
                detail.update(
                    {
                        "@url": url("invoicepayments", number),
                        "Number": number,
                        "PaymentDate": on.isoformat(),
                        "Booked": True,
                    }
                )
                record = PaymentRecord(detail, owner, paid, self.world.now())
                self._set_amount(record, paid)
                self.records[number] = record

    def _empty(self, invoice: InvoiceRecord, source: str) -> Json:
        seen = invoice.detail
        return {
            "@url": "",
            "Amount": ZERO,
            "AmountCurrency": ZERO,
            "Booked": False,
            "Currency": seen["Currency"],
            "CurrencyRate": seen["CurrencyRate"],
            "CurrencyUnit": 1,
            "ExternalInvoiceReference1": seen["ExternalInvoiceReference1"],
            "ExternalInvoiceReference2": seen["ExternalInvoiceReference2"],
            "InvoiceCustomerName": seen["CustomerName"],
            "InvoiceCustomerNumber": seen["CustomerNumber"],
            "InvoiceDueDate": seen["DueDate"],
            "InvoiceNumber": int(invoice.number),
            "InvoiceOCR": seen["OCR"],
            "InvoiceTotal": str(money(seen["Total"])),
            "ModeOfPayment": "",
            "ModeOfPaymentAccount": None,
            "Number": "",
            "PaymentDate": self.world.today().isoformat(),
            "Source": source,
            "VoucherNumber": None,
            "VoucherSeries": None,
            "VoucherYear": None,
            "WriteOffs": [],
        }

    def _apply(self, record: PaymentRecord, fields: Json) -> None:
        detail, given = record.detail, {name: value for name, value in fields.items() if value not in (None, "")}
        if given.get("Currency", detail["Currency"]) != detail["Currency"]:
            raise RefusedError(WRONG_CURRENCY, "Betalningens valuta stämmer inte med fakturans.")
        if given.get("InvoiceNumber", detail["InvoiceNumber"]) != detail["InvoiceNumber"]:
            raise RefusedError(2000588, "Inbetalningens faktura kan inte bytas.")
        if "ModeOfPayment" in given:
            detail["ModeOfPaymentAccount"] = self._mode_account(given["ModeOfPayment"])
        if "WriteOffs" in given:
            given["WriteOffs"] = [
                _write_off(row, detail["Currency"]) for row in checked_rows(given["WriteOffs"], WRITE_OFF, self.world.switches)
            ]
        detail.update({name: given[name] for name in given if name not in ("Amount", "AmountCurrency")})
        if "Amount" in given or "AmountCurrency" in given or detail["Number"] == "":
            self._set_amount(record, self._paid(given, record))
        elif "CurrencyRate" in given:
            self._set_amount(record, record.paid)

    def _mode_account(self, code: str) -> int:
        mode = self.books.modes.get(code)
        if mode is None:
            raise RefusedError(2000588, "Betalningssättet finns inte.")
        return int(mode["AccountNumber"])

    def _paid(self, given: Json, record: PaymentRecord) -> Decimal:
        """Return the amount in the invoice's currency; a payment without any amount pays what is left."""
        in_books = self.world.switches.payment_amount_currency == "book"
        first, second = ("AmountCurrency", "Amount") if in_books else ("Amount", "AmountCurrency")
        if first in given:
            return money(given[first])
        if second in given:
            return money(given[second] / Decimal(str(record.detail["CurrencyRate"]))) if in_books else money(given[second])
        return record.invoice.open

    def _set_amount(self, record: PaymentRecord, paid: Decimal) -> None:
        record.paid = paid
        in_books = self.world.switches.payment_amount_currency == "book"
        rate = Decimal(str(record.detail["CurrencyRate"]))
        record.detail.update({"Amount": money(paid * rate) if in_books else paid, "AmountCurrency": paid})

    def _written_off(self, detail: Json) -> Decimal:
        sign = self.world.switches.write_off_sign
        return sum((row["Amount"] * sign for row in detail["WriteOffs"]), ZERO)

    def _check(self, record: PaymentRecord, *, trusted: bool) -> None:
        """Refuse what the vendor refuses, both when a payment is registered and when it is booked."""
        invoice, detail, on = record.invoice, record.detail, day(record.detail["PaymentDate"])
        if not invoice.detail["Booked"] or invoice.detail["Cancelled"]:
            raise RefusedError(INVOICE_NOT_BOOKED, "Fakturan är inte bokförd.")
        if invoice.open == 0:
            raise RefusedError(2003055, "Fakturan är redan slutbetald.")
        if on < day(invoice.detail["InvoiceDate"]):
            raise RefusedError(BEFORE_INVOICE_DATE, "Betalningsdatumet är före fakturadatumet.")
        self.books.check_open(on)
        year_id = self.books.year_id(on)
        for account in [row["AccountNumber"] for row in detail["WriteOffs"]] + [detail["ModeOfPaymentAccount"]]:
            if account is not None:
                self.books.check_account(account, year_id)
        if not trusted:
            self._check_amount(record)

    def _check_amount(self, record: PaymentRecord) -> None:
        switches, write_offs = self.world.switches, record.detail["WriteOffs"]
        if record.paid == 0 and not (write_offs and switches.zero_amount_write_off):
            raise RefusedError(NOTHING_TO_BOOK, "Beloppet kan inte vara noll.")
        left = record.invoice.open
        sign = 1 if left > 0 else -1
        if record.paid * sign < 0 and not switches.negative_payment:
            raise RefusedError(TOO_MUCH, "Beloppet har fel tecken.")
        if (record.paid + self._written_off(record.detail)) * sign > left * sign and not switches.overpayment:
            raise RefusedError(TOO_MUCH, "Beloppet är större än fakturans saldo.")

    def _rows(self, record: PaymentRecord) -> list[Row]:
        """Return the booking in SEK: money and write-offs against the receivable, the rate's difference on its account."""
        invoice, detail, accounts = record.invoice, record.detail, self.books.predefined
        rate, sign = Decimal(str(detail["CurrencyRate"])), self.world.switches.write_off_sign
        paid = money(record.paid * rate)
        lost = [(row["AccountNumber"], money(row["Amount"] * sign * invoice.rate), row) for row in detail["WriteOffs"]]
        claim = money(record.paid * invoice.rate) + sum((amount for _, amount, _ in lost), ZERO)
        rows = [entry(int(detail["ModeOfPaymentAccount"]), paid)] if record.paid else []
        rows += [_write_off_row(account, amount, row) for account, amount, row in lost]
        if self.books.accounting_method == "CASH":
            rows += self.invoicing.sales_rows(invoice, claim)
        else:
            rows.append(entry(accounts["CUSTCLAIM"], -claim))
        difference = money(record.paid * invoice.rate) - paid
        if difference:
            rows.append(entry(accounts["CURRENCYLOSS" if difference > 0 else "CURRENCYWIN"], difference))
        return rows


def _write_off(row: Json, currency: str) -> Json:
    empty = {"CostCenter": "", "Currency": currency, "Description": "", "Project": "", "TransactionInformation": ""}
    if row.get("AccountNumber") is None or row.get("Amount") is None:
        raise RefusedError(2001795, "Obligatoriska fält saknas: Amount, AccountNumber.")
    if row.get("Currency", currency) not in (currency, "SEK", "", *chart.CURRENCY_RATES):
        raise RefusedError(2000427, "Kan inte hitta valutan.")
    return {
        **empty,
        **{name: value for name, value in row.items() if value is not None},
        "Amount": money(row["Amount"]),
    }


def _write_off_row(account: int, amount: Decimal, row: Json) -> Row:
    return Row(
        account,
        debit=max(amount, ZERO),
        credit=max(-amount, ZERO),
        text=row["Description"],
        information=row["TransactionInformation"],
        cost_center=row["CostCenter"],
        project=row["Project"],
    )
