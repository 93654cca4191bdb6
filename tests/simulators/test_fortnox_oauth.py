import base64
import json
from urllib.parse import parse_qs, urlencode, urlparse

import pytest

from tests.simulators.fortnox_bench import BASIC, CALLBACK, Bench

ASKED = {
    "client_id": "app",
    "response_type": "code",
    "state": "s1",
    "scope": "invoice customer",
    "redirect_uri": CALLBACK,
    "access_type": "offline",
}


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.sim.oauth.auto_consent = 1001
    return bench


def authorize(bench, **changes):
    return bench.raw("GET", "/oauth-v1/auth?" + urlencode({**ASKED, **changes}))


def code_of(reply):
    return parse_qs(urlparse(reply.headers["Location"]).query)["code"][0]


def exchange(bench, code, **changes):
    return bench.oauth("token", {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **changes})


def refresh(bench, token):
    return bench.oauth("token", {"grant_type": "refresh_token", "refresh_token": token})


def connected(bench):
    return exchange(bench, code_of(authorize(bench))).json


def test_code_gives_tokens(bench):
    tokens = connected(bench)
    assert (tokens["token_type"], tokens["expires_in"], set(tokens["scope"].split())) == ("bearer", 3600, {"invoice", "customer"})
    assert bench.call("GET", "/3/invoices", token=tokens["access_token"]).status == 200


def test_redirect_carries_state(bench):
    reply = authorize(bench)
    assert reply.status == 302
    assert reply.headers["Location"].startswith(CALLBACK + "?code=")
    assert reply.headers["Location"].endswith("&state=s1")


def test_code_works_only_once(bench):
    code = code_of(authorize(bench))
    assert exchange(bench, code).status == 200
    assert exchange(bench, code).json["error"] == "invalid_grant"


@pytest.mark.parametrize(("seconds", "status"), [(590, 200), (601, 400)])
def test_code_lives_ten_minutes(bench, seconds, status):
    code = code_of(authorize(bench))
    bench.clock.advance(seconds)
    assert exchange(bench, code).status == status


def test_code_needs_same_redirect(bench):
    assert exchange(bench, code_of(authorize(bench)), redirect_uri="https://other.example/").status == 400


def test_online_access_gives_no_refresh(bench):
    assert "refresh_token" not in exchange(bench, code_of(authorize(bench, access_type="online"))).json


def test_refresh_rotates_token(bench):
    first = connected(bench)
    second = refresh(bench, first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]


def test_used_refresh_token_refused(bench):
    token = connected(bench)["refresh_token"]
    refresh(bench, token)
    reply = refresh(bench, token)
    assert (reply.status, reply.headers["Content-Type"]) == (400, "text/html; charset=UTF-8")
    assert reply.body == b'{"error":"invalid_grant","error_description":"Invalid refresh token"}'


def test_rotated_refresh_token_works(bench):
    token = refresh(bench, connected(bench)["refresh_token"]).json["refresh_token"]
    assert refresh(bench, token).status == 200


@pytest.mark.parametrize(("days", "status"), [(44.9, 200), (45.1, 400)])
def test_refresh_lives_45_days(bench, days, status):
    token = connected(bench)["refresh_token"]
    bench.clock.advance(days * 86_400)
    assert refresh(bench, token).status == status


@pytest.mark.parametrize(("seconds", "status"), [(3590, 200), (3601, 401)])
def test_access_lives_one_hour(bench, seconds, status):
    token = connected(bench)["access_token"]
    bench.clock.advance(seconds)
    assert bench.call("GET", "/3/invoices", token=token).status == status


def test_bad_token_has_no_envelope(bench):
    reply = bench.call("GET", "/3/invoices", token="nonsense")
    assert (reply.status, reply.body) == (401, b'{"message":"unauthorized"}')


def test_wrong_secret_is_plain_text(bench):
    wrong = "Basic " + base64.b64encode(b"app:guess").decode()
    reply = bench.oauth("token", {"grant_type": "client_credentials"}, basic=wrong, tenant="1001")
    assert (reply.status, reply.headers["Content-Type"].split(";")[0], reply.json["error"]) == (401, "text/plain", "invalid_client")


def test_consent_page_shows_form(bench):
    bench.sim.oauth.auto_consent = None
    page = authorize(bench).body.decode()
    assert "<form" in page
    assert "Snickarna AB" in page


