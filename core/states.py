"""Every declared state and the one function that changes it: intents, and the lifecycle of claims.

A stage is derived (`core.policy`), a state is declared. `docs/states.md` is generated from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from core.claim import Lifecycle
from core.errors import InvariantBrokenError

__all__ = ["CLAIM", "INTENT", "OPEN_INTENT", "ClaimEvent", "IntentEvent", "IntentState", "advance", "allows", "diagram", "is_final"]


class IntentState(StrEnum):
    """Where something that is about to leave the program stands."""

    PLANNED = "planned"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class IntentEvent(StrEnum):
    """What can happen to an intent."""

    SEND = "send"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    LOSE = "lose"
    POSTPONE = "postpone"
    SEND_AGAIN = "send_again"


OPEN_INTENT: Final = frozenset({IntentState.PLANNED, IntentState.SENDING, IntentState.UNCERTAIN})
"""States in which nothing else may start for the same subject and kind."""

INTENT: Final[Mapping[tuple[StrEnum, StrEnum], StrEnum]] = {
    (IntentState.PLANNED, IntentEvent.SEND): IntentState.SENDING,
    (IntentState.PLANNED, IntentEvent.CANCEL): IntentState.CANCELLED,
    (IntentState.SENDING, IntentEvent.CONFIRM): IntentState.CONFIRMED,
    (IntentState.SENDING, IntentEvent.REFUSE): IntentState.REFUSED,
    (IntentState.SENDING, IntentEvent.LOSE): IntentState.UNCERTAIN,
    (IntentState.SENDING, IntentEvent.POSTPONE): IntentState.PLANNED,
    (IntentState.UNCERTAIN, IntentEvent.CONFIRM): IntentState.CONFIRMED,
    (IntentState.UNCERTAIN, IntentEvent.REFUSE): IntentState.REFUSED,
    (IntentState.UNCERTAIN, IntentEvent.CANCEL): IntentState.CANCELLED,
    (IntentState.UNCERTAIN, IntentEvent.SEND_AGAIN): IntentState.SENDING,
}
"""What is uncertain is cancelled where it would be sent again (it is surely absent, or a letter) and the facts no longer allow it."""


class ClaimEvent(StrEnum):
    """What can happen to a claim."""

    QUEUE = "queue"
    DROP = "drop"
    SUBMIT = "submit"
    REJECT = "reject"
    ASK = "ask"
    ANSWER = "answer"
    ANSWER_WAITING = "answer_waiting"
    ACKNOWLEDGE = "acknowledge"
    WORK = "work"
    PAUSE = "pause"
    RESUME = "resume"
    RESUME_WAITING = "resume_waiting"
    RESUME_ASKED = "resume_asked"
    WITHDRAW = "withdraw"
    CLOSE = "close"


_TAKEN: Final = (Lifecycle.ACCEPTED, Lifecycle.ACTIVE, Lifecycle.PAUSED)

CLAIM: Final[Mapping[tuple[StrEnum, StrEnum], StrEnum]] = {
    (Lifecycle.DRAFT, ClaimEvent.QUEUE): Lifecycle.QUEUED,
    (Lifecycle.QUEUED, ClaimEvent.SUBMIT): Lifecycle.SUBMITTED,
    (Lifecycle.QUEUED, ClaimEvent.DROP): Lifecycle.WITHDRAWN,
    (Lifecycle.DRAFT, ClaimEvent.DROP): Lifecycle.WITHDRAWN,
    (Lifecycle.QUEUED, ClaimEvent.REJECT): Lifecycle.REJECTED,
    (Lifecycle.SUBMITTED, ClaimEvent.REJECT): Lifecycle.REJECTED,
    (Lifecycle.SUBMITTED, ClaimEvent.ASK): Lifecycle.NEEDS_INFO,
    (Lifecycle.ACCEPTED, ClaimEvent.ASK): Lifecycle.NEEDS_INFO,
    (Lifecycle.ACTIVE, ClaimEvent.ASK): Lifecycle.NEEDS_INFO,
    (Lifecycle.NEEDS_INFO, ClaimEvent.ASK): Lifecycle.NEEDS_INFO,
    (Lifecycle.PAUSED, ClaimEvent.ASK): Lifecycle.PAUSED,
    (Lifecycle.CLOSING, ClaimEvent.ASK): Lifecycle.CLOSING,
    (Lifecycle.NEEDS_INFO, ClaimEvent.ANSWER): Lifecycle.ACTIVE,
    (Lifecycle.NEEDS_INFO, ClaimEvent.ANSWER_WAITING): Lifecycle.SUBMITTED,
    (Lifecycle.NEEDS_INFO, ClaimEvent.WORK): Lifecycle.NEEDS_INFO,
    (Lifecycle.NEEDS_INFO, ClaimEvent.ACKNOWLEDGE): Lifecycle.NEEDS_INFO,
    (Lifecycle.NEEDS_INFO, ClaimEvent.PAUSE): Lifecycle.PAUSED,
    (Lifecycle.NEEDS_INFO, ClaimEvent.CLOSE): Lifecycle.CLOSED,
    (Lifecycle.NEEDS_INFO, ClaimEvent.REJECT): Lifecycle.REJECTED,
    (Lifecycle.NEEDS_INFO, ClaimEvent.WITHDRAW): Lifecycle.CLOSING,
    (Lifecycle.SUBMITTED, ClaimEvent.ACKNOWLEDGE): Lifecycle.ACCEPTED,
    (Lifecycle.SUBMITTED, ClaimEvent.WITHDRAW): Lifecycle.CLOSING,
    (Lifecycle.SUBMITTED, ClaimEvent.WORK): Lifecycle.ACTIVE,
    (Lifecycle.ACCEPTED, ClaimEvent.WORK): Lifecycle.ACTIVE,
    (Lifecycle.ACTIVE, ClaimEvent.WORK): Lifecycle.ACTIVE,
    (Lifecycle.PAUSED, ClaimEvent.WORK): Lifecycle.PAUSED,
    (Lifecycle.CLOSING, ClaimEvent.WORK): Lifecycle.CLOSING,
    (Lifecycle.CLOSING, ClaimEvent.ACKNOWLEDGE): Lifecycle.CLOSING,
    (Lifecycle.CLOSING, ClaimEvent.REJECT): Lifecycle.WITHDRAWN,
    (Lifecycle.CLOSING, ClaimEvent.CLOSE): Lifecycle.CLOSED,
    (Lifecycle.SUBMITTED, ClaimEvent.CLOSE): Lifecycle.CLOSED,
    (Lifecycle.SUBMITTED, ClaimEvent.PAUSE): Lifecycle.PAUSED,
    (Lifecycle.ACCEPTED, ClaimEvent.PAUSE): Lifecycle.PAUSED,
    (Lifecycle.ACTIVE, ClaimEvent.PAUSE): Lifecycle.PAUSED,
    (Lifecycle.PAUSED, ClaimEvent.RESUME): Lifecycle.ACTIVE,
    (Lifecycle.PAUSED, ClaimEvent.RESUME_WAITING): Lifecycle.SUBMITTED,
    (Lifecycle.PAUSED, ClaimEvent.RESUME_ASKED): Lifecycle.NEEDS_INFO,
    (Lifecycle.PAUSED, ClaimEvent.REJECT): Lifecycle.REJECTED,
    **{(state, ClaimEvent.ACKNOWLEDGE): state for state in _TAKEN},
    **{(state, ClaimEvent.WITHDRAW): Lifecycle.CLOSING for state in _TAKEN},
    **{(state, ClaimEvent.CLOSE): Lifecycle.CLOSED for state in _TAKEN},
}
"""An agency's reports arrive late and out of order: work and even the end may come before the acknowledgement.

