"""How cases go: each story is a list of steps, so many days after the demand; chance only moves days and picks ends."""

from __future__ import annotations

import random
from collections.abc import Callable

from simulators.agency_cases import Step

Story = Callable[[random.Random], list[Step]]

DEMAND = Step(0, "demand")


def pays_in_full(chance: random.Random) -> list[Step]:
    """The debtor pays everything within the time the demand gives."""
    return [DEMAND, Step(chance.randint(4, 9), "pay")]


def pays_in_parts(chance: random.Random) -> list[Step]:
    """The debtor pays costs and interest, twice the same sum on that day, and the rest two weeks later."""
    day = chance.randint(4, 9)
    quarter = Step(day, "pay", {"principal_per_cent": 25})
    return [DEMAND, Step(day, "pay_charges"), quarter, quarter, Step(day + 14, "pay")]


def instalments(chance: random.Random) -> list[Step]:
    """The debtor gets a payment plan and keeps it."""
    return [DEMAND, Step(6, "plan", {"parts": chance.choice((3, 4)), "every_days": chance.choice((14, 30))})]


def disputes(chance: random.Random) -> list[Step]:
    """The debtor objects to everything, half of them with success."""
    return chance.choice((disputes_upheld, disputes_in_vain))(chance)


def disputes_upheld(_: random.Random) -> list[Step]:
    """The debtor objects to everything and is right."""
    return [DEMAND, Step(5, "dispute", {"per_cent": 100}), Step(30, "close", {"reason": "dispute_upheld"})]


def disputes_in_vain(_: random.Random) -> list[Step]:
    """The debtor objects to everything, is not right, and pays."""
    return [
        DEMAND,
        Step(5, "dispute", {"per_cent": 100}),
        Step(26, "enter", {"phase": "amicable", "raw_code": "TVIST-AVGJORD"}),
        Step(36, "pay"),
    ]


def disputes_part(_: random.Random) -> list[Step]:
    """The debtor objects to three tenths, pays the rest, and the agency gives up what is disputed."""
    return [
        DEMAND,
        Step(5, "dispute", {"per_cent": 30}),
        Step(12, "pay_undisputed"),
        Step(40, "propose_loss", {"text": "part_lost"}),
        Step(42, "close", {"reason": "paid_partial_settled"}),
    ]


def court(chance: random.Random) -> list[Step]:
    """The debtor does not answer; the agency goes to the authority (Kronofogden, fogedret, forliksråd), if it may."""
    return [
        DEMAND,
        Step(14, "enter", {"phase": "pre_legal_notice", "raw_code": "KFM-VARSEL"}),
        Step(28, "file", {"otherwise": chance.choice(("loss", "surveillance"))}),
        Step(60, "enter", {"phase": "title_obtained", "raw_code": "UTSLAG"}),
        Step(75, "enter", {"phase": "enforcement", "raw_code": "UTMATNING"}),
        Step(100, "pay", {"per_cent": 40}),
        chance.choice((Step(130, "pay"), Step(130, "enter", {"phase": "surveillance", "raw_code": "EFTERBEV"}))),
    ]


def loss(_: random.Random) -> list[Step]:
    """The debtor has nothing."""
    return [
        DEMAND,
        Step(20, "propose_loss", {"text": "no_assets"}),
        Step(27, "close", {"reason": "returned_uncollectible"}),
    ]


def asks(chance: random.Random) -> list[Step]:
    """The agency lacks the contract and waits for it before its demand; then the debtor pays."""
    question = {"question": "no_contract", "documents": ["contract"], "days": 14}
    return [Step(0, "ask", question), *pays_in_full(chance)]


def silent(_: random.Random) -> list[Step]:
    """The agency takes the case and is not heard of again."""
    return []


def pays_direct(_: random.Random) -> list[Step]:
    """The agency sends its demand; the debtor pays the creditor."""
    return [DEMAND]


STORIES: dict[str, Story] = {
    "pays_in_full": pays_in_full,
    "pays_in_parts": pays_in_parts,
    "instalments": instalments,
    "disputes": disputes,
    "disputes_upheld": disputes_upheld,
    "disputes_in_vain": disputes_in_vain,
    "disputes_part": disputes_part,
    "court": court,
    "loss": loss,
    "asks": asks,
    "rejects": silent,
    "rejects_then_takes": pays_in_full,
    "silent": silent,
    "pays_direct": pays_direct,
}
"""Every story by name; the two that reject do so before their steps start."""

DEFAULTS = (
    *("pays_in_full",) * 5,
    *("pays_in_parts",) * 3,
    *("instalments",) * 3,
    *("court",) * 3,
    "disputes",
    "disputes_part",
    "loss",
    "rejects_then_takes",
)
"""What happens to claims nobody has chosen a story for, by weight."""

REJECTIONS = (
    ("address_incomplete", ["debtors.0.address"]),
    ("identity_missing", ["debtors.0.identity_no"]),
    ("invoice_copy_missing", ["documents"]),
)
"""Why an agency sends a claim back: code and the fields of the snapshot; the text is the country's."""
