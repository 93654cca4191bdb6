"""Webhooks out: what is sent, when again, and where never to."""

import json
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook
from urllib3.exceptions import HTTPError

from agencies.feed import send_due
from agencies.feed.addresses import find_address
from agencies.feed.webhooks import DELAYS_S, SILENT_HOLD_S, Reply, post_once
from core.clock import FixedClock
from core.store import feed
from core.store.feed.claims import SNAPSHOTS
from core.store.tables import webhook_sends
from core.store.tenants import add_agency
from core.vault import Vault
from core.webhooks import new_secret
from tests.portal.seed import snapshot
from tests.schema import migrated

SECRET, OLD_SECRET = new_secret(), new_secret()


class Silent(BaseHTTPRequestHandler):
    """Notes what it got and answers the next status, with a place that must not be followed."""

    got: list = []
    statuses: list = []

    def do_POST(self):
        self.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


class Bench:
    """Two agencies with webhooks, a clock, and a stand-in for the network that answers as told."""

    def __init__(self, folder):
        self.clock = FixedClock(datetime.now(UTC))  # the independent library reads the wall clock
        self.vault, self.database = Vault(b"k" * 32), migrated(folder / "feed.db")
        self.posts, self.answers = [], []
        self.queue = feed.StoreWebhookQueue(self.database, self.vault, self.clock)
        for agency in ("nord", "syd"):
            with self.database.write() as connection:
                add_agency(connection, self.vault, id=agency, name=agency, adapter="feed", now=self.clock.now())
            self.register(agency, f"https://93.184.215.14/{agency}")

    def register(self, agency, url):
        with self.database.write() as connection:
            feed.register_webhook(connection, self.vault, agency, url=url, secrets=[SECRET, OLD_SECRET], now=self.clock.now())

    def publish(self, *keys, agency="nord"):
        for key in keys:
            with self.database.write() as connection:
                made = {
                    "key": key,
                    "agency": agency,
                    "tenant": "t",
                    "type": "claim.submitted",
                    "body": SNAPSHOTS.dump_json(snapshot(f"c-{key}")),
                }
                feed.publish(connection, **made, now=self.clock.now())
        feed.publish_waiting(self.database)

    def post(self, address, headers, body):
        self.posts.append((address, headers, body))
        return self.answers.pop(0) if self.answers else Reply(200, "HTTP 200")

    def send(self, *answers, after_s=0.0, **options):
        self.answers = list(answers)
        self.clock.sleep(after_s)
        return send_due(self.queue, self.clock, post=self.post, **options)

    def state(self, agency="nord"):
        with self.database.read() as connection:
            found = feed.find_webhook(connection, agency)
        return found.waiting, found.given_up

    def next_in_s(self, key):
        with self.database.read() as connection:
            due = connection.execute(select(webhook_sends.c.next_at).where(webhook_sends.c.item_id == key)).scalar()
        return (due - self.clock.now()).total_seconds()


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.database.close()


def test_sends_a_thin_signed_event(bench):
    bench.publish("k1")
    assert bench.send() == 1
    ((address, headers, body),) = bench.posts
    assert (address.path, address.host_header) == ("/nord", "93.184.215.14")
    for secret in (SECRET, OLD_SECRET):
        event = Webhook(secret).verify(body, headers)
    assert (event["type"], event["id"], event["claim_id"], event["sequence"]) == ("claim.submitted", "k1", "c-k1", 1)
    assert set(event) == {"type", "timestamp", "id", "claim_id", "sequence", "occurred_at"}
    assert headers["webhook-id"] == "k1"


def test_sends_each_event_once(bench):
    bench.publish("k1", "k2")
    assert (bench.send(), bench.send(after_s=1e6)) == (2, 0)
    assert bench.state() == (0, 0)


