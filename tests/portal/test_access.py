"""Who gets in, and how often; and errors that tell nothing they should not."""

import pytest

from core.store import feed
from core.store.tables import api_keys
from tests.portal.seed import ack

PATHS = ["/v1/events", "/v1/claims/c1", "/v1/claims/c1/documents/d"]
POSTS = ["/v1/claims/c1/ack", "/v1/claims/c1/reject", "/v1/claims/c1/events", "/v1/settlements"]
BAD_KEYS = ["", "Bearer", "Bearer x", "Basic eDp5", f"Bearer kb_{'0' * 16}_{'a' * 43}", "Bearer kb_\xe5", "Bearer kb_1_2_3"]


@pytest.mark.parametrize("header", BAD_KEYS)
@pytest.mark.parametrize("path", PATHS)
def test_refuses_a_wrong_key(nord, path, header):
    answer = nord.get(path, headers={"Authorization": header.encode("latin-1")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", POSTS)
def test_refuses_reports_without_key(nord, path):
    assert nord.post(path, content=b"{", headers={"Authorization": ""}).status_code == 401


def test_refuses_a_revoked_key(world):
    key_id = world.nord.headers["Authorization"].split("_")[1]
    with world.database.write() as connection:
        feed.revoke_key(connection, key_id, world.clock.now())
    assert world.nord.get("/v1/events").status_code == 401
    assert world.syd.get("/v1/events").status_code == 200


def test_stores_no_key_itself(world):
    secret = world.nord.headers["Authorization"].split("_", 2)[2]
    with world.database.read() as connection:
        rows = connection.execute(api_keys.select()).all()
    assert secret not in str(rows)


@pytest.mark.parametrize("scope", feed.SCOPES)
def test_scope_opens_its_own_routes(world, scope):
    client = world.client("nord", scope)
    reads = {client.get(path).status_code != 403 for path in PATHS[:2]}
    writes = {client.post(path, json={}, headers={"Idempotency-Key": "key-00001"}).status_code != 403 for path in POSTS[:3]}
    assert reads == {scope == "claims:read"}
    assert writes == {scope == "claims:write"}
    assert (client.get(PATHS[2]).status_code != 403) == (scope == "documents:read")
    assert (client.post(POSTS[3], json={}).status_code != 403) == (scope == "settlements:write")


def test_limits_requests_per_key(world):
    client = world.client("nord", feed_requests_per_minute=2)
    assert [client.get("/v1/events").status_code for _ in range(3)] == [200, 200, 429]
    answer = client.get("/v1/events")
    assert (answer.json()["error"]["code"], answer.headers["Retry-After"]) == ("too_many_requests", "30")


def test_lets_in_after_waiting(world):
    client = world.client("nord", feed_requests_per_minute=2)
    assert [client.get("/v1/events").status_code for _ in range(3)] == [200, 200, 429]
    world.clock.sleep(30)
    assert [client.get("/v1/events").status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("GET", "/v1/claims/"), ("GET", "/v1/")])
def test_unknown_addresses_answer_404(nord, method, path):
    answer = nord.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_wrong_method_names_the_right(nord):
    answer = nord.delete("/v1/events")
    assert (answer.status_code, answer.headers["Allow"], answer.json()["error"]["code"]) == (405, "GET", "method_not_allowed")


def test_faults_stay_inside(world, monkeypatch, caplog):
    def break_(*_, **__):
        raise ValueError("19811218-9876")

    monkeypatch.setattr("portal.feed.reading.list_events", break_)
    answer = world.nord.get("/v1/events")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "ValueError" in caplog.text
    assert "9876" not in caplog.text + answer.text


def test_busy_database_answers_503(world, monkeypatch):
    from core.errors import BusyError

    def break_(*_, **__):
        raise BusyError("t", "x", "y")

    monkeypatch.setattr("portal.feed.reporting.store_report", break_)
    answer = world.nord.post("/v1/claims/c1/ack", json=ack(), headers={"Idempotency-Key": "key-00001"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
