"""The claims feed as it is stored: events in commit order, readable claims, agencies' reports, API keys and webhooks.

Functions take an open connection, so that what they write commits with what caused it; the classes implement the ports
and open their own short transactions.
"""

from __future__ import annotations

from core.store.feed.claims import ReadableClaim, find_claim, find_document, has_acknowledged, refresh_claim, snapshots_of
from core.store.feed.events import EventPage, FeedEvent, assign_positions, find, list_events, new_epoch, publish
from core.store.feed.keys import SCOPES, ApiKey, create_key, find_key, list_keys, revoke_key
from core.store.feed.outbox import StoreOutbox, publish_waiting
from core.store.feed.reports import (
    Answer,
    NewDocument,
    Report,
    StoreReports,
    document_kind,
    find_answer,
    mark_handled,
    message_id,
    store_report,
)
from core.store.feed.webhooks import (
    FailedSend,
    StoreWebhookQueue,
    WebhookState,
    add_secret,
    end_secrets,
    find_webhook,
    list_failures,
    move_webhook,
    register_webhook,
    replay,
)

__all__ = [
    "SCOPES",
    "Answer",
    "ApiKey",
    "EventPage",
    "FailedSend",
    "FeedEvent",
    "NewDocument",
    "ReadableClaim",
    "Report",
    "StoreOutbox",
    "StoreReports",
    "StoreWebhookQueue",
    "WebhookState",
    "add_secret",
    "assign_positions",
    "create_key",
    "document_kind",
    "end_secrets",
    "find",
    "find_answer",
    "find_claim",
    "find_document",
    "find_key",
    "find_webhook",
    "has_acknowledged",
    "list_events",
    "list_failures",
    "list_keys",
    "mark_handled",
    "message_id",
    "move_webhook",
    "new_epoch",
    "publish",
    "publish_waiting",
    "refresh_claim",
    "register_webhook",
    "replay",
    "revoke_key",
    "snapshots_of",
    "store_report",
]
