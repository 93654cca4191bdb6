"""The open claims feed: the agency reads our events and claims over HTTP and reports back (docs/feed.md).

Nothing is called at the agency's end but its webhook, if it has one (https://www.standardwebhooks.com, version 1.0.0,
checked 2026-11-24). The HTTP side is `portal.feed`.
"""

from __future__ import annotations

from agencies.feed.addresses import find_address
from agencies.feed.agency import FeedAgency, build
from agencies.feed.webhooks import send_due

__all__ = ["FeedAgency", "build", "find_address", "send_due"]
