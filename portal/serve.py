"""Runs the application until it is told to stop, and what belongs beside it in the background."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from core.errors import ConfigError

__all__ = ["serve"]

LOG: Final = logging.getLogger(__name__)

Chore = Callable[[], object]
STOP_WAIT_S: Final = 30


def serve(app: FastAPI, host: str, port: int, *, chores: Sequence[Chore] = (), pause_s: float = 1.0) -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests under way.

    Port 0 takes any free one, and the line that is printed tells which. Chores (a pass of publishing, a pass of webhooks) are
    done over and over, each in a background thread, with a rest of `pause_s` between two rounds.
    """
    listener = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    # No access log: addresses name claims, and a proxy in front keeps one where it is wanted.
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=STOP_WAIT_S, lifespan="off"
    )
    server = _Server(config)
    with listener, _background(chores, pause_s):
        sys.stdout.write(f"listening on http://{name}:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends by returning: uvicorn raises the signal again after its work, which would kill the process before ours is done."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have both signals ask for a clean end, where a signal can be had at all."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sign: signal.signal(sign, self.handle_exit) for sign in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)


def _listen(host: str, port: int) -> socket.socket:
    """Open the port before anything is said of it, so that a port in use is one plain sentence."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"{host}:{port}", f"it can't be listened on ({reason.lower()})", "Choose another --port or --host.") from None


@contextmanager
def _background(chores: Sequence[Chore], pause_s: float) -> Iterator[None]:
    """Do each chore in a thread of its own, so that a slow one holds up no other."""
    stop = threading.Event()
    threads = [threading.Thread(target=_work, args=(chore, pause_s, stop), name="chore", daemon=True) for chore in chores]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(STOP_WAIT_S)


def _work(chore: Chore, pause_s: float, stop: threading.Event) -> None:
    while not stop.wait(pause_s):
        try:
            chore()
        except Exception as error:  # noqa: BLE001 - the next round tries again; the server must outlive a bad one
            LOG.error("A background chore failed: %s", type(error).__name__)  # noqa: TRY400 - values stay out of the log
