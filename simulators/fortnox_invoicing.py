"""The sales ledger of a simulated Fortnox company: invoices, their booking, credit notes and what is left to pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from simulators import fortnox_chart as chart
from simulators.fortnox_books import ZERO, Books, Row, entry
from simulators.fortnox_wire import url
from simulators.fortnox_world import Json, RefusedError, World, day, money

ALREADY_BOOKED, BOOKED_NOT_CANCELLABLE, NOT_CREDITABLE = 2999013, 2999014, 2999015


@dataclass
class InvoiceRecord:
    """One invoice: its detail, its list row, when it changed, and what is left to pay in its currency."""

    detail: Json
    row: Json
    modified: float
    open: Decimal = ZERO
    vat_percent: int = 25

    @property
    def number(self) -> str:
        """Return the document number, which is text here."""
        return str(self.detail["DocumentNumber"])

    @property
    def rate(self) -> Decimal:
        """Return SEK per unit of the invoice's currency."""
        return Decimal(str(self.detail["CurrencyRate"]))

    @property
    def is_credit(self) -> bool:
        """Return whether this is a credit note; the flag is text on the wire."""
        return bool(self.detail["Credit"] == "true")

    def put(self, **fields: Any) -> None:
        """Set fields in the detail and, where the list has them, in its row; other recorded values stay as they were."""
        self.detail.update(fields)
        self.row.update({name: listed(name, value) for name, value in fields.items() if name in self.row})


def listed(name: str, value: Any) -> Any:
    """Return a detail's value as the list shows it: the currency rate is text there."""
    return str(value) if name == "CurrencyRate" else value


def list_row(detail: Json) -> Json:
    """Return the list row of a detail."""
    return {name: listed(name, detail[name]) for name in chart.LIST_KEYS}


