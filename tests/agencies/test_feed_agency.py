"""The feed's adapter beyond the contract suite: the bytes it publishes, the events it names."""

from typing import get_args

import pytest
from pydantic import TypeAdapter

from agencies.feed import build
from core.claim import Snapshot
from core.writes import AdjustClaim, AdjustmentKind, SubmitClaim
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


@pytest.mark.parametrize("change", get_args(AdjustmentKind))
def test_change_names_the_event(agency, change):
    assert agency.prepare(AdjustClaim(change, snapshot()), "k1").target == f"claim.{change}"
