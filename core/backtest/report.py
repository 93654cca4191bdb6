"""The figures of a backtest: what would have gone, whom it would have met, and what the money did in fact."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from core.backtest.assume import Assumptions
from core.backtest.replay import Event, Replay
from core.history import PastInvoice
from core.money import Money
from core.policy.facts import Action

__all__ = ["Count", "Month", "Report", "as_mapping", "report"]


@dataclass(frozen=True, slots=True)
class Count:
    """So many, and what they amount to."""

    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Month:
    """One month: what went out in it, and what was overdue at its end.

    `overdue_assumed` is what would have been overdue under the assumption about answers to letters.
    """

    month: str
    due: Count
    letters: int
    fees: Money
    claims: Count
    overdue: Money
    overdue_assumed: Money


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a replay beside what happened.

    Attributes:
        due: the invoices that fell due in the period; `late`, `week_late` and `still_open` are parts of them, as it happened.
        sent, handed_over: letters and handovers that did happen, as far as the history tells.
        letters: by action, how many and what they asked for; `letter_invoices` counts invoices in letters, each time.
        claims: how many and their principal; `asked` of all that went waited for a person's yes.
        chased_soon: invoices that got a letter, though settled within the week after it; `crossed` of them were paid already, and
            the bank not posted.
        claimed_soon: invoices handed over, though settled within the week after it.
        answerable: what was paid later than the answer to the first letter is assumed; `days_earlier` it would come on average, and
            `days_earlier_of_late` is that over all that was paid late.
    """

    replay: Replay
    assumptions: Assumptions
    due: Count
    late: Count
    week_late: Count
    still_open: Count
    sent: int
    handed_over: int
    letters: Mapping[str, Count]
    letter_invoices: int
    fees: Money
    claims: Count
    claim_invoices: int
    asked: int
    chased_soon: Count
    crossed: int
    claimed_soon: Count
    answerable: Money
    days_earlier: str
    days_earlier_of_late: str
    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an invoice that was late: overdue from a day on, paid on a day (None is not yet), and with the answer assumed."""

    minor: int
    overdue_from: date
    paid_on: date | None
    answered_on: date | None


def report(done: Replay, assumptions: Assumptions, currency: str) -> Report:
    """Return the figures of a replay."""
    history, until = done.history, done.until
    letters = [event for event in done.events if event.action not in (Action.HANDOVER, *_NO_LETTERS)]
    claims = [event for event in done.events if event.action == Action.HANDOVER]
    soon = timedelta(days=assumptions.soon_days)
    chased = {index: event.on for event in letters for index in event.invoices if _settled_by(history[index], event.on + soon)}
    claimed = {index for event in claims for index in event.invoices if _settled_by(history[index], event.on + soon)}
    parts = list(_late_parts(done, assumptions))
    paid = [part for part in parts if part.paid_on is not None]
    moved = [(part.minor, (part.paid_on - part.answered_on).days) for part in paid if part.paid_on and part.answered_on]
    late = [past for past in history if not _settled_by(past, past.due_on) and past.due_on < until]
    return Report(
        replay=done,
        assumptions=assumptions,
        due=_count(history, currency),
        late=_count(late, currency),
        week_late=_count([past for past in late if not _settled_by(past, min(past.due_on + timedelta(days=7), until))], currency),
        still_open=Count(
            sum(past.open_on(until).minor > 0 for past in late),
            Money.sum((max(past.open_on(until), Money.zero(currency)) for past in late), currency),
        ),
        sent=sum(len(past.letters) for past in history),
        handed_over=sum(past.handed_over_on is not None for past in history),
        letters={str(action): _events([one for one in letters if one.action == action], currency) for action in _kinds(letters)},
        letter_invoices=sum(len(event.invoices) for event in letters),
        fees=Money.sum((event.fee for event in letters), currency),
        claims=_events(claims, currency),
        claim_invoices=sum(len(event.invoices) for event in claims),
        asked=sum(event.asked for event in done.events),
        chased_soon=_count([history[index] for index in chased], currency),
        crossed=sum(_settled_by(history[index], on) for index, on in chased.items()),
        claimed_soon=_count([history[index] for index in claimed], currency),
        answerable=Money(sum(minor for minor, _ in moved), currency),
        days_earlier=_average(moved, sum(minor for minor, _ in moved)),
        days_earlier_of_late=_average(
            [(minor * assumptions.answer_pct, days) for minor, days in moved], 100 * sum(part.minor for part in paid)
        ),
        months=tuple(_months(done, letters, claims, parts, assumptions, currency)),
    )


def as_mapping(found: Report) -> dict[str, Any]:
    """Return a report as plain values, the assumptions first; every letter and claim is in `events`."""
    done = found.replay
    return {
        "policy": done.policy, "since": done.since.isoformat(), "until": done.until.isoformat(), "assumptions": found.assumptions.sentences(),
        "happened": {
            "due": _plain(found.due), "late": _plain(found.late), "more_than_a_week_late": _plain(found.week_late),
            "still_open": _plain(found.still_open), "letters_sent": found.sent, "handed_over": found.handed_over,
            "left_out_other_currency": done.left_out,
        },
        "would_have": {
            "letters": {name: _plain(count) for name, count in found.letters.items()}, "letter_invoices": found.letter_invoices,
            "fees": found.fees.text(), "claims": _plain(found.claims), "claim_invoices": found.claim_invoices, "asked_a_person": found.asked,
            "chased_though_paid_soon": {**_plain(found.chased_soon), "already_paid": found.crossed},
            "claimed_though_paid_soon": _plain(found.claimed_soon),
        },
        "assumed": {
            "answerable": found.answerable.text(), "days_earlier": found.days_earlier, "days_earlier_of_late": found.days_earlier_of_late,
        },
        "months": [
            {
                "month": one.month, "due": _plain(one.due), "letters": one.letters, "fees": one.fees.text(), "claims": _plain(one.claims),
                "overdue": one.overdue.text(), "overdue_assumed": one.overdue_assumed.text(),
            }
            for one in found.months
        ],
        "events": [_event(done, event) for event in done.events],
    }  # fmt: skip


_NO_LETTERS = (Action.REPORT_TO_INSURER, Action.PROPOSE_WRITE_OFF)


def _settled_by(past: PastInvoice, day: date) -> bool:
    settled_on = past.settled_on
    return settled_on is not None and settled_on <= day


def _late_parts(done: Replay, assumptions: Assumptions) -> Iterator[_Part]:
    """Yield what was not paid by its due date, payment by payment, with the day on which an answer to the first letter is assumed."""
    first: dict[int, date] = {}
    for event in done.events:
        for index in event.invoices:
            first.setdefault(index, event.on)
    answer = timedelta(days=assumptions.answer_days)
    for index, past in enumerate(done.history):
        left, from_on = past.total.minor, past.due_on + timedelta(days=1)
        answered_on = first[index] + answer if index in first else None
        for payment in past.came_by(done.until):
            left -= payment.amount.minor
            if payment.on > past.due_on:
                earlier = answered_on if answered_on and answered_on < payment.on and payment.money else None
                yield _Part(payment.amount.minor, from_on, payment.on, earlier)
        if left > 0:
            yield _Part(left, from_on, None, None)


def _months(
    done: Replay, letters: list[Event], claims: list[Event], parts: list[_Part], assumptions: Assumptions, currency: str
) -> Iterator[Month]:
    ends = _month_ends(done.since, done.until)
    due, sent, handed = _by_month(done.history), defaultdict[str, list[Event]](list), defaultdict[str, list[Event]](list)
    for events, of in ((letters, sent), (claims, handed)):
        for event in events:
            of[f"{event.on:%Y-%m}"].append(event)
    actual = _overdue(ends, [(part.minor, part.overdue_from, part.paid_on) for part in parts])
    assumed = _overdue(ends, list(_answered(parts, assumptions.answer_pct)))
    for end, minor, minor_assumed in zip(ends, actual, assumed, strict=True):
        month = f"{end:%Y-%m}"
        yield Month(
            month, _count(due[month], currency), len(sent[month]), Money.sum((event.fee for event in sent[month]), currency),
            _events(handed[month], currency), Money(minor, currency), Money(minor_assumed, currency),
        )  # fmt: skip


def _answered(parts: list[_Part], pct: int) -> Iterator[tuple[int, date, date | None]]:
    """Yield the late parts as they would have come, the share that answers a letter on its own."""
    for part in parts:
        share = part.minor * pct // 100 if part.answered_on else 0
        if share:
            yield share, part.overdue_from, part.answered_on
        yield part.minor - share, part.overdue_from, part.paid_on


def _overdue(ends: list[date], spans: list[tuple[int, date, date | None]]) -> list[int]:
    """Return what of these was overdue at the end of each month; the day it is paid it no longer is."""
    steps = [0] * (len(ends) + 1)
    for minor, from_on, paid_on in spans:
        steps[bisect_left(ends, from_on)] += minor
        steps[bisect_left(ends, paid_on) if paid_on else -1] -= minor
    return list(accumulate(steps))[:-1]


def _month_ends(since: date, until: date) -> list[date]:
    ends = []
    day = since.replace(day=1)
    while day <= until:
        day = (day + timedelta(days=32)).replace(day=1)
        ends.append(min(day - timedelta(days=1), until))
    return ends


def _by_month(history: tuple[PastInvoice, ...]) -> defaultdict[str, list[PastInvoice]]:
    found: defaultdict[str, list[PastInvoice]] = defaultdict(list)
    for past in history:
        found[f"{past.due_on:%Y-%m}"].append(past)
    return found


def _kinds(events: list[Event]) -> list[Action]:
    return [action for action in Action if any(event.action == action for event in events)]


def _count(invoices: tuple[PastInvoice, ...] | list[PastInvoice], currency: str) -> Count:
    return Count(len(invoices), Money(sum(past.total.minor for past in invoices), currency))


def _events(events: list[Event], currency: str) -> Count:
    return Count(len(events), Money(sum(event.asks.minor for event in events), currency))


def _average(weighted: list[tuple[int, int]], weight: int) -> str:
    """Return the average of days weighted by amounts, with one decimal rounded half up; "0.0" where there is nothing to weigh."""
    tenths = (20 * sum(minor * days for minor, days in weighted) + weight) // (2 * weight) if weight else 0
    return f"{tenths // 10}.{tenths % 10}"


def _plain(count: Count) -> dict[str, Any]:
    return {"count": count.count, "amount": count.amount.text()}


def _event(done: Replay, event: Event) -> dict[str, Any]:
    return {
        "on": event.on.isoformat(), "action": str(event.action), "debtor": event.debtor_ref,
        "invoices": [done.history[index].number for index in event.invoices], "asks": event.asks.text(), "fee": event.fee.text(),
        "asked_a_person": event.asked, "policy_line": event.policy_line,
    }  # fmt: skip
