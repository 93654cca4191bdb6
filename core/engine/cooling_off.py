"""Handovers that go by themselves are announced to the creditor first, where the policy says so, and can be stopped until they go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.engine.announcing_words import mail_of
from core.engine.context import Run
from core.ids import stable_id
from core.policy.facts import Decision, Facts, Stage
from core.store import people
from core.store.announcements import TASK, Announced, announce, list_announcements, seal_link, withdraw_announcement
from core.store.journal import Plan
from core.store.tenants import get_agency
from core.writes import SendMessage

__all__ = ["go"]


def go(run: Run, decided: Iterable[tuple[Facts, Decision]]) -> None:
    """Announce the handovers that the policy lets wait, and take back the announcements of those that go no more.

    What only waits for the books or a person stands announced; what was held, paid or handed over does not.
    """
    if run.tenant.live_from is None:
        return
    standing = {facts.invoice.source_ref for facts, decision in decided if decision.stage == Stage.HANDOVER}
    with run.database.read() as connection:
        announced = list_announcements(connection, run.tenant.id)
    for ref in sorted(announced.keys() - standing):
        with run.database.write() as connection:
            withdraw_announcement(connection, run.tenant.id, ref)
            people.resolve_task(connection, run.tenant.id, TASK, ref, "it has gone, or goes no more", run.now())
    announced_now = [(facts, _announce(run, facts, decision)) for facts, decision in decided if decision.announce]
    if announced_now:
        _tell_contact(run, announced_now)


def _announce(run: Run, facts: Facts, decision: Decision) -> Announced:
    invoice = facts.invoice
    assert decision.next_on is not None, "what is announced has a day"
    text = (
        f"Invoice {invoice.number} of {invoice.debtor_name}, {invoice.open} open, goes to {run.tenant.agency} on {decision.next_on}. To stop it: "
        f'`kravbro claims hold {invoice.source_ref} --tenant {run.tenant.id} --reason "..."`.'
    )
    with run.database.write() as connection:
        announce(connection, run.tenant.id, invoice.source_ref, run.tenant.agency, run.today)
        people.resolve_task(connection, run.tenant.id, TASK, invoice.source_ref, "announced anew", run.now())
        people.add_task(connection, run.tenant.id, TASK, invoice.source_ref, text, run.now())
    return Announced(invoice.source_ref, run.tenant.agency, run.today, decision.next_on)


def _tell_contact(run: Run, announced: Sequence[tuple[Facts, Announced]]) -> None:
    """Mail the client's own contact, if one is set: one mail a run about all of them, in its country's language, with a link that stops each."""
    contact = run.tenant.mail.get("contact", "")
    if not contact or not run.can("mail", "send_message"):
        return
    with run.database.read() as connection:
        agency = get_agency(connection, run.tenant.agency).name
    subject, text = mail_of(run.tenant, agency, [(facts.invoice, one, _link(run, one)) for facts, one in announced])
    about = f"announced:{stable_id(run.tenant.id, str(run.today), *(one.invoice_ref for _, one in announced))}"
    with run.database.write() as connection:
        write = SendMessage(contact, subject, text)
        run.journal.plan(connection, Plan(write=write, subjects=(about,), channel="mail", cause="cooling off"), run.now(), run.today)


def _link(run: Run, announced: Announced) -> str:
    """Return the address that stops a handover with one click, "" where nobody said where `kravbro serve` is reached."""
    site = run.tenant.mail.get("site", "").rstrip("/")
    return f"{site}/stop/{run.tenant.id}/{seal_link(run.vault, announced)}" if site else ""
