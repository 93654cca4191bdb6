"""The browser's way back from a consent page: one answer with our state, and a page that says how it ended."""

import contextlib
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from commands.browser import CodeListener
from core.errors import ConfigError, LoginExpiredError, RetryLaterError


@pytest.fixture
def listener(monkeypatch):
    """A listener whose browser is not kept waiting for the outcome."""
    monkeypatch.setattr("commands.browser.OUTCOME_WAIT_S", 0.0)
    with CodeListener(0, "right", "Fortnox") as listener:
        yield listener


def visit(listener, query, host="127.0.0.1"):
    try:
        with urlopen(f"http://{host}:{listener.port}/{query}", timeout=5) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_browser_brings_the_code(listener, host):
    assert visit(listener, "favicon.ico", host)[0] == 404
    status, page = visit(listener, "?code=abc&state=right", host)
    assert (status, listener.wait(5)) == (200, "abc") and "Answer taken" in page


@pytest.mark.parametrize(("fails", "told"), [(False, "<h1>Connected"), (True, "<h1>Not connected")])
def test_browser_is_told_how_it_ended(fails, told):
    with ThreadPoolExecutor() as browser, contextlib.suppress(RetryLaterError), CodeListener(0, "right", "Fortnox") as listener:
        page = browser.submit(visit, listener, "?code=abc&state=right")
        assert listener.wait(5) == "abc"
        if fails:
            raise RetryLaterError("Fortnox", "HTTP 500")
    assert told in page.result(5)[1]


def test_wrong_state_ends_nothing(listener):
    assert visit(listener, "?code=evil&state=wrong")[0] == 400
    assert visit(listener, "?code=abc&state=right")[0] == 200
    assert visit(listener, "?code=late&state=right")[0] == 400
    assert listener.wait(5) == "abc"


def test_idle_connection_holds_up_nothing(listener):
    with socket.create_connection(("127.0.0.1", listener.port)):
        assert visit(listener, "?code=abc&state=right")[0] == 200
    assert listener.wait(5) == "abc"


def test_denied_consent_is_said(listener):
    assert visit(listener, "?error=access_denied&state=right")[0] == 400
    with pytest.raises(LoginExpiredError, match="access_denied"):
        listener.wait(5)


def test_silence_ends_the_wait(listener):
    with pytest.raises(LoginExpiredError, match="no answer from the browser"):
        listener.wait(0.1)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_port_in_use_is_a_setting(family, host):
    with socket.create_server((host, 0), family=family) as taken, pytest.raises(ConfigError, match="--port"):
        CodeListener(taken.getsockname()[1], "s", "Fortnox")