def test_follows_the_schedule_then_stops(bench):
    bench.publish("k1")
    for delay_s in DELAYS_S[1:]:
        assert bench.send(Reply(500, "HTTP 500")) == 0
        assert delay_s <= bench.next_in_s("k1") <= delay_s * 1.1
        assert bench.send() == 0
        bench.clock.sleep(bench.next_in_s("k1"))
    assert bench.send(Reply(500, "HTTP 500")) == 0
    assert (bench.state(), len(bench.posts)) == ((0, 1), len(DELAYS_S))


def test_replays_what_was_given_up(bench):
    bench.publish("k1")
    bench.send(Reply(410, "HTTP 410"))
    bench.register("nord", "https://93.184.215.14/new")
    assert bench.send() == 0
    with bench.database.write() as connection:
        assert feed.replay(connection, "nord", bench.clock.now()) == 1
    assert bench.send() == 1
    assert bench.posts[-1][0].path == "/new"


@pytest.mark.parametrize("status", [0, 199, 301, 302, 307, 400, 404, 500])
def test_only_2xx_is_success(bench, status):
    bench.publish("k1")
    assert bench.send(Reply(status, "x")) == 0
    assert bench.state() == (1, 0)
    assert bench.send(Reply(204, "x"), after_s=301) == 1


def test_gone_ends_one_webhook_only(bench):
    bench.publish("k1", "k2")
    bench.publish("k3", agency="syd")
    assert bench.send(Reply(410, "HTTP 410"), Reply(200, "")) == 1
    assert [address.path for address, _, _ in bench.posts] == ["/nord", "/syd"]
    assert bench.send(after_s=1e6) == 0


@pytest.mark.parametrize(("answer", "seconds"), [("7200", 7200), ("", 60), ("junk", 60), ("99999999", 86400)])
def test_busy_agency_is_left_alone(bench, answer, seconds):
    bench.publish("k1", "k2")
    bench.publish("k3", agency="syd")
    assert bench.send(Reply(429, "HTTP 429", answer)) == 1
    assert [address.path for address, _, _ in bench.posts] == ["/nord", "/syd"]
    assert bench.next_in_s("k2") == pytest.approx(seconds, abs=1)


def test_retry_after_may_be_a_date(bench):
    bench.publish("k1")
    until = bench.clock.now() + timedelta(hours=1)
    bench.send(Reply(503, "HTTP 503", until.strftime("%a, %d %b %Y %H:%M:%S GMT")))
    assert bench.next_in_s("k1") == pytest.approx(3600, abs=2)


def test_silent_agency_holds_up_no_other(bench):
    bench.publish("k1", "k2")
    bench.publish("k3", agency="syd")
    assert bench.send(Reply(0, "ConnectTimeoutError")) == 1
    assert [address.path for address, _, _ in bench.posts] == ["/nord", "/syd"]
    assert bench.next_in_s("k1") == bench.next_in_s("k2") == SILENT_HOLD_S


def test_one_send_takes_no_longer_than_told(bench):
    """A drop at a time is an answer to every socket's time-out, but not to ours."""
    done = threading.Event()
    slow = socket.create_server(("127.0.0.1", 0))

    def drip():
        with slow, slow.accept()[0] as peer:
            peer.sendall(b"HTTP/1.1 200 OK\r\n")
            while not done.wait(0.05):
                peer.sendall(b"X-A: b\r\n")

    threading.Thread(target=drip, daemon=True).start()
    bench.register("nord", f"http://127.0.0.1:{slow.getsockname()[1]}/")
    bench.publish("k1")
    begun = time.monotonic()
    assert send_due(bench.queue, bench.clock, allow_private=True, timeout_s=0.3) == 0
    done.set()
    assert time.monotonic() - begun < 2
    with bench.database.read() as connection:
        assert connection.execute(select(webhook_sends.c.note)).scalar() == "no answer in 0 s"


def test_other_failures_delay_no_others(bench):
    bench.publish("k1", "k2")
    assert bench.send(Reply(500, "HTTP 500")) == 1


