"""The old host (restapi.e-conomic.com) of the e-conomic simulator: the agreement, customers, invoices and the chart of accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import quote

from simulators import economic_chart as chart
from simulators import kit
from simulators.economic_chart import RATES, ZONES, link
from simulators.economic_filter import ALL, FilterError, parse_filter, sort_rows
from simulators.economic_routes import Call, Route
from simulators.economic_wire import Answer, legacy_answer, pdf
from simulators.economic_world import Json, LegacyRefusedError, money

INVOICE_FIELDS = frozenset(
    [
        "bookedInvoiceNumber",
        "date",
        "currency",
        "customer.customerNumber",
        "paymentTerms.paymentTermsNumber",
        "recipient.name",
        "recipient.address",
        "recipient.zip",
        "recipient.city",
        "recipient.country",
        "recipient.ean",
        "recipient.publicEntryNumber",
        "recipient.vatZone.vatZoneNumber",
        "notes.heading",
        "notes.textLine1",
        "notes.textLine2",
        "references.other",
    ]
)
"""Filterable and sortable on every list of invoices; neither dueDate nor any amount is."""
CUSTOMER_FIELDS = frozenset(
    [
        "customerNumber",
        "name",
        "address",
        "city",
        "zip",
        "country",
        "currency",
        "email",
        "corporateIdentificationNumber",
        "ean",
        "balance",
        "barred",
        "lastUpdated",
        "mobilePhone",
    ]
)
ACCOUNT_FIELDS = frozenset(["accountNumber", "accountType", "balance", "barred", "blockDirectEntries", "name"])
PAGE_MAX = 1000
KNOWN = frozenset({"filter", "sort", "skippages", "pagesize", "demo"})


def self_(call: Call) -> Answer:
    """GET /self."""
    return legacy_answer(call.agreement.self_row(call.app))


def customers(call: Call) -> Answer:
    """GET /customers."""
    rows = [customer_row(call, number) for number in sorted(call.agreement.customers)]
    return collection(call, "customers", rows, CUSTOMER_FIELDS)


def customer(call: Call) -> Answer:
    """GET /customers/{n}."""
    number = int(call.groups[0])
    if number not in call.agreement.customers:
        raise _missing()
    return legacy_answer(customer_row(call, number))


def customer_groups(call: Call) -> Answer:
    """GET /customer-groups."""
    return collection(
        call, "customer-groups", [chart.group_row(number) for number in chart.GROUPS], frozenset({"customerGroupNumber", "name"})
    )


def accounts(call: Call) -> Answer:
    """GET /accounts."""
    ledger = call.agreement.ledger
    rows = [chart.account_row(*one, ledger.balance(one[0])) for one in chart.CHART]
    return collection(call, "accounts", rows, ACCOUNT_FIELDS)


def invoices(call: Call) -> Answer:
    """GET /invoices/{booked,unpaid,paid,overdue,not-due}."""
    kind = call.groups[0]
    test = LISTS[kind]
    kept = [one for number, one in sorted(call.agreement.invoices.items()) if test(call, one)]
    return collection(call, f"invoices/{kind}", [invoice_row(call, one) for one in kept], INVOICE_FIELDS)


def invoice(call: Call) -> Answer:
    """GET /invoices/booked/{n}: the list row and its lines."""
    kept = call.agreement.invoices.get(int(call.groups[0]))
    if kept is None:
        raise _missing()
    net = kept["gross"] - kept["vat"]
    line: Json = {
        "lineNumber": 1, "sortKey": 1, "description": "Varer", "quantity": Decimal("1.00"), "unitNetPrice": net, "discountPercentage": Decimal("0.00"),
        "unitCostPrice": Decimal("0.00"), "vatRate": Decimal("25.00"), "vatAmount": kept["vat"], "totalNetAmount": net,
        "product": {"productNumber": "1", "self": link("products", 1)},
    }  # fmt: skip
    return legacy_answer({**invoice_row(call, kept), "lines": [line]})


def invoice_pdf(call: Call) -> Answer:
    """GET /invoices/booked/{n}/pdf."""
    kept = call.agreement.invoices.get(int(call.groups[0]))
    if kept is None:
        raise _missing()
    return Answer(200, pdf([call.agreement.name, f"Faktura {kept['number']}", f"{kept['gross']} {kept['currency']}"]), "application/pdf")


def totals(call: Call) -> Answer:
    """GET /invoices/totals/booked/unpaid/overdue."""
    late = [one for one in call.agreement.invoices.values() if _is_overdue(call, one)]
    base = "invoices/totals/booked/unpaid/overdue"
    body: Json = {
        "invoiceCount": len(late),
        "netAmountInBaseCurrency": sum((_base(one, one["gross"] - one["vat"]) for one in late), Decimal("0.00")),
        "grossRemainderInBaseCurrency": sum((_base(one, call.agreement.remainder(one)) for one in late), Decimal("0.00")),
        **{name: link(base, name) for name in ("customers", "accountingYears", "periods", "employees")}, "self": link(base),
    }  # fmt: skip
    if late:
        body |= {"minDate": min(one["on"] for one in late), "maxDate": max(one["on"] for one in late)}
    return legacy_answer(body)


def customer_row(call: Call, number: int) -> Json:
    """Return a customer as the old host shows it: `barred` only where it is true, what is unset not at all."""
    kept, ledger = call.agreement.customers[number], call.agreement.ledger
    own = {name: value for name, value in kept.items() if name not in ("zone", "customerGroup")}
    late = [one for one in call.agreement.invoices.values() if one["customer"] == number and _is_overdue(call, one)]
    return {
        **own,
        "balance": ledger.customer_balance(number), "dueAmount": sum((call.agreement.remainder(one) for one in late), Decimal("0.00")),
        "paymentTerms": {"paymentTermsNumber": 1, "self": link("payment-terms", 1)},
        "customerGroup": {**kept["customerGroup"], "self": link("customer-groups", kept["customerGroup"]["customerGroupNumber"])},
        "vatZone": {"vatZoneNumber": kept["zone"], "self": link("vat-zones", kept["zone"])},
        "lastUpdated": "2024-06-01T08:00:00Z", "contacts": link("customers", number, "contacts"), "eInvoicingDisabledByDefault": False,
        "self": link("customers", number),
    }  # fmt: skip


def invoice_row(call: Call, kept: Json) -> Json:
    """Return a booked invoice as every list shows it."""
    number, gross, vat = kept["number"], kept["gross"], kept["vat"]
    left = call.agreement.remainder(kept)
    zone = call.agreement.customers[kept["customer"]]["zone"]
    row: Json = {
        "bookedInvoiceNumber": number, "orderNumber": number + 1, "date": kept["on"], "currency": kept["currency"],
        "exchangeRate": Decimal(RATES[kept["currency"]]), "netAmount": gross - vat, "netAmountInBaseCurrency": _base(kept, gross - vat),
        "grossAmount": gross, "grossAmountInBaseCurrency": _base(kept, gross), "vatAmount": vat, "roundingAmount": Decimal("0.00"),
        "remainder": left, "remainderInBaseCurrency": _base(kept, left),
    }  # fmt: skip
    if kept["due"] is not None:
        row["dueDate"] = kept["due"]
    return {
        **row,
        "paymentTerms": chart.terms_row(kept["terms"]),
        "customer": {"customerNumber": kept["customer"], "self": link("customers", kept["customer"])},
        "recipient": {**kept["recipient"], "vatZone": {"vatZoneNumber": zone, "name": ZONES[zone], "self": link("vat-zones", zone)}},
        **kept["vendor"],
        "layout": {"layoutNumber": 21, "self": link("layouts", 21)},
        "pdf": {"download": link("invoices", "booked", number, "pdf")},
        "sent": link("invoices", "booked", number, "sent"),
        "self": link("invoices", "booked", number),
    }  # fmt: skip


def collection(call: Call, path: str, rows: list[Json], known: frozenset[str]) -> Answer:
    """Return one page of a list; unknown parameters are dropped, and come back in every link."""
    query = call.request.query
    kept = _filtered(rows, query.get("filter", ""), known)
    kept = _sorted(kept, query.get("sort", ""), known)
    size, skipped = _whole(query, "pagesize", 20), _whole(query, "skippages", 0)
    if not 1 <= size <= PAGE_MAX:
        raise LegacyRefusedError("E04810", "pageSize must be between 1 and 1000.")
    shown = kit.shifted(kept, call.request.fault, skipped + 1, size, call.request.seed)
    total = len(kept) if call.request.fault == "page_repeated" else len(shown)
    page = shown[skipped * size : (skipped + 1) * size]
    stray = "".join(f"&{name}={quote(value)}" for name, value in query.items() if name not in KNOWN)
    stray += f"&filter={quote(query['filter'])}" if query.get("filter") else ""

    def address(number: int) -> str:
        return f"{link(path)}?skippages={number}&pagesize={size}{stray}"

    pagination: Json = {
        "maxPageSizeAllowed": PAGE_MAX, "skipPages": skipped, "pageSize": size, "results": total, "resultsWithoutFilter": len(rows),
        "firstPage": address(0),
    }  # fmt: skip
    if skipped:
        pagination["previousPage"] = address(skipped - 1)
    if (skipped + 1) * size < total:
        pagination["nextPage"] = address(skipped + 1)
    pagination["lastPage"] = address(max(0, -(-total // size) - 1))
    return legacy_answer({"collection": page, "pagination": pagination, "self": address(skipped)})


def _filtered(rows: list[Json], text: str, known: frozenset[str]) -> list[Json]:
    if not text:
        return rows
    try:
        test = parse_filter(text, dict.fromkeys(known, ALL))
        return [row for row in rows if test(row)]
    except FilterError as error:
        if error.unknown:
            raise LegacyRefusedError(
                "E00500", f"Filtering on {error.unknown} is not allowed.", allowedFilteringFields=sorted(known)
            ) from None
        raise LegacyRefusedError("E00000", "Unhandled exception.", 500) from None


def _sorted(rows: list[Json], text: str, known: frozenset[str]) -> list[Json]:
    try:
        return sort_rows(rows, text, known)
    except FilterError:
        raise LegacyRefusedError("E00500", "Could not parse query string sort parameter.") from None


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if text and not text.isdigit():
        raise LegacyRefusedError("E04810", f"{name} is not a number.")
    return int(text) if text else default


def _is_unpaid(call: Call, kept: Json) -> bool:
    left = call.agreement.ledger.entry(kept["entry"])["open"]
    return bool(left > 0 or (left < 0 and call.world.switches.unpaid_lists_credits))


def _is_overdue(call: Call, kept: Json) -> bool:
    late_from: date | None = kept["due"]
    if late_from is not None and call.world.switches.overdue_from == "day_after":
        late_from += timedelta(days=1)
    return late_from is not None and call.agreement.remainder(kept) > 0 and late_from <= call.world.today()


def _base(kept: Json, amount: Decimal) -> Decimal:
    return money(amount * Decimal(RATES[kept["currency"]]) / 100)


def _missing() -> LegacyRefusedError:
    return LegacyRefusedError("E06000", "The requested resource was not found.", 404)


LISTS: dict[str, Callable[[Call, Json], bool]] = {
    "booked": lambda _call, _kept: True,
    "unpaid": _is_unpaid,
    "paid": lambda call, kept: not _is_unpaid(call, kept),
    "overdue": _is_overdue,
    "not-due": lambda call, kept: _is_unpaid(call, kept) and not _is_overdue(call, kept),
}

ROUTES: tuple[Route, ...] = (
    ("GET", r"/self", "any", 1, self_),
    ("GET", r"/customers", "sales", 3, customers),
    ("GET", r"/customers/(\d+)", "sales", 1, customer),
    ("GET", r"/customer-groups", "sales", 3, customer_groups),
    ("GET", r"/accounts", "books", 3, accounts),
    ("GET", r"/invoices/(booked|unpaid|paid|overdue|not-due)", "sales", 5, invoices),
    ("GET", r"/invoices/booked/(\d+)", "sales", 1, invoice),
    ("GET", r"/invoices/booked/(\d+)/pdf", "sales", 10, invoice_pdf),
    ("GET", r"/invoices/totals/booked/unpaid/overdue", "sales", 3, totals),
)
