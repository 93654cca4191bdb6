"""One report of the agency, delivered by several servers at once, or again while the run that takes it is killed: it counts once."""

from datetime import UTC, datetime

import pytest

from tests.killing import report_at_once, run_killed
from tests.story import sek


def payment(story, number, payment_id="P1"):
    part = {"component": "principal", "amount": sek("5000.00"), "invoice_ref": number}
    paid = {"payment_id": payment_id, "received_on": str(story.today), "amount": sek("5000.00"), "allocations": [part]}
    return {"occurred_at": datetime.fromtimestamp(story.clock.now(), UTC).isoformat(), "data": {"kind": "payment_received", **paid}}


def counted(story, number):
    done = story.days(2)[-1]
    assert done["differences"] == done["uncertain"] == 0
    return len(story.company.state()["payments"]), story.balance(number)


@pytest.mark.slow
@pytest.mark.parametrize("keys", [("one-key-1", "one-key-1"), ("one-key-1", "other-key-2")])
def test_payment_of_two_servers_counts_once(story, keys):
    number, claim = story.handed_over()
    report_at_once(story, keys, f"/claims/{claim['claim_id']}/events", payment(story, number))
    assert counted(story, number) == (1, 7500)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["listen.before_commit", "listen.after_commit"])
def test_payment_counts_once_when_listening_dies(story, place):
    number, claim = story.handed_over()
    body, path = payment(story, number), f"/claims/{claim['claim_id']}/events"
    story.report(path, body, "one-key-1")
    assert run_killed(place)
    story.report(path, body, "one-key-1")
    story.report(path, body, "other-key-2")
    assert counted(story, number) == (1, 7500)


@pytest.mark.slow
def test_two_payments_count_twice_when_listening_dies(story):
    number, claim = story.handed_over()
    for payment_id in ("P1", "P2"):
        story.report(f"/claims/{claim['claim_id']}/events", payment(story, number, payment_id))
    assert run_killed("listen.after_commit")
    assert counted(story, number) == (2, 2500)
