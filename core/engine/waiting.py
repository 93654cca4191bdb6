"""What invoices whose step is due wait for, counted by reason: a run's account of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.policy import render_reason
from core.policy.facts import Decision, Facts, Reason
from core.policy.remedies import remedy

__all__ = ["waits_for"]

UNREAD = "unread"
"""What has no reason of the policy's: the books could not give its details."""


def waits_for(decided: Iterable[tuple[Facts, Decision]]) -> list[dict[str, Any]]:
    """Return each reason that stops an invoice which is due, the most frequent first.

    A row has the `reason`'s id, how many `invoices` it stops, the number of the first (`invoice`), and in English of that one why
    (`text`) and what would have to change (`change`). An invoice that has several reasons is counted under each.
    """
    found: dict[str, dict[str, Any]] = {}
    for facts, decision in decided:
        if not decision.blocked:
            continue
        stopping = {reason.id: reason for reason in decision.reasons if remedy(reason, "en")}
        for id_ in stopping or (UNREAD,):
            if id_ not in found:  # many wait for one thing, and it is put into words once
                found[id_] = {"reason": id_, "invoices": 0, "invoice": facts.invoice.number, **_words(stopping.get(id_))}
            found[id_]["invoices"] += 1
    return sorted(found.values(), key=lambda row: -int(row["invoices"]))


def _words(reason: Reason | None) -> dict[str, str]:
    if reason is None:
        return {"text": "Something of it could not be read.", "change": "The accounting system gives it: the next run reads it again."}
    return {"text": render_reason(reason, "en"), "change": remedy(reason, "en")}
