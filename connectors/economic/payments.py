"""Payments: drafts of customer payments in our own journal, the booking of exactly those, and what must have come of it.

A draft changes nothing until it is booked, and what is booked stays: it is corrected by a counter-entry. Which sign of an amount
credits the customer is not documented, so after each booking the invoice must have that much less open; where it has not, nothing
more is booked before a person has looked (README.md, "The sign of a payment"). People can change a draft, and move it to another
invoice, so what bears our mark is looked for on the customer as a whole and compared with what was entered before and after it is booked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

from typing_extensions import override

from connectors.economic.answers import NAME, parse_json
from connectors.economic.client import EconomicClient
from connectors.economic.journals import JOURNALS, Journals
from connectors.economic.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, good, not_taken, read_back
from connectors.economic.ledger import BOOKED, DRAFTS, Ledger
from connectors.economic.mapping.entries import PAYMENT, Draft, Entry, mark_in
from connectors.economic.mapping.invoices import entry_number, parse_invoice
from connectors.economic.mapping.render import mark_of, render_booking, render_match, render_payment
from connectors.economic.years import find_year
from core.errors import OutcomeUnknownError, RejectedError, RetryLaterError
from core.model import Invoice
from core.money import Money
from core.writes import BookkeepPayment, BookPayment, Delivery, Finding, Prepared, Receipt

__all__ = ["BookPayments", "BookkeepPayments", "SignGuard"]

CUSTOMER, SINCE, OPEN, CURRENCY, COUNT = "customer", "since", "open", "currency", "count"
"""Evidence: whose ledger to look in and from which day, what was open before, and how many entries it must be in the end."""

BEFORE: Final = timedelta(days=366)
"""How much older than its invoice a payment may be: a person may have dated it back."""

Part = tuple[Decimal, str]
"""How much less is owed, and the account it was posted against, "" where nobody can tell."""

UNDO: Final = (
    "Take it back in e-conomic by a counter-entry and match the two, set the other sign with "
    "`kravbro tenants settings ID --set payment_sign=…`, and book it anew there."
)


class SignGuard:
    """Lets nothing more be booked while a payment of ours stands on the wrong side of its customer's account."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._why: str | None = None

    def check(self) -> None:
        """Raise `RetryLaterError` while one stands there; one that was taken back and matched stands there no more."""
        if self._why is None:
            wrong = self._ledger.list_entries(
                f"type$eq:{PAYMENT}$and:amount$gt:0$and:customerNumber$gt:0",
                lambda entry: entry.kind == PAYMENT and bool(mark_in(entry.text)) and entry.amount.minor > 0 and bool(entry.open),
            )
            self.stop(mark_in(wrong[0].text) if wrong else "")
        if self._why:
            raise RetryLaterError(NAME, f"payment {self._why} was booked with the wrong sign, so nothing more is", todo=UNDO)

    def stop(self, ref: str) -> None:
        """Let nothing more be booked because of this payment."""
        self._why = ref


