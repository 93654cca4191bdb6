"""Marks on invoices that a person sees in Fortnox: a reference or a label.

Which fields a PUT still takes on a booked invoice is not documented, so what one place refuses or ignores goes into the
next. A reference is used only where it is empty or ours, since clients keep order numbers there. Rows are never sent: rows
without their ids are matched by position (https://apps.fortnox.se/apidocs, Invoices).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import ClassVar

from typing_extensions import override

from connectors.fortnox.answers import NAME, request_id
from connectors.fortnox.client import FortnoxClient
from connectors.fortnox.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken
from connectors.fortnox.mapping.marks import (
    Marks,
    label_id_of,
    parse_marks,
    render_label,
    render_reference,
    render_unmarked,
    spares,
    stands,
)
from connectors.fortnox.mapping.render import clean
from core.errors import OutcomeUnknownError, RejectedError
from core.http import Answer
from core.writes import Delivery, Finding, MarkInvoice, Prepared, Receipt

__all__ = ["MarkInvoices"]

LABEL, OTHERS, PROOFS = "label", "others", "proofs"
"""Evidence: the label's id, the bodies for the next places, and those of all that prove a mark where they stand."""


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
        """Render the change, and what is sent if the vendor refuses that place: all before anything is sent."""
        marks, label_id = self._marks(write), self._find_label_id()
        bodies = self._bodies(write, marks, label_id)
        # A label that stood before proves nothing while the mark's text has another place.
        proofs = [body.decode() for number, body in enumerate(bodies) if number == 0 or not stands(body, marks, label_id)]
        evidence = {LABEL: label_id, OTHERS: [body.decode() for body in bodies[1:]], PROOFS: proofs}
        return Prepared("PUT", f"/3/invoices/{write.invoice_ref}", bodies[0], JSON_TYPE, evidence)

    @override
    def send(self, write: MarkInvoice, prepared: Prepared, key: str) -> Receipt:
        """Send the prepared change; where it is refused or ignored, the next one that was prepared.

        The invoice is read first: where these bytes are sent again later, the client may have written to that place since.
        """
        marks = self._marks(write)
        bodies = [prepared.body, *(str(body).encode() for body in prepared.evidence[OTHERS])]
        refusal = RejectedError(NAME, "no_place", f"invoice {write.invoice_ref} was changed meanwhile: mark it by hand in Fortnox")
        for body in bodies:
            if spares(body, marks, prepared.evidence[LABEL]):
                try:
                    return super().send(write, replace(prepared, body=body), key)
                except RejectedError as error:
                    refusal = error
        raise refusal

    @override
    def confirm(self, write: MarkInvoice, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare the invoice that came back: a 200 may show the old value."""
        marks = parse_marks(self.echoed(answer, "Invoice"))
        if marks is None:
            raise OutcomeUnknownError(NAME, "the invoice that came back can't be read", request_id=request_id(answer))
        if not stands(prepared.body, marks, prepared.evidence[LABEL]):
            raise not_taken(f"invoice {write.invoice_ref}", ["mark"])
        return _receipt(write, key)

    @override
    def look_up(self, write: MarkInvoice, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the invoice: the mark stands in one of the places it was prepared for."""
        marks = self._marks(write)
        proofs = [str(body).encode() for body in prepared.evidence[PROOFS]]
        found = any(stands(body, marks, prepared.evidence[LABEL]) for body in proofs)
        return finding([_receipt(write, key)] if found else [])

    def _bodies(self, write: MarkInvoice, marks: Marks, label_id: int | None) -> list[bytes]:
        """Return what may be sent, the place that is set first."""
        if not write.text:
            unmarked = render_unmarked(label_id, marks)
            if unmarked is None:
                raise RejectedError(NAME, "no_mark", f"invoice {write.invoice_ref} bears no mark of ours, so there is none to take away")
            return [unmarked]
        references = [render_reference(name, write.text, marks) for name in marks.free]
        labels = [render_label(label_id, marks)] if label_id is not None else []
        bodies = [*references, *labels] if self._mark == "external_reference" else [*labels, *references]
        if not bodies:
            wrong = f"both references of invoice {write.invoice_ref} hold the client's own text, and there is no label {self._label!r}"
            raise RejectedError(NAME, "no_place", f"{wrong}: it must be created in Fortnox")
        return bodies

    def _marks(self, write: MarkInvoice) -> Marks:
        marks = parse_marks(self.client.get(f"/3/invoices/{write.invoice_ref}", "Invoice"))
        if marks is None:
            raise RejectedError(NAME, "unreadable", f"the references and labels of invoice {write.invoice_ref} can't be read")
        return marks

    def _find_label_id(self) -> int | None:
        if self._label_id is None:
            self._label_id = label_id_of(self.client.list_rows("/3/labels", "Labels"), self._label)
        return self._label_id


def _receipt(write: MarkInvoice, key: str) -> Receipt:
    # An invoice is marked more than once, and receipts name one effect each.
    return Receipt(f"{write.invoice_ref}:{key[:16]}", {"text": clean(write.text, 80)})