def ocr(number: str) -> str:
    """Return the payment reference as recorded: number, length digit, Luhn digit (18 gives 1842)."""
    digits = number + str((len(number) + 2) % 10)
    total = sum(sum(divmod(int(digit) * (2 - index % 2), 10)) for index, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


class Invoicing:
    """The invoices of one company."""

    def __init__(self, world: World, books: Books) -> None:
        self.world, self.books = world, books
        self.records: dict[str, InvoiceRecord] = {}
        self.settlements: list[tuple[InvoiceRecord, InvoiceRecord, Decimal, date]] = []
        """Credit notes matched with invoices, which the payments module turns into rows of source `settle`."""

    def find(self, number: str, status: int = 404) -> InvoiceRecord:
        """Return an invoice or refuse with the recorded error."""
        record = self.records.get(number)
        if record is None:
            raise RefusedError(2000434, "Kan inte hitta fakturan.", status)
        return record

    def next_number(self) -> str:
        """Return the next document number."""
        return str(1 + max((int(number) for number in self.records), default=0))

    def create(
        self, customer: Json, total: Decimal, dates: tuple[date, date], *, currency: str, vat_percent: int, fields: Json
    ) -> InvoiceRecord:
        """Add an unbooked invoice over the total, VAT included."""
        number = str(fields.pop("DocumentNumber", None) or self.next_number())
        detail = {
            "@url": url("invoices", number),
            "@urlTaxReductionList": url("taxreductions") + f"?filter=invoices&referencenumber={number}",
            **chart.empty_invoice(),
            **_copied(customer),
            **amounts(total, vat_percent),
            "AccountingMethod": self.books.accounting_method,
            "Currency": currency,
            "CurrencyRate": Decimal(chart.CURRENCY_RATES.get(currency, "1")),
            "DocumentNumber": number,
            "DueDate": dates[1].isoformat(),
            "InvoiceDate": dates[0].isoformat(),
            "OCR": ocr(number),
            "OutboundDate": dates[0].isoformat(),
        }
        detail.update(fields)
        record = InvoiceRecord(detail, list_row(detail), self.world.now(), vat_percent=vat_percent)
        record.put(TotalToPay=money(detail["Total"]) - money(detail["TaxReduction"] or 0))
        whole = self.world.switches.tax_reduction_in_balance
        self.set_open(record, money(fields.get("Balance", detail["Total"] if whole else detail["TotalToPay"])))
        self.records[number] = record
        return record

    def set_open(self, record: InvoiceRecord, amount: Decimal) -> None:
        """Set what is left to pay, and Balance in the currency the switch says."""
        record.open = amount
        in_books = self.world.switches.balance_currency == "book"
        record.put(Balance=money(amount * record.rate) if in_books else amount)

    def reduce(self, record: InvoiceRecord, amount: Decimal, on: date, *, touch: bool = True) -> None:
        """Lower what is left to pay; FinalPayDate is there only while nothing is left."""
        self.set_open(record, record.open - amount)
        left = -record.open if record.is_credit else record.open
        record.put(FinalPayDate=on.isoformat() if left <= 0 else None)
        if touch:
            self.touch(record)

    def touch(self, record: InvoiceRecord) -> None:
        """Move the invoice's modification time to now."""
        record.modified = self.world.now()

    def book(self, record: InvoiceRecord) -> None:
        """Book an invoice: under the cash method without a voucher, a credit note together with its settlement."""
        if record.detail["Booked"] or record.detail["Cancelled"]:
            raise RefusedError(ALREADY_BOOKED, "Fakturan är redan bokförd eller makulerad.")
        on = day(record.detail["InvoiceDate"])
        self.books.check_open(on)
        self.post(record)
        record.put(Booked=True)
        if record.open == 0:
            # A zero-sum invoice is paid at once (VCR/invoices/filter_hit.yml).
            record.put(FinalPayDate=on.isoformat())
        if record.is_credit:
            self.settle(record, on)
        self.touch(record)

    def post(self, record: InvoiceRecord) -> None:
        """Write the invoice's voucher, if its method and total ask for one."""
        rows = self.claim_rows(record)
        if self.books.accounting_method == "CASH" or not rows:
            return
        number = record.number
        text = f"Kundfaktura {number} {record.detail['CustomerName']}"[:200]
        series = self.books.predefined_series["INVOICE"]
        voucher = self.books.post(day(record.detail["InvoiceDate"]), series, text, rows, reference=("INVOICE", number))
        record.put(VoucherNumber=voucher["VoucherNumber"], VoucherSeries=series, VoucherYear=voucher["Year"])

    def claim_rows(self, record: InvoiceRecord) -> list[Row]:
        """Return the booking of an invoice: receivable, the tax agency's share, sales and VAT."""
        total, share = (money(money(record.detail[key] or 0) * record.rate) for key in ("Total", "TaxReduction"))
        accounts = self.books.predefined
        rows = [entry(accounts["CUSTCLAIM"], total - share), entry(1513, share), *self.sales_rows(record, total)]
        return [row for row in rows if row.debit or row.credit]

    def sales_rows(self, record: InvoiceRecord, gross: Decimal) -> list[Row]:
        """Return sales and VAT of a gross amount in SEK, as credits."""
        accounts = self.books.predefined
        if record.detail["InvoiceType"] == "INTRESTINVOICE":
            return [entry(accounts["INTEREST"], -gross)]
        sales, vat_account = chart.VAT_ACCOUNTS.get(record.vat_percent, ("SALES_0_SE", "OUTVAT_MP1"))
        vat = vat_part(gross, record.vat_percent)
        rows = [entry(accounts[sales], vat - gross), entry(accounts[vat_account], -vat)]
        return [row for row in rows if row.debit or row.credit]

    def set_rows(self, record: InvoiceRecord, rows: list[Json]) -> None:
        """Replace an unbooked invoice's rows: matched by RowId or position, the rest deleted, ids and totals new."""
        known = {row["RowId"]: row for row in record.detail["InvoiceRows"]}
        by_position = dict(enumerate(record.detail["InvoiceRows"]))
        blank = amounts(ZERO, record.vat_percent)["InvoiceRows"][0] | {"Description": "", "DeliveredQuantity": "0"}
        merged = []
        for index, row in enumerate(rows):
            base = known.get(row["RowId"], blank) if "RowId" in row else by_position.get(index, blank)
            merged.append(_priced(base | row | {"RowId": max(known, default=0) + index + 1}))
        net = sum((row["Total"] for row in merged), ZERO)
        vat = sum((money(row["Total"] * row["VAT"] / 100) for row in merged), ZERO)
        record.put(InvoiceRows=merged, Net=net, Gross=net, TotalVAT=vat, Total=net + vat, TotalToPay=net + vat)
        self.set_open(record, net + vat)

    def cancel(self, record: InvoiceRecord) -> None:
        """Cancel an unbooked invoice; its balance is 0 from then on."""
        if record.detail["Booked"]:
            raise RefusedError(BOOKED_NOT_CANCELLABLE, "En bokförd faktura kan inte makuleras.")
        record.put(Cancelled=True)
        self.set_open(record, ZERO)
        self.touch(record)

    def credit(self, record: InvoiceRecord, amount: Decimal | None, on: date) -> InvoiceRecord:
        """Make an unbooked credit note over the amount, or all of it; both documents then point at each other."""
        if not record.detail["Booked"] or record.is_credit or record.detail["CreditInvoiceReference"] != "0":
            raise RefusedError(NOT_CREDITABLE, "Fakturan kan inte krediteras.")
        copied = (
            "CurrencyRate",
            "CustomerNumber",
            "CustomerName",
            "OrganisationNumber",
            "Address1",
            "ZipCode",
            "City",
            "Country",
        )
        total = money(record.detail["Total"] if amount is None else amount)
        share = money(record.detail["TaxReduction"] or 0) if amount is None else ZERO
        fields: Json = {
            "Credit": "true",
            "CreditInvoiceReference": record.number,
            "InvoiceType": record.detail["InvoiceType"],
        }
        if share:
            fields["TaxReduction"] = -share
        customer = {name: record.detail[name] for name in copied}
        note = self.create(
            {}, -total, (on, on), currency=record.detail["Currency"], vat_percent=record.vat_percent, fields={**customer, **fields}
        )
        record.put(CreditInvoiceReference=note.number)
        self.touch(record)
        return note

    def settle(self, note: InvoiceRecord, on: date) -> None:
        """Match a booked credit note with its invoice, as far as both reach."""
        record = self.records.get(note.detail["CreditInvoiceReference"])
        amount = min(record.open, -note.open) if record is not None else ZERO
        if record is None or amount <= 0:
            return
        self.reduce(record, amount, on)
        self.reduce(note, -amount, on)
        self.settlements.append((record, note, amount, on))


def vat_part(gross: Decimal, percent: int) -> Decimal:
    """Return the VAT inside a gross amount."""
    return money(gross * percent / (100 + percent))


def amounts(total: Decimal, vat_percent: int) -> Json:
    """Return an invoice's amounts and its one row for a total with VAT."""
    vat = vat_part(total, vat_percent)
    net = total - vat
    row = {
        "AccountNumber": chart.PREDEFINED_ACCOUNTS[chart.VAT_ACCOUNTS.get(vat_percent, ("SALES_0_SE", ""))[0]],
        "ArticleNumber": "",
        "ContributionPercent": "0",
        "ContributionValue": "0",
        "Cost": 0,
        "CostCenter": "",
        "DeliveredQuantity": "1",
        "Description": "Enligt avtal",
        "Discount": 0,
        "DiscountType": "PERCENT",
        "HouseWork": False,
        "HouseWorkHoursToReport": None,
        "HouseWorkType": None,
        "Price": net,
        "PriceExcludingVAT": net,
        "Project": "",
        "RowId": 1,
        "StockPointCode": None,
        "Total": net,
        "TotalExcludingVAT": net,
        "Unit": "",
        "VAT": vat_percent,
        "VATCode": None,
    }
    return {"Gross": net, "InvoiceRows": [row], "Net": net, "Total": total, "TotalToPay": total, "TotalVAT": vat}


def _priced(row: Json) -> Json:
    # Prices and quantities are rounded half up to two decimals (VCR/invoices/row_price_limit_round_up.yml).
    price, quantity = money(row["Price"]), money(row["DeliveredQuantity"])
    total = money(price * quantity)
    sums = {"Total": total, "TotalExcludingVAT": total, "Price": price, "PriceExcludingVAT": price}
    return {**row, **sums, "DeliveredQuantity": str(quantity.normalize() if quantity else 0)}


def _copied(customer: Json) -> Json:
    names = (
        "Address1",
        "Address2",
        "City",
        "Country",
        "CustomerNumber",
        "OrganisationNumber",
        "Phone1",
        "Phone2",
        "ZipCode",
    )
    copied = {name: customer.get(name) or "" for name in (*names, "YourReference")}
    if not customer:
        return {}
    email = chart.empty_invoice()["EmailInformation"] | {"EmailAddressTo": customer["EmailInvoice"] or customer["Email"]}
    terms = customer["TermsOfPayment"] or "30"
    return {**copied, "CustomerName": customer["Name"], "EmailInformation": email, "TermsOfPayment": terms}
