"""What the books show of a claim's invoice that its agency does not know: derived from payments, credits and the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.claim import PriorPayment
from core.engine.by_hand import Waiting
from core.engine.context import Run
from core.engine.paid import find_strange, standing_payments
from core.engine.principal import BY_HAND, by_hand_posting, taken_back_posting
from core.model import Invoice, Payment
from core.money import Money
from core.store import claims
from core.store.claims import Claim

__all__ = ["Change", "find_change"]


@dataclass(frozen=True, slots=True)
class Change:
    """What the books show of an invoice that its agency does not know.

    Attributes:
        direct: payments to the creditor.
        former: payments through an earlier claim about the same invoice.
        undone: payments it was told of, that stand in the books no more.
        credited: what was credited; below nothing where a credit was undone.
        above: what was paid more than was open.
        unclear: payments that may be money an agency has reported; they are told when that is booked.
    """

    direct: tuple[Payment, ...]
    former: tuple[tuple[Payment, str], ...]
    undone: tuple[PriorPayment, ...]
    credited: Money
    above: Money
    unclear: tuple[Payment, ...]


def find_change(
    run: Run, connection: Connection, claim: Claim, invoice: Invoice, found: Sequence[Payment], expected: Money, waiting: Sequence[Money]
) -> Change:
    """Tell what makes an invoice's open amount another than the ledger's; what no payment explains is a credit, or one undone.

    Money that came through an agency is no direct payment: neither what stands on our own account, nor what may be a payment that
    waits to be booked; and neither makes a credit.
    """
    booked = {one.source_ref: one for one in standing_payments(found) if one.amount.minor > 0}
    told = [
        one
        for one in (*claim.snapshot.payments, *claim.snapshot.direct_payments)
        if one.invoice_ref == invoice.source_ref and one.amount.minor > 0
    ]
    known = {one.payment_ref for one in told}
    through = _through_agencies(run, connection, invoice.source_ref)
    new = [one for one in booked.values() if one.source_ref not in known]
    former = tuple((one, through[one.source_ref]) for one in new if through.get(one.source_ref, claim.id) != claim.id)
    rest = [one for one in new if one.source_ref not in through]
    strange = find_strange(run, connection, invoice.source_ref, rest)
    missing = _missing_ours(run, connection, invoice.source_ref, booked)
    unclear = tuple(one for one in rest if one not in strange and one.amount in (*waiting, *missing))
    direct = tuple(one for one in rest if one not in strange and one not in unclear)
    undone = tuple(one for one in told if one.payment_ref and one.payment_ref not in booked)
    explained = [one.amount for one in (*direct, *unclear, *strange)] + [one.amount for one, _ in former] + [-one.amount for one in undone]
    left = expected - invoice.open - Money.sum(explained, expected.currency)
    nothing = Money.zero(expected.currency)
    if left.minor < 0:
        credited = nothing if missing else -min(-left, _told_credits(claim, invoice.source_ref))
        above = credited - left if direct and invoice.open < expected else nothing
        return Change(direct, former, undone, credited, above, unclear)
    may_be_paid = left in waiting and left > _un_told_credits(claim, invoice.source_ref, found)
    return Change(direct, former, undone, nothing if may_be_paid else left, nothing, unclear)


def _through_agencies(run: Run, connection: Connection, invoice_ref: str) -> dict[str, str]:
    """Return the claim through which each payment in the books came that we, or a person for us, entered there."""
    own = {one.ref: one.claim_id for one in run.journal.own_payments(connection, invoice_ref)}
    followed = {one.cause: one.claim_id for one in claims.list_posted(connection, run.tenant.id, BY_HAND)}
    return own | followed


def _missing_ours(run: Run, connection: Connection, invoice_ref: str, booked: Mapping[str, Payment]) -> list[Money]:
    """Return agencies' money that we, or a person for us, had booked and that a person took out again though it did not bounce.

    More is open for that reason, and for no credit's.
    """
    posted = claims.posted_ids(connection, run.tenant.id)
    back, by_hand_of = set(), {}
    for paid in (one for own in claims.payments_by_claim(connection, run.tenant.id).values() for one in own):
        subject = Waiting(paid, invoice_ref, paid.payment.amount).subject
        by_hand_of[by_hand_posting(paid, invoice_ref)] = subject
        if taken_back_posting(paid, invoice_ref) in posted:
            back.add(subject)
    known = [(one.subject, one.ref, one.amount) for one in run.journal.own_payments(connection, invoice_ref) if one.booked]
    followed = [one for one in claims.list_posted(connection, run.tenant.id, BY_HAND) if one.posting in by_hand_of]
    known += [(by_hand_of[one.posting], one.cause, one.amount) for one in followed]
    return [amount for subject, ref, amount in known if ref not in booked and subject not in back]


def _un_told_credits(claim: Claim, invoice_ref: str, found: Iterable[Payment]) -> Money:
    """Return what the books note as credited beyond what the agency knows of."""
    currency = claim.snapshot.currency
    noted = [one.amount for one in found if one.booked and one.source == "credit" and one.amount.currency == currency]
    known = (one.amount for one in claim.snapshot.credits if one.invoice_ref == invoice_ref)
    return Money.sum(noted, currency) - Money.sum(known, currency)


def _told_credits(claim: Claim, invoice_ref: str) -> Money:
    """Return what the agency was told of credits after the handover."""
    (line,) = (line for line in claim.snapshot.lines if line.invoice_ref == invoice_ref)
    paid = Money.sum((one.amount for one in claim.snapshot.payments if one.invoice_ref == invoice_ref), claim.snapshot.currency)
    credited = Money.sum((one.amount for one in claim.snapshot.credits if one.invoice_ref == invoice_ref), claim.snapshot.currency)
    return credited - (line.original - paid - line.open)
