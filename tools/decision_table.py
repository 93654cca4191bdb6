"""The decision table: what each step of a country's policy does for each kind of debtor under each flag, decided by the program itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from core.claim import Lifecycle
from core.law import Law
from core.model import Address, Debtor, DebtorKind, Invoice, InvoiceKind
from core.money import Money
from core.policy import Policy, load_policy, load_template, stage
from core.policy.facts import Action, ClaimFacts, DebtorBooks, Facts, Hold, HoldKind, Mode, Sent

__all__ = ["COUNTRIES", "FLAGS", "Place", "cell", "places", "table"]

COUNTRIES: Final = ("SE", "DK", "NO", "FI")
DUE: Final = date(2025, 3, 31)
NEVER: Final = date(2026, 3, 31)
TELLING: Final = ("step", "counted_from_due", "letter_ran_out", "part_disputed")
"""Reasons that say how a step came about, and stop nothing."""
Change = Callable[[Facts, date], Facts]


@dataclass(frozen=True, slots=True)
class Place:
    """A step whose day has come for an invoice of 1,000 with everything in order, the letters before it sent."""

    policy: Policy
    facts: Facts
    today: date
    action: Action


def places(country: str, kind: DebtorKind, law: Law) -> Iterator[Place]:
    """Yield each step that an invoice reaches if nobody pays, as the country's firm policy for this kind of debtor takes it."""
    name = f"{country.lower()}-{'consumer' if kind == DebtorKind.CONSUMER else 'business'}-firm"
    policy = load_policy(load_template(name), name)
    facts = _facts(policy, kind)
    today, reached = DUE, set[Action]()
    while today < NEVER:
        decision = stage(facts, policy, law, today)
        if decision.announce:
            facts = replace(facts, announced_on=today)
        elif (decision.action or (decision.blocked and decision.next_action)) and (step := decision.action or decision.next_action):
            if step in reached:
                return
            reached.add(step)
            yield Place(policy, facts, today, step)
            if decision.action is None:
                return
            letter = Sent(step, "confirmed", today, decision.pay_by, decision.announces_collection, decision.fee)
            facts = replace(facts, sent=(*facts.sent, letter))
        today += timedelta(days=1)


def cell(place: Place, change: Change, law: Law) -> str:
    """Return what the step does under a flag, in a word or by the ids of the reasons that stop it."""
    before = stage(place.facts, place.policy, law, place.today)
    decision = stage(change(place.facts, place.today), place.policy, law, place.today)
    if decision.action is None:
        return ", ".join(f"`{reason.id}`" for reason in decision.reasons if reason.id not in TELLING)
    if decision.mode == Mode.ASK:
        return "asks a person"
    return "goes" if decision.asks == before.asks else f"goes, for {decision.asks}"


def table(law: Law) -> str:
    """Return the whole table as Markdown."""
    head = (
        "# Decisions\n\nWhat a step does on its first day, by the country's `firm` policy (the business one for all but consumers), for an invoice "
        "of 1,000.00\nthat is in order but for the flag. A word in `code` is the reason that stops it (`kravbro claims explain` says it in words).\n"
    )
    told = [head]
    for country in COUNTRIES:
        found = {kind: list(places(country, kind, law)) for kind in DebtorKind}
        steps = max(found.values(), key=len)
        for number, step in enumerate(steps):
            told.append(f"## {country}, step {number + 1}: {step.action}\n")
            told.append(f"| flag | {' | '.join(DebtorKind)} |\n|---|{'---|' * len(DebtorKind)}")
            told += [_row(name, change, [found[kind][number : number + 1] for kind in DebtorKind], law) for name, change in FLAGS.items()]
            told.append("")
    return "\n".join(told)


def _row(name: str, change: Change, reached: list[list[Place]], law: Law) -> str:
    cells = [cell(place[0], change, law) if place else "-" for place in reached]
    return f"| {name} | {' | '.join(cells)} |"


