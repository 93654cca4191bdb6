"""Budgets that are kept, tokens renewed by one, documents that come back whole."""

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import FixedClock
from core.ports import Token
from core.store.keeping import StoreBudget, StoreDocuments, StoreTokens, add_document, save_token

START = datetime(2025, 4, 15, 4, tzinfo=UTC)


@pytest.fixture
def clock():
    return FixedClock(START)


def take(budget, clock, count, latency_s=0.05):
    arrivals = []
    for _ in range(count):
        budget.take("fortnox:1", 25, 5.0)
        clock.sleep(latency_s)
        arrivals.append(clock.monotonic())
        budget.done("fortnox:1")
    return arrivals


def most_in_a_window(arrivals, window_s=5.0):
    return max(sum(1 for other in arrivals if start <= other < start + window_s) for start in arrivals)


@pytest.mark.parametrize("latency_s", [0.0, 0.02, 0.12, 1.0])
def test_never_exceeds_the_limit(database, clock, latency_s):
    assert most_in_a_window(take(StoreBudget(database, clock), clock, 120, latency_s)) <= 25


def test_uses_the_limit_while_work_waits(database, clock):
    arrivals = take(StoreBudget(database, clock), clock, 120)
    assert most_in_a_window(arrivals) >= 24
    assert 120 / (arrivals[-1] - arrivals[0]) >= 0.95 * 5


def test_two_processes_share_it(database, clock):
    one, other = StoreBudget(database, clock), StoreBudget(database, clock)
    arrivals = []
    for _ in range(40):
        arrivals += take(one, clock, 1) + take(other, clock, 1)
    assert most_in_a_window(arrivals) <= 25


def test_buckets_do_not_share(database, clock):
    budget = StoreBudget(database, clock)
    take(budget, clock, 25, 0.0)
    budget.take("fortnox:2", 25, 5.0)
    assert clock.now() == START


def token(text):
    return Token(text, f"refresh {text}", START + timedelta(hours=1))


def consent(database, vault, text):
    with database.write() as connection:
        save_token(connection, "tenant a", vault, token(text))


def test_renews_and_keeps_a_token(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    assert tokens.renew(lambda _: token("one"), stale=None) == token("one")
    assert tokens.get() == token("one")


def test_does_not_renew_what_another_renewed(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "two")
    assert tokens.renew(lambda _: pytest.fail("renewed twice"), stale=token("one")) == token("two")


def test_consent_outlives_a_renewal_under_way(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")

    def renew(_):
        consent(database, vault, "consented")
        return token("renewed")

    assert tokens.renew(renew, stale=token("one")) == token("renewed")
    assert tokens.get() == token("consented")


def test_failed_renewal_keeps_the_old(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")
    with pytest.raises(ZeroDivisionError):
        tokens.renew(lambda _: 1 / 0, stale=token("one"))
    assert tokens.get() == token("one")
    assert tokens.renew(lambda _: token("two"), stale=token("one")) == token("two")


def test_document_comes_back_whole(database, vault):
    with database.write() as connection:
        ref = add_document(connection, "a", vault, kind="letter", name="P.pdf", media_type="application/pdf", content=b"%PDF", now=START)
    document = StoreDocuments(database, "a", vault).get(ref.document_id)
    assert document.content == b"%PDF"
    assert document.sha256 == ref.sha256


def test_same_document_is_kept_once(database, vault):
    with database.write() as connection:
        refs = [
            add_document(connection, "a", vault, kind="invoice", name="F.pdf", media_type="application/pdf", content=b"%PDF", now=START)
            for _ in range(2)
        ]
    assert refs[0] == refs[1]
