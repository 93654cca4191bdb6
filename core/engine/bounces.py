"""What mail servers say of our letters afterwards, and what a person says of an address that they came back from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal

from sqlalchemy import Connection

from core.dsn import DeliveryReport
from core.engine import addresses, outcomes
from core.engine.context import Run
from core.engine.notes import subjects_of
from core.errors import ConfigError
from core.model import Debtor
from core.states import IntentState
from core.store import books, people
from core.store.journal import Intent
from core.store.voided import Returned, find_voided, list_returned, mail_again, posts_instead
from core.writes import Receipt, SendLetter, SendNote

__all__ = ["Found", "mail_goes_again", "post_instead", "take"]

Found = Literal["returned", "known", "delayed", "delivered", "unknown", "no_report"]
"""What a mail of the mailbox was; "unknown" is a report about a mail that is no letter of this tenant."""

SENT: Final = (IntentState.SENDING, IntentState.UNCERTAIN, IntentState.CONFIRMED)


def take(run: Run, reports: Iterable[DeliveryReport | None]) -> Counter[Found]:
    """Note what came back; the same report twice changes nothing."""
    counted: Counter[Found] = Counter()
    for report in reports:
        counted[_take(run, report)] += 1
    return counted


def post_instead(run: Run, source_ref: str) -> str:
    """Let letters to the address go by post; return it. A letter of a step is written anew, any other is put into the print queue."""
    with run.database.write() as connection:
        found = _returned_of(connection, run, source_ref)
        posts_instead(connection, run.tenant.id, found.address)
        for intent in _notes_returned(connection, run, source_ref):
            if not found.by_post:
                outcomes.print_instead(run, connection, intent, "its mail came back")
        _end_task(connection, run, source_ref, "by post")
    return found.address


def mail_goes_again(run: Run, source_ref: str, why: str) -> str:
    """Let mail go to the address again, because of what a person knows; return it."""
    with run.database.write() as connection:
        found = _returned_of(connection, run, source_ref)
        mail_again(connection, run.tenant.id, found.address)
        _end_task(connection, run, source_ref, why)
    return found.address


def _take(run: Run, report: DeliveryReport | None) -> Found:
    if report is None:
        return "no_report"
    with run.database.write() as connection:
        intent = next((one for key in report.message_ids if (one := _letter(connection, run, key))), None)
        if intent is None:
            return "unknown"
        if report.fate != "failed":
            return report.fate
        if intent.state != IntentState.CONFIRMED:  # its server must have taken it, though nobody heard that
            outcomes.confirmed(run, connection, intent, Receipt("", {"by": "a delivery report"}))
        why = f"the mail server reports {report.status or 'a failure'}"
        return "returned" if addresses.came_back(run, connection, intent, why) else "known"


def _letter(connection: Connection, run: Run, message_id: str) -> Intent | None:
    """Return the letter whose mail has this id, the intent's own before the @."""
    intent = run.journal.find(connection, message_id.partition("@")[0])
    there = intent is not None and isinstance(intent.write, SendLetter | SendNote) and intent.write.channel == "email"
    return intent if intent is not None and there and intent.state in SENT else None


def _returned_of(connection: Connection, run: Run, source_ref: str) -> Returned:
    """Return the address of an invoice's debtor that letters came back from."""
    known = list_returned(connection, run.tenant.id)
    found = [known[debtor.email] for debtor in _debtors(connection, run, source_ref) if debtor.email in known]
    if not found:
        raise ConfigError(
            f"invoice {books.number_of(connection, run.tenant.id, source_ref)}",
            "no letter came back from its debtor's mail address",
            "See `kravbro claims tasks`.",
        )
    return found[0]


def _debtors(connection: Connection, run: Run, source_ref: str) -> list[Debtor]:
    invoice = books.find_invoice(connection, run.tenant.id, source_ref)
    numbers = people.customer_numbers(connection, run.tenant.id, invoice.debtor_ref) if invoice else []
    return list(books.list_debtors(connection, run.tenant.id, numbers).values())


def _notes_returned(connection: Connection, run: Run, source_ref: str) -> list[Intent]:
    """Return the notes about an invoice that came back; letters of steps are decided anew, with the days of then."""
    latest = [run.journal.latest(connection, "send_note", subject) for subject in subjects_of(source_ref)]
    return [one for one in latest if one is not None and find_voided(connection, run.tenant.id, one.id)]


def _end_task(connection: Connection, run: Run, source_ref: str, why: str) -> None:
    for debtor in _debtors(connection, run, source_ref):
        people.resolve_task(connection, run.tenant.id, addresses.TASK, debtor.source_ref, why, run.now())
