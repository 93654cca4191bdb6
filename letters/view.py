"""A letter as words: every string that stands in it, formatted for its language, in the order a reader meets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.model import DebtorKind
from letters.letter import INSTALMENTS, Letter, LetterKind
from letters.logo import Logo
from letters.mandatory import SPOKEN, Need, Said
from letters.payment import Ways, reference_label, reference_text, ways_to_pay
from letters.sentences import Speech, speech_of
from letters.texts import address_lines, clean, day_text, home_of, money_text, rate_text, short_day, slug
from letters.words import Words, words_of

__all__ = ["Fact", "Table", "View", "view_of"]

FEES: Final[dict[LetterKind, str]] = {"demand": "demand_fee", "instalment_offer": "plan_fee", "instalment_agreement": "plan_fee"}
"""What this letter's own fee is called; else a reminder fee."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; the last `amounts` columns hold amounts, `sums` stands under the last one."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[Fact, ...]
    amounts: int


@dataclass(frozen=True, slots=True)
class View:
    """Every string of a letter.

    Attributes:
        facts: what the reader must find at once: amount, day, account, reference.
        lines: what is typed or read as a whole, each in full width.
        before, after: the creditor's own paragraphs, or "".
        body: the sentences after the tables, in order.
        signatures: who signs, under a line each; empty where nobody does.
        qr: the payment code as SVG, or "".
        said: what the letter says for each thing it must say.
    """

    kind: LetterKind
    country: str
    lang: str
    region: str
    written_on: date
    file: str
    subject: str
    title: str
    sender: tuple[str, ...]
    contact: tuple[str, ...]
    recipient: tuple[str, ...]
    meta: tuple[Fact, ...]
    before: str
    intro: str
    facts: tuple[Fact, ...]
    lines: tuple[Fact, ...]
    tables: tuple[Table, ...]
    body: tuple[str, ...]
    after: str
    signatures: tuple[str, ...]
    place_and_date: str
    greeting: str
    page: str
    scan: str
    qr_alt: str
    qr: str
    logo: Logo | None
    said: Said


def view_of(letter: Letter) -> View:
    """Put a letter into words, or raise `ConfigError` for a language or kind there are no words for, or an account that is none."""
    home = home_of(letter.creditor.address)
    country = letter.country.upper() or home
    words = words_of(letter.language, letter.kind, country)
    speech, ways = speech_of(letter, words), ways_to_pay(letter)
    sender = (clean(letter.creditor.name), *address_lines(letter.creditor.address, home, words))
    facts, tables = _facts(letter, ways, words), _tables(letter, words)
    lines = tuple(Fact(words.label(label), value) for label, value in ways.lines) if letter.asks else ()
    return View(
        kind=letter.kind,
        country=country,
        lang=words.lang,
        region=words.region,
        written_on=letter.written_on,
        file=f"{words.say('file')}-{slug(letter.reference)}.pdf",
        subject=speech.subject,
        title=speech.title,
        sender=sender,
        contact=_contact(letter, words),
        recipient=(clean(letter.debtor.name), *address_lines(letter.debtor.address, home, words)),
        meta=_meta(letter, words),
        before=clean(letter.extras.before),
        intro=speech.intro,
        facts=facts,
        lines=lines,
        tables=tables,
        body=speech.paragraphs,
        after=clean(letter.extras.after),
        signatures=_signatures(letter, words),
        place_and_date=words.label("place_and_date"),
        greeting=words.label("greeting"),
        page=words.label("page"),
        scan=words.label("scan"),
        qr_alt=words.label("qr"),
        qr=ways.qr if letter.asks else "",
        logo=letter.extras.logo,
        said=_said(letter, words, speech, ways, sender),
    )


def _meta(letter: Letter, words: Words) -> tuple[Fact, ...]:
    answer = [Fact(words.label("answer_by"), day_text(letter.pay_by, words))] if letter.kind == "instalment_offer" else []
    return (
        Fact(words.label("date"), day_text(letter.written_on, words)),
        Fact(words.label("reference"), clean(letter.reference)),
        *answer,
    )


def _facts(letter: Letter, ways: Ways, words: Words) -> tuple[Fact, ...]:
    if letter.kind == "thanks":
        assert letter.paid is not None and letter.earlier_on is not None, "a thank-you says for what"
        paid = Fact(words.label("paid"), money_text(letter.paid, words))
        return paid, Fact(words.label("paid_on"), day_text(letter.earlier_on, words))
    if letter.kind == "withdrawal":
        return (Fact(words.label("to_pay"), words.label("nothing_to_pay")),)
    payment = letter.next_payment
    references = {line.pays_with for line in letter.lines}
    one = clean(reference_text(letter, letter.lines[0].pays_with)) if len(references) == 1 else words.label("several_references")
    accounts = [Fact(words.label(label), number) for label, number in ways.accounts]
    return (
        Fact(words.label("first_part" if letter.instalments else "to_pay"), money_text(payment.amount, words)),
        Fact(words.label("pay_by"), day_text(payment.due_on, words)),
        *(accounts or [Fact(words.label("account_missing"), words.label("account_on_invoice"))]),
        Fact(words.label(reference_label(letter)), one),
    )


