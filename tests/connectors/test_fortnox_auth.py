"""Login at Fortnox: consent, renewal by both ways, and what no longer lets us in."""

from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.contract.bench import NOW
from connectors.fortnox.auth import tenant_of
from connectors.fortnox.consent import Consent
from core.errors import LoginExpiredError, RetryLaterError
from core.ports import Token
from tests.connectors.fortnox_bench import SETTINGS, Bench

CALLBACK = "http://127.0.0.1:8765/"


@pytest.fixture
def consent(bench):
    bench.simulator.oauth.auto_consent = 1001
    return Consent({name: SETTINGS[name] for name in ("client_id", "client_secret")}, clock=bench.clock, session=bench.session)


def code_from(bench, consent):
    reply = bench.session.get(consent.authorize_url(CALLBACK, "state-1"), allow_redirects=False)
    return parse_qs(urlsplit(reply.headers["Location"]).query)["code"][0]


def test_consent_gives_token_and_tenant(bench, consent):
    token = consent.exchange(code_from(bench, consent), CALLBACK)
    assert token.refresh and consent.find_tenant_id(token) == "1001"
    assert repr(token) == "Token(…)"


def test_opaque_token_asks_the_api(bench, consent):
    token = consent.exchange(code_from(bench, consent), CALLBACK)
    bench.simulator.oauth._access["opaque"] = bench.simulator.oauth._access[token.access]
    assert tenant_of("opaque") == ""
    assert consent.find_tenant_id(Token("opaque", "", token.expires_at)) == "1001"


def test_unreadable_tenant_is_said(bench, consent):
    token = consent.exchange(code_from(bench, consent), CALLBACK)
    bench.simulator.oauth._access.clear()
    with pytest.raises(LoginExpiredError, match="TenantId"):
        consent.find_tenant_id(Token("opaque", "", token.expires_at))


def test_code_works_only_once(bench, consent):
    code = code_from(bench, consent)
    consent.exchange(code, CALLBACK)
    with pytest.raises(LoginExpiredError, match="invalid_grant"):
        consent.exchange(code, CALLBACK)


def test_revoked_token_is_forgotten(bench, consent):
    token = consent.exchange(code_from(bench, consent), CALLBACK)
    assert consent.revoke(token)
    bench.tokens.token = Token("stale", token.refresh, NOW)
    with pytest.raises(LoginExpiredError, match="Invalid refresh token"):
        bench.build(auth="authorization_code").get_company()


def test_authorize_address_asks_for_service(consent):
    query = parse_qs(urlsplit(consent.authorize_url(CALLBACK, "s")).query)
    assert (query["access_type"], query["account_type"], query["state"]) == (["offline"], ["service"], ["s"])
    assert "invoice" in query["scope"][0].split()


def test_client_credentials_need_no_token(bench):
    assert bench.connector.get_company().remote_id == "1001"
    assert (bench.tokens.renewals, bench.tokens.token.refresh) == (1, "")


def test_expired_token_is_renewed_ahead(bench):
    bench.connector.get_company()
    bench.clock.sleep(3590)
    bench.connector.get_company()
    assert bench.tokens.renewals == 2
    assert all(reply.status_code == 200 for _, reply in bench.adapter.seen)


def test_fresh_token_is_not_renewed(bench):
    for _ in range(3):
        bench.connector.get_company()
    assert bench.tokens.renewals == 1


def test_refused_token_is_renewed_once(bench):
    bench.connector.get_company()
    bench.simulator.oauth._access.clear()
    assert bench.connector.get_company().name == "Testbolaget AB"
    assert bench.tokens.renewals == 2


def test_second_refusal_ends_the_login(bench):
    bench.tokens.renew = lambda renew, stale: Token("wrong", "", NOW.replace(year=2030))
    with pytest.raises(LoginExpiredError, match="401 with a new token"):
        bench.connector.get_company()


def test_refresh_token_rotates(bench, consent):
    bench.tokens.token = consent.exchange(code_from(bench, consent), CALLBACK)
    first = bench.tokens.token.refresh
    bench.clock.sleep(3700)
    bench.build(auth="authorization_code").get_company()
    assert bench.tokens.token.refresh not in ("", first)


def test_missing_refresh_token_needs_consent(bench):
    with pytest.raises(LoginExpiredError, match="no refresh token"):
        bench.build(auth="authorization_code").get_company()


def test_lost_refresh_answer_is_retried(bench, consent):
    bench.tokens.token = consent.exchange(code_from(bench, consent), CALLBACK)
    bench.clock.sleep(3700)
    connector = bench.build(auth="authorization_code")
    bench.arm("drop_before", "POST", "/oauth-v1/token")
    with pytest.raises(RetryLaterError):
        connector.get_company()
    assert connector.get_company().remote_id == "1001"


def test_used_up_refresh_token_pauses(bench, consent):
    bench.tokens.token = consent.exchange(code_from(bench, consent), CALLBACK)
    bench.clock.sleep(3700)
    connector = bench.build(auth="authorization_code")
    bench.arm("drop_after", "POST", "/oauth-v1/token")
    with pytest.raises(RetryLaterError):
        connector.get_company()
    with pytest.raises(LoginExpiredError, match="give consent"):
        connector.get_company()


def test_withdrawn_consent_pauses(bench):
    bench.simulator.revoke_consent("demo", 1001)
    with pytest.raises(LoginExpiredError, match="give consent"):
        bench.connector.get_company()


def test_wrong_secret_says_so(bench):
    with pytest.raises(LoginExpiredError, match="client id and secret") as caught:
        bench.build(client_secret="wrong-secret-9").get_company()
    assert "wrong-secret-9" not in str(caught.value)


@pytest.mark.parametrize("status", [{"denied_status": 400}, {"denied_status": 403}])
def test_missing_licence_pauses(tmp_path, status):
    from simulators.fortnox import Switches

    bench = Bench(tmp_path, Switches(**status))
    bench.company.set_licences()
    with pytest.raises(LoginExpiredError, match="order Fortnox Integration"):
        bench.connector.get_company()


def test_missing_scope_pauses_reads(bench):
    bench.simulator.consent("demo", 1001, ["invoice"])
    with pytest.raises(LoginExpiredError, match="every scope"):
        bench.connector.get_company()


@pytest.mark.parametrize("token", ["", "a.b", "a.!!.c", "a.bm9wZQ.c", "a.W10.c"])
def test_odd_tokens_tell_no_tenant(token):
    assert tenant_of(token) == ""


def test_token_page_outage_is_temporary(bench):
    bench.arm("error_before", "POST", "/oauth-v1/token")
    with pytest.raises(RetryLaterError, match="token endpoint") as caught:
        bench.connector.get_company()
    assert f"request {caught.value.request_id}" in str(caught.value) and caught.value.request_id


def test_refused_login_names_its_request(bench):
    with pytest.raises(LoginExpiredError) as caught:
        bench.build(client_secret="wrong-secret-9").get_company()
    assert f"request {caught.value.request_id}" in str(caught.value) and caught.value.request_id