@pytest.mark.parametrize(("decision", "key"), [("approve", "code="), ("deny", "error=access_denied")])
def test_consent_form_redirects(bench, decision, key):
    reply = bench.oauth("auth", {**ASKED, "tenant": "1001", "decision": decision}, basic="")
    assert reply.status == 302
    assert key in reply.headers["Location"]


def test_service_account_needs_portal_setting(bench):
    bench.sim.add_client("app", "secret", CALLBACK, account_type_service=False)
    assert b"Client does not allow service account" in authorize(bench, account_type="service").body


def test_unknown_client_gets_page(bench):
    reply = authorize(bench, client_id="nobody")
    assert reply.status == 400
    assert b"Auth code or ClientID supplied is invalid" in reply.body


def test_unknown_scope_is_redirected(bench):
    assert "error=invalid_scope" in authorize(bench, scope="invoice everything").headers["Location"]


def test_unregistered_scope_is_redirected(bench):
    bench.sim.add_client("app", "secret", CALLBACK, scopes=("invoice",))
    assert "error=invalid_scope" in authorize(bench).headers["Location"]
    assert "code=" in authorize(bench, scope="invoice").headers["Location"]


def test_expired_token_still_names_tenant(bench):
    bench.clock.advance(3601)
    bench.get("/3/invoices")
    assert (bench.sim.log.rows[-1]["status"], bench.sim.log.rows[-1]["tenant"]) == (401, "1001")


def test_credentials_reply_lacks_refresh(bench):
    reply = bench.credentials()
    assert reply.status == 200
    assert "refresh_token" not in reply.json


def test_credentials_token_names_tenant(bench):
    payload = bench.credentials().json["access_token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["tenantId"] == 1001


def test_credentials_need_consent(bench):
    bench.sim.revoke_consent("app", 1001)
    assert (bench.credentials().status, bench.credentials().json["error"]) == (400, "invalid_grant")


def test_revoked_consent_error_is_switch(tmp_path):
    bench = Bench(tmp_path, revoked_consent_error=(403, "access_denied", "No consent"))
    bench.sim.revoke_consent("app", 1001)
    assert (bench.credentials().status, bench.credentials().json["error"]) == (403, "access_denied")


def test_credentials_can_be_off(tmp_path):
    assert Bench(tmp_path, client_credentials=False).credentials().json["error"] == "unsupported_grant_type"


def test_revoked_consent_leaves_access(bench):
    bench.sim.revoke_consent("app", 1001)
    assert bench.get("/3/invoices").status == 200


def test_revoke_kills_refresh_token(bench):
    token = connected(bench)["refresh_token"]
    reply = bench.oauth("revoke", {"token_type_hint": "refresh_token", "token": token})
    assert reply.json == {"revoked": True}
    assert refresh(bench, token).status == 400


def test_revoke_spares_other_tokens(bench):
    token = connected(bench)["refresh_token"]
    bench.oauth("revoke", {"token": "something else"})
    assert refresh(bench, token).status == 200


def test_new_consent_ends_old_refresh(bench):
    token = connected(bench)["refresh_token"]
    connected(bench)
    assert refresh(bench, token).status == 400


@pytest.mark.parametrize(("path", "code"), [("/3/invoices", 2001393), ("/3/vouchers", 2002455), ("/3/labels", 2000663)])
def test_missing_scope_is_refused(tmp_path, path, code):
    reply = Bench(tmp_path, scopes=("customer",)).get(path)
    assert (reply.status, reply.code) == (403, code)


def test_denied_status_is_switch(tmp_path):
    assert Bench(tmp_path, scopes=("customer",), denied_status=400).get("/3/invoices").status == 400


@pytest.mark.parametrize(("licences", "code"), [(("integration", "bookkeeping"), 2001101), (("invoicing",), 2001103)])
def test_missing_licence_is_refused(bench, licences, code):
    bench.company.set_licences(*licences)
    assert bench.get("/3/invoices").code == code


def test_licence_of_scope_suffices(bench):
    bench.company.set_licences("integration", "invoicing")
    assert bench.get("/3/invoices").status == 200


def test_log_holds_no_secret(bench):
    tokens = connected(bench)
    refresh(bench, tokens["refresh_token"])
    text = json.dumps(bench.sim.log.rows)
    assert all(secret not in text for secret in (tokens["refresh_token"], tokens["access_token"], BASIC.split()[1], "secret"))
    assert bench.sim.log.rows[-1]["tenant"] == "1001"
