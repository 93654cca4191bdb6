"""Planning letters of the policy's steps: one letter per debtor, currency and step of the policy, rendered and stored before the intent is.

A debtor is one identity number across customer numbers; the letter goes to the first of them that has a mail address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from core.claim import ClaimLine, Component, DebtorParty, InterestPart, Party
from core.engine.context import Run
from core.engine.crash import point
from core.engine.debtors import same_debtor
from core.engine.documents import keep_invoices, read_pdfs
from core.engine.earlier import paid_at_agencies, unpaid
from core.engine.facts import invoice_subject
from core.engine.interest import letter_parts, runs_from
from core.engine.sent import fees_of, letter_kind, notices_of
from core.errors import ConfigError
from core.ids import stable_id
from core.model import Company, Debtor, DebtorKind, Invoice, is_mail_address
from core.money import Money
from core.policy import posted_pay_by, reason_json
from core.policy.facts import Action, Decision, Facts
from core.ports import RenderedLetter
from core.states import IntentState
from core.store import people
from core.store.journal import Intent, Plan
from core.store.keeping import add_document
from core.store.voided import list_returned
from core.writes import MAIL_UNSENDABLE, NOT_LANDED, SendLetter

__all__ = [
    "again_because", "asks_of", "claim_line", "creditor_party", "debtor_party", "goes_by_mail", "highest_fee", "letter_reference",
    "plan", "reasons_of",
]  # fmt: skip


def plan(run: Run, chosen: list[tuple[Facts, Decision]]) -> None:
    """Plan one letter for every debtor and step that is due today: a letter says what its step says, and goes the step's way."""
    groups: dict[tuple[str, str, int | None, bool, str], list[tuple[Facts, Decision]]] = defaultdict(list)
    for facts, decision in chosen:
        assert facts.debtor is not None, "details were read before deciding"
        line = next((reason.policy_line for reason in decision.reasons if reason.policy_line is not None), None)
        alone = facts.invoice.source_ref if decision.alone or _mailed_by_books(run, decision) else ""
        groups[same_debtor(facts.debtor), facts.invoice.currency, line, decision.by_post, alone].append((facts, decision))
    for group in groups.values():
        _plan_letter(run, group)


def creditor_party(company: Company) -> Party:
    """Return the company as the creditor of a letter or a claim."""
    return Party(
        company.name, company.org_no, company.address, company.email, company.phone, company.bankgiro, company.iban, company.plusgiro,
        company.bic, company.vat_no, company.fi_creditor_no,
    )  # fmt: skip


def debtor_party(debtor: Debtor) -> DebtorParty:
    """Return the debtor as a letter or a claim names it."""
    return DebtorParty(debtor.name, debtor.kind, debtor.identity_no, debtor.address, debtor.email, debtor.phone, debtor.language)


def claim_line(run: Run, invoice: Invoice, debtor: DebtorKind, asks: Money | None) -> ClaimLine:
    """Return an invoice as a line of a letter or a claim; what is not asked for of it is disputed."""
    disputed = invoice.open - asks if asks is not None and asks < invoice.open else None
    return ClaimLine(
        invoice.source_ref, invoice.number, invoice.issued_on, invoice.due_on, invoice.total, invoice.open, invoice.payment_reference,
        interest_from=runs_from(run, invoice, debtor).runs_from, disputed=disputed,
    )  # fmt: skip


def asks_of(group: list[tuple[Facts, Decision]]) -> dict[str, str]:
    """Return what is asked for on each invoice, for the check just before it goes."""
    return {facts.invoice.source_ref: (decision.asks or facts.invoice.open).text() for facts, decision in group}


def reasons_of(group: list[tuple[Facts, Decision]]) -> dict[str, list[dict[str, Any]]]:
    """Return why each invoice is acted on, as it was decided, kept with what it causes."""
    return {facts.invoice.source_ref: [reason_json(reason) for reason in decision.reasons] for facts, decision in group}


def goes_by_mail(run: Run, debtor: Debtor, *, by_post: bool, by_books: bool = False) -> bool:
    """Tell whether a letter goes by mail: nobody says post, no letter came back, the debtor takes no e-invoices, and somebody can mail it.

    Our own server does where it is set, or the accounting system (`by_books`).
    """
    if by_post or debtor.e_invoice or not (by_books or run.tenant.mail.get("host")) or not is_mail_address(debtor.email):
        return False
    with run.database.read() as connection:
        return debtor.email not in list_returned(connection, run.tenant.id)


