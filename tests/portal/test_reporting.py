"""What an agency reports: every kind, once per key, and refused at the border where it is wrong."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from core.claim import Acknowledged, PaymentReceived, Rejected, Settled
from core.store import tenants
from core.store.keeping import StoreDocuments
from tests.portal.seed import EVENTS, PERSON, ack, event, payment, sek, settlement, snapshot

NUMBERS = count()


def post(client, path, body, key=""):
    return client.post(f"/v1{path}", json=body, headers={"Idempotency-Key": key or f"test-key-{next(NUMBERS)}"})


def refusal(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("field")


def test_ack_reaches_the_engine(world):
    answer = post(world.nord, "/claims/c1/ack", ack())
    assert (answer.status_code, answer.json()["status"]) == (202, "stored")
    (report,) = world.reports()
    assert (report.message_id, report.claim_id, report.agency) == (answer.json()["message_id"], "c1", "nord")
    assert report.data == Acknowledged("A-1001")


def test_reject_reaches_the_engine(world):
    body = {"code": "no_address", "text": "Unknown", "fields": ["debtors.0.address"], "occurred_at": "2025-04-15T09:30:00+02:00"}
    assert post(world.nord, "/claims/c1/reject", body).status_code == 202
    assert world.reports()[0].data == Rejected("no_address", "Unknown", ("debtors.0.address",))


@pytest.mark.parametrize("kind", EVENTS)
def test_takes_every_kind(world, kind):
    assert post(world.nord, "/claims/c1/events", {**event(kind), "data": {**EVENTS[kind], "kind": kind}}).status_code == 202
    assert world.reports()[0].data.kind == kind


def test_settlement_reaches_its_tenant(world):
    assert post(world.nord, "/settlements", settlement()).status_code == 202
    (report,) = world.reports("bageri")
    assert (type(report.data), report.claim_id, report.document_id) == (Settled, "", None)
    assert world.reports("kyl") == []


def test_settlement_keeps_its_statement(world):
    document = {"name": "S1.pdf", "media_type": "application/pdf", "content_base64": base64.b64encode(b"%PDF").decode()}
    post(world.nord, "/settlements", {**settlement(), "document": document})
    (report,) = world.reports()
    with world.database.read() as connection:
        vault = tenants.owner_vault(world.vault, tenants.get_tenant(connection, "bageri"))
    kept = StoreDocuments(world.database, "bageri", vault).get(report.document_id)
    assert (kept.content, kept.sha256, kept.name) == (b"%PDF", hashlib.sha256(b"%PDF").hexdigest(), "S1.pdf")


@pytest.mark.parametrize("content", ["", "JVBE!", "JVB", "JVBE\n", "JVBE=", "å==="])
def test_statement_must_be_base64(world, content):
    document = {"name": "S1.pdf", "media_type": "application/pdf", "content_base64": content}
    answer = post(world.nord, "/settlements", {**settlement(), "document": document})
    assert refusal(answer) == (422, "invalid", "document.content_base64")


def test_settlement_of_foreign_claims_is_refused(world):
    for claim_ids, field in ((("c3",), "data.lines.0.claim_id"), (("c1", "c2"), "data.lines.1.claim_id")):
        assert refusal(post(world.nord, "/settlements", settlement(*claim_ids))) == (422, "invalid", field)


def test_repeat_gets_the_same_answer(world):
    first, second = (post(world.nord, "/claims/c1/ack", ack(), "key-00001") for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert len(world.reports()) == 1


def test_repeat_is_answered_after_changes(world):
    first = post(world.nord, "/claims/c1/ack", ack(version=1), "key-00001")
    world.refresh(snapshot(version=2))
    assert post(world.nord, "/claims/c1/ack", ack(version=1), "key-00001").content == first.content


def test_field_order_makes_no_difference(world):
    post(world.nord, "/claims/c1/ack", ack(), "key-00001")
    assert post(world.nord, "/claims/c1/ack", dict(reversed(ack().items())), "key-00001").status_code == 202
    assert len(world.reports()) == 1


@pytest.mark.parametrize(("path", "body"), [("/claims/c1/ack", ack(agency_case_ref="B")), ("/claims/c2/ack", ack())])
def test_key_is_not_reused(world, path, body):
    post(world.nord, "/claims/c1/ack", ack(), "key-00001")
    assert refusal(post(world.nord, path, body, "key-00001"))[:2] == (422, "idempotency_key_reused")
    assert len(world.reports()) + len(world.reports("kyl")) == 1


def test_agencies_have_their_own_keys(world):
    answers = [post(client, path, ack(), "key-00001") for client, path in ((world.nord, "/claims/c1/ack"), (world.syd, "/claims/c3/ack"))]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.json()["message_id"] for answer in answers}) == 2


def test_refusal_does_not_take_the_key(world):
    assert post(world.nord, "/claims/c1/ack", ack(agency_case_ref=""), "key-00001").status_code == 422
    assert post(world.nord, "/claims/c1/ack", ack(), "key-00001").status_code == 202


def test_concurrent_repeats_count_once(world):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(world.nord, "/claims/c1/events", payment(), "key-00001"), range(16)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert len(world.reports()) == 1


@pytest.mark.parametrize("key", [None, "short", "x" * 256, "with space"])
def test_needs_an_idempotency_key(world, key):
    answer = world.nord.post("/v1/claims/c1/ack", json=ack(), headers={} if key is None else {"Idempotency-Key": key})
    wanted = (400, "idempotency_key_missing", None) if key is None else (422, "invalid", "Idempotency-Key")
    assert refusal(answer) == wanted
    assert world.reports() == []


def test_ack_of_old_version_conflicts(world):
    world.refresh(snapshot(version=2))
    assert refusal(post(world.nord, "/claims/c1/ack", ack(version=1))) == (409, "version_conflict", "version")
    assert post(world.nord, "/claims/c1/ack", ack(version=2)).status_code == 202


@pytest.mark.parametrize("path", ["/claims/c3/ack", "/claims/none/ack"])
def test_foreign_claim_is_not_there(world, path):
    assert refusal(post(world.nord, path, ack()))[:2] == (404, "not_found")


def test_payment_names_its_parts(world):
    post(world.nord, "/claims/c1/events", payment())
    data = world.reports()[0].data
    assert isinstance(data, PaymentReceived)
    assert data.allocations[0].invoice_ref == "17"


@pytest.mark.parametrize(
    ("media_type", "body", "wanted"),
    [
        ("text/plain", b"{}", (415, "wrong_media_type", None)),
        ("application/json", b"{", (400, "bad_request", None)),
        ("application/json", b"\xff", (400, "bad_request", None)),
        ("application/json", b"[]", (422, "invalid", None)),
        ("application/json", b" " * (10 * 1024 * 1024 + 1), (413, "too_large", None)),
    ],
)
def test_refuses_unreadable_bodies(world, media_type, body, wanted):
    headers = {"Content-Type": media_type, "Idempotency-Key": "key-00001"}
    assert refusal(world.nord.post("/v1/claims/c1/ack", content=body, headers=headers)) == wanted


def test_refusals_quote_nothing_sent(world):
    for body in (ack(**{PERSON: 1}), ack(agency_case_ref=[PERSON]), ack(occurred_at=PERSON), event(PERSON), payment(amount=PERSON * 2)):
        answer = post(world.nord, "/claims/c1/events" if "data" in body else "/claims/c1/ack", body)
        assert answer.status_code == 422
        assert PERSON not in answer.text


@pytest.mark.parametrize("moment", ["2025-04-17T08:00:01Z", "1989-12-31T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_moment_must_be_possible(world, moment):
    assert refusal(post(world.nord, "/claims/c1/ack", ack(occurred_at=moment))) == (422, "invalid", "occurred_at")


@pytest.mark.parametrize("moment", ["2025-04-15T07:30:00", "2025-04-15", "1744702200", 1744702200, None, ""])
def test_moment_must_be_well_formed(world, moment):
    assert refusal(post(world.nord, "/claims/c1/ack", ack(occurred_at=moment))) == (422, "invalid", "occurred_at")


def test_tomorrow_is_allowed(world):
    assert post(world.nord, "/claims/c1/events", payment(received_on="2025-04-16")).status_code == 202
    assert refusal(post(world.nord, "/claims/c1/events", payment(received_on="2025-04-17")))[2] == "data.received_on"


def test_amounts_are_in_one_currency(world):
    euros = {"amount": "100.00", "currency": "EUR"}
    assert refusal(post(world.nord, "/claims/c1/events", payment(amount_="x"))) == (422, "invalid", "data")
    body = event("fee_charged", **{**EVENTS["fee_charged"], "amount": euros})
    assert refusal(post(world.nord, "/claims/c1/events", body)) == (422, "invalid", "data.amount")
    assert post(world.nord, "/claims/c1/events", event("loss_proposed", amount=sek("1.00"), text="")).status_code == 202
