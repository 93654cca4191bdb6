"""A simulator behind a port: many answers on one connection, none after a dropped one, none once it has ended."""

import http.client
from urllib.parse import urlsplit

import pytest

from simulators import kit
from tests.books import typed


def app(environ, start):
    """Answer with the path; /drop is dropped, and no body is ever read."""
    if environ["PATH_INFO"] == "/drop":
        start(kit.DROPPED, [])
        return []
    start("200 OK", [])
    return [environ["PATH_INFO"].encode()]


@pytest.fixture
def connection():
    with kit.Served(app) as served:
        yield http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=5)


def ask(connection, path, body=None, **headers):
    connection.request("POST" if body else "GET", path, body, headers)
    return connection.getresponse().read()


def test_one_connection_answers_many(connection):
    assert ask(connection, "/one", b"a body that nobody reads") == b"/one"
    first = connection.sock
    assert ask(connection, "/two") == b"/two"
    assert connection.sock is first is not None


def test_connection_ends_where_the_client_says_so(connection):
    assert ask(connection, "/one", Connection="close") == b"/one"
    assert connection.sock is None


def test_dropped_answer_ends_the_connection(connection):
    ask(connection, "/one")
    with pytest.raises(http.client.RemoteDisconnected):
        ask(connection, "/drop")


def test_ended_server_answers_nobody():
    with kit.Served(app) as served:
        connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=5)
        ask(connection, "/one")
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask(connection, "/two")


@pytest.fixture
def begun(monkeypatch):
    """The apps that `kravbro simulate` would serve."""
    apps = []

    class Caught:
        url = "http://127.0.0.1:1"

        def __init__(self, app, port):
            apps.append(app)

        def serve_until_interrupted(self):
            pass

    monkeypatch.setattr(kit, "Served", Caught)
    return apps


def clock_of(app):
    return getattr(app, "world", app).clock


@pytest.mark.parametrize("system", ["economic", "fortnox", "paper", "visma"])
def test_simulator_lives_in_the_time_of_the_shared_clock(begun, monkeypatch, tmp_path, system):
    monkeypatch.setenv("KRAVBRO_CLOCK_FILE", str(tmp_path / "clock"))
    (tmp_path / "clock").write_text("1744693200000000")
    typed("simulate", system)
    assert clock_of(begun[0]).now() == 1744693200.0
    (tmp_path / "clock").write_text("yesterday")
    assert "this is no clock file" in typed("simulate", system, code=2)


def test_simulator_without_a_clock_file_lives_today(begun, monkeypatch):
    monkeypatch.delenv("KRAVBRO_CLOCK_FILE", raising=False)
    typed("simulate", "paper")
    assert begun[0].clock.path is None
