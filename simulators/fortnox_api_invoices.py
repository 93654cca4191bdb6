"""The Fortnox simulator's invoices and customers over HTTP: filters, partial PUT, and the GETs that are not safe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulators.fortnox_fields import EMAIL_INFORMATION, INVOICE, INVOICE_ROW, checked, checked_rows
from simulators.fortnox_invoicing import InvoiceRecord
from simulators.fortnox_routes import Call, Route
from simulators.fortnox_wire import Answer, json_answer, paged, pdf, sort_rows
from simulators.fortnox_world import Json, RefusedError, Switches, day, money, words

BOOKED_NOT_EDITABLE, NOT_REMINDABLE, NO_ADDRESS = 2999008, 2999018, 2999019
SUBSTRINGS = {
    "customername": "CustomerName",
    "customernumber": "CustomerNumber",
    "documentnumber": "DocumentNumber",
    "ocr": "OCR",
    "ourreference": "OurReference",
    "yourreference": "YourReference",
    "externalinvoicereference1": "ExternalInvoiceReference1",
    "externalinvoicereference2": "ExternalInvoiceReference2",
    "yourordernumber": "YourOrderNumber",
    "project": "Project",
    "costcenter": "CostCenter",
    "currency": "Currency",
    "invoicetype": "InvoiceType",
}
"""Searches are ILIKE %value%: customernumber=1 finds 10 and 21 too."""
DATES = {
    "fromdate": ("InvoiceDate", 1),
    "todate": ("InvoiceDate", -1),
    "fromfinalpaydate": ("FinalPayDate", 1),
    "tofinalpaydate": ("FinalPayDate", -1),
}
ROW_SEARCHES = {"articlenumber": "ArticleNumber", "articledescription": "Description"}
OTHERS = ("filter", "label", "notcompleted", "sent", "credit", "accountnumberfrom", "accountnumberto")
SORTS: dict[str, Callable[[Json], Any]] = {
    "customername": lambda row: row["CustomerName"],
    "customernumber": lambda row: _natural(row["CustomerNumber"]),
    "documentnumber": lambda row: int(row["DocumentNumber"]),
    "invoicedate": lambda row: row["InvoiceDate"],
    "ocr": lambda row: row["OCR"],
    "total": lambda row: row["Total"],
}
CUSTOMER_SEARCHES = {
    "customernumber": "CustomerNumber",
    "name": "Name",
    "zipcode": "ZipCode",
    "city": "City",
    "email": "Email",
    "phone": "Phone1",
    "organisationnumber": "OrganisationNumber",
    "gln": "GLN",
    "glndelivery": "GLNDelivery",
}
READONLY = frozenset(
    words(
        "@url @urlTaxReductionList AccountingMethod AdministrationFeeVAT Balance BasisTaxReduction Booked Cancelled ContractReference "
        "ContributionPercent ContributionValue Credit FinalPayDate FreightVAT Gross HouseWork InvoicePeriodEnd InvoicePeriodReference "
        "InvoicePeriodStart InvoiceReference LastRemindDate Net NoxFinans OfferReference OrderReference OrganisationNumber Reminders "
        "RoundOff Sent TaxReduction TimeBasisReference Total TotalToPay TotalVAT VoucherNumber VoucherSeries VoucherYear WarehouseReady"
    )
)
READONLY_ROW = frozenset(words("ContributionPercent ContributionValue Cost PriceExcludingVAT Total TotalExcludingVAT"))


def list_invoices(call: Call) -> Answer:
    """GET /3/invoices."""
    call.allow(*SUBSTRINGS, *DATES, *ROW_SEARCHES, *OTHERS)
    query, since = call.request.query, modified_since(call)
    kept = [record for record in call.company.invoicing.records.values() if record.modified >= since and _matches(record, query)]
    if "filter" in query:
        kept = [record for record in kept if _in_filter(record, query["filter"], call)]
    rows = sort_rows(call.request, [record.row for record in kept], SORTS, "documentnumber")
    return paged(call.request, "Invoices", rows)


def get_invoice(call: Call) -> Answer:
    """GET /3/invoices/{n}."""
    return _shown(call.company.invoicing.find(call.args[0]))


def put_invoice(call: Call) -> Answer:
    """PUT /3/invoices/{n}: partial; an empty string changes nothing, API_BLANK empties."""
    record = call.company.invoicing.find(call.args[0])
    fields = _given(checked(call.request.envelope("Invoice"), INVOICE, READONLY, call.switches), call.switches)
    if record.detail["Cancelled"]:
        raise RefusedError(BOOKED_NOT_EDITABLE, "Fakturan är makulerad.")
    if record.detail["Booked"]:
        fields = {name: value for name, value in fields.items() if _taken_when_booked(name, value, record, call.switches)}
    _apply(call, record, fields)
    call.company.invoicing.touch(record)
    return _shown(record)


def bookkeep(call: Call) -> Answer:
    """PUT /3/invoices/{n}/bookkeep."""
    record = call.company.invoicing.find(call.args[0])
    call.company.book_invoice(record.number)
    return _shown(record)


def cancel(call: Call) -> Answer:
    """PUT /3/invoices/{n}/cancel."""
    record = call.company.invoicing.find(call.args[0])
    call.company.invoicing.cancel(record)
    return _shown(record)


def credit(call: Call) -> Answer:
    """PUT /3/invoices/{n}/credit: makes an unbooked credit note and answers with the original."""
    record = call.company.invoicing.find(call.args[0])
    call.company.invoicing.credit(record, None, call.world.today())
    return _shown(record)


def external_print(call: Call) -> Answer:
    """PUT /3/invoices/{n}/externalprint: Sent without producing anything."""
    return _shown(_sent(call, "externalprint"))


def email(call: Call) -> Answer:
    """GET /3/invoices/{n}/email: sends a mail each time it is called."""
    record = call.company.invoicing.find(call.args[0])
    if not record.detail["EmailInformation"]["EmailAddressTo"]:
        raise RefusedError(NO_ADDRESS, "E-postadress saknas.")
    return _shown(_sent(call, "email"))


def preview(call: Call) -> Answer:
    """GET /3/invoices/{n}/preview: the PDF, Sent untouched."""
    return _paper(call, call.company.invoicing.find(call.args[0]), "Faktura")


def print_invoice(call: Call) -> Answer:
    """GET /3/invoices/{n}/print: the PDF, and Sent."""
    return _paper(call, _sent(call, "print"), "Faktura")


def print_reminder(call: Call) -> Answer:
    """GET /3/invoices/{n}/printreminder: a reminder's PDF; a switch says whether it counts."""
    record = call.company.invoicing.find(call.args[0])
    if not record.detail["Booked"] or record.open <= 0 or day(record.detail["DueDate"]) >= call.world.today():
        raise RefusedError(NOT_REMINDABLE, "Fakturan kan inte påminnas.")
    if call.switches.printreminder_counts:
        call.company.remind(record.number, call.world.today())
    _note(call, record, "printreminder")
    return _paper(call, record, "Påminnelse")


