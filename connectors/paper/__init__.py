"""Paper books: the books of a company that keeps them by hand, behind a small HTTP API of JSON, until its own system is connected."""
