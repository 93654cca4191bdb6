"""Invoices of a simulated eAccounting company: booked ones, credits that are set off, payments, and what each leaves in the books."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from simulators.visma_books import CASH, CREDIT, DEPOSIT, INVOICE, MANUAL, SPOT, Books, Row, invalid
from simulators.visma_chart import RATES
from simulators.visma_world import NOBODY, ZERO, Json, RefusedError, World, day, money, with_check_digit

SOLD = 4
"""FactoringInvoiceStatus."""
PARTIAL, COMPLETE, ROUNDED, CHARGE = 1, 2, 3, 4
"""Payment types."""
EMPTY = {
    **dict.fromkeys(
        (
            "CreatedByUserId", "VatSpecification", "DeliveryDate", "RotReducedInvoicingPropertyName", "RotReducedInvoicingOrgNumber",
            "Persons", "ElectronicReference", "SubscriptionNumber", "ContractNumber", "ElectronicAddress", "EdiServiceDelivererId",
            "OurReference", "YourReference", "BuyersOrderReference", "DeliveryCustomerName", "DeliveryAddress1", "DeliveryAddress2",
            "DeliveryPostalCode", "DeliveryCity", "DeliveryCountryCode", "DeliveryMethodName", "DeliveryTermName", "DeliveryMethodCode",
            "DeliveryTermCode", "RotPropertyType", "WorkHouseOtherCosts", "ReferringInvoiceId", "CreatedFromOrderId",
            "CreatedFromQuoteId", "CreatedFromDraftId", "LastPaymentReminderSentDate", "PaymentDate",
            "CollectiveCustomerInvoiceRowsRelationToOrders", "BackgroundId",
        )
    ),
    **dict.fromkeys(
        (
            "EuThirdParty", "IsCreditInvoice", "RotReducedInvoicingAutomaticDistribution", "HasAutoInvoiceError", "IsNotDelivered",
            "ReverseChargeOnConstructionServices", "ReversedConstructionVatInvoicing", "IncludesVat", "PaymentReminderIssued",
            "UsesGreenTechnology", "IsSold", "IsDirectDebit", "IsQuickInvoice", "IsCollectiveInvoice", "ReplaceUnitPriceWhenZero",
        ),
        False,
    ),
    **dict.fromkeys(
        (
            "TotalRoundings", "SetOffAmountInvoiceCurrency", "MaxAllowedTaxReductionAmount", "RotReducedInvoicingAmount",
            "RotReducedInvoicingPercent",
        ),
        ZERO,
    ),
    **dict.fromkeys(
        ("RotReducedInvoicingType", "SendType", "PaymentRemindersCount", "FactoringInvoiceStatus", "TaxDeductionStatus"), 0
    ),
    "TermsOfPaymentId": NOBODY,
}  # fmt: skip
LISTS = ("SalesDocumentAttachments", "MessageThreads", "Notes", "CreditedBy")


@dataclass
class Invoicing:
    """The sales ledger of one company."""

    world: World
    books: Books
    base: str = "SEK"
    invoices: dict[str, Json] = field(default_factory=dict)
    drafts: dict[str, Json] = field(default_factory=dict)
    has_factoring: bool = False
    last_number: int = 1000

    def create(self, customer: Json, total: Decimal, dates: tuple[date, date], *, currency: str, fields: Json) -> Json:
        """Book an invoice over a total with VAT, or a credit of one."""
        self.last_number += 1
        rate, now = Decimal(RATES[currency]) / Decimal(RATES[self.base]), self.world.stamp(self.world.now())
        credit = bool(fields.get("IsCreditInvoice"))
        sign = self.world.switches.credit_sign if credit else 1
        vat = money(total / 5)
        reduction = money(fields.get("RotReducedInvoicingAmount") or 0)
        left = total if self.world.switches.tax_reduction_in_remaining else total - reduction
        ident = self.world.guid("invoice", self.last_number)
        invoice: Json = {
            **EMPTY, **{name: [] for name in LISTS},
            "Id": ident, "CurrencyCode": currency, "CurrencyRate": rate, "TotalAmount": money(sign * total * rate),
            "TotalVatAmount": money(sign * vat * rate), "TotalAmountInvoiceCurrency": sign * total,
            "TotalVatAmountInvoiceCurrency": sign * vat, "CustomerId": customer["Id"], "InvoiceDate": dates[0], "DueDate": dates[1],
            "InvoiceCustomerName": customer["Name"], "InvoiceAddress1": customer["InvoiceAddress1"],
            "InvoiceAddress2": customer["InvoiceAddress2"], "InvoicePostalCode": customer["InvoicePostalCode"],
            "InvoiceCity": customer["InvoiceCity"], "InvoiceCountryCode": customer["InvoiceCountryCode"],
            "CustomerIsPrivatePerson": customer["IsPrivatePerson"], "CustomerEmail": customer["EmailAddress"],
            "InvoiceNumber": self.last_number, "CustomerNumber": customer["CustomerNumber"], "CustomerName": customer["Name"],
            "PaymentReferenceNumber": with_check_digit(str(self.last_number)), "CreatedUtc": now,
            "Rows": [_row(total, vat, self.world.guid("row", ident))], "_left": left, "_credit": ZERO, **fields,
        }  # fmt: skip
        self.invoices[ident] = invoice
        voucher = self._book(invoice, total, vat, credit=credit)
        invoice.update(VoucherNumber=voucher.get("NumberAndNumberSeries"), VoucherId=voucher.get("Id", NOBODY))
        self.touch(invoice)
        return invoice

    def _book(self, invoice: Json, total: Decimal, vat: Decimal, *, credit: bool) -> Json:
        """Book revenue when the invoice is made; a company by the cash method does so when it is paid."""
        if self.books.year_of(invoice["InvoiceDate"])["BookkeepingMethod"] == CASH:
            return {}
        rate, turn = invoice["CurrencyRate"], -1 if credit else 1
        gross, tax = money(total * rate) * turn, money(vat * rate) * turn
        chart = self.books.chart
        rows = [Row(chart.receivable, gross), Row(chart.sales, -(gross - tax)), *([Row(chart.vat, -tax)] if tax else [])]
        text = f"{chart.words['credit' if credit else 'invoice']} {invoice['InvoiceNumber']}, {invoice['CustomerName']}"
        return self.books.post(invoice["InvoiceDate"], CREDIT if credit else INVOICE, text, rows, source=invoice["Id"])

    def credit(self, invoice: Json, amount: Decimal, on: date, customer: Json) -> Json:
        """Credit an invoice and set the credit off, as far as something is left of it."""
        note = self.create(
            customer, amount, (on, on), currency=invoice["CurrencyCode"],
            fields={"IsCreditInvoice": True, "ReferringInvoiceId": invoice["Id"], "PaymentReferenceNumber": ""},
        )  # fmt: skip
        taken = min(amount, invoice["_left"])
        invoice["_left"] -= taken
        invoice["SetOffAmountInvoiceCurrency"] += taken
        invoice["CreditedBy"] = [*invoice["CreditedBy"], {"CreditInvoiceId": note["Id"]}]
        note["_left"] = amount - taken
        note["SetOffAmountInvoiceCurrency"] = taken
        self._refresh(invoice)
        if self.world.switches.credit_touches_invoice:
            self.touch(invoice)
        self.touch(note)
        return note

    def pay(self, invoice: Json, given: Json, *, trusted: bool = False) -> Json:
        """Book a payment after every check the vendor makes; return it as the API answers. `trusted` is a person in the product."""
        bank = self.books.bank_accounts.get(str(given.get("CompanyBankAccountId", "")).lower())
        for name in ("PaymentAmount", "PaymentCurrency", "PaymentDate", "PaymentType", "CompanyBankAccountId"):
            if given.get(name) in (None, ""):
                raise invalid(name, f"The field {name} is required.")
        if bank is None or not bank["IsActive"]:
            raise invalid("CompanyBankAccountId", "The bank account could not be found.")
        on, kind, amount = day(str(given["PaymentDate"])), int(given["PaymentType"]), money(given["PaymentAmount"])
        fee = money(given.get("FactoringFeeAmount") or 0)
        self._check(invoice, given, on, amount + fee, trusted=trusted)
        lost = self._written_off(invoice, kind, amount + fee)
        paid = amount + fee + lost
        voucher = self._post(invoice, given, on, (ZERO if kind == ROUNDED else amount, fee, lost or (amount if kind == ROUNDED else ZERO)))
        transaction = None if kind == ROUNDED else self._transact(invoice, bank, voucher, given, amount, on)
        self._name_source(voucher, invoice, transaction)
        voucher["_paid"] = (invoice["Id"], paid)
        invoice["_left"] -= paid
        invoice["PaymentDate"] = on
        if self.world.switches.payment_touches_invoice:
            self.touch(invoice)
        self._refresh(invoice)
        answer = {name: value for name, value in given.items() if value is not None}
        named = transaction["Id"] if transaction and self.world.switches.payment_names_transaction else NOBODY
        return {**answer, "PaymentAmount": amount, "PaymentDate": on, "BankTransactionId": named}

    def _check(self, invoice: Json, given: Json, on: date, amount: Decimal, *, trusted: bool) -> None:
        self.books.check_open(on)
        domestic = invoice["CurrencyCode"] == self.base
        if given["PaymentCurrency"] != invoice["CurrencyCode"]:
            raise invalid("PaymentCurrency", "The payment currency must be the invoice currency.")
        if domestic and given.get("DomesticPaymentAmount"):
            raise RefusedError(4039, "No domestic amount is allowed on domestic invoices.")
        if on > self.world.today():
            raise RefusedError(4023, "The payment date cannot be in the future.")
        if given.get("FactoringFeeAmount") and not self.has_factoring and self.world.switches.factoring_fee == "with_agreement":
            raise invalid("FactoringFeeAmount", "The company has no factoring agreement.")
        if len(str(given.get("Reference") or "")) > 100:
            raise invalid("Reference", "The field Reference must be at most 100 characters.")
        if amount <= 0 and not trusted:
            raise invalid("PaymentAmount", "The payment amount must be positive.")
        if invoice["_left"] <= 0 and not trusted:
            raise RefusedError(4002, "The invoice is already paid.")
        if amount > invoice["_left"] and not (trusted or self.world.switches.overpayment):
            raise invalid("PaymentAmount", "The payment amount is larger than the remaining amount.")

    def _written_off(self, invoice: Json, kind: int, amount: Decimal) -> Decimal:
        """Return what of the invoice a payment of this type writes off, or refuse the type."""
        short = invoice["_left"] - amount
        if kind not in (PARTIAL, COMPLETE, ROUNDED, CHARGE):
            raise invalid("PaymentType", "The payment type is not valid.")
        if kind == PARTIAL and short == 0 and not self.world.switches.partial_may_complete:
            raise invalid("PaymentType", "A partial payment must leave something.")
        if kind == COMPLETE and short > 0:
            if not self.world.switches.complete_writes_off:
                raise invalid("PaymentType", "A complete payment must pay all that remains.")
            return Decimal(short)
        if kind == ROUNDED and (not self.world.switches.rounding_payment or short or amount >= 1):
            raise invalid("PaymentType", "The amount cannot be rounded off.")
        return ZERO

    def _post(self, invoice: Json, given: Json, on: date, parts: tuple[Decimal, Decimal, Decimal]) -> Json:
        rate, (amount, fee, lost), chart = invoice["CurrencyRate"], parts, self.books.chart
        ledger = self.books.bank_accounts[str(given["CompanyBankAccountId"]).lower()]["LedgerAccountNumber"]
        rows = [Row(ledger, money(amount * rate))] if amount else []
        rows += [Row(int(given["FactoringFeeAccountNumber"]), money(fee * rate))] if fee else []
        rows += [Row(chart.rounding, money(lost * rate))] if lost else []
        claim = sum((row.amount for row in rows), ZERO)
        if self.books.year_of(invoice["InvoiceDate"])["BookkeepingMethod"] == CASH:
            tax = money(claim / 5)
            rows += [Row(chart.sales, -(claim - tax)), Row(chart.vat, -tax)]
        else:
            rows.append(Row(chart.receivable, -claim))
        shown = f" {given['Reference']}" if self.world.switches.reference_shows == "voucher" and given.get("Reference") else ""
        return self.books.post(on, DEPOSIT, f"{chart.words['paid']} {invoice['InvoiceNumber']}{shown}", rows)

    def _transact(self, invoice: Json, bank: Json, voucher: Json, given: Json, amount: Decimal, on: date) -> Json | None:
        if not self.world.switches.bank_transactions:
            return None
        shown = given.get("Reference") if self.world.switches.reference_shows == "transaction" else None
        currency, own = invoice["CurrencyCode"], bank["CurrencyCode"]
        moved = amount if own == currency else money(amount * Decimal(RATES[currency]) / Decimal(RATES[own]))
        made: Json = {
            "Id": self.world.guid("transaction"), "TransactionDate": on, "IsReconciled": True,
            "Reference": shown or invoice["PaymentReferenceNumber"], "OriginalAmount": amount, "ChargeAmount": ZERO,
            "ChargeCurrency": currency, "TransactionAmount": moved, "TransactionAmountCurrency": own, "OriginalCurrency": currency,
            "Rows": [
                {
                    "PaymentVoucherId": voucher["Id"], "PaymentVoucherNumber": voucher["NumberAndNumberSeries"],
                    "AmountTransactionCurrency": moved, "Number": str(invoice["InvoiceNumber"]), "Name": invoice["CustomerName"],
                    "Reference": invoice["PaymentReferenceNumber"], "Source": "CustomerInvoice", "SourceId": invoice["Id"],
                    "VoucherId": invoice.get("VoucherId") or NOBODY,
                }
            ],
        }  # fmt: skip
        self.books.transactions[bank["Id"]].append(made)
        return made

    def _name_source(self, voucher: Json, invoice: Json, transaction: Json | None) -> None:
        wanted = self.world.switches.voucher_source
        if wanted == "invoice":
            voucher["SourceId"] = invoice["Id"]
        elif wanted == "transaction" and transaction is not None:
            voucher["SourceId"] = transaction["Id"]

    def lose(self, invoice: Json, on: date) -> str:
        """Book what is left of an invoice as lost, with its VAT, as a person does; return the voucher's id."""
        lost = money(invoice["_left"] * invoice["CurrencyRate"])
        tax, chart = money(lost / 5), self.books.chart
        rows = [Row(chart.loss, lost - tax), Row(chart.vat, tax), Row(chart.receivable, -lost)]
        return self._close(invoice, on, MANUAL, chart.words["lost"], rows)

    def sell(self, invoice: Json, on: date) -> str:
        """Sell an invoice to a factor by the product's spot factoring; return the voucher's id."""
        value, chart = money(invoice["_left"] * invoice["CurrencyRate"]), self.books.chart
        invoice.update(IsSold=True, FactoringInvoiceStatus=SOLD)
        return self._close(invoice, on, SPOT, chart.words["sold"], [Row(chart.bank, value), Row(chart.receivable, -value)])

    def _close(self, invoice: Json, on: date, kind: int, text: str, rows: list[Row]) -> str:
        voucher = self.books.post(on, kind, f"{text} {invoice['InvoiceNumber']}", rows, source=invoice["Id"])
        voucher["_paid"] = (invoice["Id"], invoice["_left"])
        invoice["_left"] = ZERO
        self.touch(invoice)
        return str(voucher["Id"])

    def undo(self, voucher_id: str, on: date) -> None:
        """Undo a payment, as a person does in the product."""
        voucher = self.books.voucher(voucher_id)
        assert voucher is not None, "a payment has a voucher"
        invoice, amount = self.invoices[voucher["_paid"][0]], voucher["_paid"][1]
        if self.world.switches.undo_payment == "removes":
            self.books.vouchers.remove(voucher)
        else:
            back = self.books.reverse(voucher, on)
            self._turn_transaction(voucher, back, on)
        for found in self.books.transactions.values() if self.world.switches.undo_payment == "removes" else ():
            found[:] = [one for one in found if one["Rows"][0]["PaymentVoucherId"] != voucher["Id"]]
        invoice["_left"] += amount
        if self.world.switches.payment_touches_invoice:
            self.touch(invoice)
        self._refresh(invoice)

    def _turn_transaction(self, voucher: Json, back: Json, on: date) -> None:
        for found in self.books.transactions.values():
            for one in [one for one in found if one["Rows"][0]["PaymentVoucherId"] == voucher["Id"]]:
                row = {**one["Rows"][0], "PaymentVoucherId": back["Id"], "PaymentVoucherNumber": back["NumberAndNumberSeries"]}
                row["AmountTransactionCurrency"] = -row["AmountTransactionCurrency"]
                turned = {
                    **one,
                    "Id": self.world.guid("transaction"),
                    "TransactionDate": on,
                    "TransactionAmount": -one["TransactionAmount"],
                }
                found.append({**turned, "OriginalAmount": -one["OriginalAmount"], "Rows": [row]})

    def remind(self, invoice: Json, fee: Decimal, *, by_api: bool = True) -> None:
        """Count a reminder, and do what the switch says with its fee."""
        if not by_api or self.world.switches.reminder_counts:
            invoice["PaymentRemindersCount"] += 1
        invoice["PaymentReminderIssued"] = True
        invoice["LastPaymentReminderSentDate"] = self.world.today()
        if fee and self.world.switches.late_fee == "on_invoice":
            invoice["_left"] += fee
        elif fee and self.world.switches.late_fee == "voucher":
            chart = self.books.chart
            rows = [Row(chart.receivable, fee), Row(chart.late_fee, -fee)]
            self.books.post(self.world.today(), INVOICE, f"{chart.words['fee']} {invoice['InvoiceNumber']}", rows, source=invoice["Id"])
        self._refresh(invoice)
        if self.world.switches.reminder_touches_invoice:
            self.touch(invoice)

    def touch(self, invoice: Json) -> None:
        """Move the invoice's change stamp."""
        invoice["ModifiedUtc"] = self.world.stamp(self.world.now())
        self._refresh(invoice)

    def _refresh(self, invoice: Json) -> None:
        sign = self.world.switches.credit_sign if invoice["IsCreditInvoice"] else 1
        left = invoice["_left"] * sign
        invoice["RemainingAmountInvoiceCurrency"] = money(left)
        invoice["RemainingAmount"] = money(left * invoice["CurrencyRate"])

    def shown(self, invoice: Json) -> Json:
        """Return an invoice as the API shows it today."""
        due = invoice["DueDate"]
        overdue = isinstance(due, date) and due < self.world.today()
        status = 0 if invoice["_left"] <= 0 else 2 if overdue else 1
        return {**{name: value for name, value in invoice.items() if not name.startswith("_")}, "PaymentStatus": status}


def _row(total: Decimal, vat: Decimal, ident: str) -> Json:
    net = total - vat
    return {
        "Id": ident, "ArticleNumber": "1", "ArticleId": None, "AmountNoVat": net, "PercentVat": Decimal("0.25"), "LineNumber": 1,
        "IsTextRow": False, "Text": "Arbete", "UnitPrice": net, "Quantity": Decimal(1), "DiscountPercentage": ZERO, "IsWorkCost": False,
        "IsVatFree": False,
    }  # fmt: skip


def fields_of(rows: Iterable[Json]) -> set[str]:
    """Return every property of these rows, for $filter and $orderby."""
    found: set[str] = set()
    for row in rows:
        found |= {name for name in row if not name.startswith("_")}
    return found
