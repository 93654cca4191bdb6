"""Reading the debtors' ledger: what is open, what was paid and when, and proofs that a list was what was asked for.

A filter that a server does not understand is dropped without a word, or breaks it. So nothing here believes a filter: every row is
looked at again, and where "there is none" decides something, a row that must be there has to come too, or the counts must add up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any, Final

from connectors.economic.answers import NAME
from connectors.economic.client import EconomicClient, service
from connectors.economic.mapping import entries as mapping
from connectors.economic.mapping.books import collective_accounts
from connectors.economic.mapping.entries import Draft, Entry, Pair
from connectors.economic.mapping.values import Row, UnreadableError
from core.errors import RejectedError, RetryLaterError
from core.model import Payment

__all__ = ["BOOKED", "DRAFTS", "Ledger"]

BOOKED: Final = service("bookedEntriesapi") + "/booked-entries"
PAIRS: Final = BOOKED + "/matched-pairs"
DRAFTS: Final = service("journalsapi") + "/draft-entries"
IN_MAX: Final = 100
"""Numbers in one filter; the vendor takes 200."""


class Ledger:
    """The ledger of one agreement; `mode` is the code of our own journal."""

    def __init__(self, client: EconomicClient, mode: str) -> None:
        self._client, self._mode = client, mode
        self._losses: frozenset[str] | None = None
        self._collective: frozenset[str] | None = None

    def list_entries(self, filter_: str, fits: Callable[[Entry], bool]) -> list[Entry]:
        """Return the booked entries that fit, whatever the filter did."""
        return list(dict.fromkeys(self._parsed(self._client.list_items(BOOKED, filter_), fits)))

    def list_drafts(self, fits: Callable[[Draft], bool], filter_: str = "") -> list[Draft]:
        """Return the drafts that fit; without a filter, for nothing proves that one worked which matched nothing, and drafts are few."""
        found = [
            draft for raw in self._client.list_items(DRAFTS, filter_) if (draft := mapping.parse_draft(raw)) is not None and fits(draft)
        ]
        return list(dict.fromkeys(found))

    def list_open_debts(self) -> list[Entry]:
        """Return what is open on debtors and stands in no list of invoices: fees, manual invoices, opening balances, money on account."""
        kinds = "$or:".join(f"type$eq:{kind}" for kind in mapping.OWN_DEBTS)

        def fits(entry: Entry) -> bool:
            return entry.kind in mapping.OWN_DEBTS and bool(entry.open) and bool(entry.customer)

        try:
            return self.list_entries(f"remainder$ne:0$and:({kinds})", fits)
        except RetryLaterError:
            # A server that breaks over one filter breaks each time: without it more rows come, and are looked at here.
            return self.list_entries(kinds, fits)

    def list_of_customer(self, customer: str, since: date, *, control: str = "") -> list[Entry]:
        """Return a customer's entries from a day on.

        Raises:
            RetryLaterError: the invoice `control`, which must be among them, is not, so that what else is missing says nothing.
        """
        found = self.list_entries(
            f"customerNumber$eq:{customer}$and:date$gte:{since}", lambda entry: entry.customer == customer and entry.on >= since
        )
        if control and not any(entry.kind == mapping.INVOICE and entry.invoice == control and entry.open is not None for entry in found):
            raise RetryLaterError(NAME, f"the ledger of customer {customer} came without invoice {control}, so it is not whole")
        return found

    def list_on_account(self, account: str) -> list[Entry]:
        """Return every entry on an account.

        Raises:
            RetryLaterError: the counts with, without and of all do not add up, so that the filter did not do what it says.
        """
        found = self.list_entries(f"accountNumber$eq:{account}", lambda entry: entry.account == account)
        own, others = (self._client.count(BOOKED, f"accountNumber${operator}:{account}") for operator in ("eq", "ne"))
        if own != len(found) or own + others != self._client.count(BOOKED):
            raise RetryLaterError(NAME, f"the entries on account {account} can't be told from the others")
        return found

    def list_reminders(self, customer: str) -> list[Entry]:
        """Return the fees of the vendor's own reminders on a customer."""
        return self.list_entries(
            f"customerNumber$eq:{customer}$and:type$eq:{mapping.REMINDER}",
            lambda entry: entry.kind == mapping.REMINDER and entry.customer == customer and entry.open is not None,
        )

    def find_entry(self, number: int) -> Entry | None:
        """Return one entry."""
        return next(iter(self.list_entries(f"entryNumber$eq:{number}", lambda entry: entry.number == number)), None)

    def find_invoice(self, invoice: str, customer: str) -> Entry:
        """Return the debtor's entry of an invoice."""
        found = self.list_entries(
            f"customerInvoiceNumber$eq:{invoice}$and:customerNumber$eq:{customer}", lambda entry: _is_invoice(entry, invoice, customer)
        )
        if len(found) != 1:
            raise RejectedError(NAME, "unreadable", f"invoice {invoice} has {len(found) or 'no'} entries in the ledger")
        return found[0]

    def list_payments(self, debt: Entry) -> list[Payment]:
        """Return what was paid on a debt, booked or not.

        1. What was matched with it, and what else that was matched with.
        2. The vouchers of those, for the account the money went to.
        3. Money that bears the invoice's number and is matched with nothing yet, and drafts: what is open does not show them.
        """
        pairs = self._pairs_of([debt.number])
        others = {pair.other(debt.number) for pair in pairs}
        pairs = [*pairs, *(pair for pair in self._pairs_of(others) if debt.number not in pair.numbers)]
        found = {entry.number: entry for entry in self._numbered(others)}
        try:
            paid = mapping.payments_on(debt, pairs, found, self._vouchers(found.values()), losses=self._loss_accounts(), mode=self._mode)
        except UnreadableError as error:
            raise RejectedError(NAME, "unreadable", f"invoice {debt.invoice} {error}") from None
        return [*paid, *self._unmatched(debt), *self._drafted(debt)] if debt.invoice else paid

    def contra_accounts(self, entries: Collection[Entry]) -> dict[int, str]:
        """Return by number the account each debtor's entry was posted against, "" where its voucher does not tell."""
        lines = self._vouchers(entries)
        return {entry.number: mapping.contra_account(entry, lines) for entry in entries}

    def matched_with(self, number: int) -> frozenset[int]:
        """Return the entries that an entry is matched with."""
        return frozenset(pair.other(number) for pair in self._pairs_of([number]))

    def list_changed_payments(self, since: date) -> Iterator[tuple[Entry, Entry, Pair]]:
        """Yield debts, what was matched with them from a day on, and their pair: payments and credit notes."""
        raws = self._client.list_items(PAIRS, f"fromEntryDate$gte:{since}$or:toEntryDate$gte:{since}")
        read = (mapping.parse_pair(raw) for raw in raws)
        pairs = list(dict.fromkeys(found[0] for found in read if found is not None and found[1] >= since))
        entries = {entry.number: entry for entry in self._numbered({number for pair in pairs for number in pair.numbers})}
        for pair in pairs:
            ends = [entries[number] for number in sorted(pair.numbers) if number in entries]
            debts, credits_ = ([one for one in ends if (one.amount.minor > 0) == wanted] for wanted in (True, False))
            if len(debts) == len(credits_) == 1 and credits_[0].on >= since:
                yield debts[0], credits_[0], pair

    def _unmatched(self, debt: Entry) -> list[Payment]:
        numbered = self.list_entries(
            f"customerInvoiceNumber$eq:{debt.invoice}$and:customerNumber$eq:{debt.customer}",
            lambda entry: entry.invoice == debt.invoice and entry.customer == debt.customer,
        )
        loose = [one for one in numbered if one.kind == mapping.PAYMENT and one.open is not None and one.open.minor < 0]
        lines = self._vouchers(loose)
        return [
            Payment(
                mapping.mark_in(one.text) or str(one.number), debt.invoice, -one.open, one.on, booked=False,
                mode=self._mode if mapping.mark_in(one.text) else "", account=mapping.contra_account(one, lines),
            )
            for one in loose
            if one.open is not None
        ]  # fmt: skip

    def _drafted(self, debt: Entry) -> list[Payment]:
        drafts = self.list_drafts(lambda draft: draft.customer == debt.customer, f"customerNumber$eq:{debt.customer}")
        return mapping.draft_payments(debt.invoice, drafts, losses=self._loss_accounts(), mode=self._mode)

    def _pairs_of(self, numbers: Collection[int]) -> list[Pair]:
        found: list[Pair] = []
        for part in _parts(numbers):
            wanted = ",".join(str(number) for number in part)
            raws = self._client.list_items(PAIRS, f"fromEntry$in:[{wanted}]$or:toEntry$in:[{wanted}]")
            found += [read[0] for raw in raws if (read := mapping.parse_pair(raw)) and not read[0].numbers.isdisjoint(part)]
        return list(dict.fromkeys(found))

    def _numbered(self, numbers: Collection[int]) -> list[Entry]:
        found: list[Entry] = []
        for part in _parts(numbers):
            wanted = f"entryNumber$in:[{','.join(str(number) for number in part)}]"
            found += self.list_entries(wanted, partial(_is_among, frozenset(part)))
        return found

    def _vouchers(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return every line of these entries' vouchers."""
        wanted = {(entry.voucher, entry.on) for entry in entries if entry.voucher is not None}
        found: list[Entry] = []
        for part in _parts({voucher for voucher, _ in wanted if voucher is not None}):
            listed = ",".join(str(number) for number in part)
            found += self.list_entries(f"voucherNumber$in:[{listed}]", lambda one: (one.voucher, one.on) in wanted)
        return found

    def _loss_accounts(self) -> frozenset[str]:
        """Return the accounts on which no money can lie: those of the profit and loss statement."""
        if self._losses is None:
            self._losses = frozenset(number for raw in self._client.list_rows("/accounts") if (number := _loss_account(raw)))
        return self._losses

    def _collective_accounts(self) -> frozenset[str]:
        """Return the accounts that debtors' lines stand on; what has no remainder, or which other lines have, is not documented."""
        if self._collective is None:
            self._collective = frozenset(collective_accounts(self._client.list_rows("/customer-groups")))
        return self._collective

    def _parsed(self, raws: Iterable[Any], fits: Callable[[Entry], bool]) -> Iterator[Entry]:
        for raw in raws:
            entry = mapping.parse_entry(raw)
            entry = entry and mapping.as_line(entry, debtors=entry.account in self._collective_accounts())
            if entry is not None and fits(entry):
                yield entry


def _is_among(numbers: Collection[int], entry: Entry) -> bool:
    return entry.number in numbers


def _is_invoice(entry: Entry, invoice: str, customer: str) -> bool:
    same = entry.invoice == invoice and entry.customer == customer
    return same and entry.kind == mapping.INVOICE and entry.open is not None


def _parts(numbers: Collection[int]) -> Iterator[list[int]]:
    wanted = sorted(numbers)
    for start in range(0, len(wanted), IN_MAX):
        yield wanted[start : start + IN_MAX]


def _loss_account(raw: object) -> str:
    try:
        row = Row(raw)
        return row.text("accountNumber") if row.text("accountType") == "profitAndLoss" else ""
    except UnreadableError:
        return ""
