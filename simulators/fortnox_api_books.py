"""The Fortnox simulator's payments, vouchers and registers over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from simulators import fortnox_fields as fields
from simulators.fortnox_api_invoices import modified_since
from simulators.fortnox_books import SERIES_NOT_MANUAL, Row
from simulators.fortnox_routes import Call, Route, one
from simulators.fortnox_wire import Answer, created, json_answer, number_parameter, paged, sort_rows, url
from simulators.fortnox_world import Json, RefusedError, day, money, words

NEGATIVE_ROW, TAKEN = 2999020, 2999021
PAYMENT_READONLY = frozenset(
    words(
        "@url Booked CurrencyUnit ExternalInvoiceReference1 ExternalInvoiceReference2 InvoiceCustomerName InvoiceCustomerNumber "
        "InvoiceDueDate InvoiceOCR InvoiceTotal Number Source VoucherNumber VoucherSeries VoucherYear"
    )
)
VOUCHER_READONLY = frozenset(words("@url ApprovalState ReferenceNumber ReferenceType VoucherNumber Year"))
VOUCHER_LIST_KEYS = words(
    "@url ApprovalState Comments Description ReferenceNumber ReferenceType TransactionDate VoucherNumber VoucherSeries Year"
)
VOUCHER_SORTS: dict[str, Callable[[Json], Any]] = {
    "vouchernumber": lambda row: (row["VoucherSeries"], row["VoucherNumber"]),
    "voucherseries": lambda row: (row["VoucherSeries"], row["VoucherNumber"]),
    "referencenumber": lambda row: row["ReferenceNumber"],
    "referencetype": lambda row: row["ReferenceType"],
}
NO_ACCOUNT = (2001304, "Kan inte hitta kontot.")
NOT_FOUND = (2000729, "Ingen giltig identifierare var angiven.")


def list_payments(call: Call) -> Answer:
    """GET /3/invoicepayments."""
    call.allow("invoicenumber")
    wanted, since = number_parameter(call.request, "invoicenumber", 0), modified_since(call)
    kept = [
        record.row()
        for record in call.company.payments.records.values()
        if record.modified >= since and (not wanted or record.detail["InvoiceNumber"] == wanted)
    ]
    sorts: dict[str, Callable[[Json], Any]] = {"paymentdate": lambda row: (row["PaymentDate"], int(row["Number"]))}
    return paged(call.request, "InvoicePayments", sort_rows(call.request, kept, sorts, "paymentdate"))


def post_payment(call: Call) -> Answer:
    """POST /3/invoicepayments: unbooked, Balance untouched."""
    given = fields.checked(call.request.envelope("InvoicePayment"), fields.PAYMENT, PAYMENT_READONLY, call.switches)
    fields.required(given, "InvoiceNumber")
    return created("InvoicePayment", call.company.payments.create(given).detail, "invoicepayments")


def get_payment(call: Call) -> Answer:
    """GET /3/invoicepayments/{n}."""
    return json_answer({"InvoicePayment": call.company.payments.find(call.args[0]).detail})


def put_payment(call: Call) -> Answer:
    """PUT /3/invoicepayments/{n}: only while unbooked."""
    record = call.company.payments.find(call.args[0])
    given = fields.checked(call.request.envelope("InvoicePayment"), fields.PAYMENT, PAYMENT_READONLY, call.switches)
    call.company.payments.change(record, given)
    return json_answer({"InvoicePayment": record.detail})


def bookkeep_payment(call: Call) -> Answer:
    """PUT /3/invoicepayments/{n}/bookkeep: a body is neither needed nor read."""
    record = call.company.payments.find(call.args[0])
    call.company.payments.book(record)
    return json_answer({"InvoicePayment": record.detail}) if call.switches.bookkeep_answers else Answer(200)


def delete_payment(call: Call) -> Answer:
    """DELETE /3/invoicepayments/{n}."""
    call.company.payments.delete(call.company.payments.find(call.args[0]))
    return Answer(204)


def list_vouchers(call: Call) -> Answer:
    """GET /3/vouchers and /3/vouchers/sublist/{series}: rows without their lines, of one financial year."""
    call.allow("fromdate", "todate", "voucherseries", "costcenter")
    query, books, since, year_id = call.request.query, call.company.books, modified_since(call), call.year_id()
    series = call.args[0] if call.args else query.get("voucherseries")
    kept = [
        {name: voucher[name] for name in VOUCHER_LIST_KEYS}
        for voucher, modified in zip(books.vouchers, books.voucher_times, strict=True)
        if voucher["Year"] == year_id
        and modified >= since
        and series in (None, voucher["VoucherSeries"])
        and query.get("fromdate", "0") <= voucher["TransactionDate"] <= query.get("todate", "9")
        and query.get("costcenter", voucher["CostCenter"]) == voucher["CostCenter"]
    ]
    return paged(call.request, "Vouchers", sort_rows(call.request, kept, VOUCHER_SORTS, "vouchernumber"))


def get_voucher(call: Call) -> Answer:
    """GET /3/vouchers/{series}/{number}?financialyear=."""
    call.allow()
    voucher = call.company.books.find_voucher(call.args[0], int(call.args[1]), call.year_id())
    if voucher is None:
        raise RefusedError(*NOT_FOUND, 404)
    return json_answer({"Voucher": voucher})


def post_voucher(call: Call) -> Answer:
    """POST /3/vouchers?financialyear=: must balance; without the parameter the preselected year is used."""
    call.allow()
    given = fields.checked(call.request.envelope("Voucher"), fields.VOUCHER, VOUCHER_READONLY, call.switches)
    fields.required(given, "Description", "TransactionDate", "VoucherSeries", "VoucherRows")
    series = call.company.books.series.get(given["VoucherSeries"])
    if series is None or not series["Manual"]:
        raise RefusedError(SERIES_NOT_MANUAL, "Verifikationsserien finns inte eller är inte öppen för manuell kontering.")
    rows = [_voucher_row(row) for row in fields.checked_rows(given["VoucherRows"], fields.VOUCHER_ROW, call.switches)]
    voucher = call.company.books.post(
        day(given["TransactionDate"]),
        series["Code"],
        given["Description"],
        rows,
        year_id=call.year_id(),
        texts={name: given.get(name) or "" for name in ("Comments", "CostCenter", "Project")},
    )
    return created("Voucher", voucher, "vouchers")


def _voucher_row(row: Json) -> Row:
    fields.required(row, "Account")
    debit, credit = (money(row.get(name) or 0) for name in ("Debit", "Credit"))
    if debit < 0 or credit < 0 or not (debit or credit):
        raise RefusedError(NEGATIVE_ROW, "Debet och kredit kan inte vara negativa eller båda noll.")
    texts = {name: row.get(key) or "" for name, key in (("text", "Description"), ("information", "TransactionInformation"))}
    return Row(
        row["Account"],
        debit,
        credit,
        cost_center=row.get("CostCenter") or "",
        project=row.get("Project") or "",
        **texts,
    )


def list_years(call: Call) -> Answer:
    """GET /3/financialyears?date=: the year of a date, an empty list when it is missing."""
    call.allow("date", "Date")
    wanted = call.request.query.get("date") or call.request.query.get("Date")
    if not wanted:
        return paged(call.request, "FinancialYears", call.company.books.years)
    try:
        year = call.company.books.year_of(date.fromisoformat(wanted))
    except ValueError:
        raise RefusedError(2000588, "Ogiltig parameter i anropet.") from None
    return paged(call.request, "FinancialYears", [] if year is None else [year])


def list_accounts(call: Call) -> Answer:
    """GET /3/accounts?financialyear=."""
    call.allow("sru")
    accounts = list(call.company.books.accounts[call.year_id()].values())
    return paged(call.request, "Accounts", sort_rows(call.request, accounts, {"number": lambda row: row["Number"]}, "number"))


def get_account(call: Call) -> Answer:
    """GET /3/accounts/{n}: two settings more than the list row has."""
    account = call.company.books.accounts[call.year_id()].get(int(call.args[0]))
    if account is None:
        raise RefusedError(*NO_ACCOUNT, 404)
    more: Json = dict.fromkeys(("TransactionInformationSettings", "QuantitySettings"), "ALLOWED")
    carried: Json = {
        "BalanceCarriedForward": 0,
        "OpeningQuantities": [],
        "QuantityUnit": "",
        "TransactionInformation": "",
    }
    return json_answer({"Account": {**account, **more, **carried}})


def _predefined(call: Call) -> list[Json]:
    books = call.company.books
    return [{"@url": url("predefinedaccounts", name), "Name": name, "Account": number} for name, number in books.predefined.items()]


def list_predefined(call: Call) -> Answer:
    """GET /3/predefinedaccounts."""
    return paged(call.request, "PreDefinedAccounts", _predefined(call))


def get_predefined(call: Call) -> Answer:
    """GET /3/predefinedaccounts/{name}."""
    missing = (2001403, "Kan inte hitta det fördefinierade kontot.")
    return json_answer({"PreDefinedAccount": one(_predefined(call), "Name", call.args[0], missing)})


def _predefined_series(call: Call) -> list[Json]:
    known = call.company.books.predefined_series
    return [{"@url": url("predefinedvoucherseries", name), "Name": name, "VoucherSeries": code} for name, code in known.items()]


def list_predefined_series(call: Call) -> Answer:
    """GET /3/predefinedvoucherseries."""
    return paged(call.request, "PreDefinedVoucherSeriesCollection", _predefined_series(call))


def get_predefined_series(call: Call) -> Answer:
    """GET /3/predefinedvoucherseries/{name}."""
    return json_answer({"PreDefinedVoucherSeries": one(_predefined_series(call), "Name", call.args[0], NOT_FOUND)})


def list_series(call: Call) -> Answer:
    """GET /3/voucherseries."""
    call.allow()
    rows = [{**series, "Year": call.year_id()} for series in call.company.books.series.values()]
    return paged(call.request, "VoucherSeriesCollection", rows)


def get_series(call: Call) -> Answer:
    """GET /3/voucherseries/{code}."""
    series = one(list(call.company.books.series.values()), "Code", call.args[0], NOT_FOUND)
    year_id = call.year_id()
    following = call.company.books.next_number(series["Code"], year_id)
    return json_answer({"VoucherSeries": {**series, "NextVoucherNumber": following, "Year": year_id}})


def list_modes(call: Call) -> Answer:
    """GET /3/modesofpayments."""
    return paged(call.request, "ModesOfPayments", list(call.company.books.modes.values()))


def get_mode(call: Call) -> Answer:
    """GET /3/modesofpayments/{code}."""
    return json_answer({"ModeOfPayment": one(list(call.company.books.modes.values()), "Code", call.args[0], NOT_FOUND)})


def post_mode(call: Call) -> Answer:
    """POST /3/modesofpayments: the account must exist in the preselected year."""
    given = fields.checked(call.request.envelope("ModeOfPayment"), fields.MODE_OF_PAYMENT, frozenset({"@url"}), call.switches)
    fields.required(given, "Code", "AccountNumber")
    books = call.company.books
    if given["Code"] in books.modes:
        raise RefusedError(TAKEN, "Betalningssättet finns redan.")
    if not given["AccountNumber"].isdigit():
        raise RefusedError(2000108, "Värdet måste vara numeriskt (AccountNumber).")
    books.check_account(int(given["AccountNumber"]), books.preselected_year())
    mode = {"@url": url("modesofpayments", given["Code"]), "Description": "", **given}
    books.modes[given["Code"]] = mode
    return created("ModeOfPayment", mode, "modesofpayments")


def list_labels(call: Call) -> Answer:
    """GET /3/labels."""
    return paged(call.request, "Labels", call.company.labels)


def post_label(call: Call) -> Answer:
    """POST /3/labels."""
    given = fields.checked(call.request.envelope("Label"), fields.LABEL, frozenset({"Id"}), call.switches)
    fields.required(given, "Description")
    label = {"Id": len(call.company.labels) + 1, "Description": given["Description"]}
    call.company.labels.append(label)
    return created("Label", label, "labels")


def company_information(call: Call) -> Answer:
    """GET /3/companyinformation: DatabaseNumber is a whole number here."""
    company = call.company
    visit = {"VisitAddress": "", "VisitCity": "", "VisitCountryCode": "", "VisitZipCode": ""}
    address = {"Address": "Storgatan 1", "City": "Stockholm", "CountryCode": "SE", "ZipCode": "111 22"}
    known = {
        "CompanyName": company.name,
        "DatabaseNumber": company.database_number,
        "OrganizationNumber": company.org_no,
    }
    return json_answer({"CompanyInformation": {**address, **known, **visit}})


def company_settings(call: Call) -> Answer:
    """GET /3/settings/company: DatabaseNumber is text here, and no currency is told."""
    company = call.company
    names = "BIC BranchCode ContactFirstName ContactLastName Domicile Fax IBAN PG Phone1 Phone2 VisitAddress VisitCity VisitCountry"
    empty = dict.fromkeys((*names.split(), "VisitCountryCode", "VisitName", "VisitZipCode", "WWW"), "")
    address = {
        "Address": "Storgatan 1",
        "City": "Stockholm",
        "Country": "Sverige",
        "CountryCode": "SE",
        "ZipCode": "111 22",
    }
    known = {
        "BG": company.bankgiro,
        "DatabaseNumber": str(company.database_number),
        "Email": company.email,
        "Name": company.name,
        "OrganizationNumber": company.org_no,
        "TaxEnabled": True,
        "VATNumber": f"SE{company.org_no.replace('-', '')}01",
    }
    return json_answer({"CompanySettings": {**empty, **address, **known}})


def locked_period(call: Call) -> Answer:
    """GET /3/settings/lockedperiod: no date means nothing is locked."""
    until = call.company.books.locked_until
    return json_answer({"LockedPeriod": {"EndDate": until and until.isoformat()}})


def me(call: Call) -> Answer:
    """GET /3/me."""
    company = call.company
    user = {
        "Email": company.email,
        "Id": "1",
        "Locale": "sv_SE",
        "Name": f"Integration {company.name}",
        "SysAdmin": True,
    }
    return json_answer({"MeInformation": user})


ROUTES: list[Route] = [
    ("GET", r"/3/invoicepayments", "payment", list_payments),
    ("POST", r"/3/invoicepayments", "payment", post_payment),
    ("GET", r"/3/invoicepayments/(\d+)", "payment", get_payment),
    ("PUT", r"/3/invoicepayments/(\d+)", "payment", put_payment),
    ("DELETE", r"/3/invoicepayments/(\d+)", "payment", delete_payment),
    ("PUT", r"/3/invoicepayments/(\d+)/bookkeep", "payment", bookkeep_payment),
    ("GET", r"/3/vouchers", "bookkeeping", list_vouchers),
    ("POST", r"/3/vouchers", "bookkeeping", post_voucher),
    ("GET", r"/3/vouchers/sublist/([^/]+)", "bookkeeping", list_vouchers),
    ("GET", r"/3/vouchers/([^/]+)/(\d+)", "bookkeeping", get_voucher),
    ("GET", r"/3/financialyears", "bookkeeping", list_years),
    ("GET", r"/3/accounts", "bookkeeping", list_accounts),
    ("GET", r"/3/accounts/(\d+)", "bookkeeping", get_account),
    ("GET", r"/3/predefinedaccounts", "settings", list_predefined),
    ("GET", r"/3/predefinedaccounts/(\w+)", "settings", get_predefined),
    ("GET", r"/3/predefinedvoucherseries", "settings", list_predefined_series),
    ("GET", r"/3/predefinedvoucherseries/(\w+)", "settings", get_predefined_series),
    ("GET", r"/3/voucherseries", "bookkeeping", list_series),
    ("GET", r"/3/voucherseries/([^/]+)", "bookkeeping", get_series),
    ("GET", r"/3/modesofpayments", "settings", list_modes),
    ("POST", r"/3/modesofpayments", "settings", post_mode),
    ("GET", r"/3/modesofpayments/([^/]+)", "settings", get_mode),
    ("GET", r"/3/labels", "settings", list_labels),
    ("POST", r"/3/labels", "settings", post_label),
    ("GET", r"/3/companyinformation", "companyinformation", company_information),
    ("GET", r"/3/settings/company", "settings", company_settings),
    ("GET", r"/3/settings/lockedperiod", "settings", locked_period),
    ("GET", r"/3/me", "profile", me),
]
