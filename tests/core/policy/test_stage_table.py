"""Every kind of debtor at every step with every flag: one expectation written down once."""

import pytest

from core.model import DebtorKind
from core.policy.facts import Action

FLAGS = {
    "none": {}, "no mandate": {"mandate_missing": ("signatory",)}, "no agency": {"agency": ""}, "no identity": {"identity_no": ""},
    "stale": {"postings_until": None}, "booking": {"booking_open": True}, "vendor": {"vendor_reminders": 2}, "unsent": {"leave_alone": ("unsent",)},
}  # fmt: skip
STOPS_ALL = {"stale", "booking", "vendor", "unsent"}
STOPS_HANDOVER = {"no mandate", "no agency", "no identity"}


@pytest.mark.parametrize("kind", list(DebtorKind))
@pytest.mark.parametrize("step", [Action.REMIND, Action.HANDOVER])
@pytest.mark.parametrize("flag", list(FLAGS))
def test_debtor_step_and_flag(bench, kind, step, flag):
    make, today = (bench.facts, bench.remind_on) if step == Action.REMIND else (bench.reminded, bench.handover_on)
    stopped = flag in STOPS_ALL or (step == Action.HANDOVER and (flag in STOPS_HANDOVER or kind == DebtorKind.PUBLIC))
    decision = bench.decide(make(kind_of_debtor=kind, **FLAGS[flag]), today)
    assert decision.action == (None if stopped else step)
    assert decision.reasons
