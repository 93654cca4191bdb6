"""Errors of the feed, as its answers show them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

__all__ = ["ErrorBody", "FeedError", "error_body"]


class ErrorDetail(BaseModel):
    """What is wrong."""

    code: str
    message: str
    field: str


class ErrorBody(BaseModel):
    """Every error's body."""

    error: ErrorDetail


class FeedError(Exception):
    """A request the feed refuses."""

    def __init__(self, status: int, code: str, message: str, field: str = "", headers: dict[str, str] | None = None) -> None:
        self.status, self.code, self.field, self.headers = status, code, field, headers
        super().__init__(message)


def error_body(code: str, message: str, field: str) -> dict[str, Any]:
    """Return an error's body."""
    return {"error": {"code": code, "message": message, "field": field}}
