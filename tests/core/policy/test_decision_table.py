"""Every country's policy, for every kind of debtor, at every step, under every flag: what is expected is written here by hand."""

import pytest

from core.law import load_law
from core.model import DebtorKind
from core.policy.facts import Action
from tools.decision_table import COUNTRIES, FLAGS, cell, places

LAW = load_law()
STOPS_ALL = {
    "paid": "nothing_open", "rest of 0.99": "small_rest", "unsent": "leave_unsent", "credited": "leave_credited", "sold or financed": "leave_financed",
    "direct debit or card": "leave_autogiro_or_card", "hold": "held_hold", "disputed": "held_dispute", "promise to pay": "held_promise",
    "deferral": "held_deferral", "insolvent": "held_insolvency", "direct debit under way": "held_direct_debit",
    "minor": "held_minor", "dead": "held_deceased", "protected identity": "held_protected_identity", "debtor abroad": "leave_foreign", "at the agency": "with_agency",
}  # fmt: skip
GATES = {
    "under the minimum": "below_minimum", "bank not posted": "books_not_fresh", "payment entered, not booked": "payment_entered",
    "paid at an agency, not booked": "paid_at_agency", "open credit of the debtor": "credit_open", "vendor reminded": "vendor_reminds",
    "limitation passed": "time_barred",
}  # fmt: skip
HANDOVER_GATES = {
    "no identity number": "no_identity", "debtor inactive": "debtor_inactive", "no mandate": "no_mandate", "no agency": "no_agency",
}  # fmt: skip
ORDERS = {
    ("SE", False): [Action.REMIND, Action.HANDOVER], ("SE", True): [Action.REMIND, Action.HANDOVER],
    ("DK", False): [Action.NOTICE, Action.HANDOVER], ("DK", True): [Action.NOTICE, Action.HANDOVER],
    ("NO", False): [Action.NOTICE, Action.HANDOVER], ("NO", True): [Action.NOTICE, Action.HANDOVER],
    ("FI", False): [Action.REMIND, Action.HANDOVER], ("FI", True): [Action.REMIND, Action.HANDOVER],
}  # fmt: skip
"""The steps of each country's firm policy, for consumers (True) and the rest: Denmark and Norway hand nothing over without their notice."""

PLACES = [(country, kind, place) for country in COUNTRIES for kind in DebtorKind for place in places(country, kind, LAW)]


def expected(kind, action, flag):
    gates = dict(GATES) | (HANDOVER_GATES if action == Action.HANDOVER else {})
    public = kind == DebtorKind.PUBLIC and action == Action.HANDOVER
    if flag in STOPS_ALL:
        return {STOPS_ALL[flag]}
    stops = ({gates[flag]} if flag in gates else set()) | ({"public_debtor"} if public else set())
    return stops or {"due before a restore": "asks a person", "disputed in part (400)": "goes, for 600.00"}.get(flag, "goes")


@pytest.mark.parametrize(("country", "kind", "place"), PLACES, ids=[f"{c}-{k}-{p.action}" for c, k, p in PLACES])
def test_every_flag_at_a_step(country, kind, place):
    for flag, change in FLAGS.items():
        found, wanted = cell(place, change, LAW), expected(kind, place.action, flag)
        if isinstance(wanted, set):
            assert set(found.replace("`", "").split(", ")) == wanted, flag
        else:
            assert found.removesuffix(f" {place.policy.currency}") == wanted, flag


@pytest.mark.parametrize("kind", list(DebtorKind))
@pytest.mark.parametrize("country", COUNTRIES)
def test_steps_come_in_the_countrys_order(country, kind):
    assert [place.action for place in places(country, kind, LAW)] == ORDERS[country, kind == DebtorKind.CONSUMER]
