"""The feed's adapter: renders once, publishes those bytes once, finds them again."""

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from agencies.feed import build
from core.claim import Snapshot
from core.errors import InvariantBrokenError
from core.writes import AdjustClaim, MarkInvoice, SubmitClaim
from tests.portal.seed import snapshot

SUBMIT = SubmitClaim(snapshot())


class MemoryOutbox:
    def __init__(self):
        self.items = {}

    def publish(self, item):
        self.items.setdefault(item.key, item)
        return item.key

    def find(self, key):
        return key if key in self.items else None


class NoReports:
    def list_events(self):
        return iter(["a report"])


@pytest.fixture
def outbox():
    return MemoryOutbox()


@pytest.fixture
def agency(outbox):
    return build(outbox=outbox, reports=NoReports())


def test_publishes_the_prepared_bytes(agency, outbox):
    prepared = agency.prepare(SUBMIT, "k1")
    assert outbox.items == {}
    receipt = agency.send(SUBMIT, prepared, "k1")
    item = outbox.items["k1"]
    assert (receipt.remote_ref, item.type, item.claim_id, item.body) == ("k1", "claim.submitted", "c1", prepared.body)
    assert TypeAdapter(Snapshot).validate_json(item.body) == snapshot()


def test_resend_publishes_nothing_new(agency, outbox):
    first = agency.prepare(SUBMIT, "k1")
    other = agency.prepare(SubmitClaim(replace(snapshot(), version=2)), "k1")
    assert agency.send(SUBMIT, first, "k1") == agency.send(SUBMIT, other, "k1")
    assert outbox.items["k1"].body == first.body


@pytest.mark.parametrize("change", ["updated", "direct_payment", "paused", "resumed", "withdrawn"])
def test_change_names_the_event(agency, change):
    assert agency.prepare(AdjustClaim(change, snapshot()), "k1").target == f"claim.{change}"


def test_finds_what_was_published(agency):
    prepared = agency.prepare(SUBMIT, "k1")
    assert agency.look_up(SUBMIT, prepared, "k1", ()).state == "absent"
    receipt = agency.send(SUBMIT, prepared, "k1")
    found = agency.look_up(SUBMIT, prepared, "k1", ())
    assert (found.state, found.receipt) == ("found", receipt)


def test_declares_what_it_can(agency):
    assert set(agency.deliveries) == {"submit_claim", "adjust_claim"}
    assert {(delivery.how, delivery.ttl_s) for delivery in agency.deliveries.values()} == {("idempotency_key", None)}


def test_does_nothing_undeclared(agency):
    with pytest.raises(InvariantBrokenError):
        agency.prepare(MarkInvoice("17", "KB"), "k1")


def test_hands_reports_through(agency):
    assert list(agency.list_events()) == ["a report"]
