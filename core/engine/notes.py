"""Letters that no step of the policy sends: instalment offers and agreements, deferrals, thank-yous, withdrawals.

A person asks for one, or the policy for thank-yous. It is rendered first; then one transaction stores it, plans its intent, and whatever
it tells of (the stop). It goes with the next run, unless by then it would tell something that is no longer so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from core.claim import Instalment
from core.engine.context import Run
from core.engine.crash import point
from core.engine.decide import read_details
from core.engine.facts import holds_of, invoice_subject
from core.engine.letters import claim_line, creditor_party, debtor_party, goes_by_mail, letter_reference
from core.engine.reading import number_of
from core.engine.sent import sent_letters
from core.errors import ConfigError
from core.model import Debtor, Invoice
from core.money import Money
from core.policy import Standing, standing
from core.policy.facts import Hold, HoldKind
from core.ports import RenderedLetter
from core.states import IntentState
from core.store import books, claims, people
from core.store.journal import Intent, Plan
from core.store.keeping import add_document
from core.store.voided import withdraw_letter
from core.writes import NoteKind, SendNote

__all__ = ["Note", "Wanted", "note_subject", "plan", "read", "still_so", "subjects_of", "withdrawal", "write"]

KINDS: Final[tuple[NoteKind, ...]] = ("instalment_offer", "instalment_agreement", "deferral", "thanks", "withdrawal")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a note shall say.

    Attributes:
        invoices: as just read; of one debtor.
        pay_by: the last day to pay; of an offer, to answer.
        paid, earlier_on: what is thanked for, and its day; for a withdrawal the day of the letter that is taken back.
        hold: the stop it tells of; once that is ended it goes no more.
        withdraws: the letter it takes back, for these invoices alone.
    """

    kind: NoteKind
    invoices: tuple[Invoice, ...]
    pay_by: date
    cause: str
    instalments: tuple[Instalment, ...] = ()
    paid: Money | None = None
    earlier_on: date | None = None
    hold: str = ""
    withdraws: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A rendered note, before its intent is planned."""

    wanted: Wanted
    debtor: Debtor
    by_mail: bool
    asks: dict[str, str]
    rendered: RenderedLetter


def note_subject(kind: NoteKind, source_ref: str) -> str:
    """Return how the journal names a note about an invoice: each kind is about it on its own."""
    return f"{kind}:{source_ref}"


def subjects_of(source_ref: str) -> list[str]:
    """Return how the journal names every note about an invoice."""
    return [note_subject(kind, source_ref) for kind in KINDS]


def read(run: Run, source_ref: str) -> Invoice:
    """Read the invoice that a person wants a letter about, and its debtor.

    Raises:
        ConfigError: nothing goes yet, it can't be read, or its agency alone writes to the debtor.
    """
    if run.tenant.live_from is None:
        raise ConfigError(
            f"tenant {run.tenant.id}", "it is not live yet: nothing is sent", f"Go live: `kravbro tenants live {run.tenant.id}`."
        )
    invoice = read_details(run, source_ref)
    if invoice is None:
        raise ConfigError(
            f"invoice {number_of(run, source_ref)}", "it can't be read", "See `kravbro tenants show TENANT` for the rows in quarantine."
        )
    with run.database.read() as connection:
        at_agency = _with_agency(connection, run, source_ref)
    if at_agency:
        raise ConfigError(f"invoice {invoice.number}", at_agency, "Ask it to tell the debtor, or withdraw the claim first.")
    return invoice


def withdrawal(run: Run, invoice: Invoice) -> Wanted:
    """Return the note that takes back the last letter about an invoice.

    Raises:
        ConfigError: no letter went, or the invoice is open and nothing stops it: the next letter would contradict this one.
    """
    with run.database.read() as connection:
        letters = sent_letters(connection, run, [invoice.source_ref])
        stops = _stands(run, connection, invoice).stops
    where = f"invoice {invoice.number}"
    if not letters:
        raise ConfigError(where, "no letter about it went that is not taken back or returned", "There is nothing to withdraw.")
    if invoice.open.minor > 0 and not stops:
        todo = f"Stop it first: `kravbro claims hold {invoice.source_ref} --tenant {run.tenant.id} --reason …`."
        raise ConfigError(where, f"{invoice.open} is open and will be reminded of again", todo)
    last = letters[-1]
    return Wanted("withdrawal", (invoice,), run.today, "a person", earlier_on=last.sent_on, withdraws=last.id)


def write(run: Run, wanted: Wanted) -> Note:
    """Render a note; nothing is stored yet.

    Raises:
        ConfigError: it can't be written as it must be.
    """
    company, first = run.tenant.company, wanted.invoices[0]
    assert company is not None, "it was read when the tenant was connected"
    with run.database.read() as connection:
        refs = [invoice.debtor_ref for invoice in wanted.invoices]
        debtors = list(books.list_debtors(connection, run.tenant.id, refs).values())
        stands = {invoice.source_ref: _stands(run, connection, invoice) for invoice in wanted.invoices}
    if any(_forbids(hold, wanted.kind) for found in stands.values() for hold in found.stops):
        raise ConfigError(
            f"invoice {first.number}", "what is known of the debtor's person stops every letter", "Write to the debtor by hand."
        )
    debtor = next((one for one in debtors if goes_by_mail(run, one, by_post=False)), debtors[0])
    lines = tuple(claim_line(run, _not_below(invoice), debtor.kind, stands[invoice.source_ref].asks) for invoice in wanted.invoices)
    rendered = run.ports.letters.render_letter(
        wanted.kind, creditor=creditor_party(company), debtor=debtor_party(debtor), lines=lines, fee=Money.zero(first.currency),
        written_on=run.today, pay_by=wanted.pay_by, reference=letter_reference(run, wanted.kind, *(one.source_ref for one in wanted.invoices)),
        instalments=wanted.instalments, paid=wanted.paid, earlier_on=wanted.earlier_on,
    )  # fmt: skip
    asks = {ref: found.asks.text() for ref, found in stands.items()}
    return Note(wanted, debtor, goes_by_mail(run, debtor, by_post=False), asks, rendered)


def plan(run: Run, connection: Connection, note: Note) -> None:
    """Store a note and plan its intent, in the transaction that stores what it tells of; one that waits already gives place.

    Raises:
        ConfigError: one of its kind is being sent just now.
    """
    wanted, now = note.wanted, run.now()
    subjects = tuple(note_subject(wanted.kind, invoice.source_ref) for invoice in wanted.invoices)
    _give_place(run, connection, subjects)
    stored = add_document(
        connection, run.tenant.id, run.vault, kind="letter", name=note.rendered.name, media_type="application/pdf", content=note.rendered.pdf,
        now=now,
    )  # fmt: skip
    send = SendNote(
        letter_kind=wanted.kind, channel="email" if note.by_mail else "print", recipient=note.debtor.email if note.by_mail else note.debtor.name,
        subject=note.rendered.subject, text=note.rendered.text, html=note.rendered.html, document_ids=(stored.document_id,),
        covers=tuple(invoice.source_ref for invoice in wanted.invoices),
    )  # fmt: skip
    done_before = any(run.journal.is_confirmed(connection, send.kind, subject) for subject in subjects)
    run.journal.plan(
        connection,
        Plan(
            write=send, subjects=subjects, channel=send.way, cause=wanted.cause, invoice_ref=wanted.invoices[0].source_ref,
            context=_context(note, send), again_because=f"{wanted.cause} wants another" if done_before else "",
        ),
        now, run.today,
    )  # fmt: skip
    if wanted.withdraws:
        for invoice in wanted.invoices:
            withdraw_letter(connection, run.tenant.id, wanted.withdraws, invoice_subject(invoice.source_ref), now)
    point("plan.before_commit")


def still_so(run: Run, connection: Connection, intent: Intent) -> str | None:
    """Say why what a note tells is no longer so, by what is stored; None where it still is."""
    write, context = intent.write, intent.context
    assert isinstance(write, SendNote), "only notes are asked about"
    for source_ref in write.covers:
        invoice = books.find_invoice(connection, run.tenant.id, source_ref)
        if invoice is None:
            return f"invoice {source_ref} is gone"
        stops = _stands(run, connection, invoice).stops
        if any(_forbids(hold, write.letter_kind) for hold in stops):
            return "what is known of the debtor's person stops every letter"
        if write.letter_kind == "withdrawal":
            if invoice.open.minor > 0 and not stops:
                return f"nothing stops invoice {invoice.number} any more: it is reminded of anew instead"
            continue
        if invoice.open.text() != context["open"][source_ref]:
            return f"invoice {invoice.number}: {invoice.open} is open, it was {context['open'][source_ref]} when this was written"
        if write.letter_kind != "thanks":
            why = _offers_in_vain(run, connection, invoice, context)
            if why:
                return why
    return None


def _forbids(hold: Hold, kind: NoteKind) -> bool:
    """Tell whether a stop forbids a note: what is known of the debtor's person does, but an insolvent one may be told that we were wrong."""
    return hold.kind.of_person and not (kind == "withdrawal" and hold.kind == HoldKind.INSOLVENCY)


