"""The one suite that every agency adapter passes; it knows none of them. One joins with a bench and a line in `BENCHES`."""

from dataclasses import replace
from typing import get_args

import pytest

from core.claim import AgencyEvent
from core.errors import InvariantBrokenError, RejectedError
from core.model import Problem
from core.writes import AdjustClaim, AdjustmentKind, MarkInvoice, SubmitClaim
from tests.agencies.feed_contract import FeedBench
from tests.portal.seed import snapshot

BENCHES = {"feed": FeedBench}
KEY, OTHER_KEY = "a" * 32, "b" * 32
SUBMIT = SubmitClaim(snapshot())
NEWER = replace(snapshot(), version=2)
WRITES = [SUBMIT, *(AdjustClaim(change, NEWER) for change in get_args(AdjustmentKind))]
EVERY_WRITE = pytest.mark.parametrize("write", WRITES, ids=lambda write: getattr(write, "change", "submit"))


@pytest.fixture(params=sorted(BENCHES))
def bench(request, tmp_path):
    bench = BENCHES[request.param](tmp_path)
    yield bench
    bench.close()


def do(bench, write, key=KEY):
    return bench.agency.send(write, bench.agency.prepare(write, key), key)


def test_every_delivery_is_tried(bench):
    assert set(bench.agency.deliveries) == {write.kind for write in WRITES}
    assert all(delivery.remains for delivery in bench.agency.deliveries.values())


@EVERY_WRITE
def test_write_arrives_once(bench, write):
    ready = bench.agency.prepare(write, KEY)
    assert bench.received() == []
    receipts = {bench.agency.send(write, ready, KEY).remote_ref for _ in range(3)}
    assert len(receipts) == 1
    assert [claim_id for claim_id, _ in bench.received()] == [write.snapshot.claim_id]


@EVERY_WRITE
def test_lost_answer_is_found(bench, write):
    ready = bench.agency.prepare(write, KEY)
    assert bench.agency.look_up(write, ready, KEY, ()).state == "absent"
    receipt = bench.agency.send(write, ready, KEY)
    found = bench.agency.look_up(write, ready, KEY, ())
    assert (found.state, found.receipt) == ("found", receipt)


@EVERY_WRITE
def test_other_content_under_a_key_is_an_error(bench, write):
    do(bench, write)
    other = replace(write, snapshot=replace(write.snapshot, version=3))
    with pytest.raises((InvariantBrokenError, RejectedError)):
        do(bench, other)
    assert len(bench.received()) == 1


def test_equal_write_of_another_key_is_not_ours(bench):
    ready = bench.agency.prepare(SUBMIT, KEY)
    do(bench, SUBMIT, OTHER_KEY)
    assert bench.agency.look_up(SUBMIT, ready, KEY, ()).state == "absent"


def test_changes_follow_their_claim(bench):
    for number, write in enumerate(WRITES):
        do(bench, write, f"{number:032}")
    found = bench.received()
    assert [claim_id for claim_id, _ in found] == ["c1"] * len(WRITES)
    assert len(dict.fromkeys(kind for _, kind in found)) == len(WRITES)


def test_undeclared_write_is_our_bug(bench):
    with pytest.raises(InvariantBrokenError):
        bench.agency.prepare(MarkInvoice("17", "KB"), KEY)


def reports(bench):
    """What the agency reported; the suite fails where it saw nothing."""
    found = list(bench.agency.list_events())
    assert found, "no report came"
    return found


def test_reports_come_once_and_in_order(bench):
    sent = [bench.report("c1") for _ in range(5)]
    bench.repeat()
    found = reports(bench)
    assert all(isinstance(one, AgencyEvent) and one.occurred_at.tzinfo for one in found)
    assert [one.message_id for one in found] == sent


def test_handled_reports_stay_away(bench):
    first, second = bench.report("c1"), bench.report("c1")
    bench.handle(first)
    assert [one.message_id for one in reports(bench)] == [second]
    bench.repeat()
    bench.handle(second)
    assert list(bench.agency.list_events()) == []


def test_unreadable_report_leaves_the_rest(bench):
    first, second, third = (bench.report("c1") for _ in range(3))
    bench.spoil(second)
    found = reports(bench)
    assert [type(one) for one in found] == [AgencyEvent, Problem, AgencyEvent]
    assert [found[0].message_id, found[1].raw_ref, found[2].message_id] == [first, second, third]


def test_reports_wait_unhandled(bench):
    bench.report("c1")
    assert reports(bench) == reports(bench)
