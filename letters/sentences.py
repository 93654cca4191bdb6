"""The sentences of each kind of letter: which it has, in which order, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core.model import DebtorKind
from letters.letter import Letter, LetterKind
from letters.texts import clean, day_text, money_text
from letters.words import Words

__all__ = ["Speech", "speech_of"]

PARAGRAPHS: Final[Mapping[LetterKind, tuple[tuple[str, ...], ...]]] = {
    "reminder": (("separately", "fee", "interest"), ("collection",), ("objection",), ("already_paid",)),
    "notice": (("consequence",), ("separately", "fee", "interest"), ("objection",), ("already_paid",)),
    "demand": (("statute", "consequence"), ("separately", "interest", "running"), ("stop_right",), ("objection",), ("already_paid",)),
    "instalment_offer": (("answer",), ("separately", "missed", "meanwhile"), ("acknowledges",)),
    "instalment_agreement": (("separately", "missed", "meanwhile"), ("acknowledges", "sign")),
    "deferral": (("separately", "meanwhile"), ("contact",)),
    "thanks": (("rest",), ("contact",)),
    "withdrawal": (("release",), ("contact",)),
}
CLAIMING: Final[frozenset[LetterKind]] = frozenset({"reminder", "notice", "demand"})
"""The kinds that have a sentence about what the debtor disputes, and about what it has to its credit."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The running text of a letter; `said` has each sentence by its name."""

    subject: str
    title: str
    intro: str
    paragraphs: tuple[str, ...]
    said: Mapping[str, str]


def speech_of(letter: Letter, words: Words) -> Speech:
    """Put a letter into sentences."""
    values = _values(letter, words)
    values["title"] = words.say("title", **values)
    count = "one" if len(letter.lines) == 1 else "many"
    less = (("_disputed" if letter.disputed else "") + ("_netted" if letter.netted else "")) if letter.kind in CLAIMING else ""
    paragraphs = PARAGRAPHS[letter.kind]
    said = {name: SENTENCES[name](letter, words, values) for names in paragraphs for name in names}
    joined = (" ".join(said[name] for name in names if said[name]) for names in paragraphs)
    return Speech(
        words.say(f"subject_{count}", **values),
        values["title"],
        words.say(f"intro_{count}{less}", **values),
        tuple(text for text in joined if text),
        said,
    )


def _values(letter: Letter, words: Words) -> dict[str, str]:
    ways = [clean(way).replace(" ", "\u00a0") for way in (letter.creditor.email, letter.creditor.phone) if way.strip()]
    values = {
        "creditor": clean(letter.creditor.name),
        "number": clean(letter.lines[0].invoice_no),
        "count": str(len(letter.lines)),
        "parts": str(len(letter.instalments)),
        "reference": clean(letter.reference),
        "contact": f" {words.label('or')} ".join(ways),
        "due_on": day_text(letter.lines[0].due_on, words),
        "pay_by": day_text(letter.pay_by, words),
    }
    amounts = {
        "open": letter.open, "disputed": letter.disputed, "netted": letter.deducted, "asks": letter.asks_of_invoices, "to_pay": letter.to_pay,
        "paid": letter.paid,
    }  # fmt: skip
    days = {
        "interest_from": letter.interest_from,
        "interest_until": letter.interest[-1].last_day if letter.interest else None,
        "earlier_on": letter.earlier_on,
    }
    values |= {name: money_text(amount, words) for name, amount in amounts.items() if amount is not None}
    values |= {name: day_text(day, words) for name, day in days.items() if day is not None}
    return values | {name: words.say(name) for name in ("interest_act", "fee_basis") if words.knows(name)}


Sentence = Callable[[Letter, Words, Mapping[str, str]], str]


def _plain(name: str) -> Sentence:
    return lambda _letter, words, values: words.say(name, **values)


def _to_reach_us(name: str) -> Sentence:
    """Return the sentence with mail and phone, or the one that points to the address where there are none."""
    return lambda _letter, words, values: words.say(name if values["contact"] else f"{name}_by_post", **values)


def _separately(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    if len({line.pays_with for line in letter.lines}) == 1:
        return ""
    more = letter.to_pay != letter.asks_of_invoices
    return words.say("separately_fee" if more else "separately", **values)


def _fee(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    return words.say("fee", **values) if letter.fee else ""


def _interest(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    if letter.interest_from is None or letter.interest:
        return ""
    return words.say("interest_one" if len(letter.lines) == 1 else "interest_many", **values)


def _running(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    return words.say("running", **values) if letter.interest else ""


def _meanwhile(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    if letter.interest_from is None and not letter.interest:
        return ""
    return words.say("interest_runs", **values)


def _collection(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    return words.say("collection", **values) if letter.announces_collection else ""


def _stop_right(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    consumer = letter.debtor.kind is DebtorKind.CONSUMER
    return words.say("stop_right", **values) if consumer and words.knows("stop_right") else ""


def _rest(letter: Letter, words: Words, values: Mapping[str, str]) -> str:
    return words.say("rest" if letter.to_pay else "settled", **values)


SENTENCES: Final[Mapping[str, Sentence]] = {
    "separately": _separately,
    "fee": _fee,
    "interest": _interest,
    "running": _running,
    "meanwhile": _meanwhile,
    "collection": _collection,
    "stop_right": _stop_right,
    "rest": _rest,
    "objection": _to_reach_us("objection"),
    "contact": _to_reach_us("contact"),
    "answer": _to_reach_us("answer"),
    "already_paid": _plain("already_paid"),
    "statute": _plain("statute"),
    "consequence": _plain("consequence"),
    "missed": _plain("missed"),
    "acknowledges": _plain("acknowledges"),
    "sign": _plain("sign"),
    "release": _plain("release"),
}
