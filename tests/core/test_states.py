"""States: what is listed works, what is not raises, nothing is stuck."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claim import Lifecycle
from core.errors import InvariantBrokenError
from core.states import CLAIM, INTENT, OPEN_INTENT, ClaimEvent, IntentEvent, IntentState, advance, diagram, is_final

TABLES = [(INTENT, IntentState, IntentEvent, IntentState.PLANNED), (CLAIM, Lifecycle, ClaimEvent, Lifecycle.DRAFT)]


@pytest.mark.parametrize(("table", "states", "events", "start"), TABLES)
def test_every_pair_is_decided(table, states, events, start):
    for state in states:
        for event in events:
            if (state, event) in table:
                assert advance(table, state, event) == table[state, event]
            else:
                with pytest.raises(InvariantBrokenError):
                    advance(table, state, event)


@pytest.mark.parametrize(("table", "states", "events", "start"), TABLES)
def test_every_state_is_reachable(table, states, events, start):
    reached, grew = {start}, True
    while grew:
        more = {after for (state, _), after in table.items() if state in reached} - reached
        reached, grew = reached | more, bool(more)
    assert reached == set(states)


def test_open_intents_can_end():
    assert {state for state in IntentState if not is_final(INTENT, state)} == OPEN_INTENT


def test_ended_claims_stay_ended():
    final = {state for state in Lifecycle if is_final(CLAIM, state)}
    assert final == {Lifecycle.CLOSED, Lifecycle.REJECTED, Lifecycle.WITHDRAWN}


def test_sending_needs_a_plan():
    before = {state for (state, event), after in INTENT.items() if after == IntentState.SENDING}
    assert before == {IntentState.PLANNED, IntentState.UNCERTAIN}


@given(st.lists(st.sampled_from(list(IntentEvent)), max_size=30))
def test_confirmed_is_never_left(events):
    state, confirmed = IntentState.PLANNED, False
    for event in events:
        if (state, event) in INTENT:
            state = advance(INTENT, state, event)
        confirmed = confirmed or state == IntentState.CONFIRMED
        assert not confirmed or state == IntentState.CONFIRMED


def test_diagram_names_every_transition():
    text = diagram(INTENT)
    assert text.startswith("stateDiagram-v2")
    assert text.count("-->") == len(INTENT)