def list_customers(call: Call) -> Answer:
    """GET /3/customers."""
    call.allow("filter", *CUSTOMER_SEARCHES)
    query, since = call.request.query, modified_since(call)
    wanted = query.get("filter")
    if wanted not in (None, "active", "inactive"):
        raise RefusedError(2000587, "Ett ogiltigt filter har använts.")
    searches = [(key, query[name]) for name, key in CUSTOMER_SEARCHES.items() if name in query]
    kept = [
        record.row
        for record in call.company.customers.values()
        if record.modified >= since
        and (wanted is None or record.detail["Active"] == (wanted == "active"))
        and all(_like(record.detail.get(key), text) for key, text in searches)
    ]
    sorts: dict[str, Callable[[Json], Any]] = {
        "customernumber": lambda row: _natural(row["CustomerNumber"]),
        "name": lambda row: row["Name"],
    }
    return paged(call.request, "Customers", sort_rows(call.request, kept, sorts, "customernumber"))


def get_customer(call: Call) -> Answer:
    """GET /3/customers/{n}."""
    record = call.company.customers.get(call.args[0])
    if record is None:
        raise RefusedError(2000433, "Kan inte hitta kunden.", 404)
    return json_answer({"Customer": record.detail})


def modified_since(call: Call) -> float:
    """Return the moment `lastmodified` names, in the zone the switch says, or the beginning of time."""
    text = call.request.query.get("lastmodified", "")
    if not text:
        return float("-inf")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(2000588, "Ogiltig parameter i anropet.") from None
    return moment.replace(tzinfo=ZoneInfo(call.switches.lastmodified_zone)).timestamp()


