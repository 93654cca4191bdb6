"""A letter in words: every string as the reader sees it, in order, before it is laid out as PDF, HTML or text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency

from core.claim import ClaimLine
from core.model import Address
from core.money import Money
from letters.letter import Letter
from letters.payment import bankgiro_text, grouped_iban, is_ocr, payment_qr, plusgiro_text
from letters.words import HOME, Words, words_of

__all__ = ["Fact", "View", "clean", "slug", "view_of"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class View:
    """Every string of a letter.

    Attributes:
        facts: what the reader must find at once: amount, day, account, reference.
        head, rows, sums: the table of invoices; the last columns hold amounts, `sums` stands under the last one.
        amounts: how many of the last columns hold amounts.
        body: the sentences after the table, in order.
        qr: the payment code as SVG, or "".
    """

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
    intro: str
    facts: tuple[Fact, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[Fact, ...]
    amounts: int
    body: tuple[str, ...]
    greeting: str
    page: str
    scan: str
    qr_alt: str
    qr: str


def view_of(letter: Letter) -> View:
    """Put a letter into words, or raise `ConfigError` for a language or kind there are no words for."""
    words = words_of(letter.language, letter.kind)
    creditor, first = letter.creditor, letter.lines[0]
    count = "one" if len(letter.lines) == 1 else "many"
    name, number = clean(creditor.name), clean(first.invoice_no)
    values = {"creditor": name, "number": number, "count": str(len(letter.lines))}
    amounts = {"open": _money(letter.open, words), "due_on": _day(first.due_on, words), "pay_by": _day(letter.pay_by, words)}
    amounts |= {"disputed": _money(letter.disputed, words), "asks": _money(letter.open - letter.disputed, words)}
    intro = f"intro_{count}_disputed" if letter.disputed else f"intro_{count}"
    head, rows = _table(letter, words)
    return View(
        lang=words.lang,
        region=words.region,
        written_on=letter.written_on,
        file=f"{words.say('file')}-{slug(letter.reference)}.pdf",
        subject=words.say(f"subject_{count}", **values),
        title=words.say("title"),
        sender=(name, *_address(creditor.address, _home(letter), words)),
        contact=_contact(letter, words),
        recipient=(clean(letter.debtor.name), *_address(letter.debtor.address, _home(letter), words)),
        meta=(
            Fact(words.label("date"), _day(letter.written_on, words)),
            Fact(words.label("reference"), clean(letter.reference)),
        ),
        intro=words.say(intro, **values, **amounts),
        facts=_facts(letter, words),
        head=head,
        rows=rows,
        sums=_sums(letter, words),
        amounts=2,
        body=_body(letter, words),
        greeting=words.label("greeting"),
        page=words.label("page"),
        scan=words.label("scan"),
        qr_alt=words.label("qr"),
        qr=payment_qr(letter),
    )


def _facts(letter: Letter, words: Words) -> tuple[Fact, ...]:
    references = {line.pays_with for line in letter.lines}
    one = clean(letter.lines[0].pays_with) if len(references) == 1 else words.label("several_references")
    return (
        Fact(words.label("to_pay"), _money(letter.to_pay, words)),
        Fact(words.label("pay_by"), _day(letter.pay_by, words)),
        *_accounts(letter, words),
        Fact(_reference_label(letter.lines, words), one),
    )


def _accounts(letter: Letter, words: Words) -> tuple[Fact, ...]:
    """Name one account, so that nobody has to choose; a payer abroad also gets the IBAN, since a giro is out of reach."""
    creditor, accounts = letter.creditor, []
    if creditor.bankgiro:
        accounts.append(Fact(words.label("bankgiro"), clean(bankgiro_text(creditor.bankgiro))))
    elif creditor.plusgiro:
        accounts.append(Fact(words.label("plusgiro"), clean(plusgiro_text(creditor.plusgiro))))
    if creditor.iban and (not accounts or letter.debtor.address.country not in ("", _home(letter))):
        accounts.append(Fact(words.label("iban"), clean(grouped_iban(creditor.iban))))
        accounts += [Fact(words.label("bic"), clean(creditor.bic))] if creditor.bic.strip() else []
    return tuple(accounts) or (Fact(words.label("account_missing"), words.label("account_on_invoice")),)


def _table(letter: Letter, words: Words) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    several = len({line.pays_with for line in letter.lines}) > 1
    head = [words.label("invoice"), words.label("issued_on"), words.label("due_on")]
    if several:
        head.append(_reference_label(letter.lines, words))
    rows = []
    for line in letter.lines:
        row = [clean(line.invoice_no), _short_day(line.issued_on, words), _short_day(line.due_on, words)]
        if several:
            row.append(clean(line.pays_with))
        rows.append((*row, _money(line.original, words), _money(line.open, words)))
    return (*head, words.label("original"), words.label("open")), tuple(rows)


def _sums(letter: Letter, words: Words) -> tuple[Fact, ...]:
    between = [("disputed", -letter.disputed), ("fee", letter.fee)]
    shown = [Fact(words.label(name), _money(amount, words)) for name, amount in between if amount]
    return (*shown, Fact(words.label("to_pay"), _money(letter.to_pay, words)))


def _body(letter: Letter, words: Words) -> tuple[str, ...]:
    several = len({line.pays_with for line in letter.lines}) > 1
    day, reference = _day(letter.pay_by, words), clean(letter.reference)
    said = []
    if several:
        said.append(words.say("separately_fee" if letter.fee else "separately", number=clean(letter.lines[0].invoice_no)))
    if letter.fee:
        said.append(words.say("fee"))
    if letter.interest_from:
        key = "interest_one" if len(letter.lines) == 1 else "interest_many"
        said.append(words.say(key, interest_from=_day(letter.interest_from, words)))
    paragraphs = [" ".join(said)] if said else []
    if letter.announces_collection:
        paragraphs.append(words.say("collection", pay_by=day))
    ways = [clean(way) for way in (letter.creditor.email, letter.creditor.phone) if way.strip()]
    if ways:
        contact = f" {words.label('or')} ".join(ways)
        paragraphs.append(words.say("objection", pay_by=day, contact=contact, reference=reference))
    else:
        paragraphs.append(words.say("objection_by_post", pay_by=day, reference=reference))
    return (*paragraphs, words.say("already_paid"))


def _contact(letter: Letter, words: Words) -> tuple[str, ...]:
    creditor = letter.creditor
    org_no = clean(creditor.org_no)
    if re.fullmatch(r"[0-9]{10}", org_no) and _home(letter) == "SE":
        org_no = f"{org_no[:6]}-{org_no[6:]}"
    shown = (f"{words.label('org_no')} {org_no}" if org_no else "", clean(creditor.email), clean(creditor.phone))
    return tuple(text for text in shown if text)


def _reference_label(lines: tuple[ClaimLine, ...], words: Words) -> str:
    # Bank apps refuse a number that isn't an OCR in the OCR field, so only a checked one is called that.
    return words.label("ocr" if all(is_ocr(line.payment_reference.strip()) for line in lines) else "message")


def _address(address: Address, home: str, words: Words) -> tuple[str, ...]:
    postcode = clean(address.postcode)
    country = address.country.upper()
    if re.fullmatch(r"[0-9]{5}", postcode) and (country or home) == "SE":
        postcode = f"{postcode[:3]} {postcode[3:]}"
    # The post office wants the country in capitals, in the sender's language, and none at home.
    abroad = Locale.parse(words.locale).territories.get(country, country).upper() if country not in ("", home) else ""
    lines = (clean(address.line1), clean(address.line2), f"{postcode} {clean(address.city)}".strip(), clean(abroad))
    return tuple(line for line in lines if line)


def _home(letter: Letter) -> str:
    return letter.creditor.address.country.upper() or HOME


def _money(money: Money, words: Words) -> str:
    return format_currency(money.amount, money.currency, locale=words.locale)


def _day(day: date, words: Words) -> str:
    # Kept together on one line, like the amounts.
    return format_date(day, "long", locale=words.locale).replace(" ", "\u00a0")


def _short_day(day: date, words: Words) -> str:
    return format_date(day, "medium", locale=words.locale).replace(" ", "\u00a0")


def slug(text: str) -> str:
    """Return text as a part of a file's name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:60] or "1"


def clean(text: str) -> str:
    """Return text from the books on one line, without control characters and marks that turn the writing direction."""
    kept = (char if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for char in text)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))
