"""The payments of an invoice, as far as eAccounting shows them: there is no list of payments, and no payment has an id.

Two things show one, and either alone is enough:

- a voucher whose SourceId is the invoice (not the invoice's own): it tells the account, and what receivables went down by;
- a row of a matched bank transaction whose SourceId is the invoice: it tells the amount in the invoice's currency. Product variants
  without a bank have no such list.

A payment is named by its voucher's number and id and the invoice's id. What the invoice's own balance says was paid is the check: where
vouchers and transactions don't add up to it, the answer would be a guess, so there is none.

A loss that a person booked is a payment of nothing with that much written off. An invoice that went to a factor is told as neither.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from connectors.visma.answers import NAME
from connectors.visma.client import Json, VismaClient
from connectors.visma.kinds import good
from connectors.visma.mapping import books
from connectors.visma.mapping.books import BankAccount, Moved, Transacted
from connectors.visma.mapping.invoices import Balance, Rate, Reading, balance_of, rate_of
from connectors.visma.settings import Settings
from core.errors import RejectedError
from core.model import Payment, Problem, without_undone
from core.money import Money, round_half_up

__all__ = ["Shown", "ShownPayments"]

LATE_ENTRY: Final = timedelta(days=366)
"""How long after its day a payment may be entered and still be found among changed vouchers."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A payment that shows, with the texts in which a mark of ours may stand, and its bank transaction if it has one.

    Attributes:
        payment: what the invoice went down by, as if all of it was paid.
        lost: whether it was written off instead.
    """

    payment: Payment
    words: tuple[str, ...]
    transaction: str = ""
    lost: bool = False

    @property
    def ref(self) -> str:
        """How the payment is named."""
        return self.payment.source_ref

    def told(self) -> Payment:
        """Return the payment as the engine is to see it."""
        if not self.lost:
            return self.payment
        return replace(self.payment, amount=Money.zero(self.payment.amount.currency), written_off=self.payment.amount)


class ShownPayments:
    """Finds payments; `reading` is asked for each time, since it needs the company's currency."""

    def __init__(self, client: VismaClient, settings: Settings, reading: Callable[[], Reading]) -> None:
        self._client, self._settings, self._reading = client, settings, reading
        self._has_transactions = True

    def invoice(self, invoice_ref: str) -> tuple[Json, Balance]:
        """Return an invoice and what it says was paid of it."""
        raw = self._client.get(f"/v2/customerinvoices/{invoice_ref}")
        return raw, good(balance_of(raw, self._reading()))

    def whole(self, invoice_ref: str) -> list[Payment]:
        """Return every payment on an invoice, or refuse where they don't explain its balance."""
        raw, balance = self.invoice(invoice_ref)
        found = self.seen(raw, balance)
        total = Money.sum((one.payment.amount for one in found), balance.open.currency)
        if total != balance.paid:
            text = f"{balance.paid} is paid of invoice {balance.number}, and its vouchers and bank transactions show {total}"
            sold = "; it is sold to a factor" if raw.get("IsSold") is True else ""
            raise RejectedError(NAME, "unlisted", text + sold)
        return [one.told() for one in found]

    def seen(self, raw: Json, balance: Balance) -> list[Shown]:
        """Return the payments that show; none is looked for where nothing is paid."""
        if not balance.paid:
            return []
        ref, issued_on = str(raw.get("Id")).lower(), date.fromisoformat(str(raw.get("InvoiceDate"))[:10])
        about = [one for one in self._vouchers(issued_on, f"SourceId eq {ref}") if one.source == ref]
        none = {ref, balance.voucher_id, *(one.ref for one in about if not one.may_pay)}
        vouchers = {one.ref: one for one in about if one.ref not in none}
        rows, rate = self._transactions(issued_on), self._rate(raw)
        covers = Counter(one.voucher for one in rows)
        rows = [one for one in rows if one.source == ref and one.voucher not in none]
        banks = {account.ledger for account in self.bank_accounts()}
        found = [self._from_row(one, vouchers.pop(one.voucher, None), rate, alone=covers[one.voucher] == 1) for one in rows]
        return _standing([*found, *(_from_voucher(one, rate, ref, banks) for one in vouchers.values())])

    def changed_since(self, since: datetime) -> Iterator[Payment | Problem]:
        """Yield the payments whose vouchers changed since a moment of the vendor's clock, once each."""
        earliest = (since - LATE_ENTRY).date()
        moment = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        changed = [one for one in self._vouchers(earliest, f"ModifiedUtc ge {moment}") if one.modified is None or one.modified >= since]
        if not changed:
            return
        vouchers = {one.ref: one for one in changed}
        rows = [one for one in self._transactions(min(one.on for one in changed)) if one.voucher in vouchers]
        theirs = [one for one in rows if vouchers[one.voucher].credited or "customer" in one.source_word.lower()]
        covers = Counter(one.voucher for one in rows)
        rates = self._foreign_rates() if theirs else {}
        home, by_invoice = Rate(self._reading().currency, Decimal(1)), dict[str, list[Shown]]()
        for one in [one for one in theirs if not vouchers[one.voucher].sells]:
            try:
                rate = good(rates.get(one.source, home))
                shown = self._from_row(one, vouchers[one.voucher], rate, alone=covers[one.voucher] == 1)
            except RejectedError as error:
                yield Problem("payments", one.source, f"{error.reason}.")
                continue
            by_invoice.setdefault(one.source, []).append(shown)
        told = {one.voucher for one in rows}
        banks = {account.ledger for account in self.bank_accounts()}
        for voucher in [one for one in changed if one.ref not in told and one.may_pay and one.credited]:
            invoice = self._client.find(f"/v2/customerinvoices/{voucher.source}")
            if invoice is not None:
                by_invoice.setdefault(voucher.source, []).append(_from_voucher(voucher, self._rate(invoice), voucher.source, banks))
        for found in by_invoice.values():
            yield from (shown.told() for shown in _standing(found))

    def bank_accounts(self) -> list[BankAccount]:
        """Return every bank account that can be read."""
        rows = self._client.list_rows("/v2/bankaccounts")
        return [account for raw in rows if not isinstance(account := books.parse_bank_account(raw), Problem)]

    def _rate(self, invoice: Json) -> Rate:
        return good(rate_of(invoice, self._reading().currency))

    def _foreign_rates(self) -> dict[str, Rate | Problem]:
        """Return the rates of all invoices in a currency other than that of the books, by their ids."""
        home = self._reading().currency
        found = self._client.list_filtered("/v2/customerinvoices", f"CurrencyCode ne '{home}'")
        rates = {str(raw.get("Id")).lower(): rate_of(raw, home) for raw in found if isinstance(raw, dict)}
        return {ref: rate for ref, rate in rates.items() if isinstance(rate, Problem) or rate.currency != home}

    def _vouchers(self, since: date, more: str) -> list[Moved]:
        """Return the vouchers since a day; `more` is asked for where the vendor takes it."""
        days = f"VoucherDate ge {since}T00:00:00Z"
        rows = self._client.list_filtered("/v2/vouchers", f"{days} and {more}", certain=days, still=True)
        return [found for raw in rows if (found := books.parse_moved(raw, self._settings.receivable_accounts)) is not None]

    def _transactions(self, since: date) -> list[Transacted]:
        found: list[Transacted] = []
        for account in self.bank_accounts() if self._has_transactions else ():
            rows = self.matched(account, since)
            if rows is None:
                self._has_transactions = False
                return found
            found += [one for raw in rows for one in books.parse_transacted(raw, account.ledger)]
        return found

    def matched(self, account: BankAccount, since: date) -> list[Any] | None:
        """Return the matched transactions of a bank account since a day, None where the product has none."""
        return self._client.find_filtered(f"/v2/banktransactions/{account.ref}/matched", f"TransactionDate ge {since}T00:00:00Z")

    def unmatched(self, account: BankAccount, since: date) -> list[Any] | None:
        """Return the transactions of a bank account since a day that are matched with nothing, None where the product has none."""
        return self._client.find_filtered(f"/v2/banktransactions/{account.ref}/unmatched", f"TransactionDate ge {since}T00:00:00Z")

    def _from_row(self, row: Transacted, voucher: Moved | None, rate: Rate, *, alone: bool) -> Shown:
        """Return a payment from a bank transaction's row.

        What receivables went down by rules where the voucher pays this invoice alone and is in the invoice's currency, as a fee may have been
        taken off what came; and where the bank account is in another currency, whose amount is that of another day's rate.
        """
        foreign = row.amount.currency != rate.currency
        if voucher is None and foreign:
            same_day = self._vouchers(row.on, f"VoucherDate le {row.on}T23:59:59Z")
            voucher = next((one for one in same_day if one.ref == row.voucher), None)
        amount, home = row.amount, self._reading().currency
        if voucher is not None and alone and voucher.credited and (foreign or amount.currency == home):
            amount = round_half_up(voucher.credited / rate.per_unit, rate.currency)
        elif foreign:
            # One of several in a transaction: the balance tells whether the rate of the invoice was the bank's.
            if row.amount.currency != home:
                text = f"{row.amount} came for invoice {row.source}, and no voucher of its own tells what that is in {rate.currency}"
                raise RejectedError(NAME, "unreadable", text)
            amount = round_half_up(row.amount.amount / rate.per_unit, rate.currency)
        words = (*row.words, *(voucher.words if voucher else ()))
        return Shown(_payment(row.source, (row.number, row.voucher, row.on), amount, row.ledger), words, row.ref)


