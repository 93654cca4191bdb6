"""The law: what a debtor owes on top of the principal, from when, and until when, and which step is lawful; pure, no I/O.

The figures stand in `data/<country>.toml` as dated rows with statute, source and confidence; the functions know how rows
combine. A row that is missing is never guessed: the figure is None and the rule says what is owed ("statutory interest
from DATE"). Every figure and every refusal carries a `Rule`. This is no legal advice.

What to ask where:

- `claimable(law, case, on)`: everything that may be claimed on a day, with what may not and what stands against collecting.
- `may(law, step, facts, on)`: whether a reminder, notice, demand, handover or legal step is lawful, and from which day.
- `letter_fee(law, kind, on, before, …)`: the fee of the letter that goes on that day, alone.
- `letter_deadline(law, kind, sent_on)`: the last day a notice or demand must give at least.
- `bars(law, country, debtor, circumstances, …)`: dispute, trifle, minor, estate, protected identity, insolvency, limitation.
- `limitation(law, debtor, originated_on, interruptions, …)`: until when a claim lives, and what each interruption did.
- `interest`, `interest_start`, `accrued`: late interest alone; an agreed rate is an `AgreedRate`.
- `lacking(law, country, first, last)`, `missing_rates`: what must be published before those days can be computed with.
- `allocate(law, country, payment, debts)`: what a payment goes to.
- `governing_law`, `european_order`: debtors abroad.
"""

from core.law.abroad import Governing, european_order, governing_law
from core.law.allocation import Allocation, Debt, Share, allocate
from core.law.bankdays import add_bank_days, is_bank_day, next_bank_day
from core.law.bars import NEAR_DAYS, Bar, Circumstances, bars
from core.law.case import Case, CreditNote
from core.law.claimable import Quote, claimable
from core.law.daycount import DayCount
from core.law.deadlines import demand_deadline, letter_deadline
from core.law.fees import FeeLine, Refusal, letter_fee
from core.law.interest import Interest, Paid, PartPayment, Period, Segment, accrued, exact_money, interest
from core.law.lacking import lacking, missing_rates
from core.law.limitation import Interruption, InterruptionKind, Limitation, limitation, limitation_ends
from core.law.rates import AgreedRate
from core.law.reading import parse_rows
from core.law.rows import TABLES, UNDATED, Confidence, CountryRules, Row, Rule, Terms
from core.law.sequence import LegalStep, Letter, Ruling, SequenceFacts, is_waited_for, may
from core.law.start import DueBasis, InterestStart, default_basis, interest_start
from core.law.tables import COUNTRIES, Law, load_law

__all__ = [
    "COUNTRIES",
    "NEAR_DAYS",
    "TABLES",
    "UNDATED",
    "AgreedRate",
    "Allocation",
    "Bar",
    "Case",
    "Circumstances",
    "Confidence",
    "CountryRules",
    "CreditNote",
    "DayCount",
    "Debt",
    "DueBasis",
    "FeeLine",
    "Governing",
    "Interest",
    "InterestStart",
    "Interruption",
    "InterruptionKind",
    "Law",
    "LegalStep",
    "Letter",
    "Limitation",
    "Paid",
    "PartPayment",
    "Period",
    "Quote",
    "Refusal",
    "Row",
    "Rule",
    "Ruling",
    "Segment",
    "SequenceFacts",
    "Share",
    "Terms",
    "accrued",
    "add_bank_days",
    "allocate",
    "bars",
    "claimable",
    "default_basis",
    "demand_deadline",
    "european_order",
    "exact_money",
    "governing_law",
    "interest",
    "interest_start",
    "is_bank_day",
    "is_waited_for",
    "lacking",
    "letter_deadline",
    "letter_fee",
    "limitation",
    "limitation_ends",
    "load_law",
    "may",
    "missing_rates",
    "next_bank_day",
    "parse_rows",
]