def highest_fee(decisions: Sequence[Decision], currency: str) -> Money:
    """Return the fee that one letter asks for, whatever number of invoices it is about."""
    return max((one.fee for one in decisions if one.fee), default=Money.zero(currency), key=lambda fee: fee.minor)


def letter_reference(run: Run, *about: str) -> str:
    """Return the short reference that a letter asks the debtor to name."""
    return stable_id(run.tenant.id, "letter", *about, str(run.today))[:12].upper()


def again_because(run: Run, connection: Connection, kind: str, subjects: Sequence[str]) -> str:
    """Return the reason to write once more, where a letter has gone before; one that came back or was taken back is among them."""
    return "the policy's next letter" if any(run.journal.is_confirmed(connection, kind, one) for one in subjects) else ""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A letter before its intent is planned."""

    group: list[tuple[Facts, Decision]]
    debtor: Debtor
    fee: Money
    pay_by: date
    by_mail: bool
    rendered: RenderedLetter

    @property
    def invoices(self) -> list[Invoice]:
        return [facts.invoice for facts, _ in self.group]

    @property
    def decision(self) -> Decision:
        return self.group[0][1]


def _mailed_by_books(run: Run, decision: Decision) -> bool:
    """Tell whether the accountant chose that the accounting system mails a reminder, each invoice's alone, with our text."""
    return decision.action == Action.REMIND and run.tenant.vendor_reminder is not None and run.can("books", "send_letter")


def _plan_letter(run: Run, group: list[tuple[Facts, Decision]]) -> None:
    """Render a letter and plan its intent; a wrong account or a missing name stops this letter, not the run."""
    invoice = group[0][0].invoice
    try:
        draft = _render(run, group)
    except ConfigError as error:
        with run.database.write() as connection:
            text = f"The letter about invoice {invoice.number} can't be written: {error}"
            about = {"invoices": [facts.invoice.source_ref for facts, _ in group]}
            people.add_task(connection, run.tenant.id, "letter_unwritten", invoice.source_ref, text, run.now(), about)
        return
    pdfs = read_pdfs(run, draft.invoices)
    if pdfs is not None:
        _plan_intent(run, draft, pdfs)


def _render(run: Run, group: list[tuple[Facts, Decision]]) -> _Draft:
    company, decision = run.tenant.company, group[0][1]
    debtors = [facts.debtor for facts, _ in group if facts.debtor is not None]
    assert company is not None and decision.action is not None, "only acting decisions of a connected company are planned"
    by_post, by_books = decision.by_post or _mail_failed(run, group), _mailed_by_books(run, decision)
    debtor = next((one for one in debtors if goes_by_mail(run, one, by_post=by_post, by_books=by_books)), debtors[0])
    invoices = [facts.invoice for facts, _ in group]
    pay_by = max(decision.pay_by for _, decision in group if decision.pay_by)
    by_mail = goes_by_mail(run, debtor, by_post=by_post, by_books=by_books)
    if not by_mail:  # it may wait so long to be printed, and the debtor has all of its days then too
        pay_by = posted_pay_by(run.law, run.tenant.country, decision.action, pay_by, run.today)
    lines = tuple(claim_line(run, facts.invoice, debtor.kind, _undisputed(one)) for facts, one in group)
    fee = highest_fee([one for _, one in group], invoices[0].currency)
    kind = letter_kind(decision.action)
    # What is netted is not demanded, so it bears no interest either.
    bearing = [claim_line(run, facts.invoice, debtor.kind, one.asks) for facts, one in group]
    adds = _added(run, debtor, bearing) if kind == "demand" else ((), ())
    rendered = run.ports.letters.render_letter(
        kind, creditor=creditor_party(company), debtor=debtor_party(debtor), lines=lines, fee=fee, written_on=run.today, pay_by=pay_by,
        announces_collection=decision.announces_collection, reference=letter_reference(run, *(one.source_ref for one in invoices)),
        charges=adds[0], interest=adds[1], netted=tuple((facts.invoice.number, one.netted) for facts, one in group if one.netted),
    )  # fmt: skip
    return _Draft(group, debtor, fee, pay_by, by_mail, rendered)


def _undisputed(decision: Decision) -> Money | None:
    return decision.asks + decision.netted if decision.asks is not None and decision.netted else decision.asks


def _mail_failed(run: Run, group: list[tuple[Facts, Decision]]) -> bool:
    """Tell whether the same letter was to go by mail, and that was refused or could not be written: it goes by post then."""
    with run.database.read() as connection:
        found = [run.journal.latest(connection, "send_letter", invoice_subject(facts.invoice.source_ref)) for facts, _ in group]
    return any(intent is not None and _was_refused(intent) for intent in found)


