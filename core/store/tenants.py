"""Tenants and agencies: who they are, how they are reached, and what was agreed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from core.errors import ConfigError
from core.law import DueBasis, default_basis
from core.model import BooksSetup, Company, DebtorKind
from core.money import Money
from core.store.tables import agencies, debtors, overrides, policies, secrets, tenants
from core.vault import OwnerVault, Vault

__all__ = [
    "Agency",
    "LetterSettings",
    "Mandate",
    "Tenant",
    "VendorReminder",
    "add_agency",
    "add_policy",
    "add_tenant",
    "change_tenant",
    "get_agency",
    "get_policy",
    "get_tenant",
    "list_agencies",
    "list_overrides",
    "list_tenants",
    "owner_vault",
    "read_secrets",
    "save_override",
    "save_secrets",
    "spread_overrides",
]

_COMPANY: Final[TypeAdapter[Company]] = TypeAdapter(Company)
_SETUP: Final[TypeAdapter[BooksSetup]] = TypeAdapter(BooksSetup)


@dataclass(frozen=True, slots=True)
class Mandate:
    """What must be recorded before a claim may leave (facts: bookings, "Mandate gate")."""

    contract: str = ""
    signatory: str = ""
    client_number: str = ""
    price_version: str = ""
    payout_account: str = ""
    fees_kept_by: str = ""
    processor_agreement: str = ""

    def missing(self) -> tuple[str, ...]:
        """Return the names of what is not recorded."""
        return tuple(name for name in self.__slots__ if not getattr(self, name))


_BASIS: Final[TypeAdapter[dict[DebtorKind, DueBasis]]] = TypeAdapter(dict[DebtorKind, DueBasis])
_MANDATE: Final[TypeAdapter[Mandate]] = TypeAdapter(Mandate)


@dataclass(frozen=True, slots=True)
class VendorReminder:
    """What the accounting system's own reminder says, as the accountant confirmed it: no call shows these settings.

    Attributes:
        fee_along: it is told the fee that our text asks for, where it mails that text.
        fee_booked: it books the fee as it sends the reminder, on the account `charges_receivable`; then no voucher of ours does.
    """

    fee: Money
    pay_within_days: int
    announces_collection: bool
    fee_along: bool = False
    fee_booked: bool = False


_VENDOR_REMINDER: Final[TypeAdapter[VendorReminder]] = TypeAdapter(VendorReminder)


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """What a client's letters have beside what they must say.

    Attributes:
        logo: the document it is kept as, "" for none.
        before, after: the client's own paragraphs around what the letter must say.
        fi_creditor_no: the creditor's number at the Danish payment form (FI-kort).
        iban, bic: the account to pay to where the books name none.
    """

    logo: str = ""
    before: str = ""
    after: str = ""
    fi_creditor_no: str = ""
    iban: str = ""
    bic: str = ""


_LETTERS: Final[TypeAdapter[LetterSettings]] = TypeAdapter(LetterSettings)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A business that uses us, with one company in one accounting system.

    `due_basis` is how its due dates come about, by kind of debtor, as far as somebody said it; `basis_towards` answers for all.
    `interest_notice` says that bills to consumers warn of interest. `reminder_fee_since` is the date of the first bill under the agreement.
    Reminders are our own letters unless `vendor_reminder` is set. `charges_booked` is when fees and interest are booked: `when_received`, or
    `when_sent`.
    """

    id: str
    name: str
    connector: str
    settings: dict[str, str]
    org_no: str
    country: str
    currency: str
    company: Company | None
    agency: str
    booking_mode: str
    books_setup: BooksSetup
    books_confirmed: bool
    mandate: Mandate
    mail: dict[str, str]
    reminder_fee_agreement: str
    reminder_fee_since: date | None
    due_basis: dict[DebtorKind, DueBasis]
    interest_notice: bool
    vendor_reminder: VendorReminder | None
    charges_booked: str
    letters: LetterSettings
    state: str
    pause_reason: str
    live_from: date | None
    last_run_on: date | None
    restored_at: datetime | None
    data_key: bytes = field(repr=False)

    def basis_towards(self, debtor: DebtorKind) -> DueBasis:
        """Return how due dates towards this kind of debtor come about (räntelag 3, 4 §§)."""
        return self.due_basis.get(debtor, default_basis(debtor))

    def fee_agreed_for(self, issued_on: date) -> bool:
        """Tell whether a reminder fee was agreed no later than when a bill's debt arose (lag 1981:739 2 §), for which the bill's date stands."""
        since = self.reminder_fee_since
        return bool(self.reminder_fee_agreement) and since is not None and since <= issued_on


