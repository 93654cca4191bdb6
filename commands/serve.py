"""`kravbro serve`: the claims feed for agencies."""

from __future__ import annotations

import click

from commands.wiring import open_app


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Put a TLS proxy in front before you open it to others.")
@click.option("--port", default=8080, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve the claims feed, and send webhooks where an agency wants them."""
    from portal.app import create_app
    from portal.serve import serve as serve_app

    app = open_app()
    serve_app(create_app(app.database, app.vault, app.clock), host, port)
