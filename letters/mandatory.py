"""What each kind of letter must say under which law, as data, and the check that a rendered letter says it.

Sources: inkassolagen (1974:182) 1 and 5 §§; inkassoloven (DK, LBK 1018/2014) § 10; inkassoloven (NO, 1988-05-13-26) §§ 9 and 10; laki saatavien
perinnästä (FI, 513/1999) 5 a §. The days are those from dispatch. A Norwegian creditor that collects its own claim names no complaints board:
inkassoloven § 10 wants it of licensed firms.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from core.errors import ConfigError
from letters.letter import Letter, LetterKind
from letters.own_text import find_threat

__all__ = ["FROM_TO", "NEEDS", "RULES", "SPOKEN", "Need", "Rule", "Said", "check_letter", "check_said", "rule_of"]

Need = Literal[
    "creditor", "creditor_address", "debtor", "heading", "ground", "principal", "netted", "interest", "costs", "total", "pay_by", "account", "objection",
    "statute", "consequence", "stop_right", "schedule", "missed", "acknowledges", "answer", "received", "earlier", "release",
]  # fmt: skip
Said = Mapping[Need, tuple[str, ...]]
"""What a letter says for each need, word for word; a need that does not arise (no interest is asked for) is not in it."""

NEEDS: Final[Mapping[Need, str]] = {
    "creditor": "the creditor's name",
    "creditor_address": "the creditor's address",
    "debtor": "the debtor's name",
    "heading": "a heading that says what the letter is",
    "ground": "each invoice with its number and day",
    "principal": "what remains of each invoice",
    "netted": "each credit that is deducted, with its invoice",
    "interest": "the interest asked for, with amount, rate, period and base",
    "costs": "each cost on its own",
    "total": "the whole amount",
    "pay_by": "the last day to pay",
    "account": "an account to pay to",
    "objection": "how to object",
    "statute": "the law it is written under",
    "consequence": "what follows if nothing is paid",
    "stop_right": "the right to have the collection stopped",
    "schedule": "each instalment with day and amount",
    "missed": "what follows if an instalment is missed",
    "acknowledges": "that accepting the plan acknowledges the debt",
    "answer": "how to accept and by when",
    "received": "what was received and when",
    "earlier": "which letter is taken back",
    "release": "that nothing is owed because of it",
}
ARISING: Final[frozenset[Need]] = frozenset({"netted", "interest", "costs", "stop_right"})
"""Needs of a claim that a credit lowers, of one that has interest, of one that has costs, of a consumer."""
SPOKEN: Final[tuple[Need, ...]] = ("objection", "statute", "consequence", "stop_right", "missed", "acknowledges", "answer", "release")
"""Needs that the sentence of that name says (`letters/sentences.py`)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a letter must say; `statute` is "" where good practice alone wants it, `days_min` counts from dispatch."""

    statute: str
    days_min: int
    needs: tuple[Need, ...]


FROM_TO: Final[tuple[Need, ...]] = ("creditor", "debtor", "heading", "ground")
ASKS: Final[tuple[Need, ...]] = (*FROM_TO, "principal", "netted", "costs", "total", "pay_by", "objection")
WARNS: Final[tuple[Need, ...]] = (*ASKS, "account", "consequence")
DEMANDS: Final[tuple[Need, ...]] = (*WARNS, "creditor_address", "interest", "statute")
PLANS: Final[tuple[Need, ...]] = (*FROM_TO, "total", "account", "schedule", "missed", "acknowledges")

RULES: Final[Mapping[tuple[LetterKind, str], Rule]] = {
    ("reminder", ""): Rule("", 0, ASKS),
    ("notice", ""): Rule("", 0, WARNS),
    ("notice", "DK"): Rule("inkassoloven § 10", 10, WARNS),
    ("notice", "NO"): Rule("inkassoloven § 9", 14, WARNS),
    ("demand", ""): Rule("", 0, DEMANDS),
    ("demand", "SE"): Rule("inkassolagen 5 §", 8, DEMANDS),
    ("demand", "DK"): Rule("inkassoloven § 10", 10, DEMANDS),
    ("demand", "NO"): Rule("inkassoloven § 10", 14, DEMANDS),
    ("demand", "FI"): Rule("saatavien perinnästä annettu laki 5 a §", 14, (*DEMANDS, "stop_right")),
    ("instalment_offer", ""): Rule("", 0, (*PLANS, "answer")),
    ("instalment_agreement", ""): Rule("", 0, PLANS),
    ("deferral", ""): Rule("", 0, (*FROM_TO, "total", "pay_by")),
    ("thanks", ""): Rule("", 0, (*FROM_TO, "received")),
    ("withdrawal", ""): Rule("", 0, (*FROM_TO, "earlier", "release")),
}

CALM: Final[frozenset[LetterKind]] = frozenset({"reminder", "notice"})
"""Letters that are no collection measure in Sweden as long as they threaten nothing (inkassolagen 1 §)."""
OWN_TEXT_LENGTH_MAX: Final = 600


def rule_of(kind: LetterKind, country: str) -> Rule:
    """Return what a kind must say under a country's law."""
    return RULES.get((kind, country)) or RULES[kind, ""]


def check_letter(letter: Letter, country: str) -> None:
    """Raise `ConfigError` where the time to pay is too short or the creditor's own text may not stand in this letter."""
    rule = rule_of(letter.kind, country)
    if letter.pay_by < letter.written_on + timedelta(days=rule.days_min):
        given = (letter.pay_by - letter.written_on).days
        raise _refused(letter.kind, f"{rule.statute} gives at least {rule.days_min} days from dispatch, not {given}", "Choose a later day.")
    for place, text in (("before", letter.extras.before), ("after", letter.extras.after)):
        if len(text) > OWN_TEXT_LENGTH_MAX:
            wrong = f"your own text {place} it has {len(text)} characters, more than {OWN_TEXT_LENGTH_MAX}"
            raise _refused(letter.kind, wrong, "Shorten it.")
        threat = find_threat(text) if country == "SE" and letter.kind in CALM else ""
        if threat:
            wrong = f"your own text {place} it says {threat!r}, which makes it a collection measure (inkassolagen 1 §)"
            raise _refused(letter.kind, wrong, "Take it out.")


def check_said(kind: LetterKind, country: str, said: Said, forms: Mapping[str, str]) -> None:
    """Raise `ConfigError` where something a letter must say is missing, or is not in each of its forms."""
    rule = rule_of(kind, country)
    plain = {name: _words(html.unescape(form) if name == "html" else form) for name, form in forms.items()}
    for need in rule.needs:
        if need in ARISING and need not in said:
            continue
        values = said.get(need, ())
        missing = not values or not all(values) or any(_words(value) not in form for value in values for form in plain.values())
        if missing:
            wrong = f"{rule.statute or 'good practice'} wants {NEEDS[need]}, and this letter lacks it"
            raise _refused(kind, wrong, "Complete the invoice, the debtor or the company in the accounting system, or the letter's words.")


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()  # headings are capitals in plain text


def _refused(kind: LetterKind, wrong: str, todo: str) -> ConfigError:
    return ConfigError(f"letter {kind}", wrong, todo)
