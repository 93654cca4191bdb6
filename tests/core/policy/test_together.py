"""What goes together: one letter and one claim for a debtor, or one each, as the policy says; and what a decision carries of it."""

from dataclasses import replace

import pytest

from core.policy.decide import approval_digest
from core.policy.facts import Action, Sent, Stage


@pytest.mark.parametrize("bundles", [True, False])
@pytest.mark.parametrize("letters_per", ["debtor", "invoice"])
def test_claims_and_letters_go_alone_by_settings_of_their_own(bench, bundles, letters_per):
    policy = replace(bench.policy, bundle_by_debtor=bundles, one_letter_per=letters_per)
    letter = bench.decide(bench.facts(), bench.remind_on, policy)
    claim = bench.decide(bench.reminded(), bench.handover_on, policy)
    assert (letter.action, letter.alone) == (Action.REMIND, letters_per == "invoice")
    assert (claim.action, claim.alone) == (Action.HANDOVER, not bundles)


@pytest.mark.parametrize("left", ["waive", "go_on"])
def test_handover_carries_what_becomes_of_fees_left(bench, left):
    assert bench.decide(bench.reminded(), bench.handover_on, replace(bench.policy, fees_left=left)).fees_left == left


@pytest.mark.parametrize("under_way", [{"booking_open": True}, {"sent": (Sent(Action.REMIND, "open", None, None),)}])
def test_what_is_under_way_waits(bench, under_way):
    assert bench.decide(bench.facts(**under_way), bench.remind_on).stage == Stage.WAITING


def test_yes_is_bound_to_invoices_in_any_order(bench):
    about = (Action.REMIND, ("1", "2"), bench.facts().invoice.open, "feed", "0 letters")
    swapped = (about[0], ("2", "1"), *about[2:])
    assert approval_digest(*about) == approval_digest(*swapped)
