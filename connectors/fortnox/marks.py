"""Marks on invoices that a person sees in Fortnox: a reference or a label.

Which fields a PUT still takes on a booked invoice is not documented, so what one field refuses or ignores goes into the
other. Rows are never sent: rows without their ids are matched by position (https://apps.fortnox.se/apidocs, Invoices).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Final

from typing_extensions import override

from connectors.fortnox.answers import NAME, request_id
from connectors.fortnox.client import FortnoxClient, Json
from connectors.fortnox.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken
from connectors.fortnox.mapping.files import Marks, label_id_of, parse_marks
from connectors.fortnox.mapping.render import clean, render_label, render_reference
from core.errors import OutcomeUnknownError, RejectedError
from core.http import Answer
from core.writes import Delivery, Finding, MarkInvoice, Prepared, Receipt

__all__ = ["MarkInvoices"]

OTHER: Final = "other"


class MarkInvoices(Kind[MarkInvoice]):
    """Sets or takes away the mark; the same call twice does no harm."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A late first request may put an older mark back until the next one.",
    )

    def __init__(self, client: FortnoxClient, *, mark: str, label: str) -> None:
        super().__init__(client)
        self._mark, self._label = mark, label
        self._label_id: int | None = None

    @override
    def prepare(self, write: MarkInvoice, key: str) -> Prepared:
        """Render the change, and what is sent if the vendor refuses that field: both before anything is sent."""
        label_id = self._find_label_id()
        label = self._label_body(write, label_id) if label_id is not None else None
        reference = render_reference(write.text)
        first, other = (reference, label) if self._mark == "external_reference" else (label, reference if write.text else None)
        if first is None:
            first, other = other, None
        if first is None:
            raise RejectedError(NAME, "no_label", f"there is no label {self._label!r}: it must be created in Fortnox")
        evidence = {"label": label_id} | ({OTHER: other.decode()} if other else {})
        return Prepared("PUT", f"/3/invoices/{write.invoice_ref}", first, JSON_TYPE, evidence)

    @override
    def send(self, write: MarkInvoice, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared change; where it is refused or ignored, the other one that was prepared."""
        try:
            return super().send(write, prepared, key)
        except RejectedError:
            if OTHER not in prepared.evidence:
                raise
        body = str(prepared.evidence[OTHER]).encode()
        answer = self.client.write(prepared.method, prepared.target, body, dict(prepared.headers))
        return self.confirm(write, prepared, key, answer)

    @override
    def confirm(self, write: MarkInvoice, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the invoice that came back: a 200 may show the old value."""
        marks = parse_marks(self.echoed(answer, "Invoice"))
        if marks is None:
            raise OutcomeUnknownError(NAME, "the invoice that came back can't be read", request_id=request_id(answer))
        if not self._stands(write, prepared, marks):
            raise not_taken(f"invoice {write.invoice_ref}", ["mark"])
        return _receipt(write, key)

    @override
    def look_up(self, write: MarkInvoice, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the invoice."""
        marks = parse_marks(self.client.get(f"/3/invoices/{write.invoice_ref}", "Invoice"))
        stands = marks is not None and self._stands(write, prepared, marks)
        return finding([_receipt(write, key)] if stands else [])

    def _stands(self, write: MarkInvoice, prepared: Prepared, marks: Marks) -> bool:
        """Tell whether the mark is as wanted: in one of the fields, or gone from each field that is ours."""
        text, labelled = clean(write.text, 80), prepared.evidence.get("label") in marks.label_ids
        if text:
            return labelled or marks.reference == text
        return not labelled and (self._mark == "label" or not marks.reference)

    def _label_body(self, write: MarkInvoice, label_id: int) -> bytes:
        marks = parse_marks(self._invoice(write))
        others = [number for number in (marks.label_ids if marks else ()) if number != label_id]
        return render_label([*others, label_id] if write.text else others)

    def _invoice(self, write: MarkInvoice) -> Json:
        return self.client.get(f"/3/invoices/{write.invoice_ref}", "Invoice")

    def _find_label_id(self) -> int | None:
        if self._label_id is None:
            self._label_id = label_id_of(self.client.list_rows("/3/labels", "Labels"), self._label)
        return self._label_id


def _receipt(write: MarkInvoice, key: str) -> Receipt:
    # An invoice is marked more than once, and receipts name one effect each.
    return Receipt(f"{write.invoice_ref}:{key[:16]}", {"text": clean(write.text, 80)})
