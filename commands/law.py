"""`kravbro law`: what may be claimed on a day, which rows are missing soon, and the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import click

from commands.lawrows import home_folder, read_law
from commands.output import as_json, day, json_option, money
from core.clock import WallClock, day_in
from core.errors import ConfigError
from core.law import (
    Case,
    Confidence,
    CreditNote,
    DayCount,
    DueBasis,
    FeeLine,
    Law,
    PartPayment,
    Quote,
    Row,
    Rule,
    claimable,
    default_basis,
    missing_rates,
)
from core.model import DebtorKind
from core.money import Money

__all__ = ["law"]

AHEAD = timedelta(days=184)
KINDS = {"interest": "interest", "reminder": "reminder fee", "demand": "demand fee", "plan": "plan fee", "compensation": "compensation"}
CERTAINTY = {
    Confidence.VERIFIED_PRIMARY: "read at the authority or in the statute",
    Confidence.VERIFIED_SECONDARY: "read in somebody else's copy",
    Confidence.CONFIRMED: "confirmed by you",
    Confidence.DERIVED: "DERIVED from a rule, not read: confirm the rate before a figure leaves the house",
    Confidence.MEMORY_UNVERIFIED: "NOT VERIFIED: confirm it before a figure leaves the house",
}
Word = TypeVar("Word", bound=StrEnum)

rows_option = click.option(
    "--rows",
    "rows_file",
    type=click.Path(path_type=Path),
    help='TOML with your own [[rate]] rows and confirmed = ["SE.rate.statutory.2025-01-01"], in place of the one runs read.',
)


@click.group()
def law() -> None:
    """What the law lets a creditor claim."""


@law.command()
@click.option("--country", required=True, metavar="SE", help="Whose law.")
@click.option("--debtor", required=True, metavar="KIND", help="business, sole_trader, consumer or public.")
@click.option("--principal", required=True, metavar="AMOUNT", help="What was invoiced, e.g. 12500.00.")
@click.option("--due", required=True, metavar="DATE", help="The due date.")
@click.option("--as-of", required=True, metavar="DATE", help="The day the question is about; it bears interest too.")
@click.option("--payment", multiple=True, metavar="DATE=AMOUNT", help="Paid on the principal; may be repeated.")
@click.option("--credit", multiple=True, metavar="DATE=AMOUNT", help="Credited: lowers the base from the due date.")
@click.option("--reminder", multiple=True, metavar="DATE", help="A written reminder was sent; may be repeated.")
@click.option("--demand", multiple=True, metavar="DATE", help="A formal demand (inkassokrav) was sent.")
@click.option("--plan", multiple=True, metavar="DATE", help="A written instalment plan was made with the debtor.")
@click.option("--reminder-fee-agreed", is_flag=True, help="The fee was agreed when the debt arose, at the latest.")
@click.option("--compensation", is_flag=True, help="The creditor claims the fixed compensation.")
@click.option("--due-basis", metavar="BASIS", help="agreed, or unilateral: only the bill states the due date.")
@click.option("--sent", metavar="DATE", help="When the bill was sent; alone it makes a consumer's due date unilateral.")
@click.option("--received", metavar="DATE", help="When the bill was received, if late.")
@click.option("--no-interest-notice", is_flag=True, help="The bill does not say that non-payment costs interest.")
@click.option("--day-count", default=DayCount.ACT_365F.value, show_default=True, metavar="NAME", help="The convention.")
@rows_option
@json_option
def quote(*, rows_file: Path | None, as_json_: bool, **options: Any) -> None:
    """What may be claimed on that day, line by line with the statute, and what may not.

    A half-year without a known rate gives no figure: the interest is null and the rule says from when it runs (exit 0).
    """
    tables = _tables(rows_file)
    case, on, assumptions = _case(tables, options)
    answer = claimable(tables, case, on)
    if as_json_:
        as_json(_quote_json(answer, assumptions))
    else:
        click.echo("\n".join(_quote_text(answer, assumptions)))


@law.command()
@click.option("--country", metavar="SE", help="One country only.")
@click.option("--as-of", metavar="DATE", help="The first day looked at; today if not given.")
@rows_option
@json_option
def check(country: str | None, as_of: str | None, rows_file: Path | None, *, as_json_: bool) -> None:
    """Which rates the next six months lack, and which rows nobody has confirmed."""
    tables = _tables(rows_file)
    found = [_check(tables, code, as_of) for code in ([tables.country(country).code] if country else sorted(tables.countries))]
    if as_json_:
        as_json({"ok": not any(one["missing"] for one in found), "countries": found})
    else:
        click.echo("\n".join(line for one in found for line in _check_text(one)))


@law.command()
@click.option("--country", metavar="SE", help="One country only.")
@click.option("--table", metavar="TABLE", help="rate, fee, deadline or limitation.")
@rows_option
@json_option
def rows(country: str | None, table: str | None, rows_file: Path | None, *, as_json_: bool) -> None:
    """List the rows of the tables, each with its statute, source and confidence."""
    chosen = [row for row in _tables(rows_file).rows if country in (None, row.country) and table in (None, row.table)]
    if as_json_:
        as_json({"rows": [_row_json(row) for row in chosen]})
    else:
        click.echo("\n".join(f"{row.key:<40} {row.value:>6} {row.unit:<9} {row.confidence:<18} {row.statute}" for row in chosen))


def _tables(rows_file: Path | None) -> Law:
    return read_law(home_folder(), rows_file)


def _case(tables: Law, options: Mapping[str, Any]) -> tuple[Case, date, list[str]]:
    """Read the options, refuse what contradicts itself, and say what had to be assumed."""
    home = tables.country(options["country"])
    debtor = _word("--debtor", options["debtor"], DebtorKind)
    sent_on = day("--sent", options["sent"])
    basis, assumptions = _basis(options["due_basis"], debtor, sent_on)
    case = Case(
        country=home.code,
        debtor=debtor,
        principal=money("--principal", options["principal"], home.currency),
        due_on=day("--due", options["due"]),
        basis=basis,
        sent_on=sent_on,
        received_on=day("--received", options["received"]),
        interest_notice=not options["no_interest_notice"],
        payments=tuple(PartPayment(*_dated("--payment", one, home.currency)) for one in options["payment"]),
        credits=tuple(CreditNote(*_dated("--credit", one, home.currency)) for one in options["credit"]),
        reminders=tuple(day("--reminder", one) for one in options["reminder"]),
        demands=tuple(day("--demand", one) for one in options["demand"]),
        plans=tuple(day("--plan", one) for one in options["plan"]),
        reminder_fee_agreed=options["reminder_fee_agreed"],
        compensation=options["compensation"],
        day_count=DayCount.parse(options["day_count"]),
    )
    on = day("--as-of", options["as_of"])
    _refuse_contradictions(case, on)
    return case, on, assumptions


def _basis(given: str | None, debtor: DebtorKind, sent_on: date | None) -> tuple[DueBasis, list[str]]:
    """Take an unsaid due date as agreed, and say so, unless the day the bill was sent shows what to reckon with."""
    if given is not None:
        basis = _word("--due-basis", given, DueBasis)
        if basis is DueBasis.UNILATERAL and sent_on is None:
            raise ConfigError("--due-basis unilateral", "the day the bill was sent is not said", "Add --sent DATE.")
        return basis, []
    if sent_on is not None or default_basis(debtor) is DueBasis.AGREED:
        return default_basis(debtor), []
    assumed = "The due date is taken as agreed in advance. If only the bill states it, the consumer owes interest later:"
    return DueBasis.AGREED, [f"{assumed} add --due-basis unilateral --sent DATE."]


def _refuse_contradictions(case: Case, on: date) -> None:
    if on < case.due_on:
        raise ConfigError("--as-of", f"{on} is before the due date {case.due_on}", "Nothing may be claimed yet: give a later day.")
    if case.sent_on and case.sent_on > case.due_on:
        raise ConfigError("--sent", f"{case.sent_on} is after the due date {case.due_on}", "Correct one of the two.")
    if case.received_on and case.sent_on and case.received_on < case.sent_on:
        raise ConfigError("--received", f"{case.received_on} is before --sent {case.sent_on}", "Correct one of the two.")
    for option, moment in _dated_options(case):
        if moment > on:
            raise ConfigError(option, f"{moment} is after --as-of {on}", "Leave it out, or give a later --as-of.")
        if case.sent_on and moment < case.sent_on:
            raise ConfigError(option, f"{moment} is before the bill was sent, {case.sent_on}", "Correct one of the two.")
    amounts = [*(one.amount for one in case.payments), *(one.amount for one in case.credits)]
    off = Money.sum(amounts, case.principal.currency)
    if off > case.principal:
        todo = "Give only what was paid on the principal."
        raise ConfigError("--payment", f"{off} was paid or credited on a principal of {case.principal}", todo)


def _dated_options(case: Case) -> Iterator[tuple[str, date]]:
    yield from (("--payment", one.paid_on) for one in case.payments)
    yield from (("--credit", one.credited_on) for one in case.credits)
    yield from (("--reminder", one) for one in case.reminders)
    yield from (("--demand", one) for one in case.demands)
    yield from (("--plan", one) for one in case.plans)


def _dated(option: str, text: str, currency: str) -> tuple[date, Money]:
    first, equals, amount = text.partition("=")
    if not equals:
        raise ConfigError(option, f"{text!r} has no amount", "Write it as 2025-07-01=3000.00.")
    return day(option, first), money(option, amount, currency)


def _word(option: str, text: str, words: type[Word]) -> Word:
    try:
        return words(text)
    except ValueError:
        known = ", ".join(one.value for one in words)
        raise ConfigError(option, f"{text!r} is not known", f"Use one of {known}.") from None


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the text: what, how much, and by which rule."""

    what: str
    amount: str
    rule: Rule | None = None

    def __str__(self) -> str:
        return f"  {self.what:<32}{self.amount:>14}   {self.rule.statute if self.rule else ''}".rstrip()


