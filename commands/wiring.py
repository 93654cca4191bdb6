"""Puts the pieces together: where things are kept, and a tenant's ways out of the program.

With `cli.py`, the only place that knows concrete adapters; they are imported on first use, so that an unused one's fault
can't stop the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Connection

from commands.lawrows import home_folder, read_law
from commands.lettering import Letters
from core.claim import AgencyEvent
from core.clock import Clock, FileClock, WallClock, day_in
from core.engine import crash, post
from core.engine.context import Ports, Progress, Run, Summary, agency_channel, unseen
from core.engine.run import run_tenant
from core.errors import ConfigError
from core.law import Law
from core.model import Problem
from core.policy import Policy, load_policy
from core.ports import Channel, Reports
from core.store import claims, feed, leases, tenants
from core.store.database import Database
from core.store.journal import Journal
from core.store.keeping import StoreBudget, StoreDocuments, StoreTokens
from core.store.migrate import check_schema, has_owners
from core.store.tenants import Agency, Tenant
from core.vault import Vault, read_master_key
from core.writes import SendLetter, SendNote

if TYPE_CHECKING:
    from core.mail import Smtp

__all__ = ["BENCHES", "CONNECTORS", "App", "adapter_names", "adapter_source", "find_consent", "find_entry", "load_adapter", "open_app"]

T = TypeVar("T")

CONNECTORS: Final[Mapping[str, str]] = {
    "economic": "connectors.economic.connector",
    "fortnox": "connectors.fortnox.connector",
    "paper": "connectors.paper.connector",
    "visma": "connectors.visma.connector",
}
"""Accounting adapters by name: the module that has `NAME`, `SETTINGS`, `DELIVERIES` and `build`."""

CONSENTS: Final[Mapping[str, str]] = {"fortnox": "connectors.fortnox.consent", "visma": "connectors.visma.consent"}
"""Connectors whose login a person consents to: the module that has `Consent`."""

AGENCIES: Final[Mapping[str, str]] = {"feed": "agencies.feed"}
"""Agency adapters by name."""

GROUPS: Final = {"connector": ("kravbro.connectors", CONNECTORS), "agency": ("kravbro.agencies", AGENCIES)}
"""The entry points under which others' adapters are found, and our own."""

BENCHES: Final = "kravbro.connector_benches"
"""The entry points under which others' connectors name the module that has `variants`, see `connectors.contract.bench`."""


def adapter_names(kind: str) -> list[str]:
    """Return the names of every installed adapter of a kind, ours and others'."""
    group, own = GROUPS[kind]
    return sorted({*own, *entry_points(group=group).names})


def load_adapter(kind: str, name: str) -> Any:
    """Return an adapter's module; ours can't be replaced by another's of the same name.

    Raises:
        ConfigError: it is not installed, or what somebody else wrote can't be loaded.
    """
    group, own = GROUPS[kind]
    if name in own:
        return import_module(own[name])
    entry = find_entry(group, name)
    if entry is not None:
        try:
            return entry.load()
        except Exception as error:
            raise ConfigError(f"{kind} {name}", f"can't be loaded: {type(error).__name__}: {error}", f"Mend {entry.value}.") from error
    raise ConfigError(f"{kind} {name}", "it is not installed", f"Install its package; there are {', '.join(adapter_names(kind))}.")


def adapter_source(kind: str, name: str) -> str:
    """Return where an adapter comes from: "Kravbro", or another package with its version."""
    group, own = GROUPS[kind]
    entry = None if name in own else find_entry(group, name)
    return f"{entry.dist.name} {entry.dist.version}" if entry is not None and entry.dist is not None else "Kravbro"


def find_consent(name: str) -> Any:
    """Return the `Consent` of a connector whose login a person consents to, or None; ours are in modules of their own, others' beside `build`."""
    if name in CONSENTS:
        return import_module(CONSENTS[name]).Consent
    return None if name in CONNECTORS else getattr(load_adapter("connector", name), "Consent", None)


def find_entry(group: str, name: str) -> EntryPoint | None:
    """Return the entry point of a name, or None."""
    return next(iter(entry_points(group=group, name=name)), None)


