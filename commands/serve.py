"""`kravbro serve`: the claims feed for agencies, and the pages behind links."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from commands.wiring import App, load_adapter, open_app

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["application", "serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Put a TLS proxy in front before you open it to others.")
@click.option("--port", default=8080, show_default=True, help="0 takes any free one.")
@click.option("--private-webhooks", is_flag=True, help="Let webhooks go to private addresses too, for a trial on one machine.")
def serve(host: str, port: int, private_webhooks: bool) -> None:  # noqa: FBT001
    """Serve the claims feed and the pages behind links, and send webhooks where an agency wants them."""
    from agencies.feed import send_due
    from core.store.feed import StoreWebhookQueue, publish_waiting
    from portal.serve import serve as serve_app

    app = open_app()
    queue = StoreWebhookQueue(app.database, app.vault, app.clock)
    chores = (lambda: publish_waiting(app.database), lambda: send_due(queue, app.clock, allow_private=private_webhooks))
    serve_app(application(app), host, port, chores=chores)


def application(app: App) -> FastAPI:
    """Return what is served, with the installed connectors for the settings' form."""
    from commands.changing import change_settings
    from portal.app import create_app
    from portal.settings import Connectors

    connectors = Connectors(partial(load_adapter, "connector"), partial(change_settings, app))
    return create_app(app.database, app.vault, app.clock, connectors=connectors)