def _quote_text(answer: Quote, assumptions: Sequence[str]) -> Iterator[str]:
    case, currency = answer.case, answer.open_principal.currency
    yield f"May be claimed on {answer.on} from a debtor of kind {case.debtor} ({case.country}, amounts in {currency})"
    yield from map(str, _lines(answer))
    for segment in answer.interest.segments:
        base = f"{segment.days:>4} days at {segment.rate_pct} % on {segment.principal.text()}"
        yield f"      {segment.first} to {segment.last} {base} = {segment.interest.text()}"
    yield _total(answer)
    yield from _block("How", [f"{rule.sentence} [{rule.statute}]" for _, rule in answer.rules])
    refused = [f"{_named(one.kind, one.on)}: {one.rule.sentence} [{one.rule.statute}]" for one in answer.refused]
    yield from _block("May not be claimed", refused)
    yield from _block("Assumed", [*assumptions, f"Days are counted by {case.day_count.value}; no statute names a day count."])
    yield from _block("How sure the figures are", _certainty(answer.rows))


def _total(answer: Quote) -> str:
    if answer.total is not None:
        return str(_Line("total", answer.total.text()))
    known = answer.open_principal + answer.fees_total
    return str(_Line("total without the interest", known.text()))


def _lines(answer: Quote) -> Iterator[_Line]:
    yield _Line("open principal", answer.open_principal.text())
    if answer.compensation:
        yield _Line("compensation", answer.compensation.amount.text(), answer.compensation.rule)
    yield from (_Line(_named(fee.kind, fee.on), fee.amount.text(), fee.rule) for fee in answer.fees)
    rounded = answer.interest.rounded
    yield _Line("interest", rounded.text() if rounded is not None else "no figure", answer.interest.rules[0])


