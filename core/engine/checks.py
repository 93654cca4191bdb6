"""What must still hold before a letter, a claim or an adjustment leaves: asked by act, and by recover before it sends again.

`read_again` reads the facts anew; `inside` looks once more at what people said, in the transaction that lets the write go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from core.engine import decide, notes
from core.engine.context import Run, agency_channel
from core.engine.debtors import beside_credit
from core.engine.facts import gather, holds_of
from core.engine.letters import highest_fee
from core.engine.reading import number_of
from core.model import Invoice
from core.money import Money
from core.policy import render_said, standing
from core.policy.facts import Action, Decision, Mode
from core.states import IntentState
from core.store import books, people, tenants
from core.store.journal import Intent
from core.words import ENGLISH
from core.writes import POST, AdjustClaim, PrintReminder, SendLetter, SendNote, SubmitClaim

__all__ = ["KINDS", "inside", "read_again"]

KINDS: Final = frozenset({"print_reminder", "send_letter", "send_note", "submit_claim", "adjust_claim"})
"""What goes towards debtors and agencies. Bookings need no such check: money that was received is booked."""


def read_again(run: Run, intent: Intent) -> str | None:
    """Read the facts again: the same act, amounts, days and fee must still be what the policy says; else say why not."""
    if isinstance(intent.write, AdjustClaim):
        return None
    if isinstance(intent.write, SendNote):
        unread = [ref for ref in intent.write.covers if decide.read_details(run, ref) is None]
        return f"invoice {number_of(run, unread[0])} can no longer be read" if unread else None
    if isinstance(intent.write, PrintReminder) and run.tenant.vendor_reminder is None:
        return "reminders are our own letters now"
    unreadable = _read_beside(run, intent)
    if unreadable:
        return f"invoice {number_of(run, unreadable)} can no longer be read, and its debtor has something to its credit"
    decisions = []
    for source_ref in _covered(intent):
        invoice = decide.read_details(run, source_ref)
        if invoice is None:
            return f"invoice {number_of(run, source_ref)} can no longer be read"
        planned = intent.context["open"][source_ref]
        if invoice.open.text() != planned:
            return f"invoice {invoice.number}: {invoice.open} is open, it was {planned} when this was planned"
        decision = _decide_again(run, invoice, intent)
        if isinstance(decision, str):
            return decision
        decisions.append(decision)
    return _written_otherwise(run, intent, decisions)


def inside(run: Run, connection: Connection, intent: Intent) -> str | None:
    """Re-check, in the transaction that lets it go, what people may have said a moment ago."""
    if isinstance(intent.write, AdjustClaim):
        return None
    if isinstance(intent.write, SendNote):
        return notes.still_so(run, connection, intent)
    chosen = tenants.get_tenant(connection, run.tenant.id).agency
    if isinstance(intent.write, SubmitClaim) and intent.channel != agency_channel(chosen):
        return f"claims go to {chosen} now"
    holds = people.list_holds(connection, run.tenant.id, run.tenant.currency)
    for source_ref in _covered(intent):
        invoice = books.find_invoice(connection, run.tenant.id, source_ref)
        if invoice is None:
            return "the invoice is gone"
        stands = standing(invoice, holds_of(holds, invoice), run.today, run.tenant.country, run.policy.small_amount)
        if stands.stops:
            return f"it is stopped: {render_said(stands.stops[0].reason, ENGLISH)}"
        netted = Money.parse(intent.context.get("netted", {}).get(source_ref, "0"), invoice.currency)  # by what `read_again` has just read
        if (stands.asks - netted).text() != intent.context["asks"][source_ref]:
            return "what is disputed of it has changed"
    return None


def _read_beside(run: Run, intent: Intent) -> str | None:
    """Read anew what else is open of a debtor with a credit: matched meanwhile, it is deducted no more; return what can't be read."""
    covered, found = _covered(intent), set[str]()
    with run.database.read() as connection:
        for invoice in books.find_invoices(connection, run.tenant.id, covered).values():
            found |= beside_credit(run, connection, invoice.debtor_ref)
    return next((ref for ref in sorted(found - set(covered)) if not decide.read_position(run, ref)), None)


def _decide_again(run: Run, invoice: Invoice, intent: Intent) -> Decision | str:
    """Decide again as if this intent were not there; where that no longer fits it, say why."""
    wanted = Action.HANDOVER if isinstance(intent.write, SubmitClaim) else Action(intent.context["action"])
    with run.database.read() as connection:
        gathered = gather(run, connection, only=invoice, without=intent.id)
    if intent.channel == POST:  # a person posts it, whenever that is
        gathered = replace(gathered, at=None)
    if not decide.read_payments(run, gathered, invoice):
        return f"the payments of invoice {invoice.number} can't be read"
    found = decide.decide_one(run, invoice.source_ref, gathered)
    if found is None:
        return "the invoice is gone"
    _, decision = found
    if decision.action == wanted and decision.mode == Mode.AUTO:
        asked = intent.context["asks"][invoice.source_ref]
        same = decision.asks is not None and decision.asks.text() == asked
        return decision if same else f"{decision.asks} may be asked for, it was {asked} when this was planned"
    reasons = ", ".join(reason.id for reason in decision.reasons) or str(decision.stage)
    return f"the policy no longer says {wanted}: {reasons}"


def _written_otherwise(run: Run, intent: Intent, decisions: list[Decision]) -> str | None:
    """Say why a letter written today would give more time or ask another fee than this one, which waited.

    One that may have gone already is repeated as it is or not at all: the same words twice are one letter, other words would be two.
    """
    write = intent.write
    if not isinstance(write, SendLetter) or intent.state == IntentState.UNCERTAIN:
        return None
    if "printed_by" in intent.context:  # its days and its fee are the vendor's
        old = write.channel == "email" and run.today > intent.planned_on
        return f"the vendor wrote it on {intent.planned_on}, and it did not go that day" if old else None
    pay_by = max(decision.pay_by for decision in decisions if decision.pay_by)
    if pay_by > write.pay_by:
        return f"it gives time until {write.pay_by}, and would give it until {pay_by} if it were written today"
    fee = highest_fee(decisions, write.fee.currency)
    return None if fee == write.fee else f"it asks for a fee of {write.fee}, and would ask for {fee} if it were written today"


def _covered(intent: Intent) -> list[str]:
    return [subject.removeprefix("invoice:") for subject in intent.subjects]
