"""Fees and interest booked when they are demanded: a receivable that stands until they come or are waived.

Most tenants book them when they are received, as income of a settlement (`core.engine.settle`). Where the accountant chose otherwise
(facts: bookings, "option: entry when sent, reversed if waived"), the difference between what is demanded (`core.engine.demands`) and what
our vouchers put on the receivable is booked:

- up, when a letter has gone with a fee, a claim with the interest until its handover, or the agency has charged for the creditor;
- down, when that is demanded no longer: the letter came back, the invoice was paid without it, the claim ended.

A settlement takes what it pays from there. A fee that the accounting system booked with its own reminder stands there too, whatever
the tenant chose, so that nothing is booked twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from core.engine.context import Run
from core.engine.demands import COMPONENTS, KINDS, Demand, Kind, list_demands
from core.engine.words import words_of
from core.ledger import signed_parts
from core.money import Money
from core.states import OPEN_INTENT, IntentState
from core.store import books, people
from core.store.claims import StoredPayment
from core.store.journal import Intent, Latest, Plan
from core.writes import BookVoucher, VoucherRow

__all__ = ["Taken", "booked", "go", "is_charge", "refusal", "take"]

NAMED: Final = 3
"""Invoices that a voucher's text names; the systems take no long ones."""

TASK: Final = "charges_waived"

Sums = dict[tuple[str, Kind], Money]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a settlement takes from the receivable: the sum of each kind, and how its voucher's context says it."""

    sums: Mapping[Kind, Money]
    charges: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Receivable:
    """What our vouchers put on the receivable, by what they are filed under.

    Attributes:
        stands: by vouchers that are booked.
        promised: what settlements that are on their way will take.
        settled: what settlements have taken, or will.
        last: the newest voucher about each, without settlements.
        open: what a voucher is on its way about, without settlements.
        with_person: vouchers that the books refused, and a person has not said anything of yet.
    """

    currency: str
    stands: Sums = field(default_factory=dict)
    promised: Sums = field(default_factory=dict)
    settled: Sums = field(default_factory=dict)
    last: dict[tuple[str, Kind], Latest] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    with_person: frozenset[str] = frozenset()

    def add(self, voucher: Latest) -> None:
        """Take a voucher into account; the oldest first."""
        is_settlement = "settlement_id" in voucher.context
        for one in voucher.context.get("charges", ()):
            where, amount = (one["key"], one["kind"]), Money.parse(one["amount"], self.currency)
            if not is_settlement:
                self.last[where] = voucher
            if voucher.state == IntentState.CONFIRMED:
                self._file(self.stands, where, amount)
            elif voucher.state in OPEN_INTENT and is_settlement:
                self._file(self.promised, where, amount)
            elif voucher.state in OPEN_INTENT:
                self.open.add(one["key"])
            if is_settlement and voucher.state in (IntentState.CONFIRMED, *OPEN_INTENT):
                self._file(self.settled, where, amount)

    def of(self, demand: Demand, kind: Kind) -> Money:
        """Return what stands there for a demand, the accounting system's own bookings with it."""
        return demand.booked_there(kind) + Money.sum((self.look(self.stands, key, kind) for key in demand.keys), self.currency)

    def is_open(self, demand: Demand) -> bool:
        """Tell whether nobody knows yet what stands there for a demand."""
        return not self.open.isdisjoint(demand.keys)

    def look(self, sums: Sums, key: str, kind: Kind) -> Money:
        """Return one of the sums."""
        return sums.get((key, kind), Money.zero(self.currency))

    def _file(self, sums: Sums, where: tuple[str, Kind], amount: Money) -> None:
        sums[where] = self.look(sums, *where) + amount


def go(run: Run) -> None:
    """Plan a voucher for each demand of which something else should stand on the receivable than does."""
    if not run.tenant.books_setup.charges_receivable:
        return
    with run.database.read() as connection:
        receivable = _read(run, connection)
        plans = [
            plan
            for demand in list_demands(run, connection)
            if not receivable.is_open(demand)
            for kind in KINDS
            if (plan := _plan(run, connection, demand, kind, receivable)) is not None
        ]
    for plan in plans:
        with run.database.write() as connection:
            run.journal.plan(connection, plan, run.now(), run.today)


def take(run: Run, connection: Connection, paid: Iterable[StoredPayment]) -> Taken | None:
    """Return what payments that are settled take from the receivable; None while nobody knows what stands there.

    A payment that is taken back puts back what a settlement took for it.
    """
    sums: dict[Kind, Money] = dict.fromkeys(KINDS, Money.zero(run.tenant.currency))
    if not run.tenant.books_setup.charges_receivable:
        return Taken(sums)
    receivable, found = _read(run, connection), []
    demands = {demand.key: demand for demand in list_demands(run, connection)}
    for (claim_id, kind), amount in _received(paid, run.tenant.currency).items():
        demand = demands.get(claim_id)
        if demand is None:
            continue  # in another currency: income when it comes
        if receivable.is_open(demand):
            return None
        left = receivable.of(demand, kind) + receivable.look(receivable.promised, claim_id, kind)
        before = receivable.look(receivable.settled, claim_id, kind)
        own = min(amount, max(left, Money.zero(left.currency))) if amount.minor > 0 else max(amount, before)
        if own:
            sums[kind] += own
            found.append(_charge(claim_id, kind, -own))
    return Taken(sums, found)


def _read(run: Run, connection: Connection) -> _Receivable:
    refused = (task.subject for task in people.list_tasks(connection, run.tenant.id) if task.kind == "refused_book_voucher")
    receivable = _Receivable(run.tenant.currency, with_person=frozenset(refused))
    for voucher in run.journal.list_standing(connection, "book_voucher"):
        receivable.add(voucher)
    return receivable