def _named(kind: str, on: date | None) -> str:
    return f"{KINDS.get(kind, kind)} of {on}" if on else KINDS.get(kind, kind)


def _block(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  - {line}" for line in lines)


def _certainty(used: Sequence[Row]) -> list[str]:
    lines = []
    for confidence in Confidence:
        keys = [
            f"{row.code} {row.value} {row.unit}{f' from {row.since}' if row.since else ''}" for row in used if row.confidence is confidence
        ]
        if keys:
            lines.append(f"{', '.join(keys)}: {CERTAINTY[confidence]}.")
    return lines


def _quote_json(answer: Quote, assumptions: Sequence[str]) -> dict[str, Any]:
    case, interest = answer.case, answer.interest
    return {
        "country": case.country,
        "debtor": case.debtor.value,
        "as_of": str(answer.on),
        "currency": answer.open_principal.currency,
        "open_principal": answer.open_principal.text(),
        "interest": interest.rounded.text() if interest.rounded is not None else None,
        "interest_from": str(answer.interest_from) if answer.interest_from else None,
        "interest_rule": f"statutory interest from {answer.interest_from}" if answer.interest_from else None,
        "missing": [{"from": str(one.first), "to": str(one.last)} for one in interest.missing],
        "fees": [_fee_json(fee) for fee in answer.fees],
        "compensation": answer.compensation.amount.text() if answer.compensation else Money.zero(answer.open_principal.currency).text(),
        "total": answer.total.text() if answer.total is not None else None,
        "segments": _segments_json(answer),
        "rules": [{"line": line, **_rule_json(rule)} for line, rule in answer.rules],
        "not_claimable": [{"kind": one.kind, "on": str(one.on) if one.on else None, **_rule_json(one.rule)} for one in answer.refused],
        "convention": case.day_count.value,
        "confidence": answer.confidence.value if answer.confidence else None,
        "unconfirmed": list(answer.unconfirmed),
        "assumptions": list(assumptions),
    }


def _segments_json(answer: Quote) -> list[dict[str, Any]]:
    return [
        {
            "from": str(one.first),
            "to": str(one.last),
            "days": one.days,
            "rate_pct": str(one.rate_pct),
            "interest": one.interest.text(),
            "principal": one.principal.text(),
            "confidence": one.row.confidence.value,
        }
        for one in answer.interest.segments
    ]


def _fee_json(fee: FeeLine) -> dict[str, Any]:
    return {"kind": fee.kind, "amount": fee.amount.text(), "on": str(fee.on) if fee.on else None, "rule": fee.rule.id}


def _rule_json(rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "statute": rule.statute, "text": rule.sentence}


def _row_json(row: Row) -> dict[str, Any]:
    named = {"key": row.key, "country": row.country, "table": row.table, "code": row.code}
    days = {"from": str(row.since) if row.since else None, "to": str(row.until) if row.until else None}
    origin = {"statute": row.statute, "source": row.source, "confidence": row.confidence.value, "note": row.note}
    return {**named, "value": str(row.value), "unit": row.unit, **days, **origin, "debtors": [kind.value for kind in row.debtors]}


def _check(tables: Law, country: str, as_of: str | None) -> dict[str, Any]:
    """Look at one country from a day on; debtors whose rates differ are looked at each."""
    first = day("--as-of", as_of) if as_of else day_in(country, WallClock().now())
    last = first + AHEAD
    lacking = dict.fromkeys(
        period for debtor in DebtorKind for period in missing_rates(tables, first, last, country=country, debtor=debtor)
    )
    weak = [
        row.key
        for row in tables.rows
        if row.country == country
        and row.confidence.weak
        and (row.until is None or row.until >= first)
        and (row.since is None or row.since <= last)
    ]
    return {
        "country": country,
        "from": str(first),
        "to": str(last),
        "missing": [{"code": "statutory", "from": str(one.first), "to": str(one.last)} for one in lacking],
        "unconfirmed": weak,
    }


def _check_text(found: Mapping[str, Any]) -> Iterator[str]:
    country = found["country"]
    yield f"{country} from {found['from']} to {found['to']}: {'a rate is missing' if found['missing'] else 'no rate is missing'}"
    yield from (f"  - no rate of late interest from {one['from']} to {one['to']}: add it to law.toml" for one in found["missing"])
    yield from (f"  - not confirmed: {key}" for key in found["unconfirmed"])