def _tables(letter: Letter, words: Words) -> tuple[Table, ...]:
    invoices = _invoices(letter, words)
    if letter.kind not in INSTALMENTS:
        return (invoices,)
    count = str(len(letter.instalments))
    rows = tuple(
        (words.label("part_of").format(number=number, count=count), day_text(part.due_on, words), money_text(part.amount, words))
        for number, part in enumerate(letter.instalments, start=1)
    )
    head = (words.label("part"), words.label("part_due_on"), words.label("part_amount"))
    return invoices, Table(head, rows, (Fact(words.label("to_pay"), money_text(letter.to_pay, words)),), 1)


def _invoices(letter: Letter, words: Words) -> Table:
    several = letter.asks and len({line.pays_with for line in letter.lines}) > 1
    amounts = ("original",) if letter.kind == "withdrawal" else ("original", "open")  # what is taken back asks for nothing
    head = [words.label("invoice"), words.label("issued_on"), words.label("due_on")]
    head += [words.label(reference_label(letter))] if several else []
    rows = []
    for line in letter.lines:
        row = [clean(line.invoice_no), short_day(line.issued_on, words), short_day(line.due_on, words)]
        row += [clean(reference_text(letter, line.pays_with))] if several else []
        rows.append((*row, *(money_text(getattr(line, name), words) for name in amounts)))
    sums = _sums(letter, words) if letter.asks or (letter.kind == "thanks" and letter.to_pay) else ()
    return Table((*head, *(words.label(name) for name in amounts)), tuple(rows), sums, len(amounts))


def _sums(letter: Letter, words: Words) -> tuple[Fact, ...]:
    disputed = [Fact(words.label("disputed"), money_text(-letter.disputed, words))] if letter.disputed else []
    return (
        *disputed,
        *_netted(letter, words),
        *_interest(letter, words),
        *_costs(letter, words),
        Fact(words.label("to_pay"), money_text(letter.to_pay, words)),
    )


def _netted(letter: Letter, words: Words) -> list[Fact]:
    label = words.label("netted")
    return [Fact(label.format(number=clean(number)), money_text(-money, words)) for number, money in letter.netted]


def _interest(letter: Letter, words: Words) -> list[Fact]:
    label = words.label("interest_part")
    return [
        Fact(
            label.format(
                rate=rate_text(part.rate, words),
                base=money_text(part.base, words),
                first_day=short_day(part.first_day, words),
                last_day=short_day(part.last_day, words),
            ),
            money_text(part.amount, words),
        )
        for part in letter.interest
    ]


def _costs(letter: Letter, words: Words) -> list[Fact]:
    costs = [*letter.charges, *([(FEES.get(letter.kind, "fee"), letter.fee)] if letter.fee else [])]
    return [Fact(words.label(str(name)), money_text(amount, words)) for name, amount in costs if amount]


def _contact(letter: Letter, words: Words) -> tuple[str, ...]:
    creditor, home = letter.creditor, home_of(letter.creditor.address)
    org_no = clean(creditor.org_no)
    if re.fullmatch(r"[0-9]{10}", org_no) and home == "SE":
        org_no = f"{org_no[:6]}-{org_no[6:]}"
    label = words.label(f"org_no_{home}" if home in ("DK", "FI") else "org_no")
    shown = (f"{label} {org_no}" if org_no else "", clean(creditor.email), clean(creditor.phone))
    return tuple(text for text in shown if text)


def _signatures(letter: Letter, words: Words) -> tuple[str, ...]:
    if letter.kind != "instalment_agreement":
        return ()
    names = (("signature_debtor", letter.debtor.name), ("signature_creditor", letter.creditor.name))
    return tuple(words.label(label).format(name=clean(name)) for label, name in names)


def _said(letter: Letter, words: Words, speech: Speech, ways: Ways, sender: tuple[str, ...]) -> Said:
    """Return what the letter must say, from the letter itself and not from where it stands in the view."""
    said: dict[Need, tuple[str, ...]] = {
        "creditor": (clean(letter.creditor.name),),
        "creditor_address": sender[1:],
        "debtor": (clean(letter.debtor.name),),
        "heading": (speech.title,),
        "ground": tuple(text for line in letter.lines for text in (clean(line.invoice_no), short_day(line.issued_on, words))),
        "principal": tuple(money_text(line.open, words) for line in letter.lines),
        "total": (money_text(letter.to_pay, words),),
        "pay_by": (day_text(letter.pay_by, words),),
        "account": tuple(number for _, number in ways.accounts),
        "schedule": tuple(text for part in letter.instalments for text in (day_text(part.due_on, words), money_text(part.amount, words))),
    }
    said |= {need: (speech.said[need],) for need in SPOKEN if need in speech.said}
    if letter.debtor.kind is not DebtorKind.CONSUMER:
        said.pop("stop_right", None)
    figures: tuple[tuple[Need, list[Fact]], ...] = (
        ("netted", _netted(letter, words)), ("interest", _interest(letter, words)), ("costs", _costs(letter, words)),
    )  # fmt: skip
    said |= {need: tuple(text for fact in facts for text in (fact.label, fact.value)) for need, facts in figures if facts}
    if letter.interest_from and not letter.interest and letter.kind == "demand":
        said["interest"] = ()  # asked for, and without the figure that a demand must give
    if letter.earlier_on:
        said["earlier"] = (day_text(letter.earlier_on, words),)
    if letter.paid and letter.earlier_on:
        said["received"] = (money_text(letter.paid, words), day_text(letter.earlier_on, words))
    return said
