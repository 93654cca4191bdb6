"""Vouchers, and the documents that belong to them.

A voucher is entered as drafts under one number of our own journal and then booked by their numbers: two calls, of which the second
may be lost. So each sending looks first how far an earlier one came, and does what is left; what can't be booked is taken away.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from typing_extensions import override

from connectors.economic.answers import NAME, parse_json
from connectors.economic.client import EconomicClient, service
from connectors.economic.journals import JOURNALS, Journals
from connectors.economic.kinds import ABSENT_AFTER_S, JSON_TYPE, Kind, finding, not_taken, read_back
from connectors.economic.ledger import DRAFTS, Ledger
from connectors.economic.mapping.books import Journal
from connectors.economic.mapping.entries import Draft, Entry, mark_in
from connectors.economic.mapping.render import mark_of, render_booking, render_document, render_voucher, split_voucher_ref, voucher_ref
from connectors.economic.mapping.values import Row, UnreadableError
from connectors.economic.payments import SignGuard
from connectors.economic.years import find_year
from core.errors import InvariantBrokenError, LoginExpiredError, OutcomeUnknownError, RejectedError, RetryLaterError
from core.ports import DocumentStore
from core.writes import AttachDocument, BookVoucher, Delivery, Finding, Prepared, Receipt

__all__ = ["AttachDocuments", "BookVouchers"]

DOCUMENTS: Final = service("documentsapi") + "/AttachedDocuments"
FILE_MAX: Final = 9_437_184
FILE_TYPES: Final = ("application/pdf", "image/jpeg", "image/png")

JOURNAL, VOUCHER, YEAR = "journal", "voucher", "year"
"""Evidence: the journal, the number the voucher goes under, and its accounting year."""


class BookVouchers(Kind[BookVoucher]):
    """Books a voucher, our mark in the text of each of its entries."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up",
        absent_after_s=ABSENT_AFTER_S,
        remains="A first request that lands after its key's hour leaves drafts that nobody books.",
    )

    def __init__(self, client: EconomicClient, ledger: Ledger, journals: Journals, guard: SignGuard) -> None:
        super().__init__(client)
        self._ledger, self._journals, self._guard = ledger, journals, guard

    @override
    def prepare(self, write: BookVoucher, key: str) -> Prepared:
        """Render the drafts under the number that an earlier sending has taken, else the next free one of our journal."""
        journal = self._journals.get(write.series)
        year = find_year(self.client, write.booked_on)
        begun = self._drafts(key)
        voucher = (begun[0].voucher if begun else None) or self._free_number(journal, write)
        body = render_voucher(write, key, journal=journal.number, voucher=voucher)
        return Prepared("POST", f"{DRAFTS}/bulk", body, JSON_TYPE, {JOURNAL: journal.number, VOUCHER: voucher, YEAR: year})

    @override
    def send(self, write: BookVoucher, prepared: Prepared, key: str) -> Receipt:
        """Enter the drafts unless they are there, book them unless they are booked, and compare what stands in the ledger."""
        self._guard.check()
        booked = self._found(prepared, key, write)
        if not booked:
            drafts = self._drafts(key)
            if not drafts:
                self._check_number(prepared)
                drafts = self._enter(prepared, key)
            if _shown(drafts) != _wanted(prepared):
                raise not_taken(f"voucher {prepared.evidence[VOUCHER]} in the journal ({_numbers(drafts)})", ["content"])
            booked = self._book(write, prepared, drafts, key)
        if _sums(booked) != _wanted_sums(write):
            raise not_taken(f"voucher {booked[0].voucher}", ["amounts"])
        return self._receipt(booked[0], prepared, write)

    @override
    def look_up(self, write: BookVoucher, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the mark under the voucher's number, then on the first account of all; drafts alone are half done, and go on."""
        booked = self._found(prepared, key, write)
        receipts = [self._receipt(booked[0], prepared, write)] if booked else []
        if any(receipt.remote_ref in taken for receipt in receipts):
            return finding([])
        same = _sums(booked) == _wanted_sums(write)
        return finding(receipts if same else [], [] if same else [receipt.remote_ref for receipt in receipts])

    def _check_number(self, prepared: Prepared) -> None:
        """Have the voucher rendered anew where another has taken its number since: the first sending of this one never arrived."""
        number = prepared.evidence[VOUCHER]
        in_ledger = self._ledger.list_entries(f"voucherNumber$eq:{number}", lambda one: one.voucher == number)
        if in_ledger or self._ledger.list_drafts(lambda one: (one.journal, one.voucher) == (prepared.evidence[JOURNAL], number)):
            raise RetryLaterError(NAME, f"voucher number {number} was taken by another meanwhile", after_s=1.0)

    def _enter(self, prepared: Prepared, key: str) -> list[Draft]:
        self.write(prepared, key)
        drafts = read_back(lambda: self._drafts(key))
        if not drafts:
            raise OutcomeUnknownError(NAME, "the drafts that were made are not in the list")
        return drafts

    def _book(self, write: BookVoucher, prepared: Prepared, drafts: list[Draft], key: str) -> list[Entry]:
        target = f"{JOURNALS}/{prepared.evidence[JOURNAL]}/bookdraftentries"
        refusal = None
        try:
            self.client.write("POST", target, render_booking([one.number for one in drafts]), dict(JSON_TYPE), f"{key}-b")
        except RejectedError as error:
            refusal = error  # an earlier call of ours may have been late, and booked them
        booked = read_back(lambda: self._booked(prepared, key, write))
        if not booked and refusal:
            self._take_away(prepared, drafts, refusal, key)
            booked = read_back(lambda: self._booked(prepared, key, write))
        if not booked:
            raise refusal or OutcomeUnknownError(NAME, "what was booked is not in the ledger")
        return booked

    def _take_away(self, prepared: Prepared, drafts: list[Draft], refusal: RejectedError, key: str) -> None:
        """Delete the drafts of a refused voucher by their numbers: a person may book the journal when another voucher stands in their place."""
        for draft in drafts:
            with suppress(RejectedError, RetryLaterError, LoginExpiredError, OutcomeUnknownError):  # what is left then is looked at
                self.client.write("DELETE", f"{DRAFTS}/{draft.number}", b"", dict(JSON_TYPE), f"{key}-d{draft.number}")
        left = read_back(lambda: self._drafts(key))
        if left:
            wrong = f"voucher {prepared.evidence[VOUCHER]} was refused ({refusal.code}: {refusal.reason}) and still lies in the journal"
            todo = f"delete its drafts {_numbers(left)} in e-conomic, and book what they say by hand"
            raise RejectedError(NAME, "drafts_left", f"{wrong}: {todo}")

    def _drafts(self, key: str) -> list[Draft]:
        return self._ledger.list_drafts(lambda one: mark_in(one.text) == mark_of(key))

    def _found(self, prepared: Prepared, key: str, write: BookVoucher) -> list[Entry]:
        """Return what is booked under the voucher's number, else under any other: a person may have moved the drafts before booking them."""
        booked = self._booked(prepared, key, write)
        if booked:
            return booked
        on_account = [one for one in self._ledger.list_on_account(write.rows[0].account) if mark_in(one.text) == mark_of(key)]
        return self._of_voucher(on_account[0].voucher, on_account[0].on, key) if on_account else []

    def _booked(self, prepared: Prepared, key: str, write: BookVoucher) -> list[Entry]:
        return self._of_voucher(prepared.evidence[VOUCHER], write.booked_on, key)

    def _receipt(self, entry: Entry, prepared: Prepared, write: BookVoucher) -> Receipt:
        moved = (entry.voucher, entry.on) != (prepared.evidence[VOUCHER], write.booked_on)
        return _receipt(entry, find_year(self.client, entry.on) if moved else prepared.evidence[YEAR])

    def _of_voucher(self, voucher: int | None, on: date, key: str) -> list[Entry]:
        mark = mark_of(key)
        return self._ledger.list_entries(
            f"voucherNumber$eq:{voucher}", lambda one: one.voucher == voucher and one.on == on and mark_in(one.text) == mark
        )

    def _free_number(self, journal: Journal, write: BookVoucher) -> int:
        """Return a number above all that the journal tells of: whether a draft moves its counter is not documented."""
        drafts = self._ledger.list_drafts(lambda one: one.journal == journal.number)
        used = [one.voucher for one in drafts if one.voucher is not None]
        if journal.next_voucher is None:
            own = self._ledger.list_on_account(write.rows[0].account)
            used += [one.voucher for one in own if mark_in(one.text) and one.voucher is not None]
        return max([journal.next_voucher or 0, journal.lowest_voucher or 1, *(number + 1 for number in used)])


class AttachDocuments(Kind[AttachDocument]):
    """Attaches a document of ours to its voucher; there is no inbox, so that `file_ref` is the document's own id."""

    delivery: ClassVar[Delivery] = Delivery(
        "look_up", absent_after_s=ABSENT_AFTER_S, remains="Nothing: where a document is attached already, a second one is refused."
    )

    def __init__(self, client: EconomicClient, documents: DocumentStore) -> None:
        super().__init__(client)
        self._documents = documents

    @override
    def prepare(self, write: AttachDocument, key: str) -> Prepared:
        """Render the attachment from the stored bytes."""
        document = self._documents.get(write.file_ref)
        if hashlib.sha256(document.content).hexdigest() != document.sha256:
            raise InvariantBrokenError(f"document {write.file_ref} is not the one that was stored")
        if len(document.content) > FILE_MAX or document.media_type not in FILE_TYPES:
            raise RejectedError(
                NAME, "no_attachment", f"{document.name} is too large or of a type e-conomic does not take: attach it by hand"
            )
        voucher, year = split_voucher_ref(write.voucher_ref)
        body, media_type = render_document(document, voucher, year, key)
        return Prepared("POST", DOCUMENTS, body, (("Content-Type", media_type),))

    @override
    def send(self, write: AttachDocument, prepared: Prepared, key: str) -> Receipt:
        """Attach it and look that it is there."""
        self.write(prepared, key)
        found = read_back(lambda: self._attached(write, key))
        if not found:
            raise OutcomeUnknownError(NAME, "the document that was attached is not in the list")
        return Receipt(found[0], {"voucher": write.voucher_ref})

    @override
    def look_up(self, write: AttachDocument, prepared: Prepared, key: str, taken: Collection[str]) -> Finding:
        """Look for the mark in the notes of what is attached to the voucher."""
        found = [number for number in self._attached(write, key) if number not in taken]
        return finding([Receipt(number, {"voucher": write.voucher_ref}) for number in found])

    def _attached(self, write: AttachDocument, key: str) -> list[str]:
        voucher, year = split_voucher_ref(write.voucher_ref)
        found = []
        for raw in self.client.list_items(DOCUMENTS, f"voucherNumber$eq:{voucher}"):
            try:
                row = Row(raw)
                here = (row.text("voucherNumber"), row.text("accountingYear")) == (voucher, year)
                found += [row.text("number")] if here and mark_in(row.text("note")) == mark_of(key) else []
            except UnreadableError:
                continue
        return found


def _wanted(prepared: Prepared) -> list[tuple[Any, ...]]:
    entries = parse_json(prepared.body)["entries"]
    return sorted(
        (Decimal(one["amount"]), str(one["accountNumber"]), one["journalNumber"], one["voucherNumber"], one["date"][:10]) for one in entries
    )


def _shown(drafts: Iterable[Draft]) -> list[tuple[Any, ...]]:
    return sorted((one.amount.amount, one.account, one.journal, one.voucher or 0, one.on.isoformat()) for one in drafts)


def _numbers(drafts: Iterable[Draft]) -> str:
    return ", ".join(str(number) for number in sorted(one.number for one in drafts))


def _wanted_sums(write: BookVoucher) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in write.rows:
        sums[row.account] += (row.debit - row.credit).amount
    return {account: amount for account, amount in sums.items() if amount}


def _sums(booked: Iterable[Entry]) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in booked:
        sums[entry.account] += entry.amount.amount
    return {account: amount for account, amount in sums.items() if amount}


def _receipt(entry: Entry, year: str) -> Receipt:
    assert entry.voucher is not None, "a voucher was looked for by its number"
    return Receipt(voucher_ref(entry.voucher, year), {"voucher": entry.voucher, "year": year})