def _from_voucher(voucher: Moved, rate: Rate, invoice_ref: str, banks: Collection[str]) -> Shown:
    """Return a payment from its voucher alone, which is in the currency of the books: receivables go down by the invoice's own rate."""
    into = [(account, amount) for account, amount in voucher.debits if account in banks] or list(voucher.debits)
    in_books = voucher.credited or sum((amount for _, amount in into), voucher.credited)
    account = into[0][0] if into else ""
    amount = round_half_up(in_books / rate.per_unit, rate.currency)
    payment = _payment(invoice_ref, (voucher.number, voucher.ref, voucher.on), amount, account)
    return Shown(payment, voucher.words, lost=voucher.loses(banks))


def _payment(invoice_ref: str, voucher: tuple[str, str, date], amount: Money, account: str) -> Payment:
    number, ident, on = voucher
    ref = f"{number.replace('/', '-') or '-'}/{ident[:8]}-{invoice_ref[:8]}"
    return Payment(source_ref=ref, invoice_ref=invoice_ref, amount=amount, paid_on=on, booked=True, account=account)


def _standing(found: Iterable[Shown]) -> list[Shown]:
    """Return the payments in the order of the books, without what a person undid: that may leave both."""
    return without_undone(sorted(found, key=_place), lambda one: one.payment)


def _place(one: Shown) -> tuple[object, ...]:
    """Return where a payment stands in the books: its day, then its voucher's number, C99 before C100."""
    number = [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", one.ref.partition("/")[0])]
    return one.payment.paid_on, number, one.ref
