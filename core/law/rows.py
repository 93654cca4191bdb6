"""The rows of the law's tables, and the rules that figures and refusals point to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from core.model import DebtorKind

__all__ = ["TABLES", "UNDATED", "Confidence", "CountryRules", "Row", "Rule", "Terms"]

TABLES: Final = ("rate", "fee", "deadline", "limitation", "limit")

UNDATED: Final = ("deadline", "limitation")
"""The tables whose rows hold at all times, and are a whole number of days, months or years."""


class Confidence(StrEnum):
    """How sure a row is, strongest first."""

    VERIFIED_PRIMARY = "verified_primary"
    VERIFIED_SECONDARY = "verified_secondary"
    CONFIRMED = "confirmed"
    DERIVED = "derived"
    MEMORY_UNVERIFIED = "memory_unverified"

    @property
    def weak(self) -> bool:
        """Whether an operator must confirm the row before its figures leave the program."""
        return self in (Confidence.DERIVED, Confidence.MEMORY_UNVERIFIED)

    @property
    def weakness(self) -> int:
        """Rank: the higher, the less sure."""
        return list(Confidence).index(self)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what a fee depends.

    Attributes:
        count_max: how often it may be charged per claim; 0 is without limit.
        counted_with: kinds of letters that share the count.
        reset_months: after so many months without a fee the count starts anew; 0 is never.
        spacing_days: days that must lie between two letters with a fee; the last of them may be the next letter's.
        spaced_from: kinds of letters the spacing counts from; empty is the kind itself.
        earliest_days: days after the due date before which a letter bears no fee.
        needs_before: the kind of letter that must have gone before.
        later_factor: what is left of the amount from the second letter on.
        percent: of the principal above the row's band, added to the value.
        others_factor: what the amount is multiplied with where the debtor is no consumer.
        late_days: after so many further days the amount is doubled; 0 is never.
    """

    count_max: int = 0
    counted_with: tuple[str, ...] = ()
    reset_months: int = 0
    spacing_days: int = 0
    spaced_from: tuple[str, ...] = ()
    earliest_days: int = 0
    needs_before: str = ""
    needs_agreement: bool = False
    later_factor: Decimal = Decimal(1)
    percent: Decimal = Decimal(0)
    others_factor: Decimal = Decimal(1)
    late_days: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One dated row: a rate in per cent, a fee, a deadline, a limitation period or a limit.

    Attributes:
        since: the first day it holds, None for always.
        until: the last day it holds, None while it does.
        variant: what tells it from a row of the same name and days: a kind of debtor, a band.
        reference: of a rate, the central bank's part.
        debtors: whom it concerns; empty is everybody.
        over, up_to: the band of principals it is for, in major units: above the one, not above the other.
        runs_from: of a limitation, "origin" of the claim or "due" date.
        interrupted_by: of a limitation, what starts it anew.
        in_force: False for what is adopted and not in force; such a row is listed and never used.
    """

    country: str
    table: str
    code: str
    value: Decimal
    unit: str
    since: date | None
    until: date | None
    statute: str
    source: str
    confidence: Confidence
    variant: str = ""
    reference: Decimal | None = None
    margin: Decimal | None = None
    decided_on: date | None = None
    verified_on: date | None = None
    note: str = ""
    debtors: tuple[DebtorKind, ...] = ()
    over: Decimal | None = None
    up_to: Decimal | None = None
    terms: Terms = field(default_factory=Terms)
    runs_from: Literal["origin", "due"] = "origin"
    interrupted_by: tuple[str, ...] = ()
    in_force: bool = True

    @property
    def name(self) -> str:
        """What rows of other days share with it, e.g. "SE.rate.statutory"."""
        return f"{self.country}.{self.table}.{self.code}"

    @property
    def key(self) -> str:
        """The row's own name, e.g. "SE.rate.statutory.2025-01-01"; what an operator confirms."""
        return ".".join(filter(None, (self.name, self.variant, str(self.since or ""))))

    def covers(self, day: date) -> bool:
        """Tell whether the row holds on this day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def concerns(self, debtor: DebtorKind) -> bool:
        """Tell whether the row is about this kind of debtor."""
        return not self.debtors or debtor in self.debtors

    def holds(self, amount: Decimal) -> bool:
        """Tell whether a principal lies in the row's band."""
        return (self.over is None or amount > self.over) and (self.up_to is None or amount <= self.up_to)


class Rule(NamedTuple):
    """Why a figure is what it is, or why it may not be claimed: an id of the tables, and by name what its sentence needs."""

    id: str
    statute: str
    text: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """What its sentence needs, as text."""
        return tuple((name, str(value)) for name, value in self.values)

    @property
    def sentence(self) -> str:
        """The rule in plain English, its parameters filled in."""
        return self.text.format_map(dict(self.params))

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class CountryRules:
    """What is one choice per country.

    Attributes:
        compensation: whether it takes in the fees ("absorbs") or comes on top of them ("adds").
        compensation_day: the day whose amount is owed: the due date, or the day it is claimed.
        spacing_from: whether the days between two fees count from a letter with a fee, or from any letter.
        consumer_notice: whether a consumer's bill must say that non-payment costs interest.
        accepts_electronic: whether an electronic bill starts interest though the debtor did not accept it expressly.
        consumer_rate: an agreed rate towards consumers: "free", or with the statutory rate as its "ceiling".
        public_rate: an agreed rate towards public bodies: "free", or with the statutory rate as its "floor".
        no_reminder_fee_after_broken_plan: whether a broken instalment plan ends reminder fees.
        threat_is_demand: whether a reminder that threatens court becomes a collection measure.
        after_notice: the steps that wait until a notice before collection has run out.
        agency_sends_notice: whether a handover may order the agency to send that notice first.
        before_court: the letters of which one must have run out before a legal step.
        haste: the steps that need not wait where recovery is at imminent risk.
        handover_by_person: whether the tables don't know what must go before a handover.
        allocation: what a payment goes to first, component by component.
        renewed: names of rows that end and must be published anew ("rate.statutory").
    """

    code: str
    currency: str
    compensation: Literal["absorbs", "adds"]
    compensation_day: Literal["due", "claimed"] = "due"
    spacing_from: Literal["fees", "letters"] = "letters"
    consumer_notice: bool = False
    accepts_electronic: bool = True
    consumer_rate: Literal["free", "ceiling"] = "ceiling"
    public_rate: Literal["free", "floor"] = "free"
    no_reminder_fee_after_broken_plan: bool = False
    threat_is_demand: bool = False
    after_notice: tuple[str, ...] = ()
    agency_sends_notice: bool = False
    before_court: tuple[str, ...] = ("demand",)
    haste: tuple[str, ...] = ()
    handover_by_person: bool = False
    allocation: tuple[str, ...] = ("cost", "interest", "principal")
    renewed: tuple[str, ...] = ("rate.statutory",)
