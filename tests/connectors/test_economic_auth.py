"""Access granted in the browser: the cookie that binds the trip, the token that leaves the address, and whose agreement it is."""

import http.client
import threading

import pytest

from connectors.economic.consent import COOKIE, GrantListener, find_agreement, grant_url
from core.errors import ConfigError, LoginExpiredError
from tests.connectors.economic_bench import CVR, Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def listener(bench, port=0):
    return GrantListener(port, secure_url="https://secure.test", public_token="public", clock=bench.clock)


def get(port, path, cookie=""):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    reply = connection.getresponse()
    body = reply.read().decode()
    connection.close()
    return reply, body


def test_trip_is_bound_and_the_token_leaves_the_address(bench):
    with listener(bench) as waiting:
        start, _ = get(waiting.port, "/")
        cookie = start.headers["Set-Cookie"]
        assert start.status == 302 and start.headers["Location"] == grant_url("https://secure.test", "public", f"{waiting.start_url}done")
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=600" in cookie
        own = cookie.partition(";")[0]
        back, _ = get(waiting.port, "/done?token=grant-1", own)
        assert (back.status, back.headers["Location"]) == (303, "/result")
        assert back.headers["Referrer-Policy"] == "no-referrer" and back.headers["Cache-Control"] == "no-store"
        assert waiting.wait(1) == "grant-1"
        pages = []
        telling = threading.Thread(target=lambda: pages.append(get(waiting.port, "/result", own)[1]))
        telling.start()
    telling.join()
    assert "<h1>Connected" in pages[0] and "grant-1" not in pages[0]


def test_strangers_are_turned_away(bench):
    with listener(bench) as waiting:
        own = get(waiting.port, "/")[0].headers["Set-Cookie"].partition(";")[0]
        name, _, value = own.partition("=")
        other = listener(bench)
        forged = other._trip.cookie().partition(";")[0]
        for server in other._servers:
            server.server_close()
        for cookie in ("", f"{name}=x", f"{name}={value[:-1]}x", forged, f"{COOKIE}=a.b.c", "\x7f"):
            assert get(waiting.port, "/done?token=stolen", cookie)[0].status == 400
        assert get(waiting.port, "/result", own)[0].status == 404
        bench.clock.sleep(601)
        assert get(waiting.port, "/done?token=late", own)[0].status == 400
        with pytest.raises(LoginExpiredError, match="no answer"):
            waiting.wait(0.05)


def test_browser_that_comes_back_without_a_token_ends_the_wait(bench):
    with listener(bench) as waiting, pytest.raises(LoginExpiredError, match="access was not granted"):
        own = get(waiting.port, "/")[0].headers["Set-Cookie"].partition(";")[0]
        status, page = get(waiting.port, "/done", own)
        assert status.status == 400 and "<h1>Not connected" in page
        waiting.wait(30)


def test_only_the_first_token_counts(bench):
    with pytest.raises(ConfigError), listener(bench) as waiting:
        own = get(waiting.port, "/")[0].headers["Set-Cookie"].partition(";")[0]
        assert get(waiting.port, "/done?agreementGrantToken=one", own)[0].status == 303
        assert get(waiting.port, "/done?token=two", own)[0].status == 400
        waiting._trip.told.set()
        assert waiting.wait(1) == "one"
        raise ConfigError("x", "y", "z")
    assert "<h1>Not connected" in waiting._trip.page()


def test_taken_port_is_said(bench):
    with listener(bench) as waiting, pytest.raises(ConfigError, match="taken"):
        listener(bench, waiting.port)


def test_agreement_of_a_grant_is_found(bench):
    given = {name: value for name, value in bench.settings.items() if name != "agreement_number"}
    assert find_agreement(given, clock=bench.clock, budget=bench.budget, session=bench.session) == "1001"
    with pytest.raises(LoginExpiredError):
        find_agreement(given | {"grant_token": "x"}, clock=bench.clock, budget=bench.budget, session=bench.session)


def test_company_is_checked_by_both_numbers(bench):
    assert bench.connector.check_company(f"DK {CVR}").remote_id == "1001"
    with pytest.raises(ConfigError, match="not to 25313763"):
        bench.connector.check_company("25313763")
    with pytest.raises(ConfigError, match="not to the expected company") as caught:
        bench.connector.check_company("010170-1233")
    assert "010170" not in str(caught.value)
    with pytest.raises(ConfigError, match="of agreement 1001, not 1002"):
        bench.build(agreement_number="1002").check_company(CVR)
    bench.agreement.affiliation = "Developer"
    with pytest.raises(ConfigError, match="developer agreement"):
        bench.connector.check_company(CVR)


def test_missing_role_pauses_with_a_sentence(bench):
    bench.simulator.add_app("public", "app-secret-1", role="Bookkeeping")
    with pytest.raises(LoginExpiredError, match="SuperUser"):
        list(bench.connector.list_open_invoices())
