"""Runs the application until it is told to stop."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI

__all__ = ["serve"]


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished."""
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=10))
    sys.stderr.write(f"The claims feed listens on http://{host}:{port}/v1; Ctrl-C ends it.\n")
    server.run()
