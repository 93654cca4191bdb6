"""Waiting times: until when the debtor may pay, and from when a letter's time has run out."""

from __future__ import annotations

from datetime import date, timedelta

from core.law.bankdays import add_bank_days, next_bank_day
from core.law.tables import Law

__all__ = ["demand_deadline", "letter_deadline"]


def letter_deadline(law: Law, kind: str, sent_on: date, *, country: str = "SE", receipt_bank_days: int | None = None) -> date:
    """Return the first day that is late enough as a letter's last day to pay or object.

    So many days from dispatch; where the country counts from receipt too, so many bank days after that; moved on to a bank day.

    Args:
        law: the tables.
        kind: "notice" or "demand"; a kind the law gives no time for ends on the day it leaves, or the next bank day.
        sent_on: the day the letter leaves, the last time if it is sent twice.
        country: whose law and bank days.
        receipt_bank_days: bank days after dispatch on which the letter is presumed received; None is the tables' number
            for ordinary mail (2, our assumption).
    """
    by_dispatch = sent_on + timedelta(days=_days(law, country, f"{kind}_min_days"))
    after_receipt = law.find_deadline(country, f"{kind}_bank_days")
    if after_receipt is None:
        return next_bank_day(country, by_dispatch)
    way = law.deadline(country, "presumed_receipt_bank_days") if receipt_bank_days is None else receipt_bank_days
    received_on = add_bank_days(country, sent_on, way)
    return next_bank_day(country, max(by_dispatch, add_bank_days(country, received_on, int(after_receipt.value))))


def demand_deadline(law: Law, sent_on: date, *, country: str = "SE", receipt_bank_days: int | None = None) -> date:
    """Return the first day that is late enough as a demand's last day to pay or object (inkassolag 5 § and its sisters)."""
    return letter_deadline(law, "demand", sent_on, country=country, receipt_bank_days=receipt_bank_days)


def _days(law: Law, country: str, code: str) -> int:
    row = law.find_deadline(country, code)
    return int(row.value) if row else 0
