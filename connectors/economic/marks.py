"""The status of a claim, where a person sees it: in the notes of a contact of our own on the customer.

A booked invoice takes no change at all, a customer is only replaced as a whole, and a setting of our app is seen by nobody. So a
contact "Inkasso (Kravbro)" without an address to send anything to is added beside the client's own, and nobody else's record is
touched (facts: https://apis.e-conomic.com customersapi, Contacts).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, ClassVar, Final

from typing_extensions import override

from connectors.economic.answers import NAME
from connectors.economic.client import Json, service
from connectors.economic.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, good, not_taken, read_back
from connectors.economic.mapping.invoices import entry_number, parse_invoice
from connectors.economic.mapping.render import clean, render_contact
from connectors.economic.mapping.values import Row, UnreadableError
from core.errors import RejectedError, RetryLaterError
from core.writes import Delivery, Finding, MarkInvoice, Prepared, Receipt

__all__ = ["CONTACT", "MarkInvoices"]

CONTACTS: Final = service("customersapi") + "/Contacts"
CONTACT: Final = "Inkasso (Kravbro)"
NOTES_MAX: Final = 2_000
LINE: Final = re.compile(r"^Faktura (\d+): (.*)$")
CUSTOMER: Final = "customer"


class MarkInvoices(Kind[MarkInvoice]):
    """Sets, changes or takes away an invoice's line in the notes of our contact; the same call twice does no harm."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up", absent_after_s=ABSENT_AFTER_S, remains="A late first request may make our contact twice; the older one is kept."
    )

    @override
    def prepare(self, write: MarkInvoice, key: str) -> Prepared:
        """Render the contact as it is to be, from what it is now."""
        customer = self._customer(write)
        contact = self._contact(customer)
        if not write.text and write.invoice_ref not in _lines(_notes(contact)):
            raise RejectedError(NAME, "no_mark", f"invoice {write.invoice_ref} bears no mark of ours, so there is none to take away")
        notes = _with(_notes(contact), write)
        if len(notes) > NOTES_MAX:
            raise RejectedError(NAME, "no_place", f"the notes of {CONTACT!r} on customer {customer} are full: take away what has ended")
        body: Json = {"customerNumber": int(customer), "name": CONTACT, "notes": notes}
        if contact is None:
            return Prepared("POST", CONTACTS, render_contact(body), JSON_TYPE, {CUSTOMER: customer})
        kept = {"number": contact["number"], "objectVersion": contact.get("objectVersion", "")}
        return Prepared("PUT", CONTACTS, render_contact({**body, **kept}), JSON_TYPE, {CUSTOMER: customer})

    @override
    def send(self, write: MarkInvoice, prepared: Prepared, key: str) -> Receipt:
        """Write the contact and read it back; one that was changed (409) or made meanwhile is rendered anew by the next run."""
        contact = self._contact(prepared.evidence[CUSTOMER]) if prepared.method == "POST" else None
        if contact is not None and not _says(contact, write):
            raise RetryLaterError(NAME, f"contact {CONTACT!r} was made meanwhile, for another invoice")
        if contact is None:
            self.write(prepared, key)
        if not read_back(lambda: self._stands(write, prepared)):
            raise not_taken(f"contact {CONTACT!r}", ["notes"])
        return _receipt(write, key)

    @override
    def look_up(self, write: MarkInvoice, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the contact's notes."""
        return finding([_receipt(write, key)] if self._stands(write, prepared) else [])

    def _stands(self, write: MarkInvoice, prepared: Prepared) -> bool:
        return _says(self._contact(prepared.evidence[CUSTOMER]), write)

    def _customer(self, write: MarkInvoice) -> str:
        if entry_number(write.invoice_ref) is not None:
            raise RejectedError(NAME, "no_place", f"{write.invoice_ref} is no invoice, so that it bears no mark")
        return good(parse_invoice(self.client.get(f"/invoices/booked/{write.invoice_ref}"))).debtor_ref

    def _contact(self, customer: str) -> Json | None:
        """Return our contact on a customer, the oldest if there are two."""
        found: list[Any] = []
        for raw in self.client.list_items(CONTACTS, f"customerNumber$eq:{customer}"):
            try:
                row = Row(raw)
                ours = row.text("name") == CONTACT and row.text("customerNumber") == customer and not row.flag("isDeleted")
                found += [raw] if ours and row.whole("number") is not None else []
            except UnreadableError:
                continue
        return min(found, key=lambda raw: int(raw["number"]), default=None)


def _notes(contact: Json | None) -> str:
    text = contact.get("notes") if contact else ""
    return text if isinstance(text, str) else ""


def _says(contact: Json | None, write: MarkInvoice) -> bool:
    return _lines(_notes(contact)).get(write.invoice_ref, "") == clean(write.text, 100)


def _lines(notes: str) -> dict[str, str]:
    return {match[1]: match[2] for line in notes.splitlines() if (match := LINE.match(line))}


def _with(notes: str, write: MarkInvoice) -> str:
    """Return the notes with an invoice's line changed; what a person wrote there stays."""
    kept = [line for line in notes.splitlines() if not ((match := LINE.match(line)) and match[1] == write.invoice_ref)]
    text = clean(write.text, 100)
    return "\n".join([*kept, *([f"Faktura {write.invoice_ref}: {text}"] if text else [])])


def _receipt(write: MarkInvoice, key: str) -> Receipt:
    # An invoice is marked more than once, and receipts name one effect each.
    return Receipt(f"{write.invoice_ref}:{key[:16]}", {"text": clean(write.text, 100)})
