"""Which rate bears interest on a day: the statutory one, or an agreed one as far as the country lets it hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.errors import ConfigError
from core.law.rows import Confidence, Row, Rule
from core.law.tables import Law
from core.model import DebtorKind

__all__ = ["AgreedRate", "Rates"]

PERCENT_MAX: Final = 1000
"""No court would let more a year stand: a larger number is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class AgreedRate:
    """A rate the parties agreed on, in per cent a year; one that stands only on the invoice is not agreed."""

    percent: Decimal
    in_contract: bool = True

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and 0 <= self.percent <= PERCENT_MAX):
            raise ConfigError("agreed rate", f"{self.percent} is no rate of interest", "Give per cent a year, e.g. 12.5.")


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one claim, day by day."""

    law: Law
    country: str
    debtor: DebtorKind
    due_on: date | None = None
    agreed: AgreedRate | None = None

    def row(self, day: date) -> Row | None:
        """Return the row of a day's rate, or None where it can't be told."""
        statutory = self.law.rate(self.country, self.debtor, day, self.due_on)
        if self.agreed is None or not self.agreed.in_contract:
            return statutory
        own = self._agreed_row(self.agreed.percent)
        if self._bound == "free":
            return own
        if statutory is None:
            return None
        return (min if self._bound == "ceiling" else max)(statutory, own, key=lambda row: row.value)

    def holds_until(self, day: date) -> date:
        """Return the last day up to which `row` answers as it does on this day."""
        return self.law.rate_holds_until(self.country, self.debtor, day)

    @property
    def rule(self) -> Rule:
        """By which rule the rate is what it is."""
        if self.agreed is None:
            return self.law.rule(f"{self.country}.interest.statutory")
        name = f"agreed_{self._bound}" if self.agreed.in_contract else "agreed_invoice"
        return self.law.rule(f"{self.country}.interest.{name}", rate=self.agreed.percent)

    @property
    def _bound(self) -> str:
        home = self.law.country(self.country)
        if self.debtor is DebtorKind.CONSUMER:
            return home.consumer_rate
        return home.public_rate if self.debtor is DebtorKind.PUBLIC else "free"

    def _agreed_row(self, percent: Decimal) -> Row:
        statute = self.law.rules[f"{self.country}.interest.agreed_free"].statute
        source = "the parties' contract"
        return Row(self.country, "rate", "agreed", percent, "pct", None, None, statute, source, Confidence.CONFIRMED)
