"""The one suite that every connector passes, against its simulator, whichever way the vendor's open questions turn out.

It knows no vendor: a connector joins with a bench (`connectors.contract.bench`) for each thing its vendor leaves open. What does not hold
in a variant fails here; a simulator that gives no records fails too. The first line of each test says what is promised.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import pytest

from connectors.contract.bench import PAID_ON, TODAY, Bench, Variants
from core.errors import ConfigError, KravbroError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.model import BooksSetup, Company, Debtor, Invoice, Payment, Problem
from core.money import Money
from core.writes import Prepared, Receipt, Write

T = TypeVar("T")

KEY: Final = "0123456789abcdef0123456789abcdef"
OTHER_KEY: Final = "fedcba9876543210fedcba9876543210"
FAULT_KEYS: Final = {
    "drop_before": "b" * 32,
    "error_before": "c" * 32,
    "drop_after": "d" * 32,
    "error_after": "e" * 32,
    "throttled": "f" * 32,
}
CHOICES: Final = {
    "sample": "samples",
    "repeatable": "repeatable",
    "marked": "marked",
    "once": "once",
    "doubtful": "doubtful",
    "confirming": "confirming",
}
"""What a test takes, and what of the bench it is then run with."""

INVOICES: Final[Mapping[str, Mapping[str, str]]] = {"own": {}, "foreign": {"currency": "EUR"}, "share": {"share": "7500.00"}}
"""How an invoice may be owed: in the company's currency, in another, or in part because the state pays the rest."""