def test_dead_sender_loses_nothing(bench):
    bench.publish("k1")
    assert bench.queue.take().item_id == "k1"  # and then it dies
    assert bench.send() == 0
    assert bench.send(after_s=601) == 1


def test_late_sender_records_nothing(bench):
    bench.publish("k1")
    late = bench.queue.take()
    bench.clock.sleep(601)
    bench.queue.take()
    bench.queue.sent(late)
    assert bench.state() == (1, 0)


def test_network_errors_tell_no_address(bench, monkeypatch):
    def fail(*_):
        raise OSError("https://93.184.215.14/nord?token=secret")

    bench.publish("k1")
    monkeypatch.setattr(bench, "post", fail)
    assert bench.send() == 0
    with bench.database.read() as connection:
        assert connection.execute(select(webhook_sends.c.note)).scalar() == "OSError"


PRIVATE = ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0",
           "fc00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::"]  # fmt: skip


@pytest.mark.parametrize("ip", PRIVATE)
def test_private_addresses_are_refused(ip):
    found = {"resolver": lambda *_: ["93.184.215.14", ip]}
    assert find_address("https://agency.example/hook", allow_private=False, **found) is None
    assert find_address("https://agency.example/hook", allow_private=True, **found) is not None


@pytest.mark.parametrize(
    "url", ["http://a.example", "ftp://a.example", "https://u:p@a.example", "https://", "a.example", "https://a:b", ""]
)
def test_strange_addresses_are_refused(url):
    assert find_address(url, allow_private=False, resolver=lambda *_: ["93.184.215.14"]) is None


def test_connects_to_the_checked_address():
    address = find_address("https://a.example:8443/hook?x=1", allow_private=False, resolver=lambda *_: ["93.184.215.14"])
    assert (address.ip, address.port, address.path, address.host_header) == ("93.184.215.14", 8443, "/hook?x=1", "a.example:8443")


def test_refused_address_is_never_called(bench):
    bench.register("nord", "https://127.0.0.1/hook")
    bench.publish("k1")
    assert (bench.send(), bench.posts, bench.state()) == (0, [], (1, 0))


def test_posts_over_real_http(bench):
    class Hook(BaseHTTPRequestHandler):
        got = []

        def do_POST(self):
            self.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(302 if len(self.got) == 1 else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bench.register("nord", f"http://localhost:{server.server_port}/hook")
        bench.publish("k1")
        assert send_due(bench.queue, bench.clock, allow_private=True) == 0
        bench.clock.sleep(6)
        assert send_due(bench.queue, bench.clock, allow_private=True) == 1
        server.shutdown()
    headers, body = Hook.got[1]
    assert headers["Host"] == f"localhost:{server.server_port}"
    assert Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()}) == json.loads(body)


@pytest.fixture
def tls_server(tmp_path, monkeypatch):
    """An https server whose certificate, for `agency.example`, is the only one trusted here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "agency.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("agency.example")]), critical=False).sign(key, SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "tls.pem").write_bytes(made.public_bytes(Encoding.PEM) + pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    with HTTPServer(("127.0.0.1", 0), Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(("host", "status"), [("agency.example", 200), ("other.example", 0)])
def test_certificate_is_of_the_name(tls_server, host, status):
    found = {"resolver": lambda *_: ["127.0.0.1"]}
    address = find_address(f"https://{host}:{tls_server.server_port}/hook", allow_private=True, **found)
    if status:
        assert post_once(address, {}, b"{}").status == status
    else:
        with pytest.raises(HTTPError, match=r"(?i)hostname"):
            post_once(address, {}, b"{}")


def test_bad_secret_stops_no_others(bench):
    with bench.database.write() as connection:
        feed.register_webhook(connection, bench.vault, "nord", url="https://93.184.215.14/nord", secrets=["whsec_!"], now=bench.clock.now())
    bench.publish("k1")
    bench.publish("k2", agency="syd")
    assert bench.send() == 1
    assert bench.state() == (1, 0)
