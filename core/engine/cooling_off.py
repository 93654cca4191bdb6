"""Handovers that go by themselves are announced to the creditor first, where the policy says so, and can be stopped until they go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.engine.context import Run
from core.ids import stable_id
from core.policy.facts import Decision, Facts, Stage
from core.store import people
from core.store.journal import Plan
from core.writes import SendMessage

__all__ = ["go"]

TASK: Final = "handover_announced"


def go(run: Run, decided: Iterable[tuple[Facts, Decision]]) -> None:
    """Announce the handovers that the policy lets wait, and take back the announcements of those that go no more.

    What only waits for the books or a person stands announced; what was held, paid or handed over does not.
    """
    if run.tenant.live_from is None:
        return
    standing = {facts.invoice.source_ref for facts, decision in decided if decision.stage == Stage.HANDOVER}
    with run.database.read() as connection:
        announced = people.list_announcements(connection, run.tenant.id)
    for ref in sorted(announced.keys() - standing):
        with run.database.write() as connection:
            people.withdraw_announcement(connection, run.tenant.id, ref)
            people.resolve_task(connection, run.tenant.id, TASK, ref, "it has gone, or goes no more", run.now())
    texts = [_announce(run, facts, decision) for facts, decision in decided if decision.announce]
    if texts:
        _tell_contact(run, texts)


def _announce(run: Run, facts: Facts, decision: Decision) -> str:
    invoice = facts.invoice
    text = (
        f"Invoice {invoice.number} of {invoice.debtor_name}, {invoice.open} open, goes to {run.tenant.agency} on {decision.next_on}. To stop it: "
        f'`kravbro claims hold {invoice.source_ref} --tenant {run.tenant.id} --reason "..."`.'
    )
    with run.database.write() as connection:
        people.announce(connection, run.tenant.id, invoice.source_ref, run.tenant.agency, run.today)
        people.resolve_task(connection, run.tenant.id, TASK, invoice.source_ref, "announced anew", run.now())
        people.add_task(connection, run.tenant.id, TASK, invoice.source_ref, text, run.now())
    return text


def _tell_contact(run: Run, texts: list[str]) -> None:
    """Mail the client's own contact, if one is set: one mail a run about all of them."""
    contact = run.tenant.mail.get("contact", "")
    if not contact or not run.can("mail", "send_message"):
        return
    write = SendMessage(contact, f"{run.tenant.name}: {len(texts)} handovers are announced", "\n\n".join(texts) + "\n")
    subject = f"announced:{stable_id(run.tenant.id, str(run.today), *texts)}"
    with run.database.write() as connection:
        run.journal.plan(connection, Plan(write=write, subjects=(subject,), channel="mail", cause="cooling off"), run.now(), run.today)
