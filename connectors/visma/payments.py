"""Payments: one call posts a payment straight to the ledger; the bank account it goes to stands for the clearing account.

https://developer.vismaonline.com/docs/invoice-payments. A payment can neither be listed, read by an id, changed nor taken back here:
what is open is read before and after, our mark goes along in `Reference`, and vouchers and bank transactions show it (see `shown`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import ClassVar, Final

from typing_extensions import override

from connectors.visma.answers import NAME
from connectors.visma.client import Json, VismaClient
from connectors.visma.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken, read_back
from connectors.visma.mapping.books import BankAccount
from connectors.visma.mapping.invoices import Balance
from connectors.visma.mapping.render import is_mark, mark_of, render_bank_account, render_payment
from connectors.visma.mapping.values import Row, UnreadableError, same_id
from connectors.visma.settings import Settings
from connectors.visma.shown import Shown, ShownPayments
from connectors.visma.vouchers import Years
from core.clock import day_in
from core.errors import OutcomeUnknownError, RejectedError, RetryLaterError
from core.http import Answer
from core.money import Money
from core.writes import BookkeepPayment, BookPayment, CreatePaymentMode, Delivery, Finding, Prepared, Receipt

__all__ = ["BookPayments", "BookkeepPayments", "CreatePaymentModes", "find_bank_account"]

PAYMENTS, OPEN, PAID, BANK = "payments", "open", "paid", "bank"
"""Evidence: the payments that showed, what was open, what was paid, and the bank account it goes to."""
UNLISTED: Final = "unlisted"


class BookPayments(Kind[BookPayment]):
    """Posts a payment; what showed of the invoice before the send is the evidence."""

    waits_for_rights = True
    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains=(
            "Where the vendor shows no Reference, a person who enters the same amount and day on the clearing account in the same minutes "
            "is taken for us."
        ),
    )

    def __init__(self, client: VismaClient, shown: ShownPayments, years: Years, country: Callable[[], str]) -> None:
        super().__init__(client)
        self._shown, self._years, self._country = shown, years, country

    @override
    def prepare(self, write: BookPayment, key: str) -> Prepared:
        """Render the payment and note what shows of the invoice now."""
        raw, balance = self._shown.invoice(write.invoice_ref)
        self._check(write, balance.left)
        self._years.id_of(write.paid_on)
        bank = find_bank_account(self._shown.bank_accounts(), write.mode)
        if bank is None or bank.ledger != write.account or not bank.active:
            text = (
                f"there is no open bank account named {write.mode!r} on account {write.account}: create it in eAccounting, of the cash kind"
            )
            raise RejectedError(NAME, "no_bank_account", text)
        body = render_payment(write, key, bank_account=bank.ref, left=balance.left)
        refs = sorted(one.ref for one in self._shown.seen(raw, balance))
        evidence = {PAYMENTS: refs, OPEN: balance.open.text(), PAID: balance.paid.text(), BANK: bank.ref}
        return Prepared("POST", f"/v2/customerinvoices/{write.invoice_ref}/payments", body, JSON_TYPE, evidence)

    def _check(self, write: BookPayment, left: Money) -> None:
        today = day_in(self._country(), self.client.clock.now())
        if write.paid_on > today:
            raise RejectedError(NAME, "4023", f"a payment can't be booked ahead, for {write.paid_on}")
        if write.write_off is not None and (write.amount or write.write_off != left or write.write_off.minor >= 100):
            text = "the API books no loss: write it off in eAccounting, by hand; a rest below 1.00 can be rounded off from here"
            raise RejectedError(NAME, "no_write_off", text)

    @override
    def send(self, write: BookPayment, prepared: Prepared, key: str) -> Receipt:
        """Send the payment, unless somebody paid or credited something since it was prepared: then it is looked at again first.

        What our other payments took meanwhile, known by their marks, is no reason, as long as this one still fits.
        """
        raw, balance = self._shown.invoice(write.invoice_ref)
        if balance.open.text() != prepared.evidence[OPEN] and not self._is_ours_alone(write, prepared, raw, balance):
            raise RetryLaterError(NAME, f"{balance.open} is open on invoice {balance.number}, it was {prepared.evidence[OPEN]} before")
        return super().send(write, prepared, key)

    def _is_ours_alone(self, write: BookPayment, prepared: Prepared, raw: Json, balance: Balance) -> bool:
        """Tell whether other payments of ours are all that has lowered what is open, and this one is still a part of it."""
        currency = balance.open.currency
        new = [one for one in self._shown.seen(raw, balance) if one.ref not in prepared.evidence[PAYMENTS]]
        ours = Money.sum((one.payment.amount for one in new if any(map(is_mark, one.words))), currency)
        lowered = Money.parse(prepared.evidence[OPEN], currency) - balance.open
        return write.write_off is None and lowered == ours and write.amount < balance.open

    @override
    def confirm(self, write: BookPayment, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare what came back with what was sent, and find the payment in the books."""
        echo = self.echoed(answer)
        if differing := _differing(write, echo, prepared.evidence[BANK]):
            raise not_taken(f"the payment on invoice {write.invoice_ref}", differing)
        found = read_back(lambda: self._find(write, prepared, key, (), _transaction_of(echo)))
        if found.state != "found" or found.receipt is None:
            raise OutcomeUnknownError(NAME, "the payment was taken and does not show in the books yet")
        return found.receipt

    @override
    def look_up(self, write: BookPayment, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look among the payments that are new since; our mark decides, else amount, day and account, else what is paid in all."""
        return self._find(write, prepared, key, taken, "")

    def _find(self, write: BookPayment, prepared: Prepared, key: str, taken: Collection[str], transaction: str) -> Finding:
        raw, balance = self._shown.invoice(write.invoice_ref)
        new = [one for one in self._shown.seen(raw, balance) if one.ref not in prepared.evidence[PAYMENTS]]
        free = [one for one in new if one.ref not in taken]
        marked = [one for one in free if _is_ours(one, key, transaction)]
        # What bears the mark of another intent is that one's, however equal it is.
        unmarked = [one for one in free if not any(map(is_mark, one.words))]
        same = [one for one in marked or unmarked if _fits(write, one)]
        if same or marked:
            return finding([_receipt(write, one.ref) for one in same], [one.ref for one in marked if one not in same])
        amount = write.write_off or write.amount
        before = Money.parse(prepared.evidence[PAID], amount.currency)
        others = list(_unlisted_since(balance.number, before, taken))
        rest = balance.paid - before - Money.sum([*(one.payment.amount for one in new), *others], amount.currency)
        name = _unlisted(balance.number, before, amount, key)
        if rest == amount and name not in taken:
            return finding([_receipt(write, name)])
        # Another payment of ours that only the balance shows may have been undone, and this one stand in its place.
        return finding([], [f"invoice {balance.number}"] if rest not in (Money.zero(amount.currency), amount) or others else [])


class BookkeepPayments(Kind[BookkeepPayment]):
    """Confirms that an entered payment is booked: it is from the start, so nothing is changed here."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up", remains="Nothing: a payment is booked as it is entered, and this only reads that it stands."
    )

    def __init__(self, client: VismaClient, shown: ShownPayments) -> None:
        super().__init__(client)
        self._shown = shown

    @override
    def prepare(self, write: BookkeepPayment, key: str) -> Prepared:
        """Render the read that is made instead."""
        return Prepared("GET", f"/v2/customerinvoices/{write.invoice_ref}", b"")

    @override
    def send(self, write: BookkeepPayment, prepared: Prepared, key: str) -> Receipt:
        """Read whether the payment stands."""
        if not self._stands(write):
            raise RejectedError(
                NAME, "undone", f"payment {write.payment_ref} stands no more on invoice {write.invoice_ref}: a person undid it"
            )
        return self._done(write)

    @override
    def confirm(self, write: BookkeepPayment, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Take the read for the answer."""
        return self._done(write)

    @override
    def look_up(self, write: BookkeepPayment, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read whether the payment stands."""
        return finding([self._done(write)] if self._stands(write) else [])

    def _stands(self, write: BookkeepPayment) -> bool:
        if write.payment_ref.startswith(UNLISTED):
            return True
        raw, balance = self._shown.invoice(write.invoice_ref)
        return write.payment_ref in {one.ref for one in self._shown.seen(raw, balance)}

    def _done(self, write: BookkeepPayment) -> Receipt:
        return Receipt(write.payment_ref, {"invoice": write.invoice_ref, "booked": True})


class CreatePaymentModes(Kind[CreatePaymentMode]):
    """Creates the bank account that stands for the clearing account; its name is ours, so it is found by that."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up", absent_after_s=ABSENT_AFTER_S, remains="Nothing: a second of the same name is refused."
    )

    def __init__(self, client: VismaClient, shown: ShownPayments, settings: Settings) -> None:
        super().__init__(client)
        self._shown, self._settings = shown, settings

    @override
    def prepare(self, write: CreatePaymentMode, key: str) -> Prepared:
        """Render the bank account, where the scopes let us create one."""
        if not self._settings.may_add_bank_accounts:
            text = f"create a bank account named {write.code!r} on account {write.account} in eAccounting, of the cash kind (or connect with ea:purchase)"
            raise RejectedError(NAME, "no_scope", text)
        return Prepared("POST", "/v2/bankaccounts", render_bank_account(write.code, write.account), JSON_TYPE)

    @override
    def confirm(self, write: CreatePaymentMode, prepared: Prepared, key: str, answer: Answer) -> Receipt:
        """Compare name and account."""
        try:
            echo = Row(self.echoed(answer))
            same = echo.text("Name") == write.code and str(echo.whole("LedgerAccountNumber")) == write.account
        except UnreadableError:
            same = False
        if not same:
            raise not_taken(f"bank account {write.code}", ["LedgerAccountNumber"])
        return Receipt(write.code, {"account": write.account})

    @override
    def look_up(self, write: CreatePaymentMode, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Read the bank accounts; one that is tied elsewhere is not ours to judge."""
        found = find_bank_account(self._shown.bank_accounts(), write.code)
        if found is None:
            return finding([])
        tied = found.ledger == write.account
        return finding([Receipt(write.code, {"account": write.account})] if tied else [], [] if tied else [write.code])


def find_bank_account(accounts: Collection[BankAccount], name: str) -> BankAccount | None:
    """Return the bank account of a name, an open one first."""
    named = [one for one in accounts if one.name.casefold() == name.casefold()]
    return next((one for one in named if one.active), named[0] if named else None)


def _is_ours(shown: Shown, key: str, transaction: str) -> bool:
    return any(mark_of(key) in word for word in shown.words) or same_id(shown.transaction, transaction)


def _fits(write: BookPayment, shown: Shown) -> bool:
    payment, amount = shown.payment, write.write_off or write.amount
    into_clearing = write.write_off is not None or payment.account in ("", write.account)
    return payment.amount == amount and payment.paid_on == write.paid_on and into_clearing


def _receipt(write: BookPayment, ref: str) -> Receipt:
    return Receipt(ref, {"invoice": write.invoice_ref, "booked": True})


def _unlisted(number: str, before: Money, amount: Money, key: str) -> str:
    """Return the name of a payment that only the invoice's balance shows: what was paid before it, and by it."""
    return f"{UNLISTED}/{number}-{before.text()}+{amount.text()}-{key[:16]}"


def _unlisted_since(number: str, before: Money, refs: Collection[str]) -> Iterator[Money]:
    """Yield the amounts of the payments that only the balance shows and that are not in what was paid `before`."""
    for ref in refs:
        found = re.fullmatch(rf"{UNLISTED}/{re.escape(number)}-([0-9.-]+)\+([0-9.]+)-[0-9a-f]{{16}}", ref)
        if found and Money.parse(found[1], before.currency) >= before:
            yield Money.parse(found[2], before.currency)


def _transaction_of(echo: Json) -> str:
    try:
        return Row(echo).guid("BankTransactionId")
    except UnreadableError:
        return ""


def _differing(write: BookPayment, echo: Json, bank: str) -> list[str]:
    amount = write.write_off or write.amount
    try:
        row = Row(echo)
        same = {
            "PaymentAmount": row.money("PaymentAmount", amount.currency) == amount,
            "PaymentDate": (row.day("PaymentDate") or date.min) == write.paid_on,
            "CompanyBankAccountId": same_id(row.text("CompanyBankAccountId"), bank),
        }
    except UnreadableError:
        return ["content"]
    return [name for name, holds in same.items() if not holds]
