"""Our own claims feed as an agency: claims go out as events that the agency pulls, reports come in by the same API.

The contract is docs/feed.md; the server is `portal/feed`. Last checked 2026-11-23.
"""

from agencies.feed.agency import SETTINGS, FeedAgency, build

__all__ = ["SETTINGS", "FeedAgency", "build"]
