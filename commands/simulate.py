"""`kravbro simulate`: a simulator on a port, for anyone's client, on the wall clock or on the one of `KRAVBRO_CLOCK_FILE`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from core.clock import FileClock
from core.errors import ConfigError
from simulators import kit


@click.group()
def simulate() -> None:
    """Start a simulator on a port."""


@simulate.command()
@click.option("--port", default=8181, show_default=True, help="The port on 127.0.0.1.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same answers.")
@click.option(
    "--recorded", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A folder of recorded answers to start from."
)
@click.option(
    "--redirect", "redirects", multiple=True, metavar="URL", help="Let the consent page send the browser here too; may be given again."
)
def fortnox(port: int, seed: int, recorded: Path | None, redirects: tuple[str, ...]) -> None:
    """Behave like Fortnox: OAuth under /oauth-v1, the API under /3.

    The one company is 1001, with the organisation number 556677-8899; its consent page sends the browser to http://localhost:8765/.
    """
    from simulators.fortnox import default_app

    served = _served(default_app(seed, recorded, _clock(), redirects=redirects), port)
    click.echo(f"Fortnox simulator on {served.url}; client demo, secret demo-secret. Ctrl-C ends it.")
    served.serve_until_interrupted()


@simulate.command()
@click.option("--port", default=8183, show_default=True, help="The port on 127.0.0.1.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same answers.")
@click.option("--country", type=click.Choice(["DK", "NO"]), default="DK", show_default=True, help="The company's country.")
def paper(port: int, seed: int, country: str) -> None:
    """Behave like books kept by hand: one company, whose key is demo."""
    from simulators.paper import default_app

    app = default_app(country, seed, _clock())
    served = _served(app, port)
    company = app.companies["demo"]
    click.echo(f"Paper books of {company.name} ({company.org_no}, {country}) on {served.url}; key demo. Ctrl-C ends it.")
    served.serve_until_interrupted()


@simulate.command()
@click.option("--port", default=8184, show_default=True, help="The port on 127.0.0.1.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same answers.")
def economic(port: int, seed: int) -> None:
    """Behave like e-conomic: both API hosts and the page on which access is granted, behind one address.

    The one agreement is 1001, a trial with the CVR number 10150817. The app's public token is demo-public, its secret token demo-secret;
    a grant token of the agreement is printed at the start.
    """
    from simulators.economic import default_app

    simulator = default_app(seed, _clock())
    served = _served(simulator, port)
    grant = simulator.grant("demo-public", 1001)
    click.echo(f"e-conomic simulator on {served.url}; app secret token demo-secret, agreement grant token {grant}. Ctrl-C ends it.")
    served.serve_until_interrupted()


@simulate.command()
@click.option("--port", default=8185, show_default=True, help="The port on 127.0.0.1.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same answers.")
@click.option(
    "--redirect", "redirects", multiple=True, metavar="URL", help="Let the consent page send the browser here too; may be given again."
)
def visma(port: int, seed: int, redirects: tuple[str, ...]) -> None:
    """Behave like Visma eAccounting: the identity server under /connect, the API under /v2.

    Its company is Demobolaget AB, with the organisation number 556677-8899; its consent page asks which of two companies is meant, and
    sends the browser to http://localhost:8765/.
    """
    from simulators.visma import default_app

    served = _served(default_app(seed, _clock(), redirects=redirects), port)
    click.echo(f"eAccounting simulator on {served.url}; client demo, secret demo-secret. Ctrl-C ends it.")
    served.serve_until_interrupted()


@simulate.command()
@click.option("--port", default=8182, show_default=True, help="The port on 127.0.0.1.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same answers.")
@click.option("--feed", "feed_url", required=True, help="Where the claims feed is served.")
@click.option("--key-file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with the feed key.")
@click.option("--every", "interval_s", default=30.0, show_default=True, help="Seconds between working sessions.")
def agency(port: int, seed: int, feed_url: str, key_file: Path, interval_s: float) -> None:
    """Behave like a debt collector working on the claims feed."""
    from simulators.agency import default_app

    app = default_app(feed_url, key_file.read_text().strip(), seed, _clock())
    app.work_forever(interval_s)
    served = _served(app, port)
    click.echo(f"Agency simulator on {served.url}, working on {feed_url}. Ctrl-C ends it.")
    served.serve_until_interrupted()


def _clock() -> kit.Clock:
    """Return the clock of `KRAVBRO_CLOCK_FILE`, once it is known to be one, or the wall clock."""
    if path := os.environ.get("KRAVBRO_CLOCK_FILE"):
        FileClock(Path(path)).now()
    return kit.shared_clock()


def _served(app: kit.WsgiApp, port: int) -> kit.Served:
    try:
        return kit.Served(app, port)
    except OSError as error:
        raise ConfigError("--port", f"{port} can't be listened on ({(error.strerror or 'in use').lower()})", "Choose another.") from None
