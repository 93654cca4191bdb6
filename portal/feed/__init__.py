"""The claims feed's HTTP API, as docs/feed.md describes it."""
