"""Budgets that are kept, tokens renewed by one, documents that come back whole."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.clock import FixedClock, WallClock
from core.errors import ConfigError, RetryLaterError
from core.ports import Token
from core.store.keeping import StoreBudget, StoreDocuments, StoreTokens, add_document, save_token
from core.store.tables import secrets

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


def test_counts_a_long_window(database, clock):
    for _ in range(5):  # as many processes
        StoreBudget(database, clock).count("economic:1:calls", 5, 86_400.0)
        clock.sleep(7_200)
    before = clock.monotonic()
    StoreBudget(database, clock).count("economic:1:calls", 5, 86_400.0)
    assert 86_400.0 <= clock.monotonic() - START.timestamp() <= 90_000.0 and clock.monotonic() > before
    StoreBudget(database, clock).count("economic:1:calls", 2, 3_600.0)
    assert clock.monotonic() - START.timestamp() <= 94_000.0


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

    assert tokens.renew(renew, stale=token("one")) == token("consented")
    assert tokens.get() == token("consented")


def test_failed_renewal_keeps_the_old(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")
    with pytest.raises(ZeroDivisionError):
        tokens.renew(lambda _: 1 / 0, stale=token("one"))
    assert tokens.get() == token("one")
    assert tokens.renew(lambda _: token("two"), stale=token("one")) == token("two")


def row_of(database, **changes):
    with database.write() as connection:
        if changes:
            connection.execute(secrets.update().values(**changes))
        return connection.execute(select(secrets)).one()


def test_renews_once_for_many_threads(database, vault):
    tokens, asked = StoreTokens(database, "tenant a", vault, WallClock()), []
    tokens._clock.sleep = lambda _: time.sleep(0.02)
    consent(database, vault, "one")

    def renew(_):
        asked.append(1)
        time.sleep(0.1)
        return token("two")

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: tokens.renew(renew, stale=token("one")), range(4))) == {token("two")}
    assert len(asked) == 1


def test_late_answer_never_replaces_newer(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")

    def late(_):
        clock.sleep(91)
        StoreTokens(database, "tenant a", vault, clock).renew(lambda _: token("newer"), stale=token("one"))
        return token("late")

    assert tokens.renew(late, stale=token("one")) == token("newer")
    assert tokens.get() == token("newer")


def test_late_answer_is_kept_where_none_is_newer(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")
    assert tokens.renew(lambda _: clock.sleep(91) or token("two"), stale=token("one")) == token("two")
    assert tokens.get() == token("two")


def test_others_lease_is_not_released(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")
    later = clock.now() + timedelta(seconds=90)
    tokens.renew(lambda _: row_of(database, lease_owner="other", lease_until=later) and token("two"), stale=token("one"))
    assert row_of(database).lease_owner == "other"


def test_token_taken_away_is_told(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")
    with pytest.raises(RetryLaterError, match="taken away"):
        tokens.renew(lambda _: tokens.forget() or token("two"), stale=token("one"))


def test_old_token_put_back_does_not_open(database, vault, clock):
    tokens = StoreTokens(database, "tenant a", vault, clock)
    consent(database, vault, "one")
    old = row_of(database).sealed
    consent(database, vault, "two")
    row_of(database, sealed=old)
    with pytest.raises(ConfigError, match="was moved"):
        tokens.get()


def test_new_bucket_is_made_by_one(database, clock):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: StoreBudget(database, clock).take("fortnox:1", 25, 5.0), range(8)))
    assert StoreBudget(database, clock)._try("fortnox:1", 9, 5.0) == 0
    assert StoreBudget(database, clock)._try("fortnox:1", 9, 5.0) > 0


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
