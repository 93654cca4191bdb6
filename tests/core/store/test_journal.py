"""The journal: one open intent per subject, compare-and-set, fenced by the epoch."""

from datetime import date, timedelta

import pytest

from core.errors import BusyError, InvariantBrokenError
from core.money import Money
from core.states import IntentState
from core.store import leases
from core.store.journal import Journal, Plan
from core.writes import BookPayment, Prepared, Receipt

TODAY = date(2025, 4, 15)


@pytest.fixture
def journal(database, vault, now):
    with database.write() as connection:
        epoch = leases.acquire(connection, "a", now)
    return Journal("a", vault, epoch)


def plan(subject="payment:nord:P1", **more):
    write = BookPayment("17", Money(100_00, "SEK"), TODAY, "KB", "1689")
    return Plan(write=write, subjects=(subject,), channel="books", cause="test", invoice_ref="17", **more)


def planned(database, journal, now, **more):
    with database.write() as connection:
        key = journal.plan(connection, plan(**more), now, TODAY)
        return None if key is None else journal.get(connection, key)


def sending(database, journal, intent, now):
    with database.write() as connection:
        prepared = Prepared("POST", "/3/invoicepayments", b"{}")
        return journal.start_sending(connection, intent, prepared, now=now, today=TODAY, deadline=now + timedelta(seconds=60))


def confirm(database, journal, intent, now, ref="9"):
    with database.write() as connection:
        journal.confirm(connection, intent, Receipt(ref), now)


def test_keeps_write_and_bytes(database, journal, now):
    intent = sending(database, journal, planned(database, journal, now), now)
    with database.read() as connection:
        kept = journal.get(connection, intent.id)
    assert kept.write == plan().write
    assert kept.prepared.body == b"{}"
    assert kept.state == IntentState.SENDING


def test_one_open_intent_per_subject(database, journal, now):
    assert planned(database, journal, now) is not None
    assert planned(database, journal, now) is None


def test_other_subjects_are_free(database, journal, now):
    first = planned(database, journal, now)
    second = planned(database, journal, now, subject="payment:nord:P2")
    assert second.id != first.id


def test_index_refuses_a_second_open_one(database, journal, now, vault):
    planned(database, journal, now)
    journal._rows_of = lambda *_: []  # as if two processes looked before either wrote
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        planned(database, journal, now)


def test_confirmed_is_not_done_again(database, journal, now):
    confirm(database, journal, sending(database, journal, planned(database, journal, now), now), now)
    with pytest.raises(InvariantBrokenError, match="no reason"):
        planned(database, journal, now)


def test_done_again_for_a_reason(database, journal, now):
    first = sending(database, journal, planned(database, journal, now), now)
    confirm(database, journal, first, now)
    again = planned(database, journal, now, again_because="rejected and corrected")
    assert again.ordinal == 2
    assert again.id != first.id


def test_same_plan_has_same_id(database, journal, now):
    first = planned(database, journal, now)
    with database.write() as connection:
        journal.cancel(connection, first, "changed", now)
    assert planned(database, journal, now).ordinal == 2


def test_stale_version_changes_nothing(database, journal, now):
    intent = planned(database, journal, now)
    sending(database, journal, intent, now)
    with pytest.raises(InvariantBrokenError, match="changed by somebody else"):
        sending(database, journal, intent, now)


def test_old_epoch_can_not_record(database, journal, now):
    intent = sending(database, journal, planned(database, journal, now), now)
    with database.write() as connection:
        leases.acquire(connection, "a", now + timedelta(hours=1))
    with pytest.raises(BusyError):
        confirm(database, journal, intent, now)


def test_two_intents_never_share_a_remote_ref(database, journal, now):
    confirm(database, journal, sending(database, journal, planned(database, journal, now), now), now, ref="9")
    other = sending(database, journal, planned(database, journal, now, subject="payment:nord:P2"), now)
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        confirm(database, journal, other, now, ref="9")


def test_tells_taken_refs(database, journal, now):
    first = sending(database, journal, planned(database, journal, now), now)
    confirm(database, journal, first, now, ref="9")
    with database.read() as connection:
        assert journal.taken_refs(connection, "book_payment", "other") == {"9"}
        assert journal.taken_refs(connection, "book_payment", first.id) == frozenset()


def test_lists_what_may_go_now(database, journal, now):
    key = planned(database, journal, now).id
    planned(database, journal, now, subject="payment:nord:P2", not_before=now + timedelta(minutes=5))
    with database.read() as connection:
        assert journal.due_keys(connection, {"book_payment"}, now) == [key]
        assert len(journal.due_keys(connection, {"book_payment"}, now + timedelta(minutes=5))) == 2
        assert journal.due_keys(connection, {"book_voucher"}, now) == []
        assert (journal.is_planned(connection, "book_payment"), journal.is_planned(connection, "book_voucher")) == (True, False)
