"""Late interest of a letter and of a claim: from which day it runs, by which rule, and what has accrued where the rates are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from core.claim import ClaimLine, Component, Credit, InterestPart, InterestRule, PriorPayment
from core.engine.context import Run
from core.engine.earlier import paid_at_agencies
from core.ids import stable_id
from core.law import Interest, InterestStart, Rule, accrued, exact_money, interest, interest_start
from core.ledger import claimed, reduced
from core.model import DebtorKind, Invoice, Payment
from core.money import Money
from core.store import claims
from core.store.claims import Claim

__all__ = ["claim_rule", "letter_parts", "restate", "runs_from"]


def runs_from(run: Run, bill: Invoice | ClaimLine, debtor: DebtorKind) -> InterestStart:
    """Return the day an invoice's interest runs from; letters and claims say the same.

    No accounting system keeps the day a bill was sent, so the bill's own date stands for it, and the rule says so.
    """
    basis = run.tenant.basis_towards(debtor)
    return interest_start(
        run.law, bill.due_on, basis=basis, issued_on=bill.issued_on, debtor=debtor, country=run.policy.country,
        interest_notice=run.tenant.interest_notice,
    )  # fmt: skip


def claim_rule(
    run: Run,
    debtor: DebtorKind,
    invoices: Sequence[Invoice],
    lines: tuple[ClaimLine, ...],
    payments: tuple[PriorPayment, ...],
    paid: Mapping[Component, Money],
) -> InterestRule:
    """Return how the interest of a claim runs, with what is left of it until today where every row it is reckoned with is sure.

    `paid` is what agencies got before.
    """
    starts = [runs_from(run, invoice, debtor) for invoice in invoices]
    oldest = min(line.due_on for line in lines)  # one margin is told for all: the one that an older claim keeps is the lower (Denmark)
    country = run.policy.country
    row, margin = run.law.rate(country, debtor, run.today, oldest), run.law.margin(country, debtor, run.today, oldest)
    figure, rules = _figure(run, debtor, lines, payments, (), run.today)
    figure = figure and _left(figure, paid)
    weak = _weak(starts)
    if weak:  # the day is told as a rule; money reckoned from it is not, before somebody has confirmed the days it counts
        figure, rules = None, (*rules, run.law.rule(f"{country}.interest.unconfirmed_rate", rows=", ".join(weak)))
    return InterestRule(
        "statutory", row.statute if row else rules[0].statute, str(margin), figure,
        run.today if figure is not None else None, tuple(dict.fromkeys(f"{rule.sentence} [{rule.statute}]" for rule in (*(start.rule for start in starts), *rules))),
    )  # fmt: skip


def _weak(starts: Sequence[InterestStart]) -> tuple[str, ...]:
    """Return the rows from which these days were reckoned and which nobody has confirmed."""
    return tuple(dict.fromkeys(row.key for start in starts for row in start.rows if row.confidence.weak))


def letter_parts(
    run: Run, debtor: DebtorKind, lines: Sequence[ClaimLine], payments: Mapping[str, list[Payment]]
) -> tuple[InterestPart, ...] | None:
    """Return the interest until today by period, as a demand states it; None where a rate is missing, or it rests on a row that nobody has confirmed.

    Each part is what it adds to the rounded whole, so that the parts add up to the one figure.
    """
    country, currency = run.policy.country, lines[0].open.currency
    if _weak([runs_from(run, line, debtor) for line in lines if line.interest_from]):
        return None
    reckoned = []
    for line in lines:
        if line.interest_from is None:
            continue
        own = [one for one in payments[line.invoice_ref] if one.booked and one.source != "credit" and one.amount]
        base = line.asks + Money.sum((one.amount for one in own), currency)
        reckoned.append(interest(run.law, base, line.interest_from, run.today, own, country=country, debtor=debtor, due_on=line.due_on))
    figure, _ = accrued(run.law, reckoned, currency, country=country)
    return None if figure is None else tuple(_rounded_parts(reckoned, currency))


def _rounded_parts(reckoned: Sequence[Interest], currency: str) -> list[InterestPart]:
    exact, told, found = Fraction(0), Money.zero(currency), list[InterestPart]()
    for segment in (segment for one in reckoned for segment in one.segments):
        exact += segment.exact
        part = exact_money(exact, currency) - told
        told = told + part
        last = found[-1] if found else None
        goes_on = last and (last.base, last.rate, last.last_day + timedelta(days=1)) == (segment.principal, segment.rate_pct, segment.first)
        if last and goes_on:
            found[-1] = replace(last, last_day=segment.last, amount=last.amount + part)
        else:
            found.append(InterestPart(segment.principal, segment.rate_pct, segment.first, segment.last, part))
    return [part for part in found if part.amount]


def restate(run: Run, connection: Connection, claim: Claim, cause: str) -> Claim:
    """Claim the interest until the handover anew, after a credit, an earlier payment or a dispute changed what bore it."""
    snapshot = claim.snapshot
    before, until = snapshot.interest.claimed, snapshot.interest.claimed_until
    if before is None or until is None:
        return claim
    payments = (*snapshot.payments, *snapshot.direct_payments)
    figure, _ = _figure(run, snapshot.debtors[0].kind, snapshot.lines, payments, snapshot.credits, until, known=snapshot.payments)
    if figure is None:
        return claim
    refs = [line.invoice_ref for line in snapshot.lines]
    figure = _left(figure, paid_at_agencies(connection, run.tenant.id, refs, figure.currency, without=claim.id))
    if figure == before:
        return claim
    claim = claims.change_claim(connection, claim, replace(snapshot, interest=replace(snapshot.interest, claimed=figure)))
    more = figure - before
    entries = claimed(Component.INTEREST, more, run.today) if more.minor > 0 else reduced(Component.INTEREST, -more, run.today, "restated")
    claims.post(connection, claim, stable_id("interest", claim.id, claim.version), cause, entries, run.now())
    return claim


def _left(figure: Money, paid: Mapping[Component, Money]) -> Money:
    zero = Money.zero(figure.currency)
    return max(figure - paid.get(Component.INTEREST, zero), zero)


def _figure(
    run: Run,
    debtor: DebtorKind,
    lines: Sequence[ClaimLine],
    payments: tuple[PriorPayment, ...],
    credits_: tuple[Credit, ...],
    until: date,
    *,
    known: tuple[PriorPayment, ...] | None = None,
) -> tuple[Money | None, tuple[Rule, ...]]:
    """Return the interest of all lines until a day; a line's `open` already lacks the payments `known` at the handover.

    What is disputed is not demanded, and neither is its interest; a credit counts as if the principal had never been higher.
    """
    country, currency = run.policy.country, lines[0].open.currency
    parts = []
    for line in lines:
        if line.interest_from is None:
            continue
        own = [payment for payment in payments if payment.invoice_ref == line.invoice_ref]
        paid = Money.sum((one.amount for one in (payments if known is None else known) if one.invoice_ref == line.invoice_ref), currency)
        before = line.original - paid - line.open  # credited before the handover: `open` lacks it already
        credited = Money.sum((one.amount for one in credits_ if one.invoice_ref == line.invoice_ref), currency) - before
        credited = max(credited, Money.zero(currency))
        base = line.asks + paid - credited
        parts.append(interest(run.law, base, line.interest_from, until, own, country=country, debtor=debtor, due_on=line.due_on))
    return accrued(run.law, parts, currency, country=country)
