"""The last net under a route: what nobody foresaw becomes one plain answer, and a log line without values."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from core.errors import KravbroError
from portal.feed.errors import FeedError, answer

LOG: Final = logging.getLogger(__name__)


class SafeRoute(APIRoute):
    """A route whose faults end here: further out the server would log exceptions with their text, which can quote what was sent."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the handler, with the net under it."""
        handle = super().get_route_handler()

        async def safe(request: Request) -> Response:
            try:
                return await handle(request)
            except (FeedError, HTTPException, RequestValidationError):
                raise
            except KravbroError as error:
                LOG.error("%s %s: %s", request.method, self.path, error)  # noqa: TRY400
                return answer(503, "unavailable", "The feed can't answer now; try again.", headers={"Retry-After": "5"})
            except Exception as error:  # noqa: BLE001
                LOG.error("%s %s failed: %s", request.method, self.path, _where(error))  # noqa: TRY400
                return answer(500, "internal", "This went wrong on our side; it is recorded.")

        return safe


def _where(error: Exception) -> str:
    """Return the class of an error and the last places it came through, without its text."""
    places = [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in traceback.extract_tb(error.__traceback__)[-4:]]
    return f"{type(error).__name__} in {' < '.join(reversed(places))}"
