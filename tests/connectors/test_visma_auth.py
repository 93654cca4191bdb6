"""The login at eAccounting: settings, the company picker, both kinds of refresh token, revocation."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.visma.consent import Consent
from connectors.visma.settings import SETTINGS as KNOWN
from connectors.visma.settings import read_settings
from core.errors import ConfigError, LoginExpiredError, RetryLaterError
from core.ports import Token
from simulators.visma import Switches
from tests.connectors.visma_bench import CALLBACK, SETTINGS, Bench


def consent(bench, **settings):
    return Consent(SETTINGS | settings, clock=bench.clock, session=bench.session)


WRONG = {
    "client_id": {"client_id": ""},
    "scope": {"scope": "ea:api offline_access ea:sales"},
    "api_url": {"api_url": "http://evil.example"},
    "identity_url": {"identity_url": "https://user@identity.example"},
    "payment_mode": {"payment_mode": "x" * 51},
    "receivable_accounts": {"receivable_accounts": "kund"},
    "tax_reduction_balance": {"tax_reduction_balance": "half"},
    "mark": {"mark": "stamp"},
    "link_url": {"mark": "link"},
    "color": {"color": "red"},
}


@pytest.mark.parametrize(("name", "given"), WRONG.items())
def test_wrong_setting_is_named(name, given):
    with pytest.raises(ConfigError) as said:
        read_settings(SETTINGS | given)
    assert str(said.value).startswith(f"visma.{name}: ")


def test_empty_receivables_and_plain_links_are_refused():
    for given in ({"receivable_accounts": ""}, {"receivable_accounts": "1519-1510"}, {"mark": "link", "link_url": "http://x.example"}):
        with pytest.raises(ConfigError):
            read_settings(SETTINGS | given)


def test_settings_are_never_printed():
    assert "secret" not in repr(read_settings(SETTINGS))
    assert read_settings(SETTINGS | {"api_url": "http://127.0.0.1:1/"}).api_url == "http://127.0.0.1:1"
    assert {one.name for one in KNOWN if one.secret} == {"client_secret"}


def test_consent_page_forces_the_picker(visma):
    asked = parse_qs(urlsplit(consent(visma).authorize_url(CALLBACK, "abc")).query)
    assert asked["prompt"] == ["select_account"] and asked["acr_values"] == ["service:44643EB1-3F76-4C1C-A672-402AE8085934"]
    assert asked["scope"] == ["ea:api offline_access ea:sales ea:purchase_readonly ea:accounting"] and asked["state"] == ["abc"]
    assert visma.connector.get_company().name == "Testbolaget AB"


def test_another_company_is_refused(visma):
    visma.simulator.identity.auto_consent = "B100"
    visma.consent()
    with pytest.raises(ConfigError, match="belong to Byrån AB, not to 556677-8899"):
        visma.connector.check_company("556677-8899")


def test_persons_number_is_not_repeated(visma):
    with pytest.raises(ConfigError) as said:
        visma.connector.check_company("700101-2397")
    assert "700101" not in str(said.value)


@pytest.mark.parametrize(("change", "words"), [({"status": 2}, "read-only"), ({"variant": "Bookkeeping"}, "no invoices")])
def test_company_that_can_do_nothing_is_refused(tmp_path, change, words):
    bench = Bench(tmp_path, **change)
    bench.consent()
    with pytest.raises(ConfigError, match=words):
        bench.connector.check_company("556677-8899")


def test_scopes_are_enough_for_every_read(visma):
    ref = visma.add_overdue()
    connector = visma.connector
    assert connector.get_invoice(ref) and list(connector.list_open_invoices()) and connector.list_accounts(visma.clock.now().date())
    assert connector.find_payment_mode("Inkasso") and connector.list_payments(ref) == []


@pytest.mark.parametrize("kind", ["rotating", "reusable", "reusable_not_returned"])
def test_login_goes_on_with_either_kind_of_token(tmp_path, kind):
    bench = Bench(tmp_path, Switches(refresh_tokens=kind))
    bench.consent()
    first = bench.tokens.token.refresh
    for _ in range(3):
        bench.clock.sleep(4000)
        assert bench.connector.get_company().name == "Testbolaget AB"
    assert bench.tokens.renewals == 3 and bench.tokens.token.refresh
    assert (bench.tokens.token.refresh == first) == (kind != "rotating")


def test_token_is_renewed_before_it_ends(visma):
    visma.connector.get_company()
    visma.clock.sleep(3600 - 30)
    visma.connector.get_company()
    assert visma.tokens.renewals == 1


def test_withdrawn_consent_asks_for_a_new_one(visma):
    visma.simulator.withdraw_consent("demo", "B200")
    visma.clock.sleep(4000)
    with pytest.raises(LoginExpiredError, match="consent again"):
        visma.connector.get_company()


def test_no_refresh_token_asks_for_consent(visma):
    visma.tokens.token = Token("x", "", visma.clock.now() - timedelta(hours=1))
    with pytest.raises(LoginExpiredError, match="no refresh token"):
        visma.connector.get_company()


def test_wrong_secret_points_to_the_client(visma):
    with pytest.raises(LoginExpiredError, match="Check client id and secret"):
        consent(visma, client_secret="wrong-secret").exchange("code", CALLBACK)


def test_outage_of_the_identity_server_is_no_refusal(visma):
    visma.clock.sleep(4000)
    for kind in ("error_before", "drop_before"):
        visma.arm(kind, "POST", "/connect/token")
        with pytest.raises(RetryLaterError):
            visma.connector.get_company()
    assert visma.connector.get_company().name == "Testbolaget AB"


def test_token_with_a_401_even_when_new_ends_the_login(visma):
    visma.connector.get_company()
    visma.simulator.companies.pop("B200")
    with pytest.raises(LoginExpiredError, match="401 with a new token"):
        visma.connector.get_company()


def test_revoked_token_is_forgotten(visma):
    token = visma.tokens.token
    assert consent(visma).revoke(token) is True
    visma.clock.sleep(4000)
    with pytest.raises(LoginExpiredError):
        visma.connector.get_company()
    assert consent(visma, client_secret="wrong-secret").revoke(token) is False