def over(benches: Mapping[str, Variants], metafunc: pytest.Metafunc) -> None:
    """Run a test with each variant of each connector, and with each write of it that the test asks for."""
    makers = {f"{name}: {variant}": maker for name, variants in benches.items() for variant, maker in variants.items()}
    if "given" in metafunc.fixturenames:
        metafunc.parametrize("given", INVOICES.values(), ids=INVOICES)
    chosen = next((name for name in CHOICES if name in metafunc.fixturenames), "")
    if not chosen:
        metafunc.parametrize("bench", [pytest.param(maker, id=variant) for variant, maker in makers.items()], indirect=True)
        return
    # A maker may be a class, or a class with its arguments: which writes it has can be read off without making it.
    pairs = [
        (variant, maker, sample) for variant, maker in makers.items() for sample in getattr(getattr(maker, "func", maker), CHOICES[chosen])
    ]
    cases = [pytest.param(maker, sample, id=f"{variant}, {sample}") for variant, maker, sample in pairs]
    metafunc.parametrize(("bench", chosen), cases, indirect=["bench"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the benches of a module."""
    return tmp_path_factory.mktemp("contract")


@pytest.fixture
def bench(request: pytest.FixtureRequest, folder: Path) -> Bench:
    """A new bench."""
    made: Bench = request.param(folder)
    return made


def do(bench: Bench, write: Write, key: str = KEY) -> Receipt:
    """Prepare and send a write."""
    return bench.connector.send(write, bench.connector.prepare(write, key), key)


def state(bench: Bench, write: Write, ready: Prepared, key: str = KEY, taken: Collection[str] = ()) -> str:
    """Return what a look-up of a write says."""
    return bench.connector.look_up(write, ready, key, taken).state


def broken(bench: Bench, sample: str, fault: str, error: type[KravbroError]) -> tuple[Write, Prepared, str]:
    """Return a write whose sending went wrong, what was prepared for it, and its key."""
    write, key = bench.write(sample), FAULT_KEYS[fault]
    ready = bench.connector.prepare(write, key)
    bench.break_next(fault, write)
    with pytest.raises(error):
        bench.connector.send(write, ready, key)
    return write, ready, key


def got(found: T | Problem) -> T:
    """Return what could be read."""
    assert not isinstance(found, Problem), found.message
    return found


def opened(bench: Bench) -> dict[str, Invoice]:
    """Return the open list: every row readable, each invoice once, and never empty."""
    found = [got(one) for one in bench.connector.list_open_invoices()]
    assert found, "the simulator gave no records"
    assert len({one.source_ref for one in found}) == len(found)
    return {one.source_ref: one for one in found}


def collectable(bench: Bench) -> dict[str, str]:
    """Return what is owed of each open invoice that may be collected."""
    return {ref: str(one.open.amount) for ref, one in opened(bench).items() if not one.leave_alone and one.open.minor > 0}


# What is read


def test_company_is_whole(bench: Bench) -> None:
    """The company is read whole, and taken for the one that is expected."""
    found = bench.connector.get_company()
    assert isinstance(found, Company) and found.name and found.country and len(found.currency) == 3
    assert bench.connector.check_company(bench.org_no) == found


def test_wrong_company_is_refused(bench: Bench) -> None:
    """Books of another company than the expected one are refused."""
    with pytest.raises(ConfigError):
        bench.connector.check_company("556016-0680")


def test_list_is_whole_over_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that takes several pages comes whole, each row once."""
    bench.small_pages(monkeypatch)
    refs = [bench.add_invoice(f"{100 + number}.00") for number in range(5)]
    assert collectable(bench) == {ref: f"{100 + number}.00" for number, ref in enumerate(refs)}


def test_only_what_is_owed_is_collectable(bench: Bench) -> None:
    """Drafts, paid and credited invoices are not collectable; what is owed is."""
    owed, due = bench.add_invoice(), bench.add_due_today()
    bench.add_draft()
    bench.pay(bench.add_invoice(), "12500.00")
    bench.credit(bench.add_invoice())
    assert set(collectable(bench)) == {owed, due}


def test_bad_row_leaves_the_rest(bench: Bench) -> None:
    """A row that can't be read is told as a problem, and the rest of the list still comes."""
    first, second, third = (bench.add_invoice() for _ in range(3))
    bench.spoil(second)
    found = list(bench.connector.list_open_invoices())
    assert [one.raw_ref for one in found if isinstance(one, Problem)] == [second]
    assert [one.source_ref for one in found if isinstance(one, Invoice)] == [first, third]
    assert isinstance(bench.connector.get_invoice(second), Problem)


def test_changes_are_listed(bench: Bench) -> None:
    """What changed since a moment is listed."""
    ref = bench.add_invoice()
    since = bench.clock.now() - bench.connector.overlap
    bench.clock.sleep(3600)
    found = [got(one) for one in bench.connector.list_changed_invoices(since)]
    assert [one.source_ref for one in found] == [ref]


def test_details_are_well_formed(bench: Bench) -> None:
    """An invoice, its debtor and its PDF are read whole."""
    ref = bench.add_invoice()
    found = got(bench.connector.get_invoice(ref))
    assert found.detailed and found.open == found.total == Money.parse("12500", found.currency)
    assert found.issued_on < found.due_on < TODAY and not found.leave_alone
    debtor = got(bench.connector.get_debtor(found.debtor_ref))
    assert isinstance(debtor, Debtor) and debtor.name == found.debtor_name
    assert bench.connector.get_invoice_pdf(ref).startswith(b"%PDF")


def test_part_payment_lowers_what_is_open(bench: Bench, given: Mapping[str, str]) -> None:
    """A part payment lowers what is open by its amount, in the invoice's own currency."""
    ref = bench.add_invoice("12500.00", **given)
    before = got(bench.connector.get_invoice(ref)).open
    assert before.amount == Decimal(given.get("share", "12500.00"))
    bench.pay(ref, "500.00")
    after = got(bench.connector.get_invoice(ref))
    assert (before - after.open).amount == 500 and after.open.currency == given.get("currency", after.currency)


def test_payments_follow_the_books(bench: Bench) -> None:
    """Payments are those of the books; one that its people took back is gone."""
    ref = bench.add_invoice()
    kept, taken_back = bench.pay(ref, "500.00"), bench.pay(ref, "500.00")
    bench.take_back(taken_back)
    (payment,) = bench.connector.list_payments(ref)
    assert isinstance(payment, Payment) and (payment.source_ref, payment.booked) == (kept, True)
    assert payment.amount.amount == 500 and payment.invoice_ref == ref
    assert got(bench.connector.get_invoice(ref)).open.amount == 12_000
    assert bench.connector.bank_postings_until(TODAY) == PAID_ON


def test_payments_of_the_past_come_from_lists(bench: Bench) -> None:
    """Payments since a moment are listed with their invoices; earlier ones are not."""
    one, other = bench.add_invoice(), bench.add_invoice()
    paid = {bench.pay(one, "500.00"): one, bench.pay(other, "700.00"): other}
    found = [got(one) for one in bench.connector.list_changed_payments(bench.clock.now() - bench.connector.overlap)]
    assert {payment.source_ref: payment.invoice_ref for payment in found} == paid
    assert sorted(payment.amount.amount for payment in found) == [500, 700] and all(payment.booked for payment in found)
    bench.clock.sleep(3600 * 24 * 7)
    assert list(bench.connector.list_changed_payments(bench.clock.now() - bench.connector.overlap)) == []


def test_books_can_be_set_up(bench: Bench) -> None:
    """Accounts, a proposal of them and a way of payment are found; one that is not there is not."""
    accounts = bench.connector.list_accounts(TODAY)
    assert accounts, "the simulator gave no records"
    assert all(one.number.isdecimal() for one in accounts)
    setup = bench.connector.propose_books_setup(TODAY)
    assert isinstance(setup, BooksSetup) and {setup.receivable, setup.clearing} <= {one.number for one in accounts}
    assert bench.connector.find_payment_mode(bench.payment_mode) is not None
    assert bench.connector.find_payment_mode("NO") is None and bench.connector.locked_until() is None


def test_vendor_reminders_are_counted(bench: Bench) -> None:
    """The vendor's own reminders are counted as the vendor shows them."""
    ref = bench.add_invoice()
    assert got(bench.connector.get_invoice(ref)).vendor_reminders == 0
    shown = bench.remind(ref)
    assert got(bench.connector.get_invoice(ref)).vendor_reminders == shown


def test_read_survives_a_fault(bench: Bench) -> None:
    """A read that fails once, in whichever way, is tried again and comes whole."""
    ref = bench.add_invoice()
    for fault in ("throttled", "throttled_retry_after", "error_before", "drop_before", "drop_after"):
        bench.break_next(fault)
        assert list(opened(bench)) == [ref]


def test_faults_make_nothing_untrue(bench: Bench) -> None:
    """While many requests fail, a list comes whole or not at all."""
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


def test_token_that_ran_out_is_renewed(bench: Bench) -> None:
    """A token that ran out is renewed without anybody noticing."""
    company = bench.connector.get_company()
    bench.expire_token()
    assert bench.connector.get_company() == company


def test_lost_renewal_is_said(bench: Bench) -> None:
    """A renewal whose answer was lost is an outage; afterwards it works, or a new consent is asked for."""
    company = bench.connector.get_company()
    bench.lose_renewal()
    with pytest.raises(RetryLaterError):
        bench.connector.get_company()
    if bench.renews_alone:
        assert bench.connector.get_company() == company
        return
    with pytest.raises(LoginExpiredError, match="consent"):
        bench.connector.get_company()


def test_revoked_login_is_said(bench: Bench) -> None:
    """A consent that was withdrawn is told as an expired login."""
    bench.connector.get_company()
    bench.revoke_login()
    with pytest.raises(LoginExpiredError):
        bench.connector.get_company()
    with pytest.raises(LoginExpiredError):
        list(bench.connector.list_open_invoices())


# What is written


def test_every_delivery_is_tried(bench: Bench) -> None:
    """Each kind of write that the connector declares is tried here, and says what may still go wrong."""
    assert bench.samples, "the bench tries no write"
    deliveries = bench.connector.deliveries
    assert {bench.write(sample).kind for sample in (*bench.samples, *bench.once, *bench.confirming)} == set(deliveries)
    assert {deliveries[bench.write(sample).kind].how for sample in bench.once} <= {"at_most_once"}
    assert all(delivery.remains for delivery in deliveries.values())


def test_write_lands_once(bench: Bench, sample: str) -> None:
    """A write is absent before it is sent, and found once after it."""
    write = bench.write(sample)
    ready = bench.connector.prepare(write, KEY)
    assert bench.count(write) == 0
    assert state(bench, write, ready) == "absent"
    receipt = bench.connector.send(write, ready, KEY)
    found = bench.connector.look_up(write, ready, KEY, ()).receipt
    assert found is not None and found.remote_ref == receipt.remote_ref
    assert bench.count(write) == 1


def test_lost_answer_is_found(bench: Bench, sample: str) -> None:
    """A write whose answer was lost is found by a look-up where it landed."""
    for fault in ("drop_after", "error_after"):
        write, ready, key = broken(bench, sample, fault, OutcomeUnknownError)
        landed = bench.count(write)
        assert landed or bench.refuses_first(write)
        assert state(bench, write, ready, key) == ("found" if landed else "absent")


def test_lost_request_is_absent(bench: Bench, sample: str) -> None:
    """A write that never arrived is absent when its time has passed, and can be sent again."""
    for fault, error in (("drop_before", OutcomeUnknownError), ("error_before", OutcomeUnknownError), ("throttled", RetryLaterError)):
        write, ready, key = broken(bench, sample, fault, error)
        bench.clock.sleep(bench.connector.deliveries[write.kind].absent_after_s)
        assert state(bench, write, ready, key) == "absent"
        assert bench.connector.send(write, ready, key).remote_ref
        assert bench.count(write) == 1


def test_refused_write_was_not_applied(bench: Bench, sample: str) -> None:
    """A write that the vendor refuses is told as refused, and has not been applied."""
    write = bench.write(sample)
    ready = bench.connector.prepare(write, KEY)
    with bench.refusing(write), pytest.raises(RejectedError):
        bench.connector.send(write, ready, KEY)
    assert (state(bench, write, ready), bench.count(write)) == ("absent", 0)


def test_write_survives_a_lost_token(bench: Bench) -> None:
    """A write goes out once although the token ran out before it."""
    write = bench.write(bench.samples[0])
    ready = bench.connector.prepare(write, KEY)
    bench.expire_token()
    assert bench.connector.send(write, ready, KEY).remote_ref
    assert bench.count(write) == 1


def test_what_cant_be_asked_goes_once(bench: Bench, once: str) -> None:
    """A write that nobody can look up goes out at most once, and a person is asked after a lost answer."""
    for fault in ("drop_before", "error_before", "drop_after", "error_after"):
        write, ready, key = broken(bench, once, fault, OutcomeUnknownError)
        assert state(bench, write, ready, key) == "ambiguous"
        assert bench.count(write) == fault.endswith("after")
    write, *_ = broken(bench, once, "throttled", RetryLaterError)
    assert bench.count(write) == 0


def test_doubtful_write_lands_or_is_refused(bench: Bench, doubtful: str) -> None:
    """A write that the vendor may refuse is refused or done, never something between."""
    write = bench.write(doubtful)
    ready = bench.connector.prepare(write, KEY)
    try:
        bench.connector.send(write, ready, KEY)
    except RejectedError:
        assert (state(bench, write, ready), bench.count(write)) == ("absent", 0)
    else:
        assert (state(bench, write, ready), bench.count(write)) == ("found", 1)


def test_what_is_done_is_confirmed(bench: Bench, confirming: str) -> None:
    """A write that only confirms what is done already is found, and changes nothing."""
    write = bench.write(confirming)
    ready = bench.connector.prepare(write, KEY)
    assert (state(bench, write, ready), bench.count(write)) == ("found", 1)
    assert bench.connector.send(write, ready, KEY).remote_ref
    assert bench.count(write) == 1


def test_two_equal_writes_are_two(bench: Bench, repeatable: str) -> None:
    """Two equal writes are two: the second is not taken for the first."""
    write = bench.write(repeatable)
    first = do(bench, write)
    ready = bench.connector.prepare(write, OTHER_KEY)
    bench.break_next("drop_after", write)
    with pytest.raises(OutcomeUnknownError):
        bench.connector.send(write, ready, OTHER_KEY)
    found = bench.connector.look_up(write, ready, OTHER_KEY, [first.remote_ref])
    assert found.state == "found" and found.receipt is not None and found.receipt.remote_ref != first.remote_ref
    assert state(bench, write, ready, OTHER_KEY, [first.remote_ref, found.receipt.remote_ref]) == "absent"
    assert bench.count(write) == 2


def test_earlier_equal_write_is_not_ours(bench: Bench, repeatable: str) -> None:
    """An equal write that was there before ours is not taken for ours."""
    write = bench.write(repeatable)
    do(bench, write, OTHER_KEY)
    ready = bench.connector.prepare(write, KEY)
    assert state(bench, write, ready) == "absent"


def test_later_equal_write_is_not_ours(bench: Bench, marked: str) -> None:
    """An equal write by somebody else after we looked is not taken for ours, where ours bears a mark."""
    write = bench.write(marked)
    ready = bench.connector.prepare(write, KEY)
    other = do(bench, write, OTHER_KEY)
    assert state(bench, write, ready) == "absent"
    try:
        receipt = bench.connector.send(write, ready, KEY)
    except RetryLaterError:  # what it was rendered with is taken now: the engine renders it anew, since nothing was applied
        ready = bench.connector.prepare(write, KEY)
        receipt = bench.connector.send(write, ready, KEY)
    assert receipt.remote_ref and receipt.remote_ref != other.remote_ref
    assert state(bench, write, ready) == "found"


def test_nothing_is_sent_to_debtors(bench: Bench) -> None:
    """Nothing that is read or written sends a debtor anything."""
    for number, sample in enumerate(bench.samples):
        do(bench, bench.write(sample), f"{number:02x}" * 16)  # keys differ from their first digits on, as real ones do
    ref, invoice = next(iter(opened(bench).items()))
    assert got(bench.connector.get_invoice(ref)).debtor_ref == invoice.debtor_ref
    assert bench.connector.get_invoice_pdf(ref)
    assert bench.sent_to_debtors() == 0
