"""The law: what a debtor owes on top of the principal, from when, and until when; rows and pure functions, no I/O.

The figures stand in `data/<country>.toml` as dated rows with statute, source and confidence; the functions know how rows
combine. A row that is missing is never guessed: the figure is None and the rule says what is owed ("statutory interest
from DATE"). Every figure and every refusal carries a `Rule`. This is no legal advice.
"""

from core.law.bankdays import add_bank_days, is_bank_day, next_bank_day
from core.law.claimable import Case, CreditNote, Quote, claimable
from core.law.daycount import DayCount
from core.law.deadlines import Interruption, InterruptionKind, demand_deadline, limitation_ends
from core.law.fees import FeeLine, Refusal
from core.law.interest import (
    DueBasis,
    Interest,
    InterestStart,
    Paid,
    PartPayment,
    Period,
    Segment,
    accrued,
    default_basis,
    interest,
    interest_start,
    missing_rates,
)
from core.law.rows import Confidence, CountryRules, Row, Rule, parse_rows
from core.law.tables import Law, load_law

__all__ = [
    "Case",
    "Confidence",
    "CountryRules",
    "CreditNote",
    "DayCount",
    "DueBasis",
    "FeeLine",
    "Interest",
    "InterestStart",
    "Interruption",
    "InterruptionKind",
    "Law",
    "Paid",
    "PartPayment",
    "Period",
    "Quote",
    "Refusal",
    "Row",
    "Rule",
    "Segment",
    "accrued",
    "add_bank_days",
    "claimable",
    "default_basis",
    "demand_deadline",
    "interest",
    "interest_start",
    "is_bank_day",
    "limitation_ends",
    "load_law",
    "missing_rates",
    "next_bank_day",
    "parse_rows",
]
