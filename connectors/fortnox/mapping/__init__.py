"""Pure functions between Fortnox's JSON and `core.model` or `core.writes`; no I/O, and no exception leaves but `Problem`s."""
