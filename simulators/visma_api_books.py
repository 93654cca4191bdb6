"""The company, its years, accounts, bank accounts and transactions, vouchers and their files in the eAccounting simulator."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from decimal import Decimal

from simulators.visma_books import MANUAL, Row, invalid
from simulators.visma_routes import (
    ANY,
    BANK_VARIANTS,
    BOOKS,
    BOOKS_READ,
    EVERY_VARIANT,
    PURCHASE,
    PURCHASE_READ,
    SALES_READ,
    Call,
    Route,
)
from simulators.visma_wire import Answer
from simulators.visma_world import NOBODY, Json, day, money

NEVER = "0001-01-01T00:00:00"
VOUCHER_DOCUMENT = 3


def _company(call: Call) -> Answer:
    company = call.company
    locked = company.books.locked_to or NEVER
    return call.answer({**company.settings, "CompanyStatus": company.status, "AccountingLockedTo": locked,
                        "NextCustomerInvoiceNumber": company.invoicing.last_number + 1})  # fmt: skip


def _years(call: Call) -> Answer:
    return call.page(call.company.books.years)


def _accounts(call: Call) -> Answer:
    accounts = call.company.books.accounts.get(call.args[0].lower())
    if accounts is None:
        raise call.world.not_found("The fiscal year")
    return call.page(accounts.values())


def _standard_accounts(call: Call) -> Answer:
    return call.page({"AccountType": name, "AccountNumber": number} for name, number in call.company.books.chart.standard.items())


def _bank_accounts(call: Call) -> Answer:
    scopes = (*PURCHASE_READ, *(SALES_READ if call.switches.bank_accounts_scope == "any" else ()))
    if not set(scopes) & set(call.grant.scopes):
        raise call.world.denied(4006, "The token lacks the scope ea:purchase or ea:purchase_readonly.")
    return call.page(call.company.books.bank_accounts.values())


def _add_bank_account(call: Call) -> Answer:
    given = call.request.parsed()
    for name in ("Name", "BankAccountType", "LedgerAccountNumber"):
        if not given.get(name):
            raise invalid(name, f"The field {name} is required.")
    made = call.company.books.add_bank_account(given["Name"], int(given["LedgerAccountNumber"]), int(given["BankAccountType"]))
    return call.created(made)


def _matched(call: Call) -> Answer:
    return _transactions(call, call.company.books.transactions)


def _unmatched(call: Call) -> Answer:
    return _transactions(call, call.company.books.unmatched)


def _transactions(call: Call, found: dict[str, list[Json]]) -> Answer:
    if not call.switches.bank_transactions:
        raise call.world.denied(4009, "The product variant has no access to this endpoint.")
    call.one(call.company.books.bank_accounts, "The bank account")
    return call.page(found[call.args[0].lower()], ("Id", "TransactionDate"))


def _vouchers(call: Call) -> Answer:
    return call.page(call.company.books.vouchers, ("Id", "VoucherDate", "SourceId", "ModifiedUtc", "VoucherType", "VoucherText"))


def _voucher(call: Call) -> Answer:
    found = call.company.books.voucher(call.args[1])
    if found is None or found["_year"] != call.args[0].lower():
        raise call.world.not_found("The voucher")
    return call.answer(found)


def _add_voucher(call: Call) -> Answer:
    """Book a voucher; the mark of a series counts only where the default is switched off."""
    given, query = call.request.parsed(), call.request.query
    text, on = given.get("VoucherText"), given.get("VoucherDate")
    if not text or len(text) > 1000:
        raise invalid("VoucherText", "The field VoucherText is required, with at most 1000 characters.")
    if not on:
        raise invalid("VoucherDate", "The field VoucherDate is required.")
    rows = [_row(raw) for raw in given.get("Rows") or []]
    own_series = query.get("useDefaultVoucherSeries", "true").lower() == "false"
    series = str(given.get("NumberSeries") or "") if own_series else ""
    return call.created(call.company.books.post(day(str(on)), MANUAL, text, rows, series=series))


def _row(raw: Json) -> Row:
    debit, credit = (money(raw.get(name) or 0) for name in ("DebitAmount", "CreditAmount"))
    text = raw.get("TransactionText") or ""
    if len(text) > 60:
        raise invalid("TransactionText", "The field TransactionText must be at most 60 characters.")
    for name in ("DebitAmount", "CreditAmount"):
        if Decimal(str(raw.get(name) or 0)) != money(raw.get(name) or 0):
            raise invalid(name, "At most two decimals.")
    if debit and credit:
        raise invalid("Rows", "A row has either debit or credit.")
    return Row(int(raw["AccountNumber"]), debit - credit, text)


def _attachments(call: Call) -> Answer:
    everything = call.request.query.get("includeMatched", "").lower() == "true"
    rows = [one for one in call.company.books.attachments.values() if everything or one["AttachmentStatus"] == 1]
    return call.page(rows, ("Id", "FileName"))


def _attachment(call: Call) -> Answer:
    return call.answer(call.one(call.company.books.attachments, "The attachment"))


def _add_attachment(call: Call) -> Answer:
    given = call.request.parsed()
    if given.get("ContentType") not in ("image/jpeg", "image/png", "image/tiff", "application/pdf"):
        raise invalid("ContentType", "The content type is not supported.")
    try:
        data = base64.b64decode(given.get("Data") or "", validate=True)
    except binascii.Error:
        data = b""
    if not data or not given.get("FileName"):
        raise invalid("Data", "The file is missing.")
    ident = call.world.guid("attachment")
    made = {
        "Id": ident, "ContentType": given["ContentType"], "DocumentId": NOBODY, "AttachedDocumentType": 0, "FileName": given["FileName"],
        "TemporaryUrl": None, "Comment": None, "SupplierName": None, "AmountInvoiceCurrency": money(0), "Type": 2, "AttachmentStatus": 1,
        "UploadedBy": call.company.user, "ImageDate": call.world.today(), "_data": data,
    }  # fmt: skip
    call.company.books.attachments[ident] = made
    return call.answer(made)


def _link(call: Call) -> Answer:
    given = call.request.parsed()
    if given.get("DocumentType") != VOUCHER_DOCUMENT:
        raise invalid("DocumentType", "The document type is not supported here.")
    document = str(given.get("DocumentId")).lower()
    voucher = call.company.books.voucher(document)
    if voucher is None:
        raise call.world.not_found("The document")
    for ident in given.get("AttachmentIds") or []:
        attachment = call.company.books.attachments.get(str(ident).lower())
        if attachment is None:
            raise call.world.not_found("The attachment")
        if attachment["AttachmentStatus"] == 0:
            raise invalid("AttachmentIds", "The attachment is linked already.")
        attachment.update(DocumentId=document, AttachedDocumentType=VOUCHER_DOCUMENT, AttachmentStatus=0)
        voucher["Attachments"]["AttachmentIds"].append(attachment["Id"])
    return call.answer({"DocumentId": document, "DocumentType": VOUCHER_DOCUMENT, "AttachmentIds": given.get("AttachmentIds")})


def _balance(call: Call) -> Answer:
    number, on = call.args
    rows = [
        row["DebitAmount"] - row["CreditAmount"]
        for voucher in call.company.books.vouchers
        for row in voucher["Rows"]
        if str(row["AccountNumber"]) == number and voucher["VoucherDate"] <= date.fromisoformat(on)
    ]
    return call.answer({"AccountNumber": int(number), "AccountName": "", "Balance": sum(rows, Decimal(0))})


ROUTES: tuple[Route, ...] = (
    ("GET", "/v2/companysettings", SALES_READ, EVERY_VARIANT, _company),
    ("GET", "/v2/fiscalyears", (*SALES_READ, *BOOKS_READ), EVERY_VARIANT, _years),
    ("GET", "/v2/accounts/standardaccounts", BOOKS_READ, EVERY_VARIANT, _standard_accounts),
    ("GET", "/v2/accounts/([^/]+)", BOOKS_READ, EVERY_VARIANT, _accounts),
    ("GET", "/v2/accountbalances/([0-9]+)/([0-9-]+)", BOOKS_READ, EVERY_VARIANT, _balance),
    ("GET", "/v2/bankaccounts", ANY, EVERY_VARIANT, _bank_accounts),
    ("POST", "/v2/bankaccounts", PURCHASE, EVERY_VARIANT, _add_bank_account),
    ("GET", "/v2/banktransactions/([^/]+)/matched", ANY, BANK_VARIANTS, _matched),
    ("GET", "/v2/banktransactions/([^/]+)/unmatched", ANY, BANK_VARIANTS, _unmatched),
    ("GET", "/v2/vouchers", BOOKS_READ, EVERY_VARIANT, _vouchers),
    ("GET", "/v2/vouchers/([^/]+)/([^/]+)", BOOKS_READ, EVERY_VARIANT, _voucher),
    ("POST", "/v2/vouchers", BOOKS, EVERY_VARIANT, _add_voucher),
    ("GET", "/v2/attachments", (*PURCHASE_READ, *BOOKS_READ), EVERY_VARIANT, _attachments),
    ("GET", "/v2/attachments/([^/]+)", (*PURCHASE_READ, *BOOKS_READ), EVERY_VARIANT, _attachment),
    ("POST", "/v2/attachments", (*PURCHASE, *BOOKS), EVERY_VARIANT, _add_attachment),
    ("POST", "/v2/attachmentlinks", (*BOOKS, *PURCHASE), EVERY_VARIANT, _link),
)
