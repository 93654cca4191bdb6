"""The claims feed over HTTP: what agencies read and report (docs/feed.md is the contract, /v1/openapi.json its machine form)."""