@dataclass
class App:
    """Where everything is kept, for one command."""

    home: Path
    database: Database
    clock: Clock

    @cached_property
    def vault(self) -> Vault:
        """The vault, under the master key in the home folder."""
        return Vault(read_master_key(self.home / "master.key", create=False))

    @cached_property
    def law(self) -> Law:
        """The law's tables, with what the operator added and confirmed."""
        return read_law(self.home)

    def tenant(self, tenant_id: str) -> Tenant:
        """Return a tenant."""
        with self.database.read() as connection:
            return tenants.get_tenant(connection, tenant_id)

    def read(self, tenant_id: str, query: Callable[[Connection, str], T]) -> T:
        """Return what a query of the store finds of a tenant; an unknown tenant is an error, not an empty answer."""
        with self.database.read() as connection:
            tenants.get_tenant(connection, tenant_id)
            return query(connection, tenant_id)

    def policy(self, tenant: Tenant) -> tuple[int, Policy]:
        """Return a tenant's policy with its version."""
        with self.database.read() as connection:
            version, document = tenants.get_policy(connection, tenant.id)
        if not document:
            raise ConfigError(
                f"tenant {tenant.id}",
                "it has no policy",
                f"Choose one: `kravbro policy use {tenant.id} {tenant.country.lower()}-business-cautious`.",
            )
        return version, load_policy(document, f"policy of {tenant.id}, version {version}")

    def connector(self, tenant: Tenant) -> Any:
        """Return the tenant's connector."""
        vault = tenants.owner_vault(self.vault, tenant)
        with self.database.read() as connection:
            secret = tenants.read_secrets(connection, f"tenant {tenant.id}", "connector", vault)
        module = load_adapter("connector", tenant.connector)
        return module.build(
            {**tenant.settings, **secret},
            clock=self.clock,
            budget=StoreBudget(self.database, self.clock),
            tokens=self.tokens(tenant),
            documents=self.documents(tenant),
        )

    def documents(self, tenant: Tenant) -> StoreDocuments:
        """Return the tenant's documents."""
        return StoreDocuments(self.database, tenant.id, tenants.owner_vault(self.vault, tenant))

    def tokens(self, tenant: Tenant) -> StoreTokens:
        """Return where the tenant's token is kept."""
        return StoreTokens(self.database, f"tenant {tenant.id}", tenants.owner_vault(self.vault, tenant), self.clock)

    def ports(self, tenant: Tenant) -> Ports:
        """Return the tenant's ways out."""
        connector = self.connector(tenant)
        channels: dict[str, Channel] = {"books": connector, "mail": self._letterbox(tenant)}
        with self.database.read() as connection:
            names = {*claims.agencies_of(connection, tenant.id), *([tenant.agency] if tenant.agency else [])}
            working = [tenants.get_agency(connection, name) for name in sorted(names)]
        built = [self._agency(tenant, agency) for agency in working]
        channels |= {agency_channel(agency.id): channel for agency, channel in zip(working, built, strict=True)}
        return Ports(connector, connector, channels, AllReports(built) if built else None, Letters(tenant.letters, self.documents(tenant)))

    def _agency(self, tenant: Tenant, agency: Agency) -> Any:
        """Return the adapter of an agency that has claims of the tenant, or will."""
        module = load_adapter("agency", agency.adapter)
        outbox = feed.StoreOutbox(self.database, self.clock, agency.id, tenant.id)
        return module.build(outbox=outbox, reports=feed.StoreReports(self.database, tenant.id, agency.id))

    def run(self, tenant_id: str, *, dry_run: bool = False, as_of: date | None = None, progress: Progress = unseen) -> Summary:
        """Run a tenant once."""
        tenant = self.tenant(tenant_id) if dry_run else self.running(tenant_id)
        if tenant.company is None:
            raise ConfigError(
                f"tenant {tenant_id}", "its company was never reached", "Connect it: `kravbro connect` with the same --tenant and --org-no."
            )
        version, policy = self.policy(tenant)
        return run_tenant(
            tenant=tenant, database=self.database, clock=self.clock, vault=tenants.owner_vault(self.vault, tenant), ports=self.ports(tenant),
            policy=policy, policy_version=version, law=self.law, dry_run=dry_run, as_of=as_of, progress=progress,
        )  # fmt: skip

    def running(self, tenant_id: str) -> Tenant:
        """Return a tenant that is not paused."""
        tenant = self.tenant(tenant_id)
        if tenant.state == "paused":
            raise ConfigError(
                f"tenant {tenant_id}",
                f"it is paused: {tenant.pause_reason.rstrip('.')}",
                f"See what to do first with `kravbro claims tasks --tenant {tenant_id}`; `kravbro tenants resume {tenant_id}` lets it run again.",
            )
        return tenant

    def look(self, tenant_id: str, today: date) -> Run:
        """Return a run that only looks: it holds no lease, so it can change nothing in the journal."""
        tenant = self.tenant(tenant_id)
        version, policy = self.policy(tenant)
        vault = tenants.owner_vault(self.vault, tenant)
        return Run(
            id="look", tenant=tenant, today=today, epoch=-1, dry_run=True, database=self.database, clock=self.clock, vault=vault,
            journal=Journal(tenant.id, vault, -1), ports=NO_PORTS, policy=policy, policy_version=version, law=self.law,
        )  # fmt: skip

    @contextmanager
    def owned(self, tenant_id: str, *, ports: bool = False) -> Iterator[Run]:
        """Own the tenant for a person's change to the journal, so that no run is under way meanwhile; with its ways out where asked."""
        tenant = self.tenant(tenant_id)
        run = self.look(tenant_id, day_in(tenant.country, self.clock.now()))
        if ports:
            run.ports = self.ports(tenant)
        with self.leased(tenant_id) as run.epoch:
            run.journal = Journal(tenant_id, run.vault, run.epoch)
            yield run

    @contextmanager
    def leased(self, tenant_id: str) -> Iterator[int]:
        """Hold the tenant's lease, so that no run is under way meanwhile; yield its epoch."""
        with self.database.write() as connection:
            epoch = leases.acquire(connection, tenant_id, self.clock.now())
        try:
            yield epoch
        finally:
            with self.database.write() as connection:
                leases.release(connection, tenant_id, epoch, self.clock.now())

    def print_letters(self, tenant_id: str, out: Path, step: Callable[[int], None] = lambda _: None) -> int:
        """Write the letters that wait for a person into one PDF and count them as sent today; return how many there were."""
        from letters import render_print_queue

        tenant = self.running(tenant_id)
        documents = self.documents(tenant)
        with self.owned(tenant_id, ports=True) as run:
            printed = post.ready(run)
            contents: list[bytes] = []
            for number, intent in enumerate(printed, 1):
                assert isinstance(intent.write, SendLetter | SendNote), "only letters wait for the post"
                contents += [documents.get(one).content for one in intent.write.document_ids]
                step(number)
            if printed:
                _write_new(out, render_print_queue(contents))
                crash.point("print.after_file")
                post.went(run, printed)
        return len(printed)

    def mail_server(self, tenant: Tenant) -> Smtp | None:
        """Return the tenant's mail server, None where every letter waits to be printed."""
        from core.mail import Smtp

        mail, vault = tenant.mail, tenants.owner_vault(self.vault, tenant)
        if not mail.get("host"):
            return None
        with self.database.read() as connection:
            password = tenants.read_secrets(connection, f"tenant {tenant.id}", "mail", vault).get("password", "")
        return Smtp(mail["host"], int(mail.get("port", "587")), mail.get("security", "starttls"), mail.get("user", ""), password)

    def _letterbox(self, tenant: Tenant) -> Channel:
        from core.letterbox import Letterbox

        mail = tenant.mail
        company = tenant.company
        address = mail.get("from", company.email if company else "")
        return Letterbox(
            smtp=self.mail_server(tenant), documents=self.documents(tenant),
            now=self.clock.now, sender_name=company.name if company else tenant.name, from_address=address,
            reply_to=mail.get("reply_to", address),
        )  # fmt: skip