@dataclass(frozen=True, slots=True)
class Agency:
    """A debt-collection agency that claims go to."""

    id: str
    name: str
    adapter: str
    settings: dict[str, str]
    data_key: bytes = field(repr=False)


def add_tenant(
    connection: Connection,
    vault: Vault,
    *,
    id: str,  # noqa: A002
    name: str,
    connector: str,
    org_no: str,
    country: str,
    currency: str,
    now: datetime,
) -> Tenant:
    """Store a new tenant with a data key of its own."""
    if connection.execute(select(tenants.c.id).where(tenants.c.id == id)).first():
        raise ConfigError(f"tenant {id}", "there is one with this id already", "Choose another id.")
    connection.execute(
        insert(tenants).values(
            id=id, name=name, connector=connector, org_no=org_no, country=country, currency=currency,
            data_key=vault.new_data_key(f"tenant {id}"), created_at=now,
        )
    )  # fmt: skip
    return get_tenant(connection, id)


def get_tenant(connection: Connection, id: str, *, locked: bool = False) -> Tenant:  # noqa: A002
    """Return a tenant, which nobody else changes until this transaction ends if it is locked; an unknown id is a `ConfigError`."""
    query = select(tenants).where(tenants.c.id == id)
    row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        known = ", ".join(connection.execute(select(tenants.c.id).order_by(tenants.c.id)).scalars()) or "none yet"
        raise ConfigError(f"tenant {id}", "there is no such tenant", f"Known tenants: {known}.")
    return _tenant(row)


def list_tenants(connection: Connection) -> list[Tenant]:
    """Return every tenant by id."""
    return [_tenant(row) for row in connection.execute(select(tenants).order_by(tenants.c.id))]


def change_tenant(connection: Connection, id: str, **values: Any) -> None:  # noqa: A002
    """Change columns of a tenant; values of our own types are turned into their stored form."""
    known: dict[type, Callable[[Any], str]] = {
        Company: lambda value: _COMPANY.dump_json(value).decode(),
        BooksSetup: lambda value: _SETUP.dump_json(value).decode(),
        Mandate: lambda value: _MANDATE.dump_json(value).decode(),
        VendorReminder: lambda value: _VENDOR_REMINDER.dump_json(value).decode(),
        LetterSettings: lambda value: _LETTERS.dump_json(value).decode(),
        dict: json.dumps,
    }
    stored = {name: known[type(value)](value) if type(value) in known else value for name, value in values.items()}
    connection.execute(update(tenants).where(tenants.c.id == id).values(**stored))


def add_agency(connection: Connection, vault: Vault, *, id: str, name: str, adapter: str, now: datetime) -> Agency:  # noqa: A002
    """Store an agency with a data key of its own, or return the one that is there."""
    if connection.execute(select(agencies.c.id).where(agencies.c.id == id)).first() is None:
        connection.execute(
            insert(agencies).values(id=id, name=name, adapter=adapter, data_key=vault.new_data_key(f"agency {id}"), created_at=now)
        )
    return get_agency(connection, id)


def get_agency(connection: Connection, id: str) -> Agency:  # noqa: A002
    """Return an agency; an unknown id is a `ConfigError`."""
    row = connection.execute(select(agencies).where(agencies.c.id == id)).one_or_none()
    if row is None:
        raise ConfigError(
            f"agency {id}", "there is no such agency", "See `kravbro agencies list`, or add it with `kravbro agencies add ID --name NAME`."
        )
    return Agency(row.id, row.name, row.adapter, json.loads(row.settings), row.data_key)


def list_agencies(connection: Connection) -> list[Agency]:
    """Return every agency by id."""
    return [get_agency(connection, id_) for id_ in connection.execute(select(agencies.c.id).order_by(agencies.c.id)).scalars()]


def owner_vault(vault: Vault, owner: Tenant | Agency) -> OwnerVault:
    """Return the vault of a tenant or an agency."""
    kind = "tenant" if isinstance(owner, Tenant) else "agency"
    return vault.owner(f"{kind} {owner.id}", owner.data_key)