def _offers_in_vain(run: Run, connection: Connection, invoice: Invoice, context: dict[str, Any]) -> str:
    holds = people.list_holds(connection, run.tenant.id, run.tenant.currency)
    if context["hold"] and all(hold.id != context["hold"] for hold in holds_of(holds, invoice)):
        return "the stop that it tells of was ended"
    if _stands(run, connection, invoice).asks.text() != context["asks"][invoice.source_ref]:
        return "what is disputed of it has changed"
    if run.today > date.fromisoformat(context["first_day"]):
        return f"its first day, {context['first_day']}, has passed"
    return _with_agency(connection, run, invoice.source_ref)


def _not_below(invoice: Invoice) -> Invoice:
    """Return an invoice that was paid too much as one of which nothing is open."""
    return replace(invoice, open=max(invoice.open, Money.zero(invoice.currency)))


def _stands(run: Run, connection: Connection, invoice: Invoice) -> Standing:
    holds = people.list_holds(connection, run.tenant.id, run.tenant.currency)
    return standing(invoice, holds_of(holds, invoice), run.today, run.tenant.country, run.policy.small_amount)


def _with_agency(connection: Connection, run: Run, source_ref: str) -> str:
    """Say that an agency has the invoice, so that nobody else writes to the debtor; "" where none has."""
    found = claims.claims_of_invoice(connection, run.tenant.id, source_ref)
    if any(claim.is_active and not claim.was_dropped and not claim.snapshot.withdraw_reason for claim in found):
        return "it is with the agency, and only the agency writes to the debtor"
    return ""


def _context(note: Note, send: SendNote) -> dict[str, Any]:
    wanted = note.wanted
    first_day = min([wanted.pay_by, *(part.due_on for part in wanted.instalments)])
    return {
        "action": wanted.kind, "channel": send.channel, "documents": list(send.document_ids), "asks": note.asks, "hold": wanted.hold,
        "currency": wanted.invoices[0].currency, "open": {invoice.source_ref: invoice.open.text() for invoice in wanted.invoices},
        "first_day": first_day.isoformat(), "withdraws": wanted.withdraws,
    }  # fmt: skip


def _give_place(run: Run, connection: Connection, subjects: tuple[str, ...]) -> None:
    for subject in subjects:
        latest = run.journal.latest(connection, "send_note", subject)
        if latest is not None and latest.state == IntentState.PLANNED:
            run.journal.cancel(connection, latest, "another letter took its place", run.now())
        elif latest is not None and latest.state in (IntentState.SENDING, IntentState.UNCERTAIN):
            todo = "Wait for the next run, or see `kravbro claims tasks`."
            raise ConfigError(f"letter {subject}", "nobody knows yet whether one like it arrived", todo)
