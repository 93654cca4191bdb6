"""What would have to change, for every reason that keeps an invoice from its step."""

from __future__ import annotations

from typing import Final

from core.policy.facts import Decision, Mode, Reason
from core.words import words_of

__all__ = ["INFORMS", "remedies", "remedy"]

INFORMS: Final = (
    "approved", "books_fresh", "counted_from_due", "credit_netted", "dispute_documents", "law", "letter_ran_out", "limitation_near", "needs_the_step_before",
    "part_disputed", "plan_missed", "step", "step_passed_over",
)  # fmt: skip
"""Reasons that stop nothing: they say what a decision rests on, or what a person should know."""


def remedy(reason: Reason, language: str) -> str:
    """Return what takes a reason away; "" for one that stops nothing."""
    words = words_of("decision", language)["remedies"]
    # As with `render_reason`, a connector may know marks that we have no sentence for.
    known = "leave_other" if reason.id.startswith("leave_") and reason.id not in words else reason.id
    return words.get(known, "")


def remedies(decision: Decision, language: str) -> list[str]:
    """Return what would have to change before an invoice that goes nowhere by itself goes on, each thing once."""
    if decision.action is not None and decision.mode == Mode.AUTO:
        return []
    found = dict.fromkeys(told for reason in decision.reasons if (told := remedy(reason, language)))
    return [words_of("decision", language)["frame"]["change"].format(what=told) for told in found]
