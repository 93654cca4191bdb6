"""What an agency reads: events in order, its own claims, masked people, documents."""

import hashlib
from dataclasses import replace

import pytest

from core.claim import Lifecycle
from core.model import DebtorKind
from core.store import feed
from tests.portal.seed import PERSON, ack, snapshot


def test_lists_own_events_only(nord):
    page = nord.get("/v1/events").json()
    assert [event["claim_id"] for event in page["events"]] == ["c1", "c2"]
    assert page["events"][0] == {
        "id": "k-c1", "type": "claim.submitted", "claim_id": "c1", "sequence": 1, "occurred_at": "2025-04-15T08:00:00Z",
    }  # fmt: skip


def test_pages_follow_the_cursor(nord):
    first = nord.get("/v1/events", params={"limit": 1}).json()
    second = nord.get("/v1/events", params={"limit": 1, "cursor": first["cursor"]}).json()
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [page["events"][0]["claim_id"] for page in (first, second)] == ["c1", "c2"]


def test_empty_page_keeps_cursor(nord):
    cursor = nord.get("/v1/events").json()["cursor"]
    again = nord.get("/v1/events", params={"cursor": cursor}).json()
    assert again == {"events": [], "cursor": cursor, "has_more": False}


def test_lists_wanted_types_only(world):
    world.publish("k-9", "nord", "bageri", snapshot(version=2), "claim.paused")
    paused = world.nord.get("/v1/events", params={"types": "claim.paused,claim.resumed"}).json()
    assert [event["sequence"] for event in paused["events"]] == [2]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 501}, {"limit": "x"}, {"types": "claim.gone"}])
def test_refuses_wrong_parameters(nord, params):
    answer = nord.get("/v1/events", params=params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert answer.json()["error"]["field"] in params


@pytest.mark.parametrize("cursor", ["x", "%00", "a" * 200, "MS5hYmNkYWJjZC4x"])
def test_unknown_cursor_is_gone(nord, cursor):
    answer = nord.get("/v1/events", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "cursor_expired")


def test_restore_expires_cursors(world):
    cursor = world.nord.get("/v1/events").json()["cursor"]
    with world.database.write() as connection:
        feed.new_epoch(connection)
    assert world.nord.get("/v1/events", params={"cursor": cursor}).status_code == 410
    assert len(world.nord.get("/v1/events").json()["events"]) == 2


def test_shows_the_whole_claim(nord):
    claim = nord.get("/v1/claims/c1").json()
    assert (claim["version"], claim["lines"][0]["open"]) == (1, {"amount": "12500.00", "currency": "SEK"})


@pytest.mark.parametrize("path", ["/v1/claims/c3", "/v1/claims/none", "/v1/claims/c3/documents/d", "/v1/claims/c1/documents/none"])
def test_hides_what_is_foreign(nord, path):
    answer = nord.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_etag_saves_the_transfer(world):
    tag = world.nord.get("/v1/claims/c1").headers["ETag"]
    same = world.nord.get("/v1/claims/c1", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    world.refresh(snapshot(version=2, dispute_text="new"))
    assert world.nord.get("/v1/claims/c1", headers={"If-None-Match": tag}).status_code == 200


def test_masks_a_person(nord):
    answer = nord.get("/v1/claims/c1")
    assert answer.json()["debtors"][0]["identity_no"] == "*" * 12
    assert PERSON not in answer.text


def test_does_not_mask_a_company(world):
    world.refresh(snapshot(version=2, debtors=(replace(snapshot().debtors[0], kind=DebtorKind.BUSINESS),)))
    assert world.nord.get("/v1/claims/c1").json()["debtors"][0]["identity_no"] == PERSON


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_lifecycle_decides_the_mask(world, lifecycle):
    world.refresh(snapshot(version=2, lifecycle=lifecycle))
    shown = world.nord.get("/v1/claims/c1").json()["debtors"][0]["identity_no"] == PERSON
    assert shown == (lifecycle in {"accepted", "active", "paused"})


@pytest.mark.parametrize("lifecycle", [Lifecycle.CLOSING, Lifecycle.CLOSED])
def test_closing_shows_what_was_known(world, lifecycle):
    world.refresh(snapshot(version=2, lifecycle=lifecycle, agency_case_ref="A-1001"))
    assert world.nord.get("/v1/claims/c1").json()["debtors"][0]["identity_no"] == PERSON
    world.refresh(snapshot(version=3, lifecycle=Lifecycle.WITHDRAWN, agency_case_ref="A-1001"))
    assert world.nord.get("/v1/claims/c1").json()["debtors"][0]["identity_no"] == "*" * 12


def test_ack_unmasks_at_once(world):
    world.nord.post("/v1/claims/c1/ack", json=ack(), headers={"Idempotency-Key": "key-00001"})
    assert world.nord.get("/v1/claims/c1").json()["debtors"][0]["identity_no"] == PERSON


def test_rejection_does_not_unmask(world):
    world.nord.post("/v1/claims/c1/ack", json=ack(), headers={"Idempotency-Key": "key-00001"})
    reject = {"code": "no", "occurred_at": "2025-04-15T07:30:00Z"}
    world.nord.post("/v1/claims/c1/reject", json=reject, headers={"Idempotency-Key": "key-00002"})
    assert world.nord.get("/v1/claims/c1").json()["debtors"][0]["identity_no"] == "*" * 12


def test_gives_a_documents_bytes(world):
    path = f"/v1/claims/c1/documents/{world.invoice.document_id}"
    answer = world.nord.get(path)
    assert hashlib.sha256(answer.content).hexdigest() == world.invoice.sha256
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "filename*=UTF-8''Faktura%20%C3%A5.pdf" in answer.headers["Content-Disposition"]
    assert world.nord.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_document_not_on_claim_is_hidden(world):
    world.refresh(snapshot(version=2))
    assert world.nord.get(f"/v1/claims/c1/documents/{world.invoice.document_id}").status_code == 404


def test_health_needs_no_key(world):
    answer = world.nord.get("/v1/health", headers={"Authorization": ""})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