def _matches(record: InvoiceRecord, query: dict[str, str]) -> bool:
    detail, rows = record.detail, record.detail["InvoiceRows"]
    if not all(_like(detail[key], query[name]) for name, key in SUBSTRINGS.items() if name in query):
        return False
    for name, (key, sign) in DATES.items():
        if name in query and not _date_fits(detail[key], query[name], sign):
            return False
    if "label" in query and query["label"] not in {str(label["Id"]) for label in detail["Labels"]}:
        return False
    if not all(any(_like(row[key], query[name]) for row in rows) for name, key in ROW_SEARCHES.items() if name in query):
        return False
    low, high = query.get("accountnumberfrom", "0"), query.get("accountnumberto", "9999")
    by_account = "accountnumberfrom" in query or "accountnumberto" in query
    if by_account and not any(int(low) <= row["AccountNumber"] <= int(high) for row in rows):
        return False
    flags = {"notcompleted": detail["NotCompleted"], "sent": detail["Sent"], "credit": record.is_credit}
    return all(query[name].lower() == str(value).lower() for name, value in flags.items() if name in query)


def _in_filter(record: InvoiceRecord, name: str, call: Call) -> bool:
    detail = record.detail
    booked, cancelled = detail["Booked"], detail["Cancelled"]
    if name == "cancelled":
        return bool(cancelled)
    if name == "unbooked":
        return not booked and not cancelled
    if name == "fullypaid":
        return bool(booked and not cancelled and detail["FinalPayDate"])
    if name not in ("unpaid", "unpaidoverdue"):
        raise RefusedError(2000587, "Ett ogiltigt filter har använts.")
    listed = record.open != 0 and (booked or call.switches.unpaid_lists_unbooked)
    if record.open < 0 and not call.switches.unpaid_lists_credits:
        listed = False
    return bool(listed and not cancelled and (name == "unpaid" or _overdue(day(detail["DueDate"]), call)))


def _overdue(due: date, call: Call) -> bool:
    grace = timedelta(days=1 if call.switches.overdue_from == "day_after" else 0)
    return due + grace <= call.world.today()


def _given(fields: Json, switches: Switches) -> Json:
    """Return what a PUT really changes."""
    given = {}
    for name, value in fields.items():
        if value is None and switches.null_in_put == "refused":
            raise RefusedError(2001392, f"Felaktig data ({name}).")
        if value == "" or (value is None and switches.null_in_put == "ignored"):
            # {"Comments": ""} came back 200 with the old value (VCR/invoices/save_old_with_empty_comments.yml).
            continue
        given[name] = "" if value is None or value == "API_BLANK" else value
    return given


def _taken_when_booked(name: str, value: Any, record: InvoiceRecord, switches: Switches) -> bool:
    modes = {
        "Comments": switches.booked_comments,
        "Labels": switches.booked_labels,
        "ExternalInvoiceReference1": switches.booked_external_reference,
        "ExternalInvoiceReference2": switches.booked_external_reference,
        "EmailInformation": "accepts",
    }
    mode = modes.get(name, "accepts" if record.detail.get(name) == value else "refuses")
    if mode == "refuses":
        raise RefusedError(BOOKED_NOT_EDITABLE, "Fakturan är bokförd och kan inte ändras.")
    return mode == "accepts"