def _facts(policy: Policy, kind: DebtorKind) -> Facts:
    amount = Money(1000_00, policy.currency)
    invoice = Invoice("1", "1", InvoiceKind.INVOICE, "7", "Alfa", amount, amount, date(2025, 3, 1), DUE)
    debtor = Debtor("7", "Alfa", kind, "5560000001", Address("Gata 1", "", "1000", "By", policy.country), email="a@example.com")
    return Facts(invoice, debtor, postings_until=NEVER, agency="nord", debtor_books=DebtorBooks(1, amount), live_from=date(2025, 1, 1))


def _of_invoice(**values: Any) -> Change:
    return lambda facts, _: replace(facts, invoice=replace(facts.invoice, **values))


def _of_debtor(**values: Any) -> Change:
    return lambda facts, _: replace(facts, debtor=replace(facts.debtor, **values)) if facts.debtor else facts


def _money(facts: Facts, minor: int) -> Money:
    return Money(minor, facts.invoice.currency)


def _held(kind: HoldKind, minor: int = 0, until: date | None = NEVER) -> Change:
    def change(facts: Facts, today: date) -> Facts:
        return replace(facts, holds=(Hold("h", kind, "invoice", "why", DUE, until, _money(facts, minor) if minor else None),))

    return change


def _abroad(facts: Facts, _: date) -> Facts:
    country = "DK" if facts.debtor and facts.debtor.address.country != "DK" else "SE"
    return _of_debtor(address=Address("Gata 1", "", "1000", "By", country))(facts, _)


def _claimed(facts: Facts, _: date) -> Facts:
    return replace(facts, claim=ClaimFacts("c" * 32, "nord", Lifecycle.ACTIVE))


FLAGS: Final[dict[str, Change]] = {
    "none": lambda facts, _: facts,
    "paid": lambda facts, _: replace(facts, invoice=replace(facts.invoice, open=_money(facts, 0))),
    "rest of 0.99": lambda facts, _: replace(facts, invoice=replace(facts.invoice, open=_money(facts, 99))),
    "under the minimum": lambda facts, _: replace(facts, invoice=replace(facts.invoice, open=_money(facts, 2_00))),
    "unsent": _of_invoice(leave_alone=("unsent",)),
    "credited": _of_invoice(leave_alone=("credited",)),
    "sold or financed": _of_invoice(leave_alone=("financed",)),
    "direct debit or card": _of_invoice(leave_alone=("autogiro_or_card",)),
    "hold": _held(HoldKind.HOLD),
    "hold that has ended": _held(HoldKind.HOLD, until=DUE),
    "disputed": _held(HoldKind.DISPUTE),
    "disputed in part (400)": _held(HoldKind.DISPUTE, 400_00),
    "promise to pay": _held(HoldKind.PROMISE),
    "deferral": _held(HoldKind.DEFERRAL),
    "insolvent": _held(HoldKind.INSOLVENCY),
    "direct debit under way": _held(HoldKind.DIRECT_DEBIT),
    "minor": _held(HoldKind.MINOR),
    "dead": _held(HoldKind.DECEASED),
    "protected identity": _held(HoldKind.PROTECTED_IDENTITY),
    "bank not posted": lambda facts, _: replace(facts, postings_until=DUE),
    "payment entered, not booked": lambda facts, _: replace(facts, entered=_money(facts, 1000_00)),
    "paid at an agency, not booked": lambda facts, _: replace(facts, at_agency=_money(facts, 500_00)),
    "open credit of the debtor": lambda facts, _: replace(facts, debtor_books=DebtorBooks(1, facts.invoice.open, _money(facts, 100_00))),
    "vendor reminded": _of_invoice(vendor_reminders=1),
    "limitation passed": _of_invoice(issued_on=date(2001, 3, 1), due_on=date(2001, 3, 31)),
    "debtor abroad": _abroad,
    "no identity number": _of_debtor(identity_no=""),
    "debtor inactive": _of_debtor(active=False),
    "no mandate": lambda facts, _: replace(facts, mandate_missing=("contract",)),
    "no agency": lambda facts, _: replace(facts, agency=""),
    "due before a restore": lambda facts, today: replace(facts, restored_on=today),
    "at the agency": _claimed,
}
"""What may be true of an invoice beside its step."""
