"""Money in whole minor units with its currency; never a float, never a silent rounding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["EXPONENTS", "Money", "MoneyError", "round_half_up"]

EXPONENTS: Final[dict[str, int]] = {
    "SEK": 2, "DKK": 2, "NOK": 2, "EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "PLN": 2, "CZK": 2,
    "HUF": 2, "ISK": 0, "JPY": 0,
}  # fmt: skip
"""Digits after the decimal point, by ISO 4217 code; a currency that is not here is refused (ISO 4217:2015)."""

AMOUNT_MAX: Final = 10**13
"""Amounts at or above this many minor units are refused: vendors send JSON numbers that pass through a float."""


class MoneyError(ValueError):
    """An amount that can't be money: unknown currency, too many digits, too large, or mixed currencies."""


@dataclass(frozen=True, order=False, slots=True)
class Money:
    """An amount in minor units (`150_00` is 150 kronor) and its currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError(f"minor units must be a whole number, not {type(self.minor).__name__}")
        if self.currency not in EXPONENTS:
            raise MoneyError(f"unknown currency {self.currency!r}")

    @staticmethod
    def zero(currency: str) -> Money:
        """Return nothing, in this currency."""
        return _zero(currency)

    @classmethod
    def parse(cls, text: str | int | Decimal, currency: str) -> Money:
        """Read "12500.00"; more digits than the currency has raise `MoneyError`, nothing is rounded."""
        if isinstance(text, bool) or not isinstance(text, str | int | Decimal):
            raise MoneyError(f"an amount is text, int or Decimal, not {type(text).__name__}")
        if currency not in EXPONENTS:
            raise MoneyError(f"unknown currency {currency!r}")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise MoneyError(f"{text!r} is not an amount") from None
        if not number.is_finite():
            raise MoneyError(f"{text!r} is not an amount")
        scaled = number.scaleb(EXPONENTS[currency])
        if abs(scaled) >= AMOUNT_MAX:
            raise MoneyError(f"{text} {currency} is too large")
        if scaled != scaled.to_integral_value():
            raise MoneyError(f"{text} has more digits than {currency} has")
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, e.g. Decimal("12500.00")."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def text(self) -> str:
        """Return the amount as a plain decimal string with all its digits: "12500.00"."""
        digits = EXPONENTS[self.currency]
        whole, rest = divmod(abs(self.minor), 10**digits)
        return f"{'-' if self.minor < 0 else ''}{whole}{f'.{rest:0{digits}}' if digits else ''}"

    def __str__(self) -> str:
        return f"{self.text()} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Split by whole weights; the parts always add up (the last part takes what rounding leaves)."""
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise MoneyError("weights must be positive")
        parts, left = [], self.minor
        for index, weight in enumerate(weights):
            share = left if index == len(weights) - 1 else self.minor * weight // total
            parts.append(Money(share, self.currency))
            left -= share
        return parts

    @classmethod
    def sum(cls, amounts: Iterable[Money], currency: str) -> Money:
        """Add amounts of one currency; none give zero."""
        total = cls.zero(currency)
        for amount in amounts:
            total = total + amount
        return total

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Travel as {"amount": "12500.00", "currency": "SEK"}: exact, and readable by anyone."""
        shape = core_schema.typed_dict_schema(
            {
                "amount": core_schema.typed_dict_field(core_schema.str_schema(pattern=r"^-?\d{1,13}(\.\d{1,4})?$")),
                "currency": core_schema.typed_dict_field(core_schema.str_schema(pattern=r"^[A-Z]{3}$")),
            },
            extra_behavior="forbid",
        )
        from_json = core_schema.no_info_after_validator_function(lambda raw: cls.parse(raw["amount"], raw["currency"]), shape)
        return core_schema.json_or_python_schema(
            json_schema=from_json,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_json]),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda money: {"amount": money.text(), "currency": money.currency}, return_schema=shape
            ),
        )

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} don't mix")
        return other.minor


@lru_cache(maxsize=len(EXPONENTS))
def _zero(currency: str) -> Money:
    return Money(0, currency)


def round_half_up(exact: Decimal, currency: str) -> Money:
    """Round an exact amount in major units to minor units, halves away from zero (once, at the end)."""
    scaled = exact.scaleb(EXPONENTS[currency]).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(int(scaled), currency)