def _apply(call: Call, record: InvoiceRecord, fields: Json) -> None:
    rows = fields.pop("InvoiceRows", None)
    if "Labels" in fields:
        fields["Labels"] = _labels(call, record, fields["Labels"])
    if "EmailInformation" in fields:
        email_fields = checked(fields["EmailInformation"], EMAIL_INFORMATION, frozenset(), call.switches)
        fields["EmailInformation"] = record.detail["EmailInformation"] | email_fields
    if "EDIInformation" in fields:
        fields["EDIInformation"] = record.detail["EDIInformation"] | fields["EDIInformation"]
    if fields.get("CustomerNumber", record.detail["CustomerNumber"]) not in call.company.customers:
        raise RefusedError(2000433, "Kan inte hitta kunden.")
    if rows is not None:
        call.company.invoicing.set_rows(record, checked_rows(rows, INVOICE_ROW, call.switches, READONLY_ROW))
    record.put(**fields)


def _labels(call: Call, record: InvoiceRecord, labels: list[Any]) -> list[Json]:
    known = {label["Id"] for label in call.company.labels}
    ids = [label.get("Id") if isinstance(label, dict) else None for label in labels]
    if not set(ids) <= known:
        raise RefusedError(2000588, "Kan inte hitta etiketten.")
    old = [label["Id"] for label in record.detail["Labels"]] if call.switches.labels_put == "adds" else []
    return [{"Id": number} for number in dict.fromkeys(old + ids)]


def _shown(record: InvoiceRecord) -> Answer:
    return json_answer({"Invoice": record.detail})


def _sent(call: Call, kind: str) -> InvoiceRecord:
    record = call.company.invoicing.find(call.args[0])
    record.put(Sent=True)
    call.company.invoicing.touch(record)
    _note(call, record, kind)
    return record


def _note(call: Call, record: InvoiceRecord, kind: str) -> None:
    call.company.sendings.append({"invoice": record.number, "kind": kind, "t": round(call.world.now(), 6)})


def _paper(call: Call, record: InvoiceRecord, title: str) -> Answer:
    detail = record.detail
    lines = [
        f"{title} {record.number}",
        call.company.name,
        detail["CustomerName"],
        f"OCR {detail['OCR']}",
        f"Fakturadatum {detail['InvoiceDate']}  Forfallodatum {detail['DueDate']}",
        f"Att betala {money(record.open)} {detail['Currency']} till bankgiro {call.company.bankgiro}",
    ]
    return Answer(200, pdf(lines), "application/pdf")


def _like(value: Any, text: str) -> bool:
    return text.casefold() in str(value if value is not None else "").casefold()


def _date_fits(value: Any, limit: str, sign: int) -> bool:
    try:
        bound = date.fromisoformat(limit).isoformat()
    except ValueError:
        raise RefusedError(2000588, "Ogiltig parameter i anropet.") from None
    return bool(value) and (value >= bound if sign > 0 else value <= bound)


def _natural(number: str) -> tuple[int, str]:
    return (int(number) if number.isdigit() else 10**12, number)


ROUTES: list[Route] = [
    ("GET", r"/3/invoices", "invoice", list_invoices),
    ("GET", r"/3/invoices/(\d+)", "invoice", get_invoice),
    ("PUT", r"/3/invoices/(\d+)", "invoice", put_invoice),
    ("PUT", r"/3/invoices/(\d+)/bookkeep", "invoice", bookkeep),
    ("PUT", r"/3/invoices/(\d+)/cancel", "invoice", cancel),
    ("PUT", r"/3/invoices/(\d+)/credit", "invoice", credit),
    ("PUT", r"/3/invoices/(\d+)/externalprint", "invoice", external_print),
    ("GET", r"/3/invoices/(\d+)/email", "invoice", email),
    ("GET", r"/3/invoices/(\d+)/preview", "invoice", preview),
    ("GET", r"/3/invoices/(\d+)/print", "invoice", print_invoice),
    ("GET", r"/3/invoices/(\d+)/printreminder", "invoice", print_reminder),
    ("GET", r"/3/customers", "customer", list_customers),
    ("GET", r"/3/customers/([^/]+)", "customer", get_customer),
]
