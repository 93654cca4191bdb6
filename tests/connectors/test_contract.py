"""The one suite that every connector passes, against its simulator, whichever way the vendor's open questions turn out.

It knows no vendor: a connector joins with a bench (`tests.connectors.contract`) and a line in `BENCHES`. What does not hold in a
variant fails here; a simulator that gives no records fails too.
"""

from datetime import date
from decimal import Decimal

import pytest

from core.errors import ConfigError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.model import Account, BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.money import Money
from tests.connectors import economic_contract, fortnox_contract, paper_contract, visma_contract

BENCHES = {
    "economic": economic_contract.variants(),
    "fortnox": fortnox_contract.variants(),
    "paper": paper_contract.variants(),
    "visma": visma_contract.variants(),
}
KEY, OTHER_KEY = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
FAULT_KEYS = {"drop_before": "b" * 32, "error_before": "c" * 32, "drop_after": "d" * 32, "error_after": "e" * 32, "throttled": "f" * 32}
TODAY = date(2025, 4, 15)

MAKERS = {f"{name}: {variant}": maker for name, variants in BENCHES.items() for variant, maker in variants.items()}


def writes(choose):
    """Every variant with each of its samples that `choose` names."""
    pairs = [(maker, sample, variant) for variant, maker in MAKERS.items() for sample in choose(maker.func)]
    cases = [pytest.param(maker, sample, id=f"{variant}, {sample}") for maker, sample, variant in pairs]
    return pytest.mark.parametrize(("bench", "sample"), cases, indirect=["bench"])


EVERYWHERE = pytest.mark.parametrize("bench", [pytest.param(maker, id=variant) for variant, maker in MAKERS.items()], indirect=True)
EVERY_WRITE = writes(lambda bench: bench.samples)
REPEATABLE = writes(lambda bench: bench.repeatable)
MARKED = writes(lambda bench: bench.marked)
ONCE = writes(lambda bench: bench.once)
DOUBTFUL = writes(lambda bench: bench.doubtful)
CONFIRMING = writes(lambda bench: bench.confirming)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("contract")


@pytest.fixture
def bench(request, folder):
    return request.param(folder)


def do(bench, write, key=KEY):
    return bench.connector.send(write, bench.connector.prepare(write, key), key)


def state(bench, write, ready, key=KEY, taken=()):
    return bench.connector.look_up(write, ready, key, taken).state


def broken(bench, sample, fault, error):
    """A write whose sending went wrong, what was prepared for it, and its key."""
    write, key = bench.write(sample), FAULT_KEYS[fault]
    ready = bench.connector.prepare(write, key)
    bench.break_next(fault, write)
    with pytest.raises(error):
        bench.connector.send(write, ready, key)
    return write, ready, key


def opened(bench):
    """The open list: every row readable, each invoice once, and never empty."""
    found = list(bench.connector.list_open_invoices())
    assert found, "the simulator gave no records"
    assert all(isinstance(one, Invoice) for one in found)
    assert len({one.source_ref for one in found}) == len(found)
    return {one.source_ref: one for one in found}


def collectable(bench):
    return {ref: str(one.open.amount) for ref, one in opened(bench).items() if not one.leave_alone and one.open.minor > 0}


# What is read


@EVERYWHERE
def test_company_is_whole(bench):
    found = bench.connector.get_company()
    assert isinstance(found, Company) and found.name and found.country and len(found.currency) == 3
    assert bench.connector.check_company(bench.org_no) == found


@EVERYWHERE
def test_wrong_company_is_refused(bench):
    with pytest.raises(ConfigError):
        bench.connector.check_company("556016-0680")


@EVERYWHERE
def test_list_is_whole_over_pages(bench, monkeypatch):
    bench.small_pages(monkeypatch)
    refs = [bench.add_invoice(f"{100 + number}.00") for number in range(5)]
    assert collectable(bench) == {ref: f"{100 + number}.00" for number, ref in enumerate(refs)}


@EVERYWHERE
def test_only_what_is_owed_is_collectable(bench):
    owed, due = bench.add_invoice(), bench.add_due_today()
    bench.add_draft()
    bench.pay(bench.add_invoice(), "12500.00")
    bench.credit(bench.add_invoice())
    assert set(collectable(bench)) == {owed, due}


@EVERYWHERE
def test_bad_row_leaves_the_rest(bench):
    first, second, third = (bench.add_invoice() for _ in range(3))
    bench.spoil(second)
    found = list(bench.connector.list_open_invoices())
    assert [one.raw_ref for one in found if isinstance(one, Problem)] == [second]
    assert [one.source_ref for one in found if isinstance(one, Invoice)] == [first, third]
    assert isinstance(bench.connector.get_invoice(second), Problem)


@EVERYWHERE
def test_changes_are_listed(bench):
    ref = bench.add_invoice()
    since = bench.clock.now() - bench.connector.overlap
    bench.clock.sleep(3600)
    found = list(bench.connector.list_changed_invoices(since))
    assert [one.source_ref for one in found] == [ref]