def _was_refused(intent: Intent) -> bool:
    if not isinstance(intent.write, SendLetter) or intent.write.channel != "email":
        return False
    code = intent.note.partition(":")[0]
    return code == MAIL_UNSENDABLE or (intent.state == IntentState.REFUSED and code != NOT_LANDED)


def _added(run: Run, debtor: Debtor, lines: Sequence[ClaimLine]) -> tuple[tuple[tuple[Component, Money], ...], tuple[InterestPart, ...]]:
    """Return what a demand asks for beside the invoices: the fees of earlier letters, and the interest until today.

    Raises:
        ConfigError: the interest has no figure, and a demand must state one.
    """
    refs = [line.invoice_ref for line in lines]
    parts = letter_parts(run, debtor.kind, lines, {ref: run.ports.reads.list_payments(ref) for ref in refs})
    if parts is None:
        todo = "See `kravbro law check`, then `kravbro law confirm ROW` or `kravbro law add NAME`."
        raise ConfigError("its interest", "a rate of its days is missing, or nobody has confirmed a row it is reckoned with", todo)
    with run.database.read() as connection:
        paid = paid_at_agencies(connection, run.tenant.id, refs, lines[0].open.currency)
        fees = unpaid(fees_of(notices_of(connection, run, refs)[0], lines[0].open.currency), paid)
    if paid.get(Component.INTEREST):
        todo = "Hand it over again, or collect what is left by hand: a demand states interest by period, and some of it was paid."
        raise ConfigError("its interest", f"an agency got {paid[Component.INTEREST]} of it before", todo)
    return fees, parts


def _plan_intent(run: Run, draft: _Draft, pdfs: dict[str, bytes]) -> None:
    now, invoices, decision = run.now(), draft.invoices, draft.decision
    assert decision.action is not None, "only acting decisions are planned"
    subjects = tuple(invoice_subject(invoice.source_ref) for invoice in invoices)
    by_books, says = draft.by_mail and _mailed_by_books(run, decision), run.tenant.vendor_reminder
    along = by_books and says is not None and says.fee_along and bool(draft.fee)
    with run.database.write() as connection:
        if run.journal.is_open(connection, "send_letter", *subjects):
            return
        stored = [add_document(connection, run.tenant.id, run.vault, kind="letter", name=draft.rendered.name, media_type="application/pdf",
                               content=draft.rendered.pdf, now=now)]  # fmt: skip
        stored += keep_invoices(run, connection, invoices, pdfs)
        write = SendLetter(
            letter_kind=letter_kind(decision.action), channel="email" if draft.by_mail else "print",
            recipient=draft.debtor.email if draft.by_mail else draft.debtor.name, subject=draft.rendered.subject, text=draft.rendered.text,
            html=draft.rendered.html, document_ids=tuple(ref.document_id for ref in stored),
            covers=tuple(invoice.source_ref for invoice in invoices), fee=draft.fee, pay_by=draft.pay_by,
            announces_collection=decision.announces_collection, fee_along=along,
        )  # fmt: skip
        context = {
            "action": str(decision.action), "pay_by": draft.pay_by.isoformat(), "announces_collection": decision.announces_collection,
            "fee": draft.fee.text(), "currency": draft.fee.currency, "policy_version": run.policy_version,
            "fees": {facts.invoice.source_ref: one.fee.text() for facts, one in draft.group if one.fee},  # one that had its fee bears no second
            "open": {invoice.source_ref: invoice.open.text() for invoice in invoices}, "asks": asks_of(draft.group), "channel": write.channel,
            "netted": {facts.invoice.source_ref: one.netted.text() for facts, one in draft.group if one.netted},
            "documents": list(write.document_ids), "reasons": reasons_of(draft.group),
            "digests": [one.digest for _, one in draft.group if one.digest], "fee_booked": along and says is not None and says.fee_booked,
        }  # fmt: skip
        plan = Plan(
            write=write, subjects=subjects, channel="books" if by_books else write.way,
            cause=f"policy {run.policy_version}", invoice_ref=invoices[0].source_ref,
            context=context, again_because=again_because(run, connection, write.kind, subjects),
        )  # fmt: skip
        planned = run.journal.plan(connection, plan, now, run.today)
        assert planned, "none was open when this transaction began"
        people.resolve_about(connection, run.tenant.id, "letter_unwritten", write.covers, "it was written", now)
        point("plan.before_commit")
    point("plan.after_commit")
