"""What `kravbro law quote` prints: the lines with their statutes, why, and what may not be claimed; as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.law import Confidence, FeeLine, Quote, Row, Rule
from core.money import Money

__all__ = ["quote_json", "quote_text"]

KINDS = {
    "interest": "interest",
    "reminder": "reminder fee",
    "notice": "notice fee",
    "demand": "demand fee",
    "plan": "plan fee",
    "extension": "extension fee",
    "handover": "handover fee",
    "agency_cost": "agency's costs",
    "compensation": "compensation",
}
CERTAINTY = {
    Confidence.VERIFIED_PRIMARY: "read at the authority or in the statute",
    Confidence.VERIFIED_SECONDARY: "read in somebody else's copy",
    Confidence.CONFIRMED: "confirmed by you",
    Confidence.DERIVED: "DERIVED from a rule, not read: to be confirmed before a figure leaves the house",
    Confidence.MEMORY_UNVERIFIED: "NOT VERIFIED: to be confirmed before a figure leaves the house",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the text: what, how much, and by which rule."""

    what: str
    amount: str
    rule: Rule | None = None

    def __str__(self) -> str:
        return f"  {self.what:<32}{self.amount:>14}   {self.rule.statute if self.rule else ''}".rstrip()


def quote_text(answer: Quote, assumptions: Sequence[str]) -> Iterator[str]:
    """Yield the answer's lines: figures, what stands against collecting, how, what may not be claimed, what was assumed, how sure."""
    case, currency = answer.case, answer.open_principal.currency
    yield f"May be claimed on {answer.on} from a debtor of kind {case.debtor} ({case.country}, amounts in {currency})"
    yield from map(str, _lines(answer))
    for segment in answer.interest.segments:
        base = f"{segment.days:>4} days at {segment.rate_pct} % on {segment.principal.text()}"
        yield f"      {segment.first} to {segment.last} {base} = {segment.interest.text()}"
    yield _total(answer)
    yield from _block("Stands against collecting", [f"{bar.rule.sentence} [{bar.rule.statute}]" for bar in answer.bars])
    yield from _block("How", [f"{rule.sentence} [{rule.statute}]" for _, rule in answer.rules])
    refused = [f"{_named(one.kind, one.on)}: {one.rule.sentence} [{one.rule.statute}]" for one in answer.refused]
    yield from _block("May not be claimed", refused)
    yield from _block("Assumed", [*assumptions, f"Days are counted by {case.day_count.value}; no statute names a day count."])
    yield from _block("How sure the figures are", [*_certainty(answer.rows), *_to_confirm(answer)])


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
        keys = [f"{row.code} {row.value} {row.unit}{_since(row)}" for row in used if row.confidence is confidence]
        if keys:
            lines.append(f"{', '.join(keys)}: {CERTAINTY[confidence]}.")
    return lines


def _to_confirm(answer: Quote) -> Iterator[str]:
    """Yield the command that confirms what is weak, with the rows' names."""
    if answer.unconfirmed:
        yield f"Once each was compared with its source: `kravbro law confirm {' '.join(answer.unconfirmed)}`."


def quote_json(answer: Quote, assumptions: Sequence[str]) -> dict[str, Any]:
    """Return the answer as it is printed with `--json`."""
    case, interest = answer.case, answer.interest
    return {
        "country": case.country,
        "debtor": case.debtor.value,
        "as_of": str(answer.on),
        "currency": answer.open_principal.currency,
        "open_principal": answer.open_principal.text(),
        "interest": interest.rounded.text() if interest.rounded is not None else None,
        "interest_from": str(answer.interest_from) if answer.interest_from else None,
        "interest_rule": _interest_rule(answer),
        "missing": [{"from": str(one.first), "to": str(one.last)} for one in interest.missing],
        "fees": [_fee_json(fee) for fee in answer.fees],
        "compensation": answer.compensation.amount.text() if answer.compensation else Money.zero(answer.open_principal.currency).text(),
        "total": answer.total.text() if answer.total is not None else None,
        "segments": _segments_json(answer),
        "rules": [{"line": line, **_rule_json(rule)} for line, rule in answer.rules],
        "not_claimable": [{"kind": one.kind, "on": str(one.on) if one.on else None, **_rule_json(one.rule)} for one in answer.refused],
        "collectable": answer.collectable,
        "bars": [{"forbids": bar.forbids, **_rule_json(bar.rule)} for bar in answer.bars],
        "convention": case.day_count.value,
        "confidence": answer.confidence.value if answer.confidence else None,
        "unconfirmed": list(answer.unconfirmed),
        "assumptions": list(assumptions),
    }


def _interest_rule(answer: Quote) -> str | None:
    rate = answer.case.agreed_rate
    what = f"agreed interest of {rate.percent} %" if rate and rate.in_contract else "statutory interest"
    return f"{what} from {answer.interest_from}" if answer.interest_from else None


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


def _since(row: Row) -> str:
    return f" from {row.since}" if row.since else ""