@EVERYWHERE
def test_details_are_well_formed(bench):
    ref = bench.add_invoice()
    found = bench.connector.get_invoice(ref)
    assert isinstance(found, Invoice) and found.detailed and found.open == found.total == Money.parse("12500", found.currency)
    assert found.issued_on < found.due_on < TODAY and not found.leave_alone
    debtor = bench.connector.get_debtor(found.debtor_ref)
    assert isinstance(debtor, Debtor) and debtor.name == found.debtor_name
    assert bench.connector.get_invoice_pdf(ref).startswith(b"%PDF")


@EVERYWHERE
@pytest.mark.parametrize("given", [{}, {"currency": "EUR"}, {"share": "7500.00"}], ids=["own", "foreign", "share"])
def test_part_payment_lowers_what_is_open(bench, given):
    ref = bench.add_invoice("12500.00", **given)
    before = bench.connector.get_invoice(ref).open
    assert before.amount == Decimal(given.get("share", "12500.00"))
    bench.pay(ref, "500.00")
    after = bench.connector.get_invoice(ref)
    assert (before - after.open).amount == 500 and after.open.currency == given.get("currency", after.currency)


@EVERYWHERE
def test_payments_follow_the_books(bench):
    ref = bench.add_invoice()
    kept, taken_back = bench.pay(ref, "500.00"), bench.pay(ref, "500.00")
    bench.take_back(taken_back)
    (payment,) = bench.connector.list_payments(ref)
    assert isinstance(payment, Payment) and (payment.source_ref, payment.booked) == (kept, True)
    assert payment.amount.amount == 500 and payment.invoice_ref == ref
    assert bench.connector.get_invoice(ref).open.amount == 12_000
    assert bench.connector.bank_postings_until(TODAY) == date(2025, 4, 10)


@EVERYWHERE
def test_payments_of_the_past_come_from_lists(bench):
    one, other = bench.add_invoice(), bench.add_invoice()
    paid = {bench.pay(one, "500.00"): one, bench.pay(other, "700.00"): other}
    found = list(bench.connector.list_changed_payments(bench.clock.now() - bench.connector.overlap))
    assert {payment.source_ref: payment.invoice_ref for payment in found} == paid
    assert sorted(payment.amount.amount for payment in found) == [500, 700] and all(payment.booked for payment in found)
    bench.clock.sleep(3600 * 24 * 7)
    assert list(bench.connector.list_changed_payments(bench.clock.now() - bench.connector.overlap)) == []


@EVERYWHERE
def test_books_can_be_set_up(bench):
    accounts = bench.connector.list_accounts(TODAY)
    assert accounts, "the simulator gave no records"
    assert all(isinstance(one, Account) and one.number.isdecimal() for one in accounts)
    setup = bench.connector.propose_books_setup(TODAY)
    assert isinstance(setup, BooksSetup) and {setup.receivable, setup.clearing} <= {one.number for one in accounts}
    assert bench.connector.find_payment_mode(bench.payment_mode) is not None
    assert bench.connector.find_payment_mode("NO") is None and bench.connector.locked_until() is None


@EVERYWHERE
def test_vendor_reminders_are_counted(bench):
    ref = bench.add_invoice()
    assert bench.connector.get_invoice(ref).vendor_reminders == 0
    shown = bench.remind(ref)
    assert bench.connector.get_invoice(ref).vendor_reminders == shown


@EVERYWHERE
def test_read_survives_a_fault(bench):
    ref = bench.add_invoice()
    for fault in ("throttled", "throttled_retry_after", "error_before", "drop_before", "drop_after"):
        bench.break_next(fault)
        assert list(opened(bench)) == [ref]


@EVERYWHERE
def test_faults_make_nothing_untrue(bench):
    refs = {bench.add_invoice() for _ in range(3)}
    bench.break_often(0.4)
    seen = 0
    for _ in range(12):
        bench.clock.sleep(3600)
        try:
            assert set(opened(bench)) == refs
            seen += 1
        except (RetryLaterError, LoginExpiredError):
            continue
    assert seen, "no list came through"


# The login


@EVERYWHERE
def test_token_that_ran_out_is_renewed(bench):
    company = bench.connector.get_company()
    bench.expire_token()
    assert bench.connector.get_company() == company


@EVERYWHERE
def test_lost_renewal_is_said(bench):
    company = bench.connector.get_company()
    bench.lose_renewal()
    with pytest.raises(RetryLaterError):
        bench.connector.get_company()
    if bench.renews_alone:
        assert bench.connector.get_company() == company
        return
    with pytest.raises(LoginExpiredError, match="consent"):
        bench.connector.get_company()


@EVERYWHERE
def test_revoked_login_is_said(bench):
    bench.connector.get_company()
    bench.revoke_login()
    with pytest.raises(LoginExpiredError):
        bench.connector.get_company()
    with pytest.raises(LoginExpiredError):
        list(bench.connector.list_open_invoices())


# What is written


@EVERYWHERE
def test_every_delivery_is_tried(bench):
    deliveries = bench.connector.deliveries
    assert {bench.write(sample).kind for sample in (*bench.samples, *bench.once, *bench.confirming)} == set(deliveries)
    assert {deliveries[bench.write(sample).kind].how for sample in bench.once} <= {"at_most_once"}
    assert all(delivery.remains for delivery in deliveries.values())