def _write_new(out: Path, content: bytes) -> None:
    """Write a file that only its owner reads, for names and debts are in it; it is on the disk before anything says that it is there."""
    try:
        with open(out, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        todo = "Give another file. If the printing of that one was interrupted, its letters do not count as sent: post the new file alone."
        raise ConfigError(str(out), "it is there already, and may hold letters nobody has posted", todo) from None


class AllReports:
    """The reports of several agencies, one agency after the other; implements `core.ports.Reports`."""

    def __init__(self, agencies: Sequence[Reports]) -> None:
        self._agencies = agencies

    def list_events(self) -> Iterator[AgencyEvent | Problem]:
        """Yield what was not handled yet, of each agency in the order it arrived."""
        for agency in self._agencies:
            yield from agency.list_events()


NO_PORTS: Final = Ports(None, None, {}, None, Letters())  # type: ignore[arg-type]
"""For looking only: nothing outside is asked."""


def open_app(*, create: bool = False) -> App:
    """Open the home folder (`KRAVBRO_HOME`) and its database (`KRAVBRO_DATABASE_URL`); `create` makes what is missing."""
    home = home_folder()
    url = os.environ.get("KRAVBRO_DATABASE_URL", f"sqlite:///{home / 'kravbro.db'}")
    if not create and not (home / "master.key").exists():
        raise ConfigError(str(home), "there is no Kravbro here yet", "Run `kravbro db init`, or set KRAVBRO_HOME.")
    if create:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(url)
    if create:
        # A new key beside old data would open nothing and hide that the right one is missing.
        read_master_key(home / "master.key", create=not has_owners(database))
    if not create:
        check_schema(database)
    clock_file = os.environ.get("KRAVBRO_CLOCK_FILE")
    return App(home, database, FileClock(Path(clock_file)) if clock_file else WallClock())
