"""A simulator behind a port: many answers on one connection, none after a dropped one, none once it has ended."""

import http.client
from urllib.parse import urlsplit

import pytest

from simulators import kit


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
