"""Where everything is kept: SQLAlchemy Core on SQLite (one process) or PostgreSQL, with short writing transactions."""
