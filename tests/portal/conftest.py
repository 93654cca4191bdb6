"""A feed with two agencies, two tenants and three claims, as an agency reaches it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from core.clock import FixedClock
from core.store import feed, tenants
from core.store.feed.claims import SNAPSHOTS
from core.store.keeping import add_document
from core.vault import Vault
from portal.app import create_app
from tests.portal.seed import NOW, snapshot
from tests.schema import migrated

TENANTS = {"bageri": "556677-8899", "kyl": "556036-0793"}
CLAIMS = (("c1", "nord", "bageri"), ("c2", "nord", "kyl"), ("c3", "syd", "bageri"))


class World:
    """The database behind the feed, and clients for those who call it."""

    def __init__(self, folder):
        self.clock, self.vault = FixedClock(NOW), Vault(b"k" * 32)
        self.database = migrated(folder / "feed.db")
        with self.database.write() as connection:
            for agency in ("nord", "syd"):
                tenants.add_agency(connection, self.vault, id=agency, name=agency.title(), adapter="feed", now=NOW)
            for tenant, org_no in TENANTS.items():
                made = {"id": tenant, "name": tenant, "connector": "fortnox", "org_no": org_no, "country": "SE", "currency": "SEK"}
                tenants.add_tenant(connection, self.vault, **made, now=NOW)
            vault = tenants.owner_vault(self.vault, tenants.get_tenant(connection, "bageri"))
            self.invoice = add_document(
                connection,
                "bageri",
                vault,
                kind="invoice",
                name="Faktura å.pdf",
                media_type="application/pdf",
                content=b"%PDF-1.7",
                now=NOW,
            )
        for claim_id, agency, tenant in CLAIMS:
            self.publish(f"k-{claim_id}", agency, tenant, snapshot(claim_id, documents=(self.invoice,)))
        self.app = create_app(self.database, self.vault, self.clock)
        self.nord, self.syd = self.client("nord"), self.client("syd")

    def publish(self, key, agency, tenant, claim, type_="claim.submitted"):
        with self.database.write() as connection:
            feed.publish(
                connection, key=key, agency=agency, tenant=tenant, type=type_, body=SNAPSHOTS.dump_json(claim), now=self.clock.now()
            )
        feed.publish_waiting(self.database)

    def refresh(self, claim):
        with self.database.write() as connection:
            feed.refresh_claim(connection, claim, self.clock.now())

    def client(self, agency, *scopes, **options):
        with self.database.write() as connection:
            key = feed.create_key(connection, agency, scopes or feed.SCOPES, NOW)
        app = create_app(self.database, self.vault, self.clock, **options) if options else self.app
        return TestClient(app, headers={"Authorization": f"Bearer {key}"})

    def reports(self, tenant="bageri", agency="nord"):
        return list(feed.StoreReports(self.database, tenant, agency).list_events())


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    yield world
    world.database.close()


@pytest.fixture
def nord(world):
    return world.nord
