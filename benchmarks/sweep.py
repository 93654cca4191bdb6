"""The sweep of the books' pages, beside a bare reader of the same pages: standard library, one connection, one upsert a row."""

from __future__ import annotations

import hashlib
import http.client
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from benchmarks.books import TODAY, Books
from core.engine import sweep
from core.engine.context import Run
from core.engine.facts import gather
from core.policy import stage
from core.store import books as store

__all__ = ["run"]

PAGE = 500


def run(*, small: bool) -> Iterator[tuple[str, str]]:
    """Yield processor time of the client alone: first all invoices are new, then none has changed."""
    count = 2_000 if small else 20_000
    with Books(count) as books:
        tenant = books.app.tenant("t")
        looking = books.app.look("t", TODAY)
        looking.ports = books.app.ports(tenant)
        token = books.app.tokens(tenant).get()
        assert token is not None, "the tenant was connected"
        database = sqlite3.connect(books.app.home / "floor.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE invoices (number TEXT PRIMARY KEY, customer TEXT, due TEXT, balance TEXT, hash BLOB, raw TEXT)")
        for what in ("all new", "none changed"):
            floor = _timed(lambda: _read_pages(books.url, token.access, database))
            ours = _timed(lambda: _sweep(looking))
            yield f"sweep of {count} invoices, {what}", f"{ours:.2f} s; bare paged reader {floor:.2f} s; {ours / floor:.1f} times the floor"
        yield from _from_store(looking, count)


def _from_store(run: Run, count: int) -> Iterator[tuple[str, str]]:
    """Yield what deciding takes when the facts are read from the store first, as a run does."""
    started = time.process_time()
    with run.database.read() as connection:
        gathered = gather(run, connection)
        invoices = store.list_invoices(connection, run.tenant.id, open_only=True)
    for invoice in invoices:
        stage(gathered.facts(run, invoice), run.policy, run.law, run.today)
    spent = time.process_time() - started
    assert len(invoices) == count, "the sweep stored them all"
    yield f"decisions of {count} open invoices, read from SQLite first", f"{count / spent:,.0f} a second a core"


def _sweep(run: Run) -> None:
    """Sweep as the first of a day does: the open list alone, since the change filter of both passes is empty or the same again."""
    with run.database.write() as connection:
        store.save_sweep(connection, run.tenant.id, store.SweepState())
    sweep.go(run)


def _read_pages(url: str, token: str, database: sqlite3.Connection) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    page, last = 1, 1
    while page <= last:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        connection.request("GET", f"/3/invoices?filter=unpaid&sortby=documentnumber&page={page}&limit={PAGE}", headers=headers)
        answer = connection.getresponse()
        body: dict[str, Any] = json.loads(answer.read())
        if answer.status == 429:
            time.sleep(0.1)
            continue
        database.execute("BEGIN")
        for row in body["Invoices"]:
            raw = json.dumps(row, sort_keys=True)
            digest = hashlib.sha256(raw.encode()).digest()
            database.execute(
                "INSERT INTO invoices VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET customer = excluded.customer, "
                "due = excluded.due, balance = excluded.balance, hash = excluded.hash, raw = excluded.raw WHERE hash <> excluded.hash",
                (row["DocumentNumber"], row["CustomerNumber"], row["DueDate"], str(row["Balance"]), digest, raw),
            )
        database.execute("COMMIT")
        page, last = page + 1, body["MetaInformation"]["@TotalPages"]


def _timed(what: Callable[[], None]) -> float:
    started = time.process_time()
    what()
    return time.process_time() - started
