"""`kravbro law quote`: its options read into a case, what contradicts itself refused, and what had to be assumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import click

from commands.lawrows import home_folder, read_law, rows_option
from commands.lawtext import quote_json, quote_text
from commands.output import as_json, day, json_option, money
from core.errors import ConfigError
from core.law import (
    AgreedRate,
    Case,
    Circumstances,
    CreditNote,
    DayCount,
    DueBasis,
    Interruption,
    InterruptionKind,
    Law,
    PartPayment,
    claimable,
    default_basis,
    governing_law,
)
from core.model import DebtorKind
from core.money import Money

__all__ = ["quote"]

Word = TypeVar("Word", bound=StrEnum)

OPTIONS: list[Callable[..., Any]] = [
    click.option("--country", required=True, metavar="SE", help="Whose law: SE, DK, NO, FI, or EU for the least the directive gives."),
    click.option("--debtor", required=True, metavar="KIND", help="business, sole_trader, consumer or public."),
    click.option("--principal", required=True, metavar="AMOUNT", help="What was invoiced, e.g. 12500.00."),
    click.option("--currency", metavar="CUR", help="If not the country's own; the law's fixed amounts are then not claimed."),
    click.option("--due", required=True, metavar="DATE", help="The due date."),
    click.option("--as-of", required=True, metavar="DATE", help="The day the question is about; it bears interest too."),
    click.option("--payment", multiple=True, metavar="DATE=AMOUNT", help="Paid on the principal; may be repeated."),
    click.option("--credit", multiple=True, metavar="DATE=AMOUNT", help="Credited: lowers the base from the due date."),
    click.option("--reminder", multiple=True, metavar="DATE", help="A written reminder was sent; may be repeated."),
    click.option("--notice", multiple=True, metavar="DATE", help="A notice before collection was sent (DK § 10 letter, NO inkassovarsel)."),
    click.option("--demand", multiple=True, metavar="DATE", help="A formal demand (inkassokrav) was sent."),
    click.option("--plan", multiple=True, metavar="DATE", help="A written instalment plan was made with the debtor."),
    click.option("--plan-broken", metavar="DATE", help="The instalment plan was broken."),
    click.option("--extension", multiple=True, metavar="DATE", help="Longer time to pay was given (FI)."),
    click.option("--handover-fee", multiple=True, metavar="DATE", help="A fee for asking another to collect is charged (DK)."),
    click.option("--agency", metavar="DATE", help="An agency began to collect; its own costs are added up to the cap."),
    click.option("--reminder-fee-agreed", is_flag=True, help="The fee was agreed when the debt arose, at the latest."),
    click.option("--compensation", is_flag=True, help="The creditor claims the fixed compensation."),
    click.option("--claimed", metavar="DATE", help="When the compensation was claimed; --as-of if not given."),
    click.option("--agreed-rate", metavar="PCT", help="The late rate agreed on, in per cent a year."),
    click.option("--rate-on-invoice-only", is_flag=True, help="The agreed rate stands on the invoice only, not in the contract."),
    click.option("--due-basis", metavar="BASIS", help="agreed, or unilateral: only the bill states the due date."),
    click.option("--sent", metavar="DATE", help="When the bill was sent; alone it makes a consumer's due date unilateral."),
    click.option("--received", metavar="DATE", help="When the bill was received, if late."),
    click.option("--assessable", metavar="DATE", help="When the debtor could judge the claim, if after the bill."),
    click.option("--no-interest-notice", is_flag=True, help="The bill does not say that non-payment costs interest."),
    click.option("--electronic-only", is_flag=True, help="The bill went electronically to a debtor who had not accepted that (NO)."),
    click.option("--enforceable", is_flag=True, help="The claim can be enforced without a judgment (FI)."),
    click.option("--debtor-country", default="", metavar="SE", help="Where the debtor lives, if abroad."),
    click.option("--disputed", metavar="AMOUNT", help="How much of the principal the debtor disputes."),
    click.option("--creditor-delay", is_flag=True, help="The creditor caused the delay."),
    click.option("--minor", is_flag=True, help="The debtor is a minor."),
    click.option("--deceased", is_flag=True, help="The debtor is dead."),
    click.option("--protected-identity", is_flag=True, help="The debtor's identity is protected."),
    click.option("--insolvent", is_flag=True, help="The debtor is bankrupt or in reconstruction."),
    click.option("--stop-asked", is_flag=True, help="The debtor asked that voluntary collection stop (FI)."),
    click.option("--originated", metavar="DATE", help="The day the claim came about: limitation is looked at then."),
    click.option("--interrupted", multiple=True, metavar="KIND=DATE", help="payment, demand:proved, judgment …: starts limitation anew."),
    click.option("--day-count", default=DayCount.ACT_365F.value, show_default=True, metavar="NAME", help="The convention."),
]


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        function = option(function)
    return function


@click.command()
@_with_options
@rows_option
@json_option
def quote(*, rows_file: Path | None, as_json_: bool, **options: Any) -> None:
    """What may be claimed on that day, line by line with the statute, and what may not.

    A half-year without a known rate gives no figure: the interest is null and the rule says from when it runs (exit 0).
    """
    tables = read_law(home_folder(), rows_file)
    case, on, assumptions = _case(tables, options)
    answer = claimable(tables, case, on)
    if as_json_:
        as_json(quote_json(answer, assumptions))
    else:
        click.echo("\n".join(quote_text(answer, assumptions)))


def _case(tables: Law, options: Mapping[str, Any]) -> tuple[Case, date, list[str]]:
    """Read the options, refuse what contradicts itself, and say what had to be assumed."""
    home = tables.country(options["country"])
    currency = options["currency"] or home.currency
    debtor = _word("--debtor", options["debtor"], DebtorKind)
    sent_on = _day("--sent", options["sent"])
    basis, assumptions = _basis(options["due_basis"], debtor, sent_on)
    case = Case(
        country=home.code,
        debtor=debtor,
        principal=money("--principal", options["principal"], currency),
        due_on=day("--due", options["due"]),
        basis=basis,
        sent_on=sent_on,
        received_on=_day("--received", options["received"]),
        assessable_on=_day("--assessable", options["assessable"]),
        interest_notice=not options["no_interest_notice"],
        electronic_only=options["electronic_only"],
        agreed_rate=_agreed_rate(options),
        payments=tuple(PartPayment(*_dated("--payment", one, currency)) for one in options["payment"]),
        credits=tuple(CreditNote(*_dated("--credit", one, currency)) for one in options["credit"]),
        reminders=_days("--reminder", options["reminder"]),
        notices=_days("--notice", options["notice"]),
        demands=_days("--demand", options["demand"]),
        plans=_days("--plan", options["plan"]),
        extensions=_days("--extension", options["extension"]),
        handovers=_days("--handover-fee", options["handover_fee"]),
        agency_from=_day("--agency", options["agency"]),
        plan_broken_on=_day("--plan-broken", options["plan_broken"]),
        reminder_fee_agreed=options["reminder_fee_agreed"],
        compensation=options["compensation"],
        claimed_on=_day("--claimed", options["claimed"]),
        enforceable=options["enforceable"],
        debtor_country=_debtor_country(tables, home.code, debtor, options["debtor_country"]),
        day_count=DayCount.parse(options["day_count"]),
        circumstances=_circumstances(options, currency),
    )
    on = day("--as-of", options["as_of"])
    _refuse_contradictions(case, on)
    return case, on, assumptions


def _circumstances(options: Mapping[str, Any], currency: str) -> Circumstances:
    return Circumstances(
        disputed=money("--disputed", options["disputed"], currency) if options["disputed"] is not None else None,
        creditor_delay=options["creditor_delay"],
        minor=options["minor"],
        deceased=options["deceased"],
        protected_identity=options["protected_identity"],
        insolvent=options["insolvent"],
        stop_asked=options["stop_asked"],
        originated_on=_day("--originated", options["originated"]),
        interruptions=tuple(_interruption(one) for one in options["interrupted"]),
    )


def _interruption(text: str) -> Interruption:
    first, equals, on = text.partition("=")
    if not equals:
        raise ConfigError("--interrupted", f"{text!r} has no day", "Write it as payment=2025-07-01 or demand:proved=2025-07-01.")
    kind, _, proof = first.partition(":")
    if proof not in ("", "proved"):
        raise ConfigError("--interrupted", f"{proof!r} is no proof", "Write it as demand:proved=2025-07-01.")
    return Interruption(_word("--interrupted", kind, InterruptionKind), day("--interrupted", on), proof_of_receipt=bool(proof))


def _agreed_rate(options: Mapping[str, Any]) -> AgreedRate | None:
    text = options["agreed_rate"]
    if text is None:
        return None
    try:
        return AgreedRate(Decimal(text), in_contract=not options["rate_on_invoice_only"])
    except InvalidOperation:
        raise ConfigError("--agreed-rate", f"{text!r} is no number", "Write it as 12.5.") from None


def _debtor_country(tables: Law, home: str, debtor: DebtorKind, abroad: str) -> str:
    """Refuse to answer by the wrong law: a consumer abroad has the own one."""
    if abroad and not (len(abroad) == 2 and abroad.isascii() and abroad.isalpha() and abroad.isupper()):
        raise ConfigError("--debtor-country", f"{abroad!r} is no country", "Give its two letters, e.g. DK.")
    if abroad and home != "EU":
        governing = governing_law(tables, home, abroad, debtor)
        if governing.country != home:
            todo = f"Ask with --country {governing.country}." if governing.country else "Ask somebody who knows it."
            raise ConfigError(f"--country {home}", f"a consumer in {abroad} owes by that country's law", todo)
    return abroad


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
    _refuse_days(case, on)
    amounts = [*(one.amount for one in case.payments), *(one.amount for one in case.credits)]
    off = Money.sum(amounts, case.principal.currency)
    if off > case.principal:
        todo = "Give only what was paid on the principal."
        raise ConfigError("--payment", f"{off} was paid or credited on a principal of {case.principal}", todo)
    if case.circumstances.disputed and case.circumstances.disputed > case.principal:
        raise ConfigError(
            "--disputed", f"{case.circumstances.disputed} is more than the principal of {case.principal}", "Correct one of the two."
        )


def _refuse_days(case: Case, on: date) -> None:
    for option, moment in (*_dated_options(case), *_of_limitation(case.circumstances)):
        if moment > on:
            raise ConfigError(option, f"{moment} is after --as-of {on}", "Leave it out, or give a later --as-of.")
    for option, moment in _dated_options(case):
        if case.sent_on and moment < case.sent_on:
            raise ConfigError(option, f"{moment} is before the bill was sent, {case.sent_on}", "Correct one of the two.")


def _dated_options(case: Case) -> Iterator[tuple[str, date]]:
    yield from (("--payment", one.paid_on) for one in case.payments)
    yield from (("--credit", one.credited_on) for one in case.credits)
    yield from (("--handover-fee" if kind == "handover" else f"--{kind}", on) for kind, on in case.letters)
    single = {"--agency": case.agency_from, "--plan-broken": case.plan_broken_on, "--claimed": case.claimed_on}
    yield from ((option, on) for option, on in single.items() if on)


def _of_limitation(what: Circumstances) -> Iterator[tuple[str, date]]:
    """Yield the days that may lie before the bill."""
    yield from (("--originated", on) for on in (what.originated_on,) if on)
    yield from (("--interrupted", one.on) for one in what.interruptions)


def _day(option: str, text: str | None) -> date | None:
    return None if text is None else day(option, text)


def _days(option: str, texts: tuple[str, ...]) -> tuple[date, ...]:
    return tuple(day(option, one) for one in texts)


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
