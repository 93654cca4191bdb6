"""Invoices, customers, labels, notes and partner links of the eAccounting simulator."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from simulators.fortnox_wire import pdf
from simulators.visma_books import invalid
from simulators.visma_routes import ANY, EVERY_VARIANT, PURCHASE, PURCHASE_READ, SALES, SALES_READ, SALES_VARIANTS, Call, Route
from simulators.visma_wire import Answer, html_answer
from simulators.visma_world import STORAGE, Json, RefusedError, money

FILE_LIFE_S = 300.0
CUSTOMER_READ_ONLY = frozenset(
    {
        "Id", "PayToAccountId", "Notes", "MessageThreads", "LastInvoiceDate", "UnpaidInvoicesAmount", "ChangedUtc", "RequiresReferenceNumber",
        "IsFutureInvoiceDateAllowed",
    }
)  # fmt: skip
NOTE_TYPES = {1: "invoice", 9: "customer", 4: "voucher"}


def _invoices(call: Call) -> Answer:
    rows = [call.company.invoicing.shown(one) for one in call.company.invoicing.invoices.values()]
    since = call.request.query.get("modifiedSinceUtc", "")
    if since:
        try:
            wanted = datetime.fromisoformat(since).replace(tzinfo=None)
        except ValueError:
            raise RefusedError(6001, "The parameter modifiedSinceUtc is not a date.") from None
        rows = [row for row in rows if datetime.fromisoformat(row["ModifiedUtc"][:26]) >= wanted]
    return call.page(rows)


def _invoice(call: Call) -> Answer:
    return call.answer(call.company.invoicing.shown(_one_invoice(call)))


def _one_invoice(call: Call) -> Json:
    return call.one(call.company.invoicing.invoices, "The customer invoice")


def _pdf_url(call: Call) -> Answer:
    name = call.world.guid("file")
    call.files[name] = (_render(_one_invoice(call)), call.world.now() + FILE_LIFE_S)
    base = f"http://{call.request.host}" if call.request.host else STORAGE
    return call.answer({"Url": f"{base}/temp/fileanonymous/{name}"})


def _print(call: Call) -> Answer:
    return Answer(200, _render(_one_invoice(call)), "application/pdf")


def _render(invoice: Json) -> bytes:
    return pdf([f"Faktura {invoice['InvoiceNumber']}", str(invoice["CustomerName"]), f"{invoice['TotalAmountInvoiceCurrency']}"])


def _pay(call: Call) -> Answer:
    return call.created(call.company.invoicing.pay(_one_invoice(call), call.request.parsed()))


def _remind(call: Call) -> Answer:
    invoice, given = _one_invoice(call), call.request.parsed()
    shown = call.company.invoicing.shown(invoice)
    if "ea:sales" not in call.grant.scopes and not call.switches.readonly_sales_writes:
        raise call.world.denied(4006, "The token lacks the scope ea:sales.")
    if shown["PaymentStatus"] != 2:
        raise RefusedError(4002, "A payment reminder can only be sent for an overdue invoice.")
    details = given.get("EmailDetails") or {}
    recipient = details.get("Email") or invoice["CustomerEmail"]
    if not recipient:
        raise invalid("Email", "There is no e-mail address.")
    company = call.company.settings["LatePaymentFee"]
    fee = money(company if given.get("LatePaymentFee") is None else given["LatePaymentFee"])
    if not 0 <= fee <= Decimal(10_000_000):
        raise invalid("LatePaymentFee", "The fee must be between 0 and 10000000.")
    call.company.invoicing.remind(invoice, fee)
    sent = {"invoice": invoice["Id"], "kind": "reminder", "t": call.world.now(), "to": recipient, "fee": fee}
    call.company.sent.append({**sent, "subject": details.get("Subject"), "message": details.get("Message")})
    return Answer(200)


def _email(call: Call) -> Answer:
    call.company.sent.append({"invoice": _one_invoice(call)["Id"], "kind": "invoice", "t": call.world.now()})
    return Answer(200)


def _customers(call: Call) -> Answer:
    return call.page(call.company.customers.values())


def _customer(call: Call) -> Answer:
    return call.answer(call.one(call.company.customers, "The customer"))


def _put_customer(call: Call) -> Answer:
    """Replace a customer: what the body leaves out is blanked, but what is read-only stays."""
    customer, given = call.one(call.company.customers, "The customer"), call.request.parsed()
    for name in ("Name", "InvoiceCity", "InvoicePostalCode", "TermsOfPaymentId", "IsPrivatePerson", "IsActive"):
        if given.get(name) in (None, ""):
            raise invalid(name, f"The field {name} is required.")
    blank: Json = {name: _blank(value) for name, value in customer.items() if name not in CUSTOMER_READ_ONLY}
    customer.update({**blank, **{name: value for name, value in given.items() if name in blank}})
    call.company.set_customer(customer["Id"])
    return call.answer(customer)


def _blank(value: object) -> object:
    """Return what a field is when nobody gave it: flags and figures can't be null in the vendor's model."""
    return type(value)() if isinstance(value, bool | Decimal | list) else None


def _labels(call: Call) -> Answer:
    return call.page(call.company.labels.values(), ("Id", "Name"))


def _notes(call: Call) -> Answer:
    return call.page(call.company.notes.values(), ("Id", "AttachedTo", "Subject", "DocumentType"))


def _note(call: Call) -> Answer:
    return call.answer(call.one(call.company.notes, "The note"))


def _add_note(call: Call) -> Answer:
    now, ident = call.world.stamp(call.world.now()), call.world.guid("note")
    note = {"Id": ident, "UserId": call.company.user, "CreatedUtc": now, **_note_fields(call), "ModifiedUtc": now}
    call.company.notes[ident] = note
    invoice = call.company.invoicing.invoices.get(str(note["AttachedTo"]).lower())
    if invoice is not None:
        invoice["Notes"] = [*invoice["Notes"], ident]
    return call.answer(note)


def _put_note(call: Call) -> Answer:
    note = call.one(call.company.notes, "The note")
    note.update(_note_fields(call), ModifiedUtc=call.world.stamp(call.world.now()))
    return call.answer(note)


def _note_fields(call: Call) -> Json:
    given = call.request.parsed()
    text, subject = given.get("Text"), given.get("Subject")
    if not text or len(text) > 256:
        raise invalid("Text", "The field Text is required, with at most 256 characters.")
    if subject and len(subject) > 40:
        raise invalid("Subject", "The field Subject must be at most 40 characters.")
    if given.get("DocumentType") == 1 and str(given.get("AttachedTo")).lower() not in call.company.invoicing.invoices:
        raise call.world.not_found("The document")
    return {
        "AttachedTo": given.get("AttachedTo"), "Text": text, "Subject": subject, "DocumentType": given.get("DocumentType", 0),
        "IsDone": bool(given.get("IsDone")),
    }  # fmt: skip


def _links(call: Call) -> Answer:
    return call.page(call.company.links.values(), ("Id", "ResourceId"))


def _add_link(call: Call) -> Answer:
    ident = call.world.guid("link")
    call.company.links[ident] = {"Id": ident, **_link_fields(call)}
    return call.answer(call.company.links[ident], 201)


def _put_link(call: Call) -> Answer:
    link = call.one(call.company.links, "The link")
    link.update(_link_fields(call))
    return call.answer(link)


def _link_fields(call: Call) -> Json:
    given = call.request.parsed()
    names = ("ResourceId", "ResourceType", "Href", "PartnerCompanyName", "PartnerSystemName")
    for name in names:
        if given.get(name) in (None, ""):
            raise invalid(name, f"The field {name} is required.")
    return {name: given[name] for name in names}


def temporary_file(files: dict[str, tuple[bytes, float]], name: str, now: float, authorization: str) -> Answer:
    """Return a temporary file: anonymous, so a request that brings a token is turned away; gone after a while."""
    content, until = files.get(name, (b"", 0.0))
    if authorization:
        return html_answer(400, "Bad Request")
    return Answer(200, content, "application/pdf") if now < until else html_answer(404, "Not Found")


ROUTES: tuple[Route, ...] = (
    ("GET", "/v2/customerinvoices", SALES_READ, SALES_VARIANTS, _invoices),
    ("GET", "/v2/customerinvoices/([^/]+)", SALES_READ, SALES_VARIANTS, _invoice),
    ("GET", "/v2/customerinvoices/([^/]+)/pdf", SALES_READ, SALES_VARIANTS, _pdf_url),
    ("GET", "/v2/customerinvoices/([^/]+)/print", SALES_READ, SALES_VARIANTS, _print),
    ("POST", "/v2/customerinvoices/([^/]+)/payments", SALES, SALES_VARIANTS, _pay),
    ("POST", "/v2/customerinvoices/([^/]+)/paymentreminders", SALES_READ, SALES_VARIANTS, _remind),
    ("POST", "/v2/customerinvoices/([^/]+)/email", SALES_READ, SALES_VARIANTS, _email),
    ("GET", "/v2/customers", SALES_READ, SALES_VARIANTS, _customers),
    ("GET", "/v2/customers/([^/]+)", SALES_READ, SALES_VARIANTS, _customer),
    ("PUT", "/v2/customers/([^/]+)", SALES, SALES_VARIANTS, _put_customer),
    ("GET", "/v2/customerlabels", SALES_READ, ("Pro", "Standard", "Invoicing"), _labels),
    ("GET", "/v2/notes", ANY, EVERY_VARIANT, _notes),
    ("POST", "/v2/notes", ANY, EVERY_VARIANT, _add_note),
    ("GET", "/v2/notes/([^/]+)", ANY, EVERY_VARIANT, _note),
    ("PUT", "/v2/notes/([^/]+)", ANY, EVERY_VARIANT, _put_note),
    ("GET", "/v2/partnerresourcelinks", (*SALES_READ, *PURCHASE_READ), EVERY_VARIANT, _links),
    ("POST", "/v2/partnerresourcelinks", (*SALES, *PURCHASE), EVERY_VARIANT, _add_link),
    ("PUT", "/v2/partnerresourcelinks/([^/]+)", (*SALES, *PURCHASE), EVERY_VARIANT, _put_link),
)
