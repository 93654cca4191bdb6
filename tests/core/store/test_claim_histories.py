"""Whatever became of an invoice's claims: where the decision lets it go again, there is a reason for doing it again."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from core.claim import Lifecycle
from core.engine.facts import _claims
from core.policy.decide import _handed_over
from core.policy.facts import Facts
from core.states import ClaimEvent
from core.store import claims
from core.store.tables import claim_invoices
from core.store.tables import claims as claims_table
from tests.core.store.conftest import NOW
from tests.portal.seed import snapshot

ENDS = {
    "dropped": (ClaimEvent.QUEUE, ClaimEvent.DROP),
    "rejected": (ClaimEvent.QUEUE, ClaimEvent.SUBMIT, ClaimEvent.REJECT),
    "withdrawn": (ClaimEvent.QUEUE, ClaimEvent.SUBMIT, ClaimEvent.WITHDRAW, ClaimEvent.REJECT),
    "closed": (ClaimEvent.QUEUE, ClaimEvent.SUBMIT, ClaimEvent.CLOSE),
}


def live(connection, number, end, again):
    """Take one claim through its life; a person may say that its invoice may go once more."""
    now = NOW + timedelta(days=number)
    claims.add_claim(connection, "t", "nord", "debtor", snapshot(f"c{number}", lifecycle=Lifecycle.DRAFT), now)
    claim = claims.get_claim(connection, f"c{number}")
    for event in ENDS[end]:
        claim = claims.step_claim(connection, claim, event, now)
    if again:
        claims.change_claim(connection, claim, replace(claim.snapshot, reopen_reason=f"reason {number}"))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(sorted(ENDS)), st.booleans()), max_size=6))
def test_free_invoice_has_its_reason(database, history):
    with database.write() as connection:
        connection.execute(delete(claim_invoices))
        connection.execute(delete(claims_table))
        submitted = False
        for number, (end, again) in enumerate(history):
            found = _claims(connection, "t", None, "").get(snapshot("x").lines[0].invoice_ref)
            free = _handed_over(Facts(None, None, claim=found)) is None
            assert not (free and submitted) or found.reopen_reason
            if not free:
                break
            live(connection, number, end, again)
            submitted = submitted or end != "dropped"