class BookPayments(Kind[BookPayment]):
    """Enters a payment as drafts that bear our mark; a write-off is a draft of its own beside it."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="Nothing within the hour of its key; a first request that lands later makes a second draft, which nobody books.",
    )

    def __init__(self, client: EconomicClient, ledger: Ledger, journals: Journals, guard: SignGuard, sign: str) -> None:
        super().__init__(client)
        self._ledger, self._journals, self._guard, self._sign = ledger, journals, guard, sign

    @override
    def prepare(self, write: BookPayment, key: str) -> Prepared:
        """Render the drafts, and note in whose ledger they are found; what would be refused for good is told before."""
        if entry_number(write.invoice_ref) is not None:
            raise RejectedError(NAME, "no_invoice", f"{write.invoice_ref} is no invoice: book it in e-conomic")
        invoice = _invoice(self.client, write.invoice_ref)
        journal = self._journals.get(write.mode)
        find_year(self.client, write.paid_on)
        _check_customer(self.client, invoice.debtor_ref)
        body = render_payment(write, key, journal=journal.number, customer=invoice.debtor_ref, sign=self._sign)
        evidence = {CUSTOMER: invoice.debtor_ref, SINCE: (min(invoice.issued_on, write.paid_on) - BEFORE).isoformat()}
        return Prepared("POST", f"{DRAFTS}/bulk", body, JSON_TYPE, evidence)

    @override
    def send(self, write: BookPayment, prepared: Prepared, key: str) -> Receipt:
        """Enter the drafts and compare them with what was sent."""
        self._guard.check()
        self.write(prepared, key)
        drafts = read_back(lambda: _drafts(self._ledger, mark_of(key)))
        if not drafts:
            raise OutcomeUnknownError(NAME, "the drafts that were made are not in the list")
        if _wanted(prepared) != _shown(drafts):
            raise not_taken(f"payment {mark_of(key)}", ["content"])
        return _receipt(write.invoice_ref, mark_of(key), booked=False)

    @override
    def look_up(self, write: BookPayment, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the mark among the drafts, and among what is booked: a person may have booked them, or moved them first."""
        mark = mark_of(key)
        if mark in taken:
            return finding([])
        drafts = _drafts(self._ledger, mark)
        booked = [] if drafts else _booked(self._ledger, prepared.evidence, mark, write.invoice_ref)
        same = _wanted(prepared) == _shown(drafts) if drafts else not _wrong(self._ledger, write, booked)
        receipts = [_receipt(write.invoice_ref, mark, booked=bool(booked))] if same else []
        return finding(receipts, [mark] if (drafts or booked) and not same else [])