def save_secrets(connection: Connection, owner: str, kind: str, values: Mapping[str, str], vault: OwnerVault) -> None:
    """Store secret settings sealed, in place of those before; the sealed form is bound to the version."""
    here = (secrets.c.owner == owner, secrets.c.kind == kind)
    version = 1 + (connection.execute(select(secrets.c.version).where(*here)).scalar_one_or_none() or 0)
    connection.execute(delete(secrets).where(*here))
    sealed = vault.seal(kind, json.dumps(dict(values)).encode(), version)
    connection.execute(insert(secrets).values(owner=owner, kind=kind, version=version, sealed=sealed))


def read_secrets(connection: Connection, owner: str, kind: str, vault: OwnerVault) -> dict[str, str]:
    """Return secret settings, opened; none give an empty mapping."""
    row = connection.execute(
        select(secrets.c.sealed, secrets.c.version).where(secrets.c.owner == owner, secrets.c.kind == kind)
    ).one_or_none()
    return {} if row is None else json.loads(vault.open(kind, row.sealed, row.version))


def add_policy(connection: Connection, tenant: str, document: str, now: datetime) -> int:
    """Store a policy document as the next version and return its number; the same document again is no new version."""
    version, current = get_policy(connection, tenant)
    if current == document:
        return version
    connection.execute(insert(policies).values(tenant=tenant, version=version + 1, document=document, created_at=now))
    return version + 1


def get_policy(connection: Connection, tenant: str, version: int | None = None) -> tuple[int, str]:
    """Return the newest version, or the one asked for, and its document; (0, "") where there is none."""
    query = select(policies.c.version, policies.c.document).where(policies.c.tenant == tenant).order_by(policies.c.version.desc()).limit(1)
    row = connection.execute(query if version is None else query.where(policies.c.version == version)).one_or_none()
    return (0, "") if row is None else (row.version, row.document)


def save_override(connection: Connection, tenant: str, scope: str, ref: str, document: str, now: datetime) -> None:
    """Store the override of one debtor or invoice; an empty document takes it away."""
    here = (overrides.c.tenant == tenant, overrides.c.scope == scope, overrides.c.ref == ref)
    connection.execute(delete(overrides).where(*here))
    if document:
        connection.execute(insert(overrides).values(tenant=tenant, scope=scope, ref=ref, document=document, created_at=now))


def list_overrides(connection: Connection, tenant: str) -> dict[tuple[str, str], str]:
    """Return every override of a tenant by (scope, ref)."""
    query = select(overrides).where(overrides.c.tenant == tenant)
    return {(row.scope, row.ref): row.document for row in connection.execute(query)}


def spread_overrides(connection: Connection, tenant: str) -> dict[tuple[str, str], str]:
    """Return every override by (scope, ref), a debtor's at each of its customer numbers as far as debtors were read; a number's own goes first."""
    found = list_overrides(connection, tenant)
    refs = [ref for scope, ref in found if scope == "debtor"]
    if not refs:
        return found
    own, same = debtors.alias(), debtors.alias()
    pairs = (
        select(own.c.source_ref.label("ref"), same.c.source_ref.label("other"))
        .join(same, and_(same.c.tenant == own.c.tenant, same.c.identity_no == own.c.identity_no))
        .where(own.c.tenant == tenant, own.c.identity_no != "", own.c.source_ref.in_(refs))
    )
    spread = {("debtor", row.other): found["debtor", row.ref] for row in connection.execute(pairs.order_by(own.c.source_ref.desc()))}
    return spread | found


def _tenant(row: Row[Any]) -> Tenant:
    return Tenant(
        id=row.id, name=row.name, connector=row.connector, settings=json.loads(row.settings), org_no=row.org_no, country=row.country,
        currency=row.currency, company=None if row.company == "{}" else _COMPANY.validate_json(row.company), agency=row.agency or "",
        booking_mode=row.booking_mode, books_setup=_SETUP.validate_json(row.books_setup), books_confirmed=row.books_confirmed,
        mandate=_MANDATE.validate_json(row.mandate), mail=json.loads(row.mail), reminder_fee_agreement=row.reminder_fee_agreement,
        reminder_fee_since=row.reminder_fee_since, due_basis=_BASIS.validate_json(row.due_basis), interest_notice=row.interest_notice,
        vendor_reminder=None if row.vendor_reminder == "{}" else _VENDOR_REMINDER.validate_json(row.vendor_reminder),
        charges_booked=row.charges_booked, letters=_LETTERS.validate_json(row.letters), state=row.state, pause_reason=row.pause_reason, live_from=row.live_from, last_run_on=row.last_run_on, restored_at=row.restored_at,
        data_key=row.data_key,
    )  # fmt: skip
