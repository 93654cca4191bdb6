"""What a backtest takes for granted, each with a name, a number that can be changed, and a sentence that says it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Assumptions"]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What nobody can know of a past in which the policy did not run.

    Attributes:
        posting_days: the bank is posted every day, this many days behind, and payments are seen then.
        answer_days: a debtor who answers a letter pays this many days after it.
        answer_pct: this share of each late amount answers.
        soon_days: who paid within this many days of a letter need not have been chased.
    """

    posting_days: int = 1
    answer_days: int = 10
    answer_pct: int = 50
    soon_days: int = 7

    def sentences(self) -> list[str]:
        """Return the assumptions in words; no figure of a backtest is to be shown without them."""
        return [
            f"The bank is posted every day, {self.posting_days} day(s) behind.",
            "Debtors pay as they did: no letter changes what the replay does next, so letters and claims are the most there would be.",
            "Every question is answered yes on its day, the mandate is complete, and every debtor has a usable identity number and address.",
            "What goes beyond the policy's limit for one run waits for a yes, given on the next bank day to all that waits then; an announced handover is never stopped.",
            "A debtor has to its credit what it paid too much; a history knows no credit note before it is set off, so none stops or lowers a letter.",
            (
                "Letters go by mail, unless the policy says post. A history holds no labels, and no promises, disputes or holds: a condition on "
                "labels counts as unknown, and no promise as broken."
            ),
            (
                f"Money earlier: {self.answer_pct} % of what was paid later than {self.answer_days} days after the first letter comes on that "
                "day, and what is still unpaid no earlier. This is an assumption, no finding."
            ),
        ]
