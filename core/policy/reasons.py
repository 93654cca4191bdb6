"""Reasons in words: every id a decision can carry, filled in late, in the reader's language."""

from __future__ import annotations

import re
from typing import Any, Final

from core.policy.facts import Decision, Reason
from core.policy.holds import FLOAT_BANK_DAYS
from core.policy.law_words import law_sentence
from core.policy.remedies import remedies, remedy
from core.policy.values import value_in
from core.words import words_of

__all__ = ["explain", "explain_json", "parse_reason", "reason_json", "render_reason", "render_said", "render_state"]

_SECTION: Final = re.compile(r"\d+(?: [a-z])?(?:, \d+(?: [a-z])?)* §+|§+ \d+")
"""A section with its sign, in which no line may end."""


def render_reason(reason: Reason, language: str) -> str:
    """Return a reason as a sentence, with its policy line and statute."""
    words = words_of("decision", language)
    # A connector may know marks that we have no sentence for; any other unknown id is a bug of ours.
    known = "leave_other" if reason.id.startswith("leave_") and reason.id not in words["reasons"] else reason.id
    text = words["reasons"][known].format_map(_values(reason, language))
    where = [words["frame"]["policy_line"].format(line=reason.policy_line)] if reason.policy_line else []
    where += [reason.statute] if reason.statute else []
    return _SECTION.sub(lambda section: section[0].replace(" ", "\u00a0"), f"{text} [{', '.join(where)}]" if where else text)


def _values(reason: Reason, language: str) -> dict[str, str]:
    """Return what stands in a sentence's gaps."""
    words = words_of("decision", language)
    frame, things = words["frame"], words["things"]
    params = {"why": reason.id.removeprefix("leave_"), **{name: value_in(value, language) for name, value in reason.params}}
    if reason.id in ("law", "unlawful", "unlawful_yet", "no_interest_figure"):
        params["says"] = law_sentence(reason, language)
    if params.get("what") in things:
        params["what"] = things[params["what"]]
    if reason.id == "held_plan":
        params["why"] = render_said(params["why"], language)
    if params.get("until") == "released":
        params["until"] = frame["released"]
    if "action" in params:
        params["action"] = words["actions"].get(params["action"]) or render_state(params["action"], language)
    states = [render_state(params[name], language) for name in ("lifecycle", "phase") if params.get(name, "-") != "-"]
    return params | {"states": ", ".join(states), "which": frame["wanted"].format(days=FLOAT_BANK_DAYS)}


def render_said(why: str, language: str) -> str:
    """Return why something was stopped, as it was typed; "as agreed" where nobody said more."""
    return why or words_of("decision", language)["frame"]["as_agreed"]


def render_state(value: str, language: str) -> str:
    """Return a stage, an action, or the state of a claim or an intent as a word to read."""
    return words_of("decision", language)["states"].get(value) or str(value).replace("_", " ")


def explain(decision: Decision, language: str) -> list[str]:
    """Return a decision in sentences: where it is, why, and what comes next."""
    frame = words_of("decision", language)["frame"]
    on = value_in(str(decision.next_on), language)
    lines = [frame["stage"].format(stage=render_state(decision.stage, language))]
    lines += [render_reason(reason, language) for reason in decision.reasons]
    lines += remedies(decision, language)
    if decision.next_action and decision.next_on and not decision.blocked:
        lines.append(frame["next"].format(next=render_state(decision.next_action, language), on=on))
    elif decision.next_on:
        lines.append(frame["again"].format(on=on))
    elif decision.blocked and decision.next_action:
        lines.append(frame["by_itself"])
    return lines


def reason_json(reason: Reason) -> dict[str, Any]:
    """Return a reason as plain values, in words too; `parse_reason` reads it back."""
    return {
        "id": reason.id, "facts": dict(reason.params), "policy_line": reason.policy_line, "rule": reason.rule or None,
        "statute": reason.statute or None, "text": render_reason(reason, "en"), "change": remedy(reason, "en") or None,
    }  # fmt: skip


def parse_reason(raw: dict[str, Any]) -> Reason:
    """Read a reason that was stored with what it caused."""
    return Reason(raw["id"], tuple(raw["facts"].items()), raw["rule"] or "", raw["statute"] or "", raw["policy_line"])


def explain_json(decision: Decision) -> dict[str, Any]:
    """Return a decision as plain values: each reason with its facts, policy line, legal rule and statute."""
    return {
        "stage": str(decision.stage),
        "action": str(decision.action) if decision.action else None,
        "mode": str(decision.mode),
        "blocked": decision.blocked,
        "reasons": [reason_json(reason) for reason in decision.reasons],
        "next_action": str(decision.next_action) if decision.next_action else None,
        "next_on": decision.next_on.isoformat() if decision.next_on else None,
    }  # fmt: skip
