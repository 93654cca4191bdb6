"""A history out of a file, for books that nobody can read yet: JSON with its payments inside, or CSV with a row per payment.

{"invoices": [{"number": "17", "debtor": "3", "debtor_kind": "business", "currency": "SEK", "total": "1250.00",
               "issued_on": "2024-04-05", "due_on": "2024-05-05", "payments": [{"on": "2024-05-09", "amount": "1250.00"}]}]}

number,debtor,debtor_kind,currency,total,issued_on,due_on,paid_on,paid
17,3,business,SEK,1250.00,2024-04-05,2024-05-05,2024-05-09,1250.00
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.clock import YEARS
from core.errors import ConfigError
from core.history.values import PastInvoice, PastLetter, PastPayment, in_order
from core.model import DebtorKind
from core.money import Money, MoneyError

__all__ = ["read_history"]

COLUMNS: Final = ("number", "debtor", "debtor_kind", "currency", "total", "issued_on", "due_on", "paid_on", "paid")
"""What the first line of a CSV file says; `debtor_kind`, `paid_on` and `paid` may be empty."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


Day = Annotated[date, Field(ge=date(YEARS[0], 1, 1), le=date(YEARS[-1], 12, 31))]
"""A day of the past, or one that a past bill was due on."""


class _Payment(_Strict):
    on: Day
    amount: str
    money: bool = True


class _Letter(_Strict):
    on: Day
    announces_collection: bool = False


class _Invoice(_Strict):
    number: str = Field(min_length=1)
    debtor: str = Field(min_length=1)
    debtor_kind: DebtorKind | None = None
    country: str = ""
    currency: str
    total: str
    issued_on: Day
    due_on: Day
    payments: list[_Payment] = []
    letters: list[_Letter] = []
    handed_over_on: Day | None = None


class _File(_Strict):
    invoices: list[_Invoice]


def read_history(text: str, source: str) -> list[PastInvoice]:
    """Read a history; a file that is called so or begins with a bracket is JSON, any other is CSV.

    Raises:
        ConfigError: naming the invoice or line and what is wrong with it.
    """
    is_json = source.casefold().endswith(".json") or text.lstrip("\ufeff \n\r\t").startswith(("{", "["))
    found = _of_json(text, source) if is_json else _of_csv(text, source)
    invoices = [_past(one, f"{source}, invoice {one.number}") for one in found]
    twice = [number for number, count in Counter(one.number for one in invoices).items() if count > 1]
    if twice:
        raise ConfigError(f"{source}, invoice {twice[0]}", "it is there twice", "Give every invoice once, with all its payments.")
    return in_order(invoices)


def _of_json(text: str, source: str) -> list[_Invoice]:
    try:
        return _File.model_validate_json(text.lstrip("\ufeff")).invoices
    except ValidationError as error:
        raise _mistake(error, source, "Write it as docs/commands.md says of `kravbro policy backtest`.") from None


def _of_csv(text: str, source: str) -> list[_Invoice]:
    """Read rows; those of one invoice number are its payments."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ConfigError(f"{source}:1", f"the column {missing[0]} is missing", f"The first line is {','.join(COLUMNS)}.")
    invoices: dict[str, dict[str, Any]] = {}
    payments: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        where = f"{source}:{rows.line_num}"
        given = {name: (row[name] or "").strip() for name in COLUMNS}
        paid_on, paid = given.pop("paid_on"), given.pop("paid")
        if bool(paid_on) != bool(paid):
            raise ConfigError(where, "a payment needs its day and its amount", "Fill in both paid_on and paid, or neither.")
        invoice = {**given, "debtor_kind": given["debtor_kind"] or None}
        if invoices.setdefault(given["number"], invoice) != invoice:
            raise ConfigError(where, f"invoice {given['number']} is told otherwise above", "Repeat it as it is for each payment.")
        if paid:
            payments[given["number"]].append({"on": paid_on, "amount": paid})
    found = []
    for number, invoice in invoices.items():
        try:
            found.append(_Invoice.model_validate({**invoice, "payments": payments[number]}))
        except ValidationError as error:
            raise _mistake(error, f"{source}, invoice {number or '(no number)'}", "Correct it.") from None
    return found


def _past(one: _Invoice, where: str) -> PastInvoice:
    total = _money(one.total, one.currency, where)
    payments = [PastPayment(paid.on, _money(paid.amount, one.currency, where), paid.money) for paid in one.payments]
    if total.minor <= 0:
        raise ConfigError(where, "its total is not above zero", "Leave credit notes out; give credits as payments with money = false.")
    return PastInvoice(
        one.number, one.number, one.debtor, total, one.issued_on, one.due_on, tuple(sorted(payments, key=lambda paid: (paid.on, paid.amount.minor))),
        one.debtor_kind, one.country, (), tuple(PastLetter(letter.on, letter.announces_collection) for letter in one.letters), one.handed_over_on,
    )  # fmt: skip


def _money(text: str, currency: str, where: str) -> Money:
    try:
        return Money.parse(text, currency)
    except MoneyError as problem:
        raise ConfigError(where, str(problem), 'Write amounts as "1250.00" and currencies as SEK.') from None


def _mistake(error: ValidationError, where: str, todo: str) -> ConfigError:
    first = error.errors()[0]
    path = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    return ConfigError(where, f"{path or 'the file'}: {first['msg'].lower()}", todo)