A pause forgets what was before it, the case number does not: with one a claim goes on as active, without one it waits for the agency's word again
(`resume_waiting`), and only without one may the agency still reject it while it is paused. So it is with a question, which stands in
the claim: until it is answered, whatever else the agency reports, the claim needs that, and after a pause again (`resume_asked`).
"""

S = TypeVar("S", bound=StrEnum)


def advance(table: Mapping[tuple[StrEnum, StrEnum], StrEnum], state: S, event: StrEnum) -> S:
    """Return the state after an event; an event that is not listed for the state raises `InvariantBrokenError`."""
    after = table.get((state, event))
    if after is None:
        raise InvariantBrokenError(f"{event} can't happen in state {state}")
    return type(state)(after)


def allows(table: Mapping[tuple[StrEnum, StrEnum], StrEnum], state: StrEnum, event: StrEnum) -> bool:
    """Tell whether an event is listed for a state."""
    return (state, event) in table


def is_final(table: Mapping[tuple[StrEnum, StrEnum], StrEnum], state: StrEnum) -> bool:
    """Tell whether nothing can happen any more."""
    return not any(start == state and after != start for (start, _), after in table.items())


def diagram(table: Mapping[tuple[StrEnum, StrEnum], StrEnum]) -> str:
    """Return the table as a Mermaid state diagram."""
    lines = sorted(f"    {start} --> {after}: {event}" for (start, event), after in table.items())
    return "\n".join(["stateDiagram-v2", *lines])