@EVERY_WRITE
def test_write_lands_once(bench, sample):
    write = bench.write(sample)
    ready = bench.connector.prepare(write, KEY)
    assert bench.count(write) == 0
    assert state(bench, write, ready) == "absent"
    receipt = bench.connector.send(write, ready, KEY)
    assert bench.connector.look_up(write, ready, KEY, ()).receipt.remote_ref == receipt.remote_ref
    assert bench.count(write) == 1


@EVERY_WRITE
def test_lost_answer_is_found(bench, sample):
    for fault in ("drop_after", "error_after"):
        write, ready, key = broken(bench, sample, fault, OutcomeUnknownError)
        landed = bench.count(write)
        assert landed or bench.refuses_first(write)
        assert state(bench, write, ready, key) == ("found" if landed else "absent")


@EVERY_WRITE
def test_lost_request_is_absent(bench, sample):
    for fault, error in (("drop_before", OutcomeUnknownError), ("error_before", OutcomeUnknownError), ("throttled", RetryLaterError)):
        write, ready, key = broken(bench, sample, fault, error)
        bench.clock.sleep(bench.connector.deliveries[write.kind].absent_after_s)
        assert state(bench, write, ready, key) == "absent"
        assert bench.connector.send(write, ready, key).remote_ref
        assert bench.count(write) == 1


@EVERY_WRITE
def test_refused_write_was_not_applied(bench, sample):
    write = bench.write(sample)
    ready = bench.connector.prepare(write, KEY)
    with bench.refusing(write), pytest.raises(RejectedError):
        bench.connector.send(write, ready, KEY)
    assert (state(bench, write, ready), bench.count(write)) == ("absent", 0)


@EVERYWHERE
def test_write_survives_a_lost_token(bench):
    write = bench.write(bench.samples[0])
    ready = bench.connector.prepare(write, KEY)
    bench.expire_token()
    assert bench.connector.send(write, ready, KEY).remote_ref
    assert bench.count(write) == 1


@ONCE
def test_what_cant_be_asked_goes_once(bench, sample):
    for fault in ("drop_before", "error_before", "drop_after", "error_after"):
        write, ready, key = broken(bench, sample, fault, OutcomeUnknownError)
        assert state(bench, write, ready, key) == "ambiguous"
        assert bench.count(write) == fault.endswith("after")
    write, *_ = broken(bench, sample, "throttled", RetryLaterError)
    assert bench.count(write) == 0


@DOUBTFUL
def test_doubtful_write_lands_or_is_refused(bench, sample):
    write = bench.write(sample)
    ready = bench.connector.prepare(write, KEY)
    try:
        bench.connector.send(write, ready, KEY)
    except RejectedError:
        assert (state(bench, write, ready), bench.count(write)) == ("absent", 0)
    else:
        assert (state(bench, write, ready), bench.count(write)) == ("found", 1)


@CONFIRMING
def test_what_is_done_is_confirmed(bench, sample):
    write = bench.write(sample)
    ready = bench.connector.prepare(write, KEY)
    assert (state(bench, write, ready), bench.count(write)) == ("found", 1)
    assert bench.connector.send(write, ready, KEY).remote_ref
    assert bench.count(write) == 1


@REPEATABLE
def test_two_equal_writes_are_two(bench, sample):
    write = bench.write(sample)
    first = do(bench, write)
    ready = bench.connector.prepare(write, OTHER_KEY)
    bench.break_next("drop_after", write)
    with pytest.raises(OutcomeUnknownError):
        bench.connector.send(write, ready, OTHER_KEY)
    found = bench.connector.look_up(write, ready, OTHER_KEY, [first.remote_ref])
    assert found.state == "found" and found.receipt.remote_ref != first.remote_ref
    assert state(bench, write, ready, OTHER_KEY, [first.remote_ref, found.receipt.remote_ref]) == "absent"
    assert bench.count(write) == 2


@REPEATABLE
def test_earlier_equal_write_is_not_ours(bench, sample):
    write = bench.write(sample)
    do(bench, write, OTHER_KEY)
    ready = bench.connector.prepare(write, KEY)
    assert state(bench, write, ready) == "absent"


@MARKED
def test_later_equal_write_is_not_ours(bench, sample):
    write = bench.write(sample)
    ready = bench.connector.prepare(write, KEY)
    do(bench, write, OTHER_KEY)
    assert state(bench, write, ready) == "absent"
    assert bench.connector.send(write, ready, KEY).remote_ref
    assert state(bench, write, ready) == "found"


@EVERYWHERE
def test_nothing_is_sent_to_debtors(bench):
    for number, sample in enumerate(bench.samples):
        do(bench, bench.write(sample), f"{number:032x}")
    ref, invoice = next(iter(opened(bench).items()))
    assert bench.connector.get_invoice(ref).debtor_ref == invoice.debtor_ref
    assert bench.connector.get_invoice_pdf(ref)
    assert bench.sent_to_debtors() == 0
