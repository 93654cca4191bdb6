"""The kept past: it comes back whole, anew in place of the old, and each tenant's own."""

from dataclasses import replace
from datetime import date

from core.history import PastInvoice, PastLetter, PastPayment
from core.model import DebtorKind
from core.money import Money
from core.store.history import KeptHistory, find_history, save_history

PAST = PastInvoice(
    "1", "1001", "7", Money(1000_00, "SEK"), date(2024, 4, 5), date(2024, 5, 6), (PastPayment(date(2024, 5, 9), Money(999_00, "SEK")),),
    DebtorKind.CONSUMER, "SE", ("pledged",), (PastLetter(date(2024, 5, 20), announces_collection=True),), date(2024, 6, 1),
)  # fmt: skip


def test_history_comes_back_whole(database, now):
    kept = KeptHistory(date(2023, 4, 1), date(2025, 4, 14), 2, (PAST, replace(PAST, source_ref="2", payments=(), debtor_kind=None)), now)
    with database.write() as connection:
        save_history(connection, "a", replace(kept, invoices=()))
        save_history(connection, "a", kept)
        assert find_history(connection, "a") == kept
        assert find_history(connection, "b") is None