class BookkeepPayments(Kind[BookkeepPayment]):
    """Books the drafts of a payment, matches them where the vendor did not, and looks at what is open then.

    A call that was answered badly may have booked them: the next one finds them booked, and does only what is left to do.
    """

    delivery: ClassVar[Delivery] = Delivery(
        "look_up", absent_after_s=ABSENT_AFTER_S, remains="Nothing: drafts that were booked are gone, and a second call does not find them."
    )

    def __init__(self, client: EconomicClient, ledger: Ledger, guard: SignGuard, sign: str) -> None:
        super().__init__(client)
        self._ledger, self._guard, self._sign = ledger, guard, sign

    @override
    def prepare(self, write: BookkeepPayment, key: str) -> Prepared:
        """Name the drafts by their numbers, and note what is open before; what a person has changed is theirs to book."""
        invoice = _invoice(self.client, write.invoice_ref)
        evidence: dict[str, Any] = {CUSTOMER: invoice.debtor_ref, OPEN: invoice.open.text(), CURRENCY: invoice.currency}
        drafts = _drafts(self._ledger, write.payment_ref)
        evidence[SINCE] = (min([invoice.issued_on, *(draft.on for draft in drafts)]) - BEFORE).isoformat()
        booked = _booked(self._ledger, evidence, write.payment_ref, write.invoice_ref)
        if not drafts and not booked:
            raise RejectedError(NAME, "no_draft", f"payment {write.payment_ref} is no longer in the journal: a person may have deleted it")
        if len({draft.contra for draft in drafts}) < len(drafts) or len({draft.journal for draft in drafts}) > 1:
            raise RejectedError(NAME, "double", f"payment {write.payment_ref} lies twice in the journal: delete one in e-conomic")
        self._compare(write, invoice.debtor_ref, drafts, booked, whole=True)
        evidence[COUNT] = len(drafts) + len(booked)
        journal = drafts[0].journal if drafts else 0
        body = render_booking([draft.number for draft in drafts])
        return Prepared("POST", f"{JOURNALS}/{journal}/bookdraftentries", body, JSON_TYPE, evidence)

    @override
    def send(self, write: BookkeepPayment, prepared: Prepared, key: str) -> Receipt:
        """Book, match, and look."""
        booked = self._found(write, prepared)
        if len(booked) < prepared.evidence[COUNT]:
            self._guard.check()
            self._compare(write, prepared.evidence[CUSTOMER], _drafts(self._ledger, write.payment_ref))
            booked = self._book(write, prepared, key)
        if any(entry.amount.minor > 0 for entry in booked):
            self._guard.stop(write.payment_ref)
            raise RejectedError(NAME, "wrong_sign", f"payment {write.payment_ref} was booked and raises what the customer owes. {UNDO}")
        wrong = read_back(lambda: _wrong(self._ledger, write.entered, booked))
        if wrong:
            raise RejectedError(NAME, "not_taken", f"payment {write.payment_ref} is booked, but {wrong}: correct it in e-conomic")
        if any(entry.open for entry in booked):
            booked = self._match(write, prepared, booked, key)
        self._look_at_invoice(write, prepared, booked)
        return _receipt(write.invoice_ref, write.payment_ref, booked=True)

    @override
    def look_up(self, write: BookkeepPayment, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the booked entries: one that is not matched yet is half done, and sending again does the rest."""
        booked = self._found(write, prepared)
        if any(entry.amount.minor > 0 for entry in booked):
            return finding([], [write.payment_ref])
        if len(booked) >= prepared.evidence[COUNT] and _wrong(self._ledger, write.entered, booked):
            return finding([], [write.payment_ref])
        done = len(booked) >= prepared.evidence[COUNT] and not any(entry.open for entry in booked)
        return finding([_receipt(write.invoice_ref, write.payment_ref, booked=True)] if done else [])

    def _compare(
        self, write: BookkeepPayment, customer: str, drafts: list[Draft], booked: Collection[Entry] = (), *, whole: bool = False
    ) -> None:
        """Refuse what does not lie there as it was entered; `whole` where all of it must be there."""
        moved = [draft for draft in drafts if (draft.customer, draft.invoice) != (customer, write.invoice_ref)]
        own = [(one.amount.amount if self._sign == "plus" else -one.amount.amount, one.contra) for one in drafts]
        wrong = "is on another invoice" if moved else _wrong(self._ledger, write.entered, booked, own, whole=whole)
        if wrong:
            wrong = f"payment {write.payment_ref} was changed since it was entered: it {wrong}"
            raise RejectedError(NAME, "changed", f"{wrong}; set it back in e-conomic, or book it there")

    def _found(self, write: BookkeepPayment, prepared: Prepared) -> list[Entry]:
        return _booked(self._ledger, prepared.evidence, write.payment_ref, write.invoice_ref)

    def _book(self, write: BookkeepPayment, prepared: Prepared, key: str) -> list[Entry]:
        refusal = None
        try:
            self.write(prepared, key)
        except RejectedError as error:
            refusal = error  # an earlier call of ours may have been late, and booked them
        booked = read_back(lambda: self._found(write, prepared))
        if len(booked) < prepared.evidence[COUNT]:
            raise refusal or OutcomeUnknownError(NAME, "what was booked is not in the ledger")
        return booked

    def _match(self, write: BookkeepPayment, prepared: Prepared, booked: list[Entry], key: str) -> list[Entry]:
        """Match with the invoice what the vendor left unmatched."""
        debt = read_back(lambda: self._ledger.find_invoice(write.invoice_ref, prepared.evidence[CUSTOMER]))
        body = render_match([debt.number, *(entry.number for entry in booked if entry.open)])
        try:
            self.client.write("POST", f"{BOOKED}/match", body, dict(JSON_TYPE), f"{key}-m")
        except RejectedError as error:
            wrong = f"payment {write.payment_ref} is booked and not matched ({error.code}): match it with invoice {write.invoice_ref} in e-conomic"
            raise RejectedError(NAME, "not_matched", wrong) from None
        return read_back(lambda: self._found(write, prepared))

    def _look_at_invoice(self, write: BookkeepPayment, prepared: Prepared, booked: list[Entry]) -> None:
        """Make sure that the invoice has that much less open; a person may have booked on it too, so what was matched counts as well."""
        before = Money.parse(prepared.evidence[OPEN], prepared.evidence[CURRENCY])
        paid = Money.sum((-entry.amount for entry in booked), before.currency)
        invoice = read_back(lambda: _invoice(self.client, write.invoice_ref))
        if invoice.open == before - paid:
            return
        debt = read_back(lambda: self._ledger.find_invoice(write.invoice_ref, prepared.evidence[CUSTOMER]))
        matched = read_back(lambda: self._ledger.matched_with(debt.number))
        if not matched.issuperset(entry.number for entry in booked):
            self._guard.stop(write.payment_ref)
            wrong = f"payment {write.payment_ref} is booked, and {invoice.open} is open on invoice {write.invoice_ref}, where {before} was before"
            raise RejectedError(NAME, "not_matched", f"{wrong}: look at it in e-conomic")


def _invoice(client: EconomicClient, ref: str) -> Invoice:
    return good(parse_invoice(client.get(f"/invoices/booked/{ref}")))


def _check_customer(client: EconomicClient, number: str) -> None:
    """Refuse while a customer is barred: debtors often are, and no entry is taken on them."""
    if client.get(f"/customers/{number}").get("barred") is True:
        raise RejectedError(NAME, "barred_customer", f"customer {number} is barred: open it in e-conomic, then the payment is booked")


def _drafts(ledger: Ledger, mark: str) -> list[Draft]:
    return ledger.list_drafts(lambda draft: mark_in(draft.text) == mark)


def _booked(ledger: Ledger, evidence: dict[str, Any], mark: str, invoice: str) -> list[Entry]:
    """Return the debtor's entries that bear a mark; the invoice itself must be among the customer's, or nothing is known."""
    entries = ledger.list_of_customer(evidence[CUSTOMER], date.fromisoformat(evidence[SINCE]), control=invoice)
    return [entry for entry in entries if mark_in(entry.text) == mark and entry.open is not None]


def _wrong(
    ledger: Ledger, write: BookPayment | None, booked: Collection[Entry], drafted: Collection[Part] = (), *, whole: bool = True
) -> str:
    """Return what is otherwise than it was entered, "" for nothing; what was entered is unknown of bookings that were planned long ago."""
    if write is None:
        return ""
    if any(entry.invoice not in ("", write.invoice_ref) for entry in booked):
        return "is on another invoice"
    contras = ledger.contra_accounts(booked)
    shown = [*drafted, *((abs(entry.amount.amount), contras[entry.number]) for entry in booked)]
    wanted = [(write.amount.amount, write.account)]
    if write.write_off is not None:
        wanted.append((write.write_off.amount, write.write_off_account))
    left = [part for part in wanted if part[0]]
    for amount, account in shown:
        fitting = [part for part in left if part[0] == amount and account in ("", part[1])]
        if not fitting:
            return f"is {amount} against account {account or 'unknown'}"
        left.remove(fitting[0])
    return f"lacks {left[0][0]} against account {left[0][1]}" if left and whole else ""


def _wanted(prepared: Prepared) -> list[tuple[Any, ...]]:
    """Return what was sent, as it is compared."""
    entries = parse_json(prepared.body)["entries"]
    return sorted(
        (
            Decimal(one["amount"]), str(one["contraAccountNumber"]), str(one["customerNumber"]), one["customerInvoiceNumber"],
            one["journalNumber"], one["date"][:10],
        )
        for one in entries
    )  # fmt: skip


def _shown(drafts: Collection[Draft]) -> list[tuple[Any, ...]]:
    return sorted((one.amount.amount, one.contra, one.customer, one.invoice, one.journal, one.on.isoformat()) for one in drafts)


def _receipt(invoice_ref: str, mark: str, *, booked: bool) -> Receipt:
    return Receipt(mark, {"invoice": invoice_ref, "booked": booked})
