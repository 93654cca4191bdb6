"""What faults and people do between the calls of one write: nothing is lost, nothing is booked twice."""

from datetime import date

import pytest

from core.errors import LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from tests.connectors.economic_bench import KEY, OTHER_KEY, do, made, voucher


@pytest.fixture
def bench(tmp_path):
    return made(tmp_path)


def fail(bench, fault, method, path_part, write, key=KEY):
    """Send a write while a call fails, and return what was prepared."""
    ready = bench.connector.prepare(write, key)
    bench.arm(fault, method, path_part)
    with pytest.raises((OutcomeUnknownError, RetryLaterError, LoginExpiredError)):
        bench.connector.send(write, ready, key)
    return ready


@pytest.mark.parametrize("switches", [{}, {"next_voucher_number": False}, {"voucher_numbers_move": "booking"}], ids=str)
def test_voucher_that_must_wait_between_its_calls_is_booked_once(tmp_path, switches):
    bench = made(tmp_path, **switches)
    fail(bench, "throttled", "POST", "bookdraftentries", voucher())
    bench.clock.sleep(300)
    do(bench, voucher())
    assert not bench.agreement.ledger.drafts and bench.agreement.account_balance(4310) == -100


def test_voucher_that_a_person_booked_meanwhile_is_not_booked_again(bench):
    fail(bench, "throttled", "POST", "bookdraftentries", voucher())
    for draft in bench.agreement.ledger.drafts.values():
        draft["date"] = date(2025, 4, 11)
    bench.agreement.ledger.book(bench.journal, list(bench.agreement.ledger.drafts))
    do(bench, voucher())
    assert bench.agreement.account_balance(4310) == -100


def test_voucher_that_is_refused_leaves_no_drafts(bench):
    write = voucher(on=date(2025, 3, 31))
    ready = fail(bench, "error_before", "POST", "bookdraftentries", write)
    bench.agreement.bar_periods("2025-03-31")
    with pytest.raises(RejectedError) as caught:
        bench.connector.send(write, ready, KEY)
    assert caught.value.code == "period_locked"
    do(bench, voucher(on=date(2025, 4, 1)), OTHER_KEY)
    assert not bench.agreement.ledger.drafts and bench.agreement.account_balance(4310) == -100


def test_drafts_that_cant_be_taken_away_are_named(bench):
    write = voucher(on=date(2025, 3, 31))
    ready = fail(bench, "error_before", "POST", "bookdraftentries", write)
    bench.agreement.bar_periods("2025-03-31")
    bench.arm("error_before", "DELETE", "draft-entries/2")
    with pytest.raises(RejectedError, match="delete its drafts 2 ") as caught:
        bench.connector.send(write, ready, KEY)
    assert caught.value.code == "drafts_left"