def _received(paid: Iterable[StoredPayment], currency: str) -> Sums:
    """Return what payments at an agency pay the creditor of fees and interest, by claim."""
    found: Sums = {}
    for one in paid:
        for part in signed_parts(one.payment):
            if part.payee == "creditor" and part.component in COMPONENTS and part.amount.currency == currency:
                where = (one.claim_id, COMPONENTS[part.component])
                found[where] = found.get(where, Money.zero(currency)) + part.amount
    return found


def _plan(run: Run, connection: Connection, demand: Demand, kind: Kind, receivable: _Receivable) -> Plan | None:
    change = _wanted(run, demand, kind) - receivable.of(demand, kind)
    setup = run.tenant.books_setup
    income = setup.interest if kind == "interest" else setup.fee
    context = {
        "charges": [_charge(demand.key, kind, change)], "accounts": [setup.charges_receivable, income], "currency": change.currency,
        "settles": {}, "fee_rows": 1,
    }  # fmt: skip
    if not change or _is_with_person(receivable, receivable.last.get((demand.key, kind)), context):
        return None
    sent_on = demand.fees[0].sent_on if demand.claim is None and change.minor > 0 else run.today
    booked_on = books.first_open_day(connection, run.tenant.id, run.today)
    text = _text(run, connection, demand, kind, change)
    if booked_on != sent_on:
        text += f", {words_of(run.tenant.country).event_day} {sent_on}"
    paid_without = {"paid_without": str(-change)} if change.minor < 0 and demand.was_paid_without else {}
    return Plan(
        write=BookVoucher(setup.series, booked_on, sent_on, text, _rows(setup.charges_receivable, income, change, text)),
        subjects=(f"charges:{demand.key}:{kind}",), channel="books", cause=demand.key, claim_id=demand.claim.id if demand.claim else None,
        invoice_ref=None if demand.claim else demand.invoices[0], context=context | paid_without, again_because="another amount is demanded",
    )  # fmt: skip


def _wanted(run: Run, demand: Demand, kind: Kind) -> Money:
    """Return what should stand on the receivable: by a tenant that books what it receives, only what its accounting system put there."""
    if run.tenant.charges_booked == "when_sent":
        return demand.of(kind)
    return max(min(demand.of(kind), demand.booked_there(kind)), Money.zero(demand.currency))


def _rows(receivable: str, income: str, change: Money, text: str) -> tuple[VoucherRow, VoucherRow]:
    zero = Money.zero(change.currency)
    up, down = max(change, zero), max(-change, zero)
    return VoucherRow(receivable, up, down, text), VoucherRow(income, down, up, text)


def _text(run: Run, connection: Connection, demand: Demand, kind: Kind, change: Money) -> str:
    """Return a voucher's text: what it is, of which invoices, and whether it is waived."""
    words = words_of(run.tenant.country)
    named = " ".join(books.number_of(connection, run.tenant.id, ref) for ref in demand.invoices[:NAMED])
    more = " …" if len(demand.invoices) > NAMED else ""
    return f"{words.interest if kind == 'interest' else words.fee} {named}{more}{f', {words.waived}' if change.minor < 0 else ''}"


def _charge(key: str, kind: Kind, amount: Money) -> dict[str, str]:
    return {"key": key, "kind": kind, "amount": amount.text()}


def _is_with_person(receivable: _Receivable, last: Latest | None, context: Mapping[str, Any]) -> bool:
    """Tell whether the same voucher was the last one about this, and refused: it goes again once a person has ended the task."""
    if last is None or last.id not in receivable.with_person:
        return False
    return all(last.context[name] == context[name] for name in ("charges", "accounts"))


def is_charge(intent: Intent) -> bool:
    """Tell whether it books fees or interest as they are demanded, or takes them back; a settlement only takes from there."""
    return "charges" in intent.context and "settlement_id" not in intent.context


def refusal(run: Run, intent: Intent, why: str) -> str:
    """Return what a person is told of a charge that the books refused."""
    assert isinstance(intent.write, BookVoucher), "a charge is booked by voucher"
    return (
        f"{intent.write.text!r} was not booked on {' and '.join(intent.context['accounts'])}: {why}. Mend that in the accounting system and end this "
        f"task (`kravbro claims resolve ID --tenant {run.tenant.id} --done …`), then it is tried again; or choose another account with "
        f"`kravbro tenants accounts {run.tenant.id} --set …`."
    )


def booked(run: Run, connection: Connection, intent: Intent) -> None:
    """End what was asked of a person about a charge, now that a voucher of it is booked, and tell what was waived.

    What was waived because nothing else is owed any more may have come along: only the bank knows.
    """
    assert isinstance(intent.write, BookVoucher), "a charge is booked by voucher"
    people.resolve_task(connection, run.tenant.id, TASK, intent.subjects[0], "another amount is demanded", run.now())
    for task in people.list_tasks(connection, run.tenant.id):
        if task.kind == "refused_book_voucher" and task.params.get("about") == intent.subjects[0]:
            people.resolve_task(connection, run.tenant.id, task.kind, task.subject, "it is booked", run.now())
    if "paid_without" not in intent.context:
        return
    receivable, income = intent.context["accounts"]
    text = (
        f"{intent.context['paid_without']} ({intent.write.text}) was taken off account {receivable}, since nothing else is owed any more and this "
        f"was not seen. If it was paid to you, book it as income on account {income}: {receivable} waits for it no more."
    )
    people.add_task(connection, run.tenant.id, TASK, intent.subjects[0], text, run.now())
