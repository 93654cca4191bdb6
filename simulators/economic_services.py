"""The services of apis.e-conomic.com in the e-conomic simulator: journals, booked entries, documents, accounting years, contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators import kit
from simulators.economic_filter import EQUAL, ORDER, RANGE, FilterError, parse_filter, sort_rows
from simulators.economic_ledger import check_account, check_draft
from simulators.economic_routes import Call, Route
from simulators.economic_wire import Answer, parts_of, service_answer, service_row
from simulators.economic_world import Json, ServiceRefusedError

Fields = Mapping[str, frozenset[str]]
CURSOR_PAGE = 1000
PAGED_MAX = 10_000
FILE_MAX = 9_437_184
FILE_HEADS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG")

ENTRIES: Fields = {
    **dict.fromkeys(
        ("entryNumber", "accountNumber", "currencyCode", "voucherNumber", "customerNumber", "customerInvoiceNumber", "vatAccountNumber", "remainder"), ORDER,
    ),
    **dict.fromkeys(("amount", "amountInBaseCurrency", "date", "dueDate"), RANGE), "text": RANGE | {"like"}, "type": EQUAL,
}  # fmt: skip
ENTRY_SORTS = (
    "entryNumber",
    "accountNumber",
    "amount",
    "amountInBaseCurrency",
    "currencyCode",
    "date",
    "dueDate",
    "type",
    "customerNumber",
)
PAIRS: Fields = {"fromEntry": ORDER, "toEntry": ORDER, "fromEntryDate": RANGE, "toEntryDate": RANGE}
DRAFTS: Fields = {
    **dict.fromkeys(
        ("entryNumber", "entryTypeNumber", "voucherNumber", "journalNumber", "accountNumber", "currency", "contraAccountNumber", "customerNumber"), ORDER,
    ),
    "date": RANGE,
}  # fmt: skip
JOURNALS: Fields = {"number": frozenset(), "isStandingJournal": frozenset(), "balancingBehavior": frozenset()}
"""Every operator answers 500 here."""
DOCUMENTS: Fields = dict.fromkeys(("number", "voucherNumber", "accountingYear"), ORDER)
PERIODS: Fields = dict.fromkeys(("periodNumber", "year", "dateFrom", "dateTo"), RANGE)
CONTACTS: Fields = {
    "number": ORDER,
    "customerNumber": ORDER,
    "name": ORDER | {"like"},
    "email": ORDER | {"like"},
    "isDeleted": RANGE,
    "active": RANGE,
}


def entries(call: Call) -> Answer:
    """GET /booked-entries, /paged and /count."""
    fields = ENTRIES if call.world.switches.entry_filters == "work" else {**ENTRIES, "remainder": frozenset[str]()}
    rows = [call.agreement.ledger.shown_entry(one) for one in call.agreement.ledger.entries]
    return listed(call, rows, fields, "entryNumber", ENTRY_SORTS)


def pairs(call: Call) -> Answer:
    """GET /booked-entries/matched-pairs."""
    ledger = call.agreement.ledger
    return listed(call, [ledger.shown_pair(pair) for pair in ledger.pairs], PAIRS, "", ())


def match(call: Call) -> Answer:
    """POST /booked-entries/match."""
    ledger, numbers = call.agreement.ledger, call.request.parsed().get("entryIds")
    if not isinstance(numbers, list) or len(numbers) < 1:
        raise ServiceRefusedError("ENTRYMATCHING_ERROR_SELECTATLEASTONEENTRY", "Select at least one entry.", prop="entryIds")
    if any(not isinstance(one, int) or not 1 <= one <= len(ledger.entries) for one in numbers):
        raise ServiceRefusedError("ENTRYMATCHING_ERROR_ENTRIESNOTFOUND", "The entries were not found.", prop="entryIds")
    found = [ledger.entry(number) for number in numbers]
    if any("open" not in one for one in found) or len({one["customerNumber"] for one in found}) != 1:
        raise ServiceRefusedError("ENTRYMATCHING_ERROR_NO_CUSTOMER_OR_SUPPLIER_ENTRIES", "These are not one customer's.", prop="entryIds")
    if not (any(one["open"] > 0 for one in found) and any(one["open"] < 0 for one in found)):
        raise ServiceRefusedError("ENTRYMATCHING_ERROR_NO_MATCHES", "There is nothing to match.", prop="entryIds")
    for one in found:
        _check_match_period(call, one)
    ledger.match(numbers)
    return Answer(204)


def drafts(call: Call) -> Answer:
    """GET /draft-entries, /paged and /count."""
    rows = [dict(one) for one in call.agreement.ledger.drafts.values()]
    return listed(call, rows, DRAFTS, "entryNumber", ("entryNumber", "voucherNumber", "journalNumber", "customerNumber"))


def draft(call: Call) -> Answer:
    """GET /draft-entries/{n}."""
    return service_answer(service_row(_draft(call), call.world.switches))


def add_draft(call: Call) -> Answer:
    """POST /draft-entries."""
    (number,) = _add_drafts(call, [call.request.parsed()])
    return service_answer({"entryNumber": number}, 201)


def add_drafts(call: Call) -> Answer:
    """POST /draft-entries/bulk: all of them or none."""
    rows = call.request.parsed().get("entries")
    if not isinstance(rows, list) or not rows:
        raise ServiceRefusedError("OneAPIEntriesListCannotBeEmpty", "The list of entries can't be empty.", prop="entries")
    if len(rows) > 500:
        raise ServiceRefusedError("OneAPITooManyEntries", "There are too many entries.", prop="entries")
    return service_answer({"entryNumbers": _add_drafts(call, rows)}, 201)


def delete_draft(call: Call) -> Answer:
    """DELETE /draft-entries/{n}."""
    del call.agreement.ledger.drafts[_draft(call)["entryNumber"]]
    return Answer(204)


def delete_all_drafts(call: Call) -> Answer:
    """DELETE /draft-entries/delete/{journal}: every draft of the journal, whoever made it."""
    ledger, journal = call.agreement.ledger, _journal(call, int(call.groups[0]))["number"]
    ledger.drafts = {number: one for number, one in ledger.drafts.items() if one["journalNumber"] != journal}
    return Answer(204)


def journals(call: Call) -> Answer:
    """GET /journals, /paged and /count."""
    rows = [call.agreement.ledger.shown_journal(number) for number in sorted(call.agreement.ledger.journals)]
    return listed(call, rows, JOURNALS, "number", ("number",))


def add_journal(call: Call) -> Answer:
    """POST /journals: the name and eight flags are required."""
    raw = call.request.parsed()
    flags = (
        "balancingBehavior", "autoApprove", "isStandingJournal", "requireAdminApproval", "lockVatCodes", "allowPartialBooking",
        "requireBalancePerVoucherId", "repeatText",
    )  # fmt: skip
    for name in ("name", *flags):
        if name not in raw:
            raise ServiceRefusedError("RequiredPropertyMissing", f"The {name} field is required.", prop=name)
    if len(raw["name"]) > 50:
        raise ServiceRefusedError("NameTooLong", "The name is too long.", prop="name")
    if "customerContraAccount" in raw:
        check_account(int(raw["customerContraAccount"]), "customerContraAccount")
    known = {name: raw[name] for name in (*flags, "customerContraAccount", "allowedEntryType") if name in raw}
    return service_answer({"number": call.agreement.ledger.add_journal(raw["name"], **known)}, 201)


def book_all(call: Call) -> Answer:
    """POST /journals/{n}/book: every draft of the journal, whoever made it."""
    journal = _journal(call, int(call.groups[0]))["number"]
    own = [one["entryNumber"] for one in call.agreement.ledger.drafts.values() if one["journalNumber"] == journal]
    call.agreement.ledger.book(journal, own)
    return Answer(204)


def book_some(call: Call) -> Answer:
    """POST /journals/{n}/bookdraftentries."""
    numbers = call.request.parsed().get("entryNumbers")
    if not isinstance(numbers, list) or not numbers:
        raise ServiceRefusedError("OneAPIEntriesListCannotBeEmpty", "The list of entries can't be empty.", prop="entryNumbers")
    call.agreement.ledger.book(_journal(call, int(call.groups[0]))["number"], numbers)
    return Answer(204)


def periods(call: Call) -> Answer:
    """GET /accountingYears/periods."""
    return listed(call, [dict(one) for one in call.agreement.ledger.periods], PERIODS, "periodNumber", ("periodNumber",))


def years(call: Call) -> Answer:
    """GET /AccountingYears/paged: there is no other list of years."""
    ledger = call.agreement.ledger
    rows: list[Json] = []
    for name in sorted({one["year"] for one in ledger.periods}):
        own = [one for one in ledger.periods if one["year"] == name]
        rows.append(
            {
                "year": name,
                "dateFrom": own[0]["dateFrom"],
                "dateTo": own[-1]["dateTo"],
                "isClosed": name in ledger.closed_years,
                "objectVersion": "y1",
            }
        )
    return listed(call, rows, {"year": RANGE, "dateFrom": RANGE, "dateTo": RANGE}, "year", ("year", "dateFrom"))


def documents(call: Call) -> Answer:
    """GET /AttachedDocuments."""
    return listed(call, [dict(one) for one in call.agreement.documents.values()], DOCUMENTS, "number", ("number",))


def attach(call: Call) -> Answer:
    """POST /AttachedDocuments: by default what is attached already and this are merged into one."""
    parts, agreement = parts_of(call.request), call.agreement
    content, year = parts.get("file", b""), parts.get("accountingyear", b"").decode()
    voucher = parts.get("vouchernumber", b"").decode()
    if not content.startswith(FILE_HEADS) or len(content) > FILE_MAX:
        raise ServiceRefusedError("InvalidFileData", "The file data is not valid.", prop="file")
    if year not in {one["year"] for one in agreement.ledger.periods}:
        raise ServiceRefusedError("AccountingYearNotFound", "The accounting year was not found.", prop="accountingYear")
    known = {one["voucherNumber"] for one in (*agreement.ledger.entries, *agreement.ledger.drafts.values())}
    if not voucher.isdecimal() or int(voucher) not in known:
        raise ServiceRefusedError("InvalidVoucherNumber", "The voucher number is not valid.", prop="voucherNumber")
    there = next(
        (one for one in agreement.documents.values() if (one["voucherNumber"], one["accountingYear"]) == (int(voucher), year)), None
    )
    if there and parts.get("onconflict", b"0").decode() == "1":
        raise ServiceRefusedError(
            "DocumentAlreadyAttachedToVoucher", "A document is already attached to the voucher.", prop="voucherNumber"
        )
    if there:
        there["pageCount"] += 1
        agreement.contents[there["number"]] += content
        return service_answer({"number": there["number"]}, 201)
    number = max(agreement.documents, default=0) + 1
    note = parts.get("note", b"").decode()
    agreement.documents[number] = {
        "number": number,
        "note": note or None,
        "pageCount": 1,
        "voucherNumber": int(voucher),
        "accountingYear": year,
    }
    agreement.contents[number] = content
    return service_answer({"number": number}, 201)


def document_pdf(call: Call) -> Answer:
    """GET /AttachedDocuments/{n}/pdf."""
    content = call.agreement.contents.get(int(call.groups[0]))
    if content is None:
        raise ServiceRefusedError("NotFound", "The document was not found.", 404)
    return Answer(200, content, "application/pdf")


def contacts(call: Call) -> Answer:
    """GET /Contacts."""
    return listed(call, [dict(one) for one in call.agreement.contacts.values()], CONTACTS, "number", ("number",))


def add_contact(call: Call) -> Answer:
    """POST /Contacts."""
    raw = _checked_contact(call)
    known = {name: value for name, value in raw.items() if name.startswith("receive") or name in ("email", "phone", "notes")}
    return service_answer({"number": call.agreement.add_contact(str(raw["customerNumber"]), raw["name"], **known)}, 201)


def change_contact(call: Call) -> Answer:
    """PUT /Contacts: whole, and only of the version that was read."""
    raw = _checked_contact(call)
    kept = call.agreement.contacts.get(raw.get("number", 0))
    if kept is None:
        raise ServiceRefusedError("NotFound", "The contact was not found.", 404)
    if raw.get("objectVersion") != kept["objectVersion"]:
        raise ServiceRefusedError("UpdateConflict", "The object was changed by others.", 409, "objectVersion")
    version = int(kept["objectVersion"].rpartition("-")[2]) + 1
    cleared = {name: value for name, value in kept.items() if name not in ("email", "phone", "notes")}
    known = {name: value for name, value in raw.items() if name.startswith("receive") or name in ("name", "email", "phone", "notes")}
    call.agreement.contacts[kept["number"]] = {**cleared, **known, "objectVersion": f"c{kept['number']}-{version}"}
    return Answer(204)


def listed(call: Call, rows: list[Json], fields: Fields, key: str, sorts: tuple[str, ...]) -> Answer:
    """Return a list the way its address asks for it: by cursor, a page of it, or its count alone."""
    kept = _filtered(rows, call.request.query.get("filter", ""), fields)
    if call.request.path.endswith("/count"):
        return service_answer(len(kept))
    if call.request.path.endswith("/paged"):
        return _paged(call, kept, sorts)
    start = _cursor(call)
    shown = kit.shifted(kept, call.request.fault, call.request.page, CURSOR_PAGE, call.request.seed)
    if key:
        after = [row for row in shown if row[key] >= start]
        page, more = after[:CURSOR_PAGE], after[CURSOR_PAGE : CURSOR_PAGE + 1]
        cursor = str(more[0][key]) if more else None
    else:
        page, cursor = shown[start : start + CURSOR_PAGE], str(start + CURSOR_PAGE) if len(shown) > start + CURSOR_PAGE else None
    items = [service_row(row, call.world.switches) for row in page]
    return service_answer({**({"cursor": cursor} if cursor else {}), "items": items})


def _paged(call: Call, kept: list[Json], sorts: tuple[str, ...]) -> Answer:
    query = call.request.query
    try:
        ordered = sort_rows(kept, query.get("sort", ""), sorts)
    except FilterError as error:
        raise ServiceRefusedError("InvalidSort", f"Sorting on {error.unknown} is not allowed.", prop="sort") from None
    size, skipped = (int(query.get(name) or default) for name, default in (("pagesize", 20), ("skippages", 0)))
    if not 1 <= size <= 100:
        raise ServiceRefusedError("InvalidPageSize", "The page size must be between 1 and 100.", prop="pageSize")
    page = ordered[:PAGED_MAX][skipped * size : (skipped + 1) * size]
    return service_answer([service_row(row, call.world.switches) for row in page])


def _filtered(rows: list[Json], text: str, fields: Fields) -> list[Json]:
    if not text:
        return rows
    try:
        test = parse_filter(text, fields)
        return [row for row in rows if test(row)]
    except FilterError as error:
        if error.unknown:
            raise ServiceRefusedError("InvalidFilter", f"Filtering on {error.unknown} is not allowed.", prop="filter") from None
        raise ServiceRefusedError("InternalServerError", "An unexpected error occurred.", 500) from None


def _cursor(call: Call) -> int:
    text = call.request.query.get("cursor", "") or "0"
    if not text.isdecimal():
        raise ServiceRefusedError("InvalidCursor", "The cursor is not valid.", prop="cursor")
    return int(text)


def _add_drafts(call: Call, rows: list[Any]) -> list[int]:
    ledger, agreement, ready = call.agreement.ledger, call.agreement, []
    for raw in rows:
        if not isinstance(raw, dict):
            raise ServiceRefusedError("JournalVoucherNullEntry", "The entry is not an object.")
        journal = ledger.journals.get(raw.get("journalNumber", 0))
        if journal is None:
            raise ServiceRefusedError("JournalDoesNotExist", "The journal does not exist.", prop="journalNumber")
        receivable = agreement.receivable_of(raw.get("customerNumber", 0))
        checked = check_draft(raw, journal, receivable)
        if agreement.customers.get(raw.get("customerNumber", 0), {}).get("barred"):
            raise ServiceRefusedError("JournalEntryCustomerNotAccessible", "The customer is barred.", prop="customerNumber")
        ledger.check_open(checked["date"])
        ready.append((journal["number"], checked, receivable or 0))
    known = set(DRAFTS) | {
        "amount",
        "date",
        "text",
        "customerInvoiceNumber",
        "dueDate",
        "vatCode",
        "contraVatCode",
        "exchangeRate",
    }
    return [
        ledger.add_draft(journal, {name: value for name, value in row.items() if name in known}, receivable=receivable)
        for journal, row, receivable in ready
    ]


def _draft(call: Call) -> Json:
    found = call.agreement.ledger.drafts.get(int(call.groups[0]))
    if found is None:
        raise ServiceRefusedError("JournalEntryDoesNotExist", "The journal entry does not exist.", 404)
    return found


def _journal(call: Call, number: int) -> Json:
    found = call.agreement.ledger.journals.get(number)
    if found is None:
        raise ServiceRefusedError("JournalDoesNotExist", "The journal does not exist.", 404)
    return found


def _checked_contact(call: Call) -> Json:
    raw = call.request.parsed()
    if raw.get("customerNumber") not in call.agreement.customers:
        raise ServiceRefusedError("CustomerNotFound", "The customer was not found.", prop="customerNumber")
    if not raw.get("name") or None in raw.values() or len(raw.get("notes", "")) > 2000:
        raise ServiceRefusedError("InvalidContact", "The contact is not valid.", prop="name")
    return raw


def _check_match_period(call: Call, entry: Json) -> None:
    period = next(one for one in call.agreement.ledger.periods if one["dateFrom"] <= entry["date"] <= one["dateTo"])
    if period["year"] in call.agreement.ledger.closed_years:
        raise ServiceRefusedError("ENTRYMATCHING_ERROR_CLOSED_ACCOUNTING_YEAR", "The accounting year is closed.")
    if period["isClosed"]:
        raise ServiceRefusedError("ENTRYMATCHING_ERROR_CLOSEDPERIODS_CUSTOMERS", "The period is closed.")
    if period["isBarred"]:
        raise ServiceRefusedError("ENTRYMATCHING_ERROR_BARREDPERIODS_CUSTOMERS", "The period is barred.")


JOURNALS_API, ENTRIES_API = r"/journalsapi/v15\.0\.0", r"/bookedEntriesapi/v4\.0\.0"
DOCUMENTS_API, YEARS_API, CUSTOMERS_API = r"/documentsapi/v4\.0\.1", r"/accountingyearsapi/v2\.0\.1", r"/customersapi/v3\.1\.0"

ROUTES: tuple[Route, ...] = (
    ("GET", rf"{ENTRIES_API}/booked-entries(?:/paged|/count)?", "books", 3, entries),
    ("GET", rf"{ENTRIES_API}/booked-entries/matched-pairs", "books", 3, pairs),
    ("POST", rf"{ENTRIES_API}/booked-entries/match", "books", 5, match),
    ("GET", rf"{JOURNALS_API}/draft-entries(?:/paged|/count)?", "books", 3, drafts),
    ("POST", rf"{JOURNALS_API}/draft-entries", "books", 3, add_draft),
    ("POST", rf"{JOURNALS_API}/draft-entries/bulk", "books", 5, add_drafts),
    ("GET", rf"{JOURNALS_API}/draft-entries/(\d+)", "books", 1, draft),
    ("DELETE", rf"{JOURNALS_API}/draft-entries/(\d+)", "books", 3, delete_draft),
    ("DELETE", rf"{JOURNALS_API}/draft-entries/delete/(\d+)", "books", 5, delete_all_drafts),
    ("GET", rf"{JOURNALS_API}/journals(?:/paged|/count)?", "books", 3, journals),
    ("POST", rf"{JOURNALS_API}/journals", "books", 3, add_journal),
    ("POST", rf"{JOURNALS_API}/journals/(\d+)/book", "books", 10, book_all),
    ("POST", rf"{JOURNALS_API}/journals/(\d+)/bookdraftentries", "books", 10, book_some),
    ("GET", rf"{DOCUMENTS_API}/AttachedDocuments(?:/paged|/count)?", "books", 3, documents),
    ("POST", rf"{DOCUMENTS_API}/AttachedDocuments", "books", 10, attach),
    ("GET", rf"{DOCUMENTS_API}/AttachedDocuments/(\d+)/pdf", "books", 10, document_pdf),
    ("GET", rf"{YEARS_API}/accountingYears/periods(?:/paged|/count)?", "books", 3, periods),
    ("GET", rf"{YEARS_API}/AccountingYears/paged", "books", 3, years),
    ("GET", rf"{CUSTOMERS_API}/Contacts(?:/paged|/count)?", "sales", 3, contacts),
    ("POST", rf"{CUSTOMERS_API}/Contacts", "sales", 3, add_contact),
    ("PUT", rf"{CUSTOMERS_API}/Contacts", "sales", 3, change_contact),
)
