"""After a letter: thanks where the policy says so, and a proposal to take back a letter that turned out wrong.

Looked at once an invoice that a letter was about has nothing open any more: money that came through an agency is never thanked for, what
was credited or paid before the letter is a reason to take it back, and the rest is a payment to be thankful for.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from core.clock import day_in, zone_of
from core.engine import notes
from core.engine.context import Run
from core.engine.crash import point
from core.engine.debtors import same_debtor
from core.engine.reading import read_payments
from core.engine.sent import select_lettered, sent_letters
from core.errors import ConfigError
from core.model import Invoice, InvoiceKind, Payment, Problem
from core.money import Money
from core.policy import sends_on
from core.policy.facts import Action
from core.store import books, claims, people

__all__ = ["WITHDRAWAL", "plan", "propose"]

FRESH: Final = timedelta(days=7)
"""How long after an invoice was seen to be paid it is looked at; a run that missed it for longer lets it rest."""

WITHDRAWAL: Final = "withdraw_letter"
"""The kind of the task that proposes to take a letter back; its subject is the invoice."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """An invoice of which nothing is open, after a letter.

    Attributes:
        paid, paid_on: what the debtor paid on its last day of paying, and that day; None where it paid nothing.
        letter_on: the day of the last letter.
        warned: that letter spoke of collection.
        together: the invoices the letter was about.
        credited: it was credited after the letter.
    """

    invoice: Invoice
    paid: Money | None
    paid_on: date | None
    letter_on: date
    warned: bool
    together: tuple[str, ...]
    credited: bool

    @property
    def in_vain(self) -> bool:
        """Whether the letter turned out wrong: it asked for what was credited, or had been paid before it went."""
        return self.credited or (self.paid_on is not None and self.paid_on < self.letter_on)


def plan(run: Run) -> None:
    """Thank for, or propose to take back, what the last days' payments and credits call for."""
    if run.tenant.live_from is None:
        return
    ended = [found for invoice in _candidates(run) if (found := _look(run, invoice)) is not None]
    for one in ended:
        if one.in_vain and one.warned:
            with run.database.write() as connection:
                why = "was credited after a letter" if one.credited else f"had been paid on {one.paid_on}, before a letter"
                propose(run, connection, one.invoice.source_ref, f"Invoice {one.invoice.number} {why} that spoke of collection")
    at = run.now().astimezone(zone_of(run.tenant.country)).time()
    if run.policy.thanks and sends_on(run.policy, at, run.today) is None:
        _thank(run, [one for one in ended if one.paid and not one.in_vain and not one.invoice.open and not _forgotten(run, one)])


def _candidates(run: Run) -> list[Invoice]:
    with run.database.read() as connection:
        closed = books.list_closed_since(connection, run.tenant.id, run.now() - FRESH, select_lettered(run.tenant.id))
        return [one for one in closed if one.kind == InvoiceKind.INVOICE and not _needs_no_look(run, connection, one)]


def _needs_no_look(run: Run, connection: Connection, invoice: Invoice) -> bool:
    """Tell whether an invoice needs no look: no letter counts, an agency had it, it was thanked for, or a withdrawal was proposed."""
    ref, tenant = invoice.source_ref, run.tenant.id
    return (
        not sent_letters(connection, run, [ref])
        or any(not claim.was_dropped for claim in claims.claims_of_invoice(connection, tenant, ref))
        or people.had_task(connection, tenant, WITHDRAWAL, ref)
        or run.journal.latest(connection, "send_note", notes.note_subject("thanks", ref)) is not None
    )


def _look(run: Run, invoice: Invoice) -> _Ended | None:
    """Look at how an invoice ended; None where nothing would follow, so that nothing is read in vain."""
    with run.database.read() as connection:
        letter = sent_letters(connection, run, [invoice.source_ref])[-1]
    said = json.loads(letter.context)
    warned = said["announces_collection"] or said["action"] in (Action.NOTICE, Action.DEMAND)
    payments = read_payments(run, invoice.source_ref) if warned or run.policy.thanks else Problem("invoices", invoice.source_ref, "")
    if isinstance(payments, Problem):
        return None
    own = [one for one in payments if one.booked and one.source != "credit" and one.amount.minor > 0]
    credits_ = [one for one in payments if one.booked and one.source == "credit" and one.paid_on >= letter.sent_on]
    paid_on = max((one.paid_on for one in own), default=None)
    paid = _paid_on(own, paid_on, invoice.currency)
    return _Ended(
        invoice, paid, paid_on, letter.sent_on, warned, tuple(said["open"]), bool(credits_) or (not own and bool(invoice.credited_by))
    )


def _paid_on(own: Sequence[Payment], day: date | None, currency: str) -> Money | None:
    return Money.sum((one.amount for one in own if one.paid_on == day), currency) if day else None


def propose(run: Run, connection: Connection, source_ref: str, why: str) -> None:
    """Propose to a person to take back the last letter about an invoice, if one counts."""
    letters = sent_letters(connection, run, [source_ref])
    if letters:
        number = books.number_of(connection, run.tenant.id, source_ref)
        text = (
            f"{why}; the debtor has our letter of {letters[-1].sent_on} about invoice {number}. Take it back with "
            f"`kravbro letters withdraw {source_ref} --tenant {run.tenant.id}`, or say that this is done."
        )
        people.add_task(connection, run.tenant.id, WITHDRAWAL, source_ref, text, run.now())


def _forgotten(run: Run, one: _Ended) -> bool:
    """Tell whether the thanks may have gone before a restore, where nobody remembers them: a second one is worse than none."""
    restored_at = run.tenant.restored_at
    return restored_at is not None and one.paid_on is not None and one.paid_on <= day_in(run.tenant.country, restored_at)


def _thank(run: Run, paid: Iterable[_Ended]) -> None:
    """Thank each debtor once for what it has paid; a letter about several invoices is thanked for when nothing of it is open."""
    with run.database.read() as connection:
        open_ = books.open_refs(connection, run.tenant.id)
        debtors = books.list_debtors(connection, run.tenant.id)
    groups: dict[tuple[str, str], list[_Ended]] = defaultdict(list)
    for one in paid:
        debtor = debtors.get(one.invoice.debtor_ref)
        if debtor is not None and not open_.intersection(one.together):
            groups[same_debtor(debtor), one.invoice.currency].append(one)
    for group in groups.values():
        _thank_debtor(run, group)


def _thank_debtor(run: Run, group: list[_Ended]) -> None:
    total = Money.sum((one.paid for one in group if one.paid), group[0].invoice.currency)
    last = max(one.paid_on for one in group if one.paid_on)
    wanted = notes.Wanted(
        "thanks", tuple(one.invoice for one in group), run.today, f"policy {run.policy_version}", paid=total, earlier_on=last
    )
    try:
        note = notes.write(run, wanted)
    except ConfigError:  # one that can't or must not be written is no task for anybody
        return
    with run.database.write() as connection:
        notes.plan(run, connection, note)
    point("plan.after_commit")
