"""What the tests of the law share: one case per country, and answers in few words."""

from dataclasses import replace
from datetime import date

import pytest

from core.law import Case, DueBasis, claimable, load_law
from core.model import DebtorKind
from core.money import Money
from tests.core.law.words import plain

LAW = load_law()
CURRENCIES = {"SE": "SEK", "DK": "DKK", "NO": "NOK", "FI": "EUR", "EU": "EUR"}
DUE = date(2026, 3, 2)
ON = date(2026, 6, 30)


class Asked:
    """A question to the law of one country, and its answer in few words."""

    def __init__(self, country):
        self.country = country

    def money(self, text):
        return Money.parse(text, CURRENCIES[self.country])

    def case(self, debtor=DebtorKind.BUSINESS, principal="10000", **changes):
        plain = Case(self.country, debtor, self.money(principal), DUE, basis=DueBasis.AGREED)
        return replace(plain, **changes)

    def quote(self, debtor=DebtorKind.BUSINESS, on=ON, principal="10000", **changes):
        answer = claimable(LAW, self.case(debtor, principal, **changes), on)
        plain([rule for _, rule in answer.rules] + [one.rule for one in answer.refused] + [bar.rule for bar in answer.bars])
        return answer

    def fees(self, *arguments, **changes):
        return [(fee.kind, fee.on, fee.amount.text()) for fee in self.quote(*arguments, **changes).fees]

    def amounts(self, *arguments, **changes):
        return [fee.amount.text() for fee in self.quote(*arguments, **changes).fees]

    def refused(self, *arguments, **changes):
        return [(one.kind, one.rule.id) for one in self.quote(*arguments, **changes).refused]


@pytest.fixture
def asked():
    return Asked
